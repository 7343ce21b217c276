"""Parse a plan document; one that does not have the published shape is refused."""

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final, NoReturn

from reconciler import regular_files, validate
from reconciler.diagnostics import Diagnostic, Position, Severity
from reconciler.errors import SetupError, StalePlanError
from reconciler.evidence import grades
from reconciler.model import (
    Access,
    Action,
    Allowance,
    Attestation,
    Blocker,
    Change,
    ConfigRef,
    Coverage,
    Dated,
    DateEvent,
    DriftClass,
    DriftItem,
    DueWork,
    Execution,
    FieldChange,
    Forecast,
    Grade,
    Graded,
    Limit,
    LiveRef,
    Operation,
    Plan,
    Policy,
    RangeUse,
    SeatCost,
    Seats,
    TenantRef,
    Unmanaged,
    Unobserved,
    Value,
    Verb,
    Waiver,
)
from reconciler.planfile.document import (
    BLOCKER,
    COSTS,
    COVERAGE,
    FORMAT_VERSION,
    GRADED,
    RANGE,
    SEATS,
    UNMANAGED,
    checksum,
)

LARGEST: Final = 256 * 1024 * 1024
SCHEMA: Final = "plan"
HINT: Final = "make one: reconciler plan -o FILE"

Raw = Mapping[str, Any]


def read(path: Path) -> Plan:
    """Read a saved plan. Raises `SetupError` for other files, `StalePlanError` for edited ones."""
    try:
        content = regular_files.text(path, largest=LARGEST)
    except regular_files.UnreadableError as error:
        summary = f"{path} cannot be read as a plan: {error.reason}"
        raise SetupError(summary, hint=HINT) from error
    return parse(content, str(path))


def parse(content: str, name: str = "the plan") -> Plan:
    """A plan from its document. Keys that a later minor version added are passed over.

    Raises `SetupError` for what is no plan document, and `StalePlanError` where the checksum says
    that it is not as it was written.
    """
    try:
        raw = json.loads(
            content, parse_constant=_refuse, parse_float=_number, object_pairs_hook=_once_each
        )
        _refuse_other_version(raw, name)
        misfit = validate.document(raw, SCHEMA)
    except (ValueError, RecursionError) as error:
        raise SetupError(f"{name} is not a plan document", hint=HINT) from error
    if misfit:
        raise SetupError(f"{name} is not a plan document: {misfit}", hint=HINT)
    try:
        plan = _plan(raw)
    except ValueError as error:
        raise SetupError(f"{name} is not a plan document: {error}", hint=HINT) from error
    if checksum(raw) != raw["checksum"]:
        raise StalePlanError(
            f"{name} was edited: its checksum does not fit",
            hint="plan again; a plan document is not meant to be edited",
        )
    return plan


def _number(text: str) -> int | float:
    """Convert a whole number; JSON Schema allows it with a fraction of zero."""
    value = float(text)
    return int(value) if value.is_integer() else value


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON")


def _once_each(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    mapping = dict(pairs)
    if len(mapping) != len(pairs):
        raise ValueError("a key stands twice")
    return mapping


def _refuse_other_version(raw: Any, name: str) -> None:
    version = raw.get("format_version") if isinstance(raw, dict) else None
    if not isinstance(version, str):
        raise SetupError(f"{name} is not a plan document", hint=HINT)
    major, _, minor = version.partition(".")
    ours, _, least = FORMAT_VERSION.partition(".")
    if major == ours and (not minor.isdecimal() or int(minor) >= int(least)):
        return
    reason = f"; this version reads {FORMAT_VERSION} and later {ours}.x"
    if major == ours:
        reason += ", whose digest covers everything that an apply relies on"
    raise SetupError(
        f"{name} has format {version[:20]}{reason}", hint="plan again with this version"
    )


def _plan(raw: Raw) -> Plan:
    kinds_of = {item["address"]: item["kind"] for item in raw["changes"]}
    return Plan(
        tool_version=raw["tool_version"],
        plan_id=raw["plan_id"],
        digest=raw["digest"],
        created_at=datetime.fromisoformat(raw["created_at"]),
        as_of=date.fromisoformat(raw["as_of"]),
        expires_at=datetime.fromisoformat(raw["expires_at"]),
        tenant=TenantRef(**_only(raw["tenant"], "name", "provider", "url")),
        config=ConfigRef(
            **_only(raw["config"], "commit", "dirty", "files", "hash"),
            folder=raw["config"].get("folder"),
        ),
        live=LiveRef(**_only(raw["live"], "complete", "resources", "requests")),
        applyable=raw["applyable"],
        complete=raw["complete"],
        summary=raw["summary"],
        select=tuple(raw["selection"]["select"]),
        exclude=tuple(raw["selection"]["exclude"]),
        due=_due(raw.get("due")),
        changes=tuple(_change(item) for item in raw["changes"]),
        operations=tuple(_operation(item, kinds_of) for item in raw["operations"]),
        drift=tuple(_drift(item) for item in raw["drift"]),
        unmanaged=tuple(Unmanaged(**_only(item, *UNMANAGED)) for item in raw["unmanaged"]),
        unobserved=tuple(
            Unobserved(**_only(item, "kind", "field", "count")) for item in raw["unobserved"]
        ),
        grades=tuple(_graded(item) for item in raw.get("grades", ())),
        seats=tuple(Seats(**_only(item, *SEATS)) for item in raw["seats"]),
        costs=tuple(SeatCost(**_only(item, *COSTS)) for item in raw.get("costs", ())),
        coverage=tuple(_coverage(item) for item in raw["coverage"]),
        access=Access(tuple(raw["access"]["gain"]), tuple(raw["access"]["lose"])),
        extensions=tuple(
            RangeUse(item["range"], item["from"], item["to"], **_only(item, *RANGE))
            for item in raw["extensions"]
        ),
        forecast=Forecast(**_only(raw["forecast"], "requests", "seconds")),
        diagnostics=tuple(_diagnostic(item) for item in raw["diagnostics"]),
        blockers=tuple(_blocker(item) for item in raw["blockers"]),
        acknowledged=tuple(_allowance(item) for item in raw.get("acknowledged", ())),
        policy=_policy(raw.get("policy", {})),
        gone_files=tuple(raw.get("gone_files", ())),
        upcoming=tuple(_dated(item) for item in raw.get("upcoming", ())),
        overdue=tuple(_dated(item) for item in raw.get("overdue", ())),
    )


def _only(raw: Raw, *names: str) -> dict[str, Any]:
    """The keys that we know: some may be left out, and a later minor version may add others."""
    return {name: raw[name] for name in names if name in raw}


def _change(raw: Raw) -> Change:
    return Change(
        **_only(raw, "address", "kind", "label", "reason", "live_id", "precondition"),
        action=Action(raw["action"]),
        source=_source(raw["source"]),
        execution=Execution(raw["execution"]),
        fields=tuple(_field(item, raw["address"]) for item in raw["fields"]),
    )


def _field(raw: Raw, address: str) -> FieldChange:
    path, before = raw["path"], raw["before"]
    return FieldChange(path, before, raw["after"], _word(raw.get("word"), address, path, before))


def _word(raw: Raw | None, address: str, path: str | None, value: Value) -> Attestation | None:
    """Parse evidence. Raises `ValueError` where its grade does not follow from its source."""
    if raw is None:
        return None
    at = _moment(raw["at"])
    word = Attestation(address, path or "", value, raw["by"], at or grades.NEVER, raw["source"])
    grade = grades.grade(word)
    if raw["grade"] != grade.value or (at is None) != (grade is Grade.UNOBSERVED):
        raise ValueError(f"a word about {address} does not fit its grade")
    return word


def _graded(raw: Raw) -> Graded:
    values = {**_only(raw, *GRADED), "by": tuple(raw["by"])}
    return Graded(**values, oldest=_moment(raw["oldest"]))


def _source(raw: Raw | None) -> Position | None:
    return Position(raw["file"], raw["line"], 1) if raw else None


def _operation(raw: Raw, kinds_of: Mapping[str, str]) -> Operation:
    address = raw["address"]
    return Operation(
        **_only(raw, "id", "address", "set", "why"),
        kind=kinds_of.get(address, address.partition("/")[0]),
        verb=Verb(raw["verb"]),
        after=tuple(raw["after"]),
    )


def _drift(raw: Raw) -> DriftItem:
    return DriftItem(
        **_only(raw, "address", "kind", "label", "path", "base", "desired", "live"),
        **_only(raw, "actor", "edit"),
        drift=DriftClass(raw["class"]),
        source=_source(raw["source"]),
        first_seen=_moment(raw["first_seen"]),
        changed_at=_moment(raw["changed_at"]),
        word=_word(raw.get("word"), raw["address"], raw["path"], raw["live"]),
    )


def _due(raw: Raw | None) -> DueWork | None:
    if raw is None:
        return None
    others = tuple(map(_drift, raw["others"]))
    return DueWork(date.fromisoformat(raw["since"]), tuple(raw["addresses"]), others)


def _moment(value: str | None) -> datetime | None:
    return datetime.fromisoformat(value) if value else None


def _dated(raw: Raw) -> Dated:
    return Dated(
        date.fromisoformat(raw["day"]),
        DateEvent(raw["event"]),
        raw["address"] or "",
        raw["label"],
        raw["path"],
        _source(raw["source"]),
    )


def _coverage(raw: Raw) -> Coverage:
    sides = {"join": tuple(raw["join"]), "leave": tuple(raw["leave"])}
    return Coverage(**{**_only(raw, *COVERAGE), **sides})


def _diagnostic(raw: Raw) -> Diagnostic:
    place = None
    if raw["file"] is not None:
        place = Position(raw["file"], raw["line"] or 1, raw["column"] or 1)
    return Diagnostic(
        raw["rule"],
        Severity(raw["severity"]),
        raw["summary"],
        raw["hint"],
        raw["address"],
        place,
    )


def _blocker(raw: Raw) -> Blocker:
    return Blocker(**_only(raw, *BLOCKER))


def _allowance(raw: Raw) -> Allowance:
    return Allowance(raw["what"], raw["count"], raw["reason"], _day(raw["until"]))


def _day(value: str | None) -> date | None:
    return date.fromisoformat(value) if value else None


def _policy(raw: Raw) -> Policy:
    return Policy(
        limits={guard: _limit(limit) for guard, limit in raw.get("limits", {}).items()},
        protect=frozenset(raw.get("protect", ())),
        protect_fields={a: frozenset(f) for a, f in raw.get("protect_fields", {}).items()},
        waivers=tuple(
            Waiver(w["rule"], w["address"], w["reason"], _day(w["until"]))
            for w in raw.get("waivers", ())
        ),
        ignore=frozenset(raw.get("ignore", ())),
        live_calls=raw.get("live_calls", "skip"),
        attestation_days=raw.get("attestation_days", 90),
        absent_percent=raw.get("absent_percent", 20),
    )


def _limit(value: int | str) -> Limit:
    if isinstance(value, int):
        return Limit(count=value)
    return Limit(percent=int(value.removesuffix("%")))
