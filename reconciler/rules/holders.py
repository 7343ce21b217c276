"""Find values with more than one holder, for the rules on duplicate e-mails and extensions."""

from collections.abc import Iterator
from datetime import date
from itertools import chain

from reconciler.diagnostics import Diagnostic, Severity
from reconciler.model import Address
from reconciler.rules.view import Fields, View


def duplicates(
    rule: tuple[str, Severity], view: View, field: str, word: str, hint: str
) -> Iterator[Diagnostic]:
    """One finding for each further holder of a value, at its place, naming the first."""
    for value, holders in sorted(_shared(view, field).items()):
        first, *others = sorted(holders, key=lambda a: (a not in view.directory, a))
        for other in others:
            if not _apart(view, first, other):
                held = f"is held by {first} as well{_at(view, first, field)}"
                yield Diagnostic(
                    *rule,
                    f"{word} {value} of {other} {held}",
                    hint,
                    other,
                    view.place(other, field),
                )


def _shared(view: View, field: str) -> dict[str, list[Address]]:
    """Values with more than one holder. An agent and its own directory entry are one holder."""
    first: dict[str, Address] = {}
    shared: dict[str, list[Address]] = {}
    for address, fields in chain(view.everyone(), view.queues.items(), _directory(view)):
        value = fields.get(field)
        if isinstance(value, str) and value:
            if value in first:
                shared.setdefault(value, [first[value]]).append(address)
            else:
                first[value] = address
    return shared


def _directory(view: View) -> Iterator[tuple[Address, Fields]]:
    """Directory entries but those of UC agents, who are the same people."""
    if not view.directory:
        return
    own = {
        fields.get("extension") for _, fields in view.everyone() if fields.get("phone") == "uc"
    } - {None}
    for address, fields in view.directory.items():
        if fields.get("extension") not in own:
            yield address, fields


def _apart(view: View, first: Address, other: Address) -> bool:
    """Whether the one has left before the other comes."""
    return _before(view, first, other) or _before(view, other, first)


def _before(view: View, first: Address, other: Address) -> bool:
    terms = view.desired.terms
    end = terms[first].end if first in terms else None
    start = terms[other].start if other in terms else None
    begins = max(start or date.min, view.desired.as_of)
    return end is not None and end < begins


def _at(view: View, address: Address, field: str) -> str:
    place = view.place(address, field)
    return f" ({place})" if place else " in the UC directory" * (address in view.directory)
