"""A plan in plain language, risk first: who stops and who starts getting which calls."""

from collections.abc import Iterator, Sequence

from reconciler import kinds
from reconciler.model import Address, Coverage, Plan, RangeUse, Seats

WORDS = (
    *("no", "one", "two", "three", "four", "five", "six"),
    *("seven", "eight", "nine", "ten", "eleven", "twelve"),
)


def sentences(plan: Plan) -> tuple[str, ...]:
    """What a manager needs to know; empty where nothing of it changes."""
    return (
        *_unstaffed(plan.coverage),
        *_dips(plan.coverage),
        *_leaving(plan.coverage),
        *_access(plan.access.lose, "can no longer sign in and take calls"),
        *(line for seat in plan.seats for line in _seat(seat)),
        *_joining(plan.coverage),
        *_access(plan.access.gain, "can sign in and take calls from now on"),
        *(line for interval in plan.extensions for line in _range(interval)),
    )


def number(count: int) -> str:
    return WORDS[count] if 0 <= count < len(WORDS) else str(count)


def _people(count: int) -> str:
    return f"{number(count).capitalize()} {'person' if count == 1 else 'people'}"


def _calls(address: Address) -> str:
    name = kinds.name_of(address)
    return f"{name} calls" if kinds.kind_of(address) == kinds.QUEUE else f"calls for skill {name}"


def _unstaffed(coverage: Sequence[Coverage]) -> Iterator[str]:
    for entry in coverage:
        name = f"{kinds.kind_of(entry.address)} {kinds.name_of(entry.address)}"
        if entry.before and not entry.after:
            yield f"Nobody is left in {name}: its callers reach nobody."
        elif entry.minimum is not None and entry.after < min(entry.minimum, entry.before):
            yield (
                f"{name.capitalize()} falls to {number(entry.after)}, below its minimum of "
                f"{number(entry.minimum)}."
            )


def _dips(coverage: Sequence[Coverage]) -> Iterator[str]:
    for entry in coverage:
        if entry.lowest < min(entry.before, entry.after):
            name = f"{kinds.kind_of(entry.address)} {kinds.name_of(entry.address)}"
            left = f"only {number(entry.lowest)}" if entry.lowest else "nobody"
            yield f"This plan dips: for a moment {name} has {left}."


def _leaving(coverage: Sequence[Coverage]) -> Iterator[str]:
    for entry in coverage:
        if count := len(entry.leave):
            verb = "stops" if count == 1 else "stop"
            remain = "remains" if entry.after == 1 else "remain"
            left = number(entry.after) if entry.after else "none"
            yield f"{_people(count)} {verb} receiving {_calls(entry.address)}; {left} {remain}."


def _joining(coverage: Sequence[Coverage]) -> Iterator[str]:
    for entry in coverage:
        if count := len(entry.join):
            verb = "starts" if count == 1 else "start"
            are = "is" if entry.after == 1 else "are"
            yield (
                f"{_people(count)} {verb} receiving {_calls(entry.address)}; there {are} "
                f"{number(entry.after)} then."
            )


def _access(addresses: Sequence[Address], what: str) -> Iterator[str]:
    if addresses:
        yield f"{_people(len(addresses))} {what}."


def _seat(seat: Seats) -> Iterator[str]:
    name = seat.license.replace("_", " ").capitalize()
    if seat.over and seat.after > seat.assigned:
        were = "was" if seat.purchased == 1 else "were"
        yield f"{name} needs {seat.after} seats, and {seat.purchased} {were} purchased."
    elif seat.after > seat.assigned:
        yield f"{name} takes {number(seat.after - seat.assigned)} more of its seats{_free(seat)}."
    elif seat.after < seat.assigned:
        yield f"{name} gives back {number(seat.assigned - seat.after)} of its seats."


def _free(seat: Seats) -> str:
    if seat.free is None:
        return ""
    return f"; {number(seat.free)} {'stays' if seat.free == 1 else 'stay'} free"


def _range(interval: RangeUse) -> Iterator[str]:
    if interval.free == 0 and interval.after != interval.used:
        yield f"Extension range {interval.range} is full then."
