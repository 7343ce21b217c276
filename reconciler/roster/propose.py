"""Propose an entry for each new person of a roster."""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from reconciler import kinds
from reconciler.diagnostics import Diagnostic
from reconciler.model import Address, Desired, ExtensionRange
from reconciler.roster import declared, numbers, people
from reconciler.roster.people import Person
from reconciler.roster.rows import Row

Content = dict[str, Any]

NEEDED: Final = (("email", "extension"), ("name", "last_name", "extension"))
"""The columns without which no row could become an agent."""


@dataclass(frozen=True, slots=True)
class ImportResult:
    """The result of an import: files, agents, declared agents and lines left out.

    `files` maps a file name to its content; `declared` has an address for each row.
    """

    files: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    agents: tuple[Address, ...] = ()
    declared: tuple[Address, ...] = ()
    left_out: tuple[int, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()


@dataclass(frozen=True, slots=True)
class Entry:
    """One new agent: what is to be written, and the row that it comes from."""

    address: Address
    content: Content
    row: Row


@dataclass(frozen=True, slots=True)
class Proposal:
    """`entries` are sorted by address; `unserved` would be entries, and there is no number left for
    them. `left_out` holds lines of the table.
    """

    entries: tuple[Entry, ...]
    unserved: tuple[Entry, ...]
    declared: tuple[Address, ...]
    left_out: frozenset[int]
    diagnostics: tuple[Diagnostic, ...]


def propose(
    rows: Sequence[Row],
    desired: Desired,
    *,
    refused: frozenset[int] = frozenset(),
    taken: frozenset[str] = frozenset(),
) -> Proposal:
    """Make an entry for each new person, with the next free extension where none is given.

    `refused` are lines with an error: they get nothing, and keep others from what they hold.
    `taken` are numbers in use elsewhere. The order of the rows makes no difference.
    """
    everyone = people.people(rows, desired)
    result = people.sort(everyone, desired, refused)
    takers = sorted(result.newcomers, key=lambda person: person.address)
    wishes = [numbers.Wish(taker.address, taker.row) for taker in takers if not taker.extension]
    held = {one.extension for one in everyone if one.extension}
    given, diagnostics = numbers.given(
        wishes, desired.ranges, held | taken | declared.declared_agents(desired).holders.keys()
    )
    entries = [
        Entry(
            one.address,
            _content(one, one.extension or given.get(one.address), desired.ranges),
            one.row,
        )
        for one in takers
    ]
    unserved = tuple(entry for entry in entries if "extension" not in entry.content)
    return Proposal(
        tuple(entry for entry in entries if "extension" in entry.content),
        unserved,
        tuple(result.declared),
        frozenset(result.left_out | refused | {entry.row.line for entry in unserved}),
        (*result.told, *diagnostics),
    )


def lines_of(findings: Iterable[Diagnostic], entries: Sequence[Entry], file: str) -> frozenset[int]:
    """The lines of the rows in which findings have their place."""
    starts = sorted(entry.row.line for entry in entries)
    return frozenset(
        starts[bisect_right(starts, finding.position.line) - 1]
        for finding in findings
        if finding.position and finding.position.file == file
    )


def _is_said_by_range(
    person: Person, extension: str | None, ranges: Sequence[ExtensionRange]
) -> bool:
    """Whether the files say by the number alone what kind of phone it is."""
    purpose = numbers.PURPOSES[person.phone]
    return any(one.purpose == purpose and one.holds(extension or "") for one in ranges)


def _content(person: Person, extension: str | None, ranges: Sequence[ExtensionRange]) -> Content:
    """Return the entry of a person, keys in the order of files."""
    fields = person.row.fields
    keys = {"name": fields.get("name"), "extension": extension, "email": person.email}
    profiles = list(person.row.profiles)
    stated = {
        **keys,
        "phone": None if _is_said_by_range(person, extension, ranges) else person.phone,
        "profile": profiles[0] if len(profiles) == 1 else profiles or None,
        **{name: fields.get(name) for name in kinds.AGENT_SETTINGS},
        **{name: _members(fields.get(name)) for name in ("licenses", *kinds.MEMBERSHIPS)},
        "from": _day(person.row.start),
        "until": _day(person.row.end),
    }
    return {name: value for name, value in stated.items() if value is not None}


def _day(day: date | None) -> str | None:
    """Return a day as files write it."""
    return day.isoformat() if day else None


def _members(value: Any) -> Any:
    """Return a collection as files write it; None for anything else."""
    if isinstance(value, Mapping):
        return kinds.stated_levels(value)
    return sorted(value) if isinstance(value, frozenset) else None
