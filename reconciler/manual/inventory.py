"""An inventory: what the console shows of everybody whom the tenant lists, kept in the ledger.

    form    a row for each person, in the order of the console, with blank cells to fill in
    take    filled-in rows to evidence, and why a row cannot be believed

A row is known as a whole where something is filled in: of a row with one box ticked the others are
not ticked, and so with levels. A row that is left blank says nothing.
"""

import hashlib
from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from reconciler import claims, kinds
from reconciler.diagnostics import Diagnostic, Position, Severity, has_errors
from reconciler.errors import ImplausibleError
from reconciler.manual.console import LICENSES
from reconciler.model import Address, Attestation, FieldValue, Reading, Resource, Tenant, Value

STEP: Final = "inventory"
KEYS: Final = frozenset({"name", "extension"})


@dataclass(frozen=True, slots=True)
class Person:
    """One row of a form: as the list has it, and what binds the row to tenant and form."""

    name: str
    extension: str
    phone: str
    seal: str


@dataclass(frozen=True, slots=True)
class Form:
    """`skills` are the tenant's skill groups, as the columns of Skill Levels."""

    tenant: str
    day: date
    people: tuple[Person, ...]
    skills: tuple[str, ...]
    licenses: tuple[str, ...] = tuple(LICENSES)


@dataclass(frozen=True, slots=True)
class Filled:
    """One row as it came back. A field that is missing was left blank."""

    person: Person
    values: Mapping[str, FieldValue]
    position: Position
    day: date | None = None
    by: str = ""


@dataclass(frozen=True, slots=True)
class Taken:
    """What forms say, and what is wrong with them; with an error nothing of them counts."""

    evidence: tuple[Attestation, ...]
    diagnostics: tuple[Diagnostic, ...]
    people: int = 0
    blank: int = 0
    fields: Mapping[str, int] = field(default_factory=dict)


# --- the form ------------------------------------------------------------------------------------


def form(reading: Reading, tenant: str, day: date, only: Container[Address] | None = None) -> Form:
    """Agents of Agent Licensing first, then those of UC Phone Licensing, as the list has them."""
    rows = [r for r in reading.resources.values() if r.kind == kinds.AGENT]
    chosen = [row for row in rows if only is None or row.address in only]
    ordered = sorted(chosen, key=lambda row: row.fields.get("phone") == "uc")
    groups = set(kinds.MEMBERSHIPS.values())
    skills = [kinds.name_of(a) for a, r in reading.resources.items() if r.kind in groups]
    people = tuple(_person(row, tenant, day) for row in ordered)
    return Form(tenant, day, people, tuple(skills))


def seal(tenant: str, day: date, name: str, extension: str) -> str:
    """`2026-11-24 1f0c…`: the day of the form, and whether the row is still of this person."""
    bound = "\n".join((tenant, day.isoformat(), extension, *_plain(name)))
    return f"{day.isoformat()} {hashlib.sha256(bound.encode()).hexdigest()[:8]}"


def _plain(name: str) -> list[str]:
    """Spreadsheets change what is not ASCII, and blanks."""
    return ["".join(c for c in name.casefold() if c.isascii() and c.isalnum())]


def _person(row: Resource, tenant: str, day: date) -> Person:
    name, number = str(row.fields.get("name") or ""), str(row.fields.get("extension") or "")
    return Person(name, number, str(row.fields.get("phone") or ""), seal(tenant, day, name, number))


# --- what came back ------------------------------------------------------------------------------


def take(
    rows: Sequence[Filled],
    reading: Reading,
    tenant: Tenant,
    kept: Iterable[Attestation],
    *,
    by: str,
    now: datetime,
    skills: Container[Address] = (),
) -> Taken:
    """`skills` are what the files call so; `by` is who filled in what has no name beside it."""
    desk = _FormContext(reading, tenant, list(kept), by, now, skills)
    diagnostics = [*_doubled(rows)]
    evidence: list[Attestation] = []
    counted: Counter[str] = Counter()
    blank = people = 0
    for row in rows:
        if not row.values:
            blank += 1
            continue
        problems = list(desk.problems(row))
        diagnostics += problems
        if not problems:
            row_evidence = list(desk.evidence(row))
            diagnostics += desk.contradictions(row, row_evidence, evidence)
            evidence += row_evidence
            people += 1
            counted.update(name for name in row.values if name not in KEYS)
    is_wrong = has_errors(diagnostics)
    return Taken(
        () if is_wrong else tuple(evidence), tuple(diagnostics), people, blank, dict(counted)
    )


def expect_rows(rows: Sequence[Filled], reading: Reading, percent: int) -> None:
    """Raises `ImplausibleError` when far fewer people are listed than when the form was written."""
    gone = [
        row
        for row in rows
        if kinds.agent_address(None, row.person.extension) not in reading.resources
    ]
    if len(gone) * 100 > percent * len(rows):
        raise ImplausibleError(
            f"{len(gone)} of {len(rows)} people of the form are not on the tenant's list any more; "
            f"more than {percent} % is not believed",
            hint="try again; if it is true, write the form anew",
        )


@dataclass(frozen=True, slots=True)
class _FormContext:
    """What the rows of a form are judged by."""

    reading: Reading
    tenant: Tenant
    kept: Sequence[Attestation]
    by: str
    now: datetime
    skills: Container[Address]

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.tenant.timezone)

    @property
    def today(self) -> date:
        return self.now.astimezone(self.zone).date()

    def problems(self, row: Filled) -> Iterator[Diagnostic]:
        person, written = row.person, _written(row.person.seal)
        if written is None:
            yield _error(row, "nobody can tell from which form this row is", TAKE_AGAIN)
        elif person.seal != seal(self.tenant.name, written, person.name, person.extension):
            yield _error(
                row,
                f"the row {_row(person)} is of another tenant, or its name or number was changed",
                TAKE_AGAIN,
            )
        else:
            yield from self._day(row, written)
            yield from self._listed(row)
            yield from self._skills(row)

    def _day(self, row: Filled, written: date) -> Iterator[Diagnostic]:
        if row.day and row.day > self.today:
            yield _error(row, f"{row.day} lies ahead", "write the day on which it was seen")
        elif row.day and row.day < written:
            yield _error(
                row,
                f"{row.day} is before the form was written, on {written}",
                "write the day on which it was seen",
            )

    def _listed(self, row: Filled) -> Iterator[Diagnostic]:
        """Who has another number or name by now, or is not listed any more."""
        person = row.person
        there = self.reading.resources.get(kinds.agent_address(None, person.extension))
        if there is None:
            yield _warning(
                row, f"{_row(person)} is not on the tenant's list any more; the row is left out"
            )
        elif there.fields.get("name") != person.name:
            yield _error(
                row,
                f"extension {person.extension} was {person.name} when the form was written, and is "
                f"{there.fields.get('name')} now",
                "look again whom the row is about, on a form that is written anew",
            )

    def _skills(self, row: Filled) -> Iterator[Diagnostic]:
        levels = row.values.get("levels")
        for name in levels if isinstance(levels, Mapping) else ():
            addresses = (kinds.address(kind, name) for kind in kinds.MEMBERSHIPS.values())
            if not any(address in self.reading.resources for address in addresses):
                yield _error(row, claims.has_no(f"skill {name}"), TAKE_AGAIN)

    def evidence(self, row: Filled) -> Iterator[Attestation]:
        person, email = row.person, row.values.get("email")
        address = kinds.agent_address(str(email) if email else None, person.extension)
        for path, value in {**dict(self._flat(row.values)), "extension": person.extension}.items():
            yield Attestation(
                address,
                path,
                value,
                row.by or self.by,
                self._at(row),
                name=person.name,
                extension=person.extension,
                step=f"{STEP} {person.seal}",
            )

    def _at(self, row: Filled) -> datetime:
        """Of a day before today its beginning; two forms of one day have the same."""
        if row.day is None or row.day == self.today:
            return self.now
        return datetime.combine(row.day, datetime.min.time(), self.zone)

    def _flat(self, values: Mapping[str, FieldValue]) -> Iterator[tuple[str, Value]]:
        fields: dict[str, FieldValue] = {n: v for n, v in values.items() if n != "levels"}
        levels = values.get("levels")
        if isinstance(levels, Mapping):
            members: dict[str, dict[str, int]] = {name: {} for name in kinds.MEMBERSHIPS}
            for name, level in levels.items():
                is_skill = kinds.address(kinds.SKILL, name) in self.skills
                members["skills" if is_skill else "queues"][name] = level
            fields |= members
        yield from ((name, None) for name in fields if name in kinds.COLLECTIONS)
        yield from kinds.flat(fields)

    def contradictions(
        self, row: Filled, row_evidence: Sequence[Attestation], forms: Sequence[Attestation]
    ) -> Iterator[Diagnostic]:
        """What somebody else's form says otherwise of the same person on the same day."""
        day = self._at(row).astimezone(self.zone).date()
        others = [
            e
            for e in (*self.kept, *forms)
            if e.step.startswith(STEP)
            and not e.refuted
            and (e.name, e.extension) == (row.person.name, row.person.extension)
            and e.at.astimezone(self.zone).date() == day
            and e.by != (row.by or self.by)
        ]
        for name in sorted({kinds.split_path(e.path)[0] for e in row_evidence} - KEYS):
            theirs, ours = _values_named(others, name), _values_named(row_evidence, name)
            if theirs and theirs != ours:
                other = next(e.by for e in others if kinds.split_path(e.path)[0] == name)
                yield _error(
                    row,
                    f"{name} of {_row(row.person)} is {_listing(ours)} on this form, and "
                    f"{_listing(theirs)} on that of {other}, both of {day}",
                    "look again, and correct the form that is wrong",
                )


TAKE_AGAIN: Final = "write the form anew with `reconciler inventory -o FILE`, and fill it in"


def _values_named(evidence: Iterable[Attestation], name: str) -> dict[str, Value]:
    return {e.path: e.value for e in evidence if kinds.split_path(e.path)[0] == name}


def _listing(values: Mapping[str, Value]) -> str:
    members = {kinds.split_path(path)[1] or "": v for path, v in values.items()}
    named = [f"{m}{'' if v is True else f' {v}'}".strip() for m, v in members.items() if v]
    return ", ".join(sorted(named)) or "none"


def _doubled(rows: Sequence[Filled]) -> Iterator[Diagnostic]:
    counted = Counter(row.person.seal for row in rows)
    for row in rows:
        if counted[row.person.seal] > 1 and row.values:
            yield _error(row, f"{_row(row.person)} stands there twice", "leave one of the rows")


def _written(text: str) -> date | None:
    try:
        return date.fromisoformat(text.partition(" ")[0])
    except ValueError:
        return None


def _row(person: Person) -> str:
    return f"{person.name}({person.extension})"


def _error(row: Filled, summary: str, hint: str) -> Diagnostic:
    return Diagnostic("inventory-row", Severity.ERROR, summary, hint, None, row.position)


def _warning(row: Filled, summary: str) -> Diagnostic:
    return Diagnostic("inventory-row", Severity.WARNING, summary, "", None, row.position)
