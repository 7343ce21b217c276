"""Assign the next free extensions from the range that fits the kind of phone."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from reconciler import kinds
from reconciler.diagnostics import Diagnostic, Severity
from reconciler.model import Address, ExtensionRange
from reconciler.roster import wording
from reconciler.roster.rows import Row

PURPOSES: Final = {"webrtc": "webrtc_agent", "uc": "uc_user"}
"""By `phone`: in ranges of which purpose its agents live."""


class Wish(NamedTuple):
    """Somebody who needs a number; `row.range` may say from where."""

    address: Address
    row: Row


def phone_of(extension: object, ranges: Sequence[ExtensionRange]) -> str:
    """What an extension says of the phone; without one, and outside of all ranges, WebRTC."""
    for phone, purpose in PURPOSES.items():
        own = (one for one in ranges if one.purpose == purpose)
        if isinstance(extension, str) and any(one.holds(extension) for one in own):
            return phone
    return "webrtc"


def given(
    wishes: Iterable[Wish], ranges: Sequence[ExtensionRange], taken: Iterable[str]
) -> tuple[dict[Address, str], list[Diagnostic]]:
    """A number for each, in the order of the wishes, and which range has none left.

    Who names a range is served first.
    """
    by_range: dict[str | None, list[Wish]] = defaultdict(list)
    for wish in wishes:
        by_range[wish.row.range].append(wish)
    found: dict[Address, str] = {}
    diagnostics: list[Diagnostic] = []
    used = set(taken)
    own_ranges = [one for one in ranges if one.purpose == PURPOSES["webrtc"]]
    for name, own in sorted(by_range.items(), key=lambda item: (item[0] is None, item[0] or "")):
        intervals = [own_range for own_range in own_ranges if name in (None, own_range.name)]
        numbers = list(zip(own, free(intervals, used), strict=False))
        found |= {wish.address: number for wish, number in numbers}
        used |= {number for _, number in numbers}
        diagnostics += _unserved(own[len(numbers) :], name, intervals, own_ranges)
    return found, diagnostics


def free(intervals: Iterable[ExtensionRange], used: set[str]) -> Iterator[str]:
    """The numbers of ranges that are not in use, in order."""
    for interval in intervals:
        for number in range(int(interval.first), int(interval.last) + 1):
            extension = f"{number:0{len(interval.first)}}"
            if extension not in used:
                yield extension


def _unserved(
    left: Sequence[Wish],
    name: str | None,
    intervals: Sequence[ExtensionRange],
    ranges: Sequence[ExtensionRange],
) -> Iterator[Diagnostic]:
    """Yield what is wrong with rows that got no number."""
    if not left:
        return
    if intervals:
        yield _full(left, intervals)
    elif name is None:
        yield _no_range(left)
    else:
        yield from (_unknown(wish, name, ranges) for wish in left)


def _full(left: Sequence[Wish], intervals: Sequence[ExtensionRange]) -> Diagnostic:
    """Return the error for ranges that have no free number left."""
    named = " and ".join(
        f"{interval.name} ({interval.first}-{interval.last})" for interval in intervals
    )
    is_one = len(intervals) == 1
    numbers = "1 more number is" if len(left) == 1 else f"{len(left)} more numbers are"
    return Diagnostic(
        "extension-range-full",
        Severity.ERROR,
        f"{'range' if is_one else 'ranges'} {named} {'is' if is_one else 'are'} full: "
        f"{numbers} needed, the first for {left[0].address}",
        "widen the range, or add another one of the same purpose",
        kinds.address(kinds.EXTENSION_RANGE, intervals[0].name),
        left[0].row.at(),
    )


def _no_range(left: Sequence[Wish]) -> Diagnostic:
    """Return the error for rows that need a number where no range is declared."""
    message = wording.Wording(
        "missing-value",
        f"{len(left)} rows bring no extension, and no range of purpose {PURPOSES['webrtc']} is "
        "declared",
        "declare one under `extension_ranges:`, or fill in the extensions",
    )
    return wording.error(message, left[0].row.at(), left[0].address)


def _unknown(wish: Wish, name: str, ranges: Iterable[ExtensionRange]) -> Diagnostic:
    """Return the error for a row that names a range nobody declares."""
    offer = wording.offer(name, (one.name for one in ranges))
    message = wording.Wording(
        "dangling-reference",
        f"{wish.address} names range {name}, and none of purpose {PURPOSES['webrtc']} is called so",
        f"{offer}declare it under `extension_ranges:`, or leave the cell empty",
    )
    return wording.error(message, wish.row.at("range"), wish.address)
