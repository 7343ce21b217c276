"""Map column headers to agent fields, by name, by alias or as `--map` says."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from reconciler import kinds
from reconciler.diagnostics import Diagnostic, Position
from reconciler.roster import values, wording
from reconciler.roster.sheet import Record
from reconciler.roster.wording import Wording

FIELDS: Final[Mapping[str, tuple[str, ...]]] = {
    **{row.name: row.aliases for row in kinds.AGENT_FIELDS},
    "first_name": ("firstname", "given name", "forename"),
    "last_name": ("lastname", "surname", "family name"),
    "profile": ("profiles",),
    "range": ("extension range",),
    "licenses": ("license", "licences", "licence"),
    "queues": ("queue",),
    "skills": ("skill",),
    "active": ("status", "enabled", "sign in"),
    "from": ("start", "start date", "first day", "joins", "hired on"),
    "until": ("end", "end date", "last day", "leaves", "leaving date"),
    "date": ("observed", "observed on", "observed at", "as of"),
    "source": ("observed in",),
}
"""What a column may hold, and the further headers, in plain words, that mean it."""

MOST_COLUMNS: Final = 500

Columns = Mapping[str, int]


def plain(header: str) -> str:
    """`E-Mail *` and `e_mail` are `e mail`."""
    return " ".join(re.split(r"[\s_\-.:*#]+", header.casefold())).strip()


_MEANINGS: Final = {
    plain(word): field for field, aliases in FIELDS.items() for word in (field, *aliases)
}


def columns(
    header: Record, mapping: Mapping[str, str] | None, needed: Iterable[tuple[str, ...]]
) -> tuple[Columns, list[Diagnostic]]:
    """Which cell holds which field, and what is wrong with the header.

    `mapping` is header to field, an empty field leaves the column out; None where the command has
    no `--map`. Of each group in `needed` one field must be there.
    """
    if len(header.cells) > MOST_COLUMNS:
        return {}, [wording.error(_too_many(len(header.cells)), header.at(0))]
    given, can_map = mapping or {}, mapping is not None
    places = header.places()
    requested = {plain(name): field for name, field in given.items()}
    diagnostics = list(_unmatched(header, given))
    held: dict[str, list[int]] = defaultdict(list)
    for number, name in enumerate(header.cells):
        field = requested.get(plain(name), _MEANINGS.get(plain(name)))
        if odd := values.INVISIBLE.search(name):
            message = wording.control_character(odd.group())
            diagnostics.append(wording.error(message, places[number]))
        elif field:
            held[field].append(number)
        elif field is None and name.strip():
            diagnostics.append(wording.warning(_unknown(name.strip(), can_map), places[number]))
    diagnostics += _twice(header, places, held, can_map)
    missing = (group for group in needed if held.keys().isdisjoint(group))
    diagnostics += (wording.error(_missing(group, can_map), header.at(0)) for group in missing)
    return {field: numbers[0] for field, numbers in held.items()}, diagnostics


def _unmatched(header: Record, mapping: Mapping[str, str]) -> Iterator[Diagnostic]:
    """Yield an error for each mapped header that the table lacks."""
    there = {plain(name) for name in header.cells}
    for name in mapping:
        if plain(name) not in there:
            offer = wording.offer(name, (cell.strip() for cell in header.cells))
            message = Wording(
                "csv-column",
                f"--map names a column `{name}`, which is not there",
                f"{offer}name a header of the file",
            )
            yield wording.error(message, header.at(0))


def _twice(
    header: Record, places: Sequence[Position], held: Mapping[str, list[int]], can_map: bool
) -> Iterator[Diagnostic]:
    """Yield an error for each further column of a field."""
    for field, (first, *others) in held.items():
        for number in others:
            name = header.cells[number].strip()
            message = Wording(
                "csv-column",
                f"columns `{header.cells[first].strip()}` and `{name}` both mean `{field}`",
                f'ignore one of them, as in --map "{name}="' if can_map else "take one of them out",
            )
            yield wording.error(message, places[number])


def _too_many(count: int) -> Wording:
    """Word a header of too many columns."""
    return Wording(
        "csv-column",
        f"the header has {count} columns; at most {MOST_COLUMNS} are read",
        "leave out the columns that say nothing about an agent",
    )


def _unknown(name: str, can_map: bool) -> Wording:
    """Word a column whose meaning is not known."""
    offer = wording.offer(plain(name), _MEANINGS)
    hint = f'say what it holds with --map "{name}=FIELD", or ignore it with --map "{name}="'
    return Wording(
        "csv-column",
        f"column `{name}` is not read",
        f"{offer}{hint if can_map else 'give it a header that is known, or leave it out'}",
    )


def _missing(group: tuple[str, ...], can_map: bool) -> Wording:
    """Word a column that the roster needs and lacks."""
    named = " or ".join(f"`{field}`" for field in group)
    hint = f'add one, or say which it is with --map "HEADER={group[0]}"'
    return Wording("csv-column", f"there is no column {named}", hint if can_map else "add one")
