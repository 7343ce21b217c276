"""A plan in plain language, highest risk first: who stops and who starts getting which calls.

However many changes are alike, they are one sentence, and its count is complete. What a plan does
in between it is only said to do: another order might have done without.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence

from reconciler import kinds
from reconciler.diagnostics import Diagnostic
from reconciler.model import (
    Action,
    Address,
    Change,
    Coverage,
    FieldChange,
    Plan,
    RangeUse,
    SeatCost,
    Seats,
    Unmanaged,
)
from reconciler.plan.blockers import floor
from reconciler.rules import tenant_consequence

WORDS = (
    *("no", "one", "two", "three", "four", "five", "six"),
    *("seven", "eight", "nine", "ten", "eleven", "twelve"),
)
NAMES = {"sms": "SMS"}
LABELS = {"web_chat": "web chat", "sms": "SMS"}
LABELS_SHOWN = 5
RECORDED = ("automatic", "automatic_pausing_prohibited")


def sentences(plan: Plan) -> tuple[str, ...]:
    """Return what a manager needs to know; empty where nothing of it changes."""
    return (
        *_undeclared(plan),
        *_unstaffed(plan.coverage),
        *_dips(plan.coverage),
        *_leaving(plan.coverage),
        *_access(plan.access.lose, "can no longer sign in and take calls"),
        *_changed(plan.changes),
        *(line for seat in plan.seats for line in _over(seat)),
        *(line for seat in plan.seats for line in _seat(seat)),
        *_joining(plan.coverage),
        *_access(plan.access.gain, "can sign in and take calls from now on"),
        *(line for interval in plan.extensions for line in _range(interval)),
        *(line for cost in plan.costs for line in _cost(cost)),
        *_consequences(plan.diagnostics),
    )


# --- no longer in any file ------------------------------------------------------------------------


def _undeclared(plan: Plan) -> Iterator[str]:
    """Yield agents whom files declared at an earlier apply and none declares now.

    Those of a file that is gone come first, by the file. Who cannot sign in is not told of.
    """
    left = [item for item in plan.unmanaged if item.declared and item.active is not False]
    for file in plan.gone_files:
        of_file = [item for item in left if item.file == file]
        if of_file:
            yield f"File {file} is gone: {_no_file(of_file, 'whom it declared')}."
        else:
            yield f"File {file} is gone, and this plan takes out whom it declared."
    others = [item for item in left if item.file not in plan.gone_files]
    if others:
        yield f"{_capital(_no_file(others, 'who were declared at an earlier apply'))}."


def _no_file(items: Sequence[Unmanaged], who: str) -> str:
    count = len(items)
    people, stand, keep = (
        ("person", "stands", "keeps") if count == 1 else ("people", "stand", "keep")
    )
    labels = ", ".join(item.label for item in items[:LABELS_SHOWN])
    more = f" and {number(count - LABELS_SHOWN)} more" if count > LABELS_SHOWN else ""
    who = who.replace("were", "was") if count == 1 else who
    return (
        f"{number(count)} {people} {who} {stand} in no file now and {keep} what the tenant has: "
        f"{labels}{more}"
    )


def number(count: int) -> str:
    return WORDS[count] if 0 <= count < len(WORDS) else str(count)


# --- coverage ------------------------------------------------------------------------------------


def _unstaffed(coverage: Sequence[Coverage]) -> Iterator[str]:
    """Yield targets that run empty, then those that end below their minimum."""
    for entry in coverage:
        if entry.before and not entry.after:
            yield _nobody(entry.address)
    for entry in coverage:
        if 0 < entry.after < floor(entry):
            name = _capital(_name(entry.address))
            yield f"{name} falls to {number(entry.after)}, {_below(entry)}."


def _nobody(address: Address) -> str:
    if kinds.kind_of(address) == kinds.SKILL:
        return f"Nobody with {_name(address)} is left: calls for it reach nobody."
    return f"Nobody is left in {_name(address)}: its callers reach nobody."


def _dips(coverage: Sequence[Coverage]) -> Iterator[str]:
    for entry in coverage:
        if entry.lowest < min(entry.before, entry.after):
            left = f"only {number(entry.lowest)}" if entry.lowest else "nobody"
            low = f", {_below(entry)}" if 0 < entry.lowest < floor(entry) else ""
            yield f"This plan dips: for a moment {_name(entry.address)} has {left}{low}."


def _below(entry: Coverage) -> str:
    """Say what the coverage falls below: its minimum, or what it had where that was less."""
    least = floor(entry)
    if entry.minimum is not None and entry.minimum > least:
        return f"below the {number(least)} that it had"
    return f"below its minimum of {number(least)}"


def _leaving(coverage: Sequence[Coverage]) -> Iterator[str]:
    """Yield targets that lose agents, the emptiest first, then by how many leave."""
    for entry in sorted(coverage, key=lambda e: (e.after, -len(e.leave))):
        if entry.leave:
            left = number(entry.after) if entry.after else "none"
            remain = "remains" if entry.after == 1 else "remain"
            stop = _people(entry.leave, "stops", "stop")
            yield f"{stop} receiving {_calls(entry.address)}; {left} {remain}."


def _joining(coverage: Sequence[Coverage]) -> Iterator[str]:
    for entry in coverage:
        if entry.join:
            are = "is" if entry.after == 1 else "are"
            start = _people(entry.join, "starts", "start")
            yield (
                f"{start} receiving {_calls(entry.address)}; there {are} "
                f"{number(entry.after)} then."
            )


def _calls(address: Address) -> str:
    name = kinds.name_of(address)
    return f"{name} calls" if kinds.kind_of(address) == kinds.QUEUE else f"calls for skill {name}"


def _name(address: Address) -> str:
    return f"{kinds.kind_of(address)} {kinds.name_of(address)}"


# --- people --------------------------------------------------------------------------------------


def _access(addresses: Sequence[Address], what: str) -> Iterator[str]:
    if addresses:
        yield f"{_people(addresses, what, what)}."


def _changed(changes: Sequence[Change]) -> Iterator[str]:
    """Yield what else people notice: a deletion, or another number, sign-in or recording."""
    agents = [change for change in changes if change.kind == kinds.AGENT]
    deleted = [change for change in agents if change.action is Action.DELETE]
    if deleted:
        yield f"{_people(deleted, 'is', 'are')} deleted."
    for one, many, is_so in NOTICED:
        matching = [change for change in agents if any(map(is_so, change.fields))]
        if matching:
            yield f"{_people(matching, one, many)}."
    yield from _queue_numbers(changes)


def _moves(path: str) -> Callable[[FieldChange], bool]:
    return lambda item: item.path == path and None not in (item.before, item.after)


def _stops(item: FieldChange) -> bool:
    is_mode = item.path == "recording_mode" and item.after is not None
    return is_mode and item.before in RECORDED and item.after not in RECORDED


NOTICED = (
    ("is no longer recorded automatically", "are no longer recorded automatically", _stops),
    ("gets another extension", "get another extension", _moves("extension")),
    ("signs in with another e-mail", "sign in with another e-mail", _moves("email")),
)


def _queue_numbers(changes: Iterable[Change]) -> Iterator[str]:
    for change in changes:
        for item in change.fields if change.kind == kinds.QUEUE else ():
            if item.path == "extension" and item.before is not None:
                was = f"moves from {item.before} to {item.after}"
                gone = f"loses its extension {item.before}"
                yield f"{_capital(_name(change.address))} {was if item.after else gone}."


def _people(of: Sequence[object], one: str, many: str) -> str:
    count = len(of)
    return f"{_capital(number(count))} {f'person {one}' if count == 1 else f'people {many}'}"


def _capital(text: str) -> str:
    """Capitalize only the first letter, so that names keep theirs."""
    return text[:1].upper() + text[1:]


# --- seats and numbers ---------------------------------------------------------------------------


def _over(seat: Seats) -> Iterator[str]:
    if seat.over and seat.after > seat.assigned:
        were = "was" if seat.purchased == 1 else "were"
        yield f"{_license(seat)} needs {seat.after} seats, and {seat.purchased} {were} purchased."


def _seat(seat: Seats) -> Iterator[str]:
    more = seat.after - seat.assigned
    if more > 0 and not seat.over:
        yield f"{_license(seat)} takes {number(more)} more of its seats{_free(seat)}."
    elif more < 0:
        yield f"{_license(seat)} gives back {number(-more)} of its seats."


def _license(seat: Seats) -> str:
    return NAMES.get(seat.license) or _capital(seat.license.replace("_", " "))


def _free(seat: Seats) -> str:
    if seat.free is None:
        return ""
    free = number(seat.free) if seat.free else "none"
    return f"; {free} {'stays' if seat.free == 1 else 'stay'} free"


def _range(interval: RangeUse) -> Iterator[str]:
    if interval.free == 0 and interval.after != interval.used:
        yield f"Extension range {interval.range} is full then."


# --- money ---------------------------------------------------------------------------------------


def _cost(cost: SeatCost) -> Iterator[str]:
    """Return the monthly cost of a seat; empty where the plan does not touch the license."""
    if not cost.more:
        return
    name, at_most = LABELS.get(cost.license, cost.license), "at most " * cost.at_most
    seats = f"{number(abs(cost.more))} {name} seat{'s' * (abs(cost.more) != 1)}"
    amount = f"{cost.amount.removeprefix('-')} {cost.currency} a month"
    use = "more in use" if cost.more > 0 else "less in use"
    yield f"{_capital(f'{at_most}{seats}')} {use}: {amount}."
    if cost.idle:
        are = "is" if cost.idle == 1 else "are"
        idle = f"{number(cost.idle)} {name} seat{'s' * (cost.idle != 1)}"
        yield f"{_capital(idle)} {are} idle then: {cost.idle_amount} {cost.currency} a month."


# --- the tenant ----------------------------------------------------------------------------------


def _consequences(diagnostics: Iterable[Diagnostic]) -> Iterator[str]:
    for finding in diagnostics:
        if finding.rule == tenant_consequence.ID:
            yield f"{finding.summary}; {finding.hint}."
