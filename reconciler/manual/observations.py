"""`--observed FILE`: what an operator saw where the tenant shows nothing, with its date and source.

    CSV     a row an agent, the columns of a roster and besides them `date` and `source`
    YAML    `observed: {date: 2026-11-20, source: licensing page}` and `agents:` as in the files

A collection that stands there is known as a whole. Nothing of it is kept: it counts for the run
that is given it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

from reconciler import kinds, load, regular_files, roster, validate
from reconciler.diagnostics import Diagnostic, Position, Severity, has_errors
from reconciler.errors import SetupError
from reconciler.model import Attestation, FieldValue, Tenant

NEEDED = (*roster.NEEDED, ("date",), ("source",))
UNSEEN = frozenset({"active", "phone"})
"""`active` stands for every entry that does not say otherwise; nobody saw it."""


@dataclass(frozen=True, slots=True)
class _Sight:
    """One agent as somebody saw it."""

    fields: Mapping[str, FieldValue]
    day: date | None
    source: str
    position: Position


def read(
    files: Sequence[Path], tenant: Tenant, now: datetime
) -> tuple[tuple[Attestation, ...], list[Diagnostic]]:
    """What the files vouch for, and what is wrong with them; with an error nothing counts."""
    found: list[Attestation] = []
    diagnostics: list[Diagnostic] = []
    for file in files:
        sights, problems = _csv(file) if file.suffix.lower() == ".csv" else _yaml(file)
        diagnostics += problems
        for sight in sights:
            if problem := _problem(sight, tenant, now):
                diagnostics.append(problem)
            else:
                found += _words(sight, tenant, now)
    return (() if has_errors(diagnostics) else tuple(found)), diagnostics


def required(files: Sequence[Path], tenant: Tenant, now: datetime) -> tuple[Attestation, ...]:
    """The same for a command that has no findings to show. Raises `SetupError`."""
    found, diagnostics = read(files, tenant, now)
    wrong = next(
        (diagnostic for diagnostic in diagnostics if diagnostic.severity is Severity.ERROR), None
    )
    if wrong:
        raise SetupError(f"{wrong.position}: {wrong.summary}", hint=wrong.hint)
    return found


def _words(sight: _Sight, tenant: Tenant, now: datetime) -> Iterator[Attestation]:
    email, number = (sight.fields.get(name) for name in ("email", "extension"))
    address = kinds.agent_address(*(str(v) if v else None for v in (email, number)))
    assert sight.day is not None
    at = min(now, datetime.combine(sight.day, time(), ZoneInfo(tenant.timezone)))
    seen = {name: value for name, value in sight.fields.items() if name not in UNSEEN}
    whole = {name: None for name in seen if name in kinds.COLLECTIONS}
    for path, value in {**whole, **dict(kinds.flat(seen))}.items():
        yield Attestation(
            address,
            path,
            value,
            sight.source,
            at,
            f"file: {sight.source}",
            name=str(sight.fields.get("name") or ""),
            extension=str(number or ""),
        )


def _problem(sight: _Sight, tenant: Tenant, now: datetime) -> Diagnostic | None:
    today = now.astimezone(ZoneInfo(tenant.timezone)).date()
    if sight.day is None or not sight.source:
        return _error("nobody says when and where this was seen", "fill in date and source", sight)
    if sight.day > today:
        return _error(f"{sight.day} lies ahead", "write the day on which it was seen", sight)
    if not (sight.fields.get("email") or sight.fields.get("extension")):
        return _error("nobody can tell who this is", "fill in the extension", sight)
    return None


def _error(summary: str, hint: str, sight: _Sight) -> Diagnostic:
    return Diagnostic("observation-unclear", Severity.ERROR, summary, hint, None, sight.position)


def _csv(file: Path) -> tuple[list[_Sight], list[Diagnostic]]:
    found = roster.read(_bytes(file), str(file), needed=NEEDED)
    sights = [_Sight(row.fields, row.day, row.source or "", row.at()) for row in found.rows]
    return sights, list(found.diagnostics)


def _yaml(file: Path) -> tuple[list[_Sight], list[Diagnostic]]:
    """The agents are read as the files' own are; `observed:` is the one key more."""
    text = _bytes(file).decode("utf-8", "replace")
    loaded = load.parsed([(str(file), text)])
    if not loaded.documents:
        return [], list(loaded.diagnostics)
    (document,) = loaded.documents
    head = document.content.get("observed")
    _, refused = validate.schema(loaded.documents)
    place = document.at("observed") if "observed" in document.content else None
    diagnostics = [
        *loaded.diagnostics,
        *(d for d in refused if place is None or d.position != place),
    ]
    if has_errors(diagnostics):
        return [], diagnostics
    day, source = _head(head)
    state = load.state(loaded.documents, as_of=day or date.min)
    sights = [
        _Sight(
            resource.fields,
            day,
            source,
            resource.origin.at() if resource.origin else document.start(),
        )
        for resource in state.resources.values()
        if resource.kind == kinds.AGENT
    ]
    return sights or [_Sight({}, day, source, document.start())], diagnostics


def _head(head: object) -> tuple[date | None, str]:
    stated = head if isinstance(head, Mapping) else {}
    try:
        day = date.fromisoformat(str(stated.get("date")))
    except ValueError:
        day = None
    return day, str(stated.get("source") or "")


def _bytes(file: Path) -> bytes:
    hint = "name a CSV or YAML file of what somebody saw"
    return regular_files.content(file, largest=roster.LARGEST, hint=hint)
