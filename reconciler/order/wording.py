"""Describe for the reviewer why an operation is split, parked or waiting."""

from collections.abc import Iterable, Iterator

from reconciler import kinds
from reconciler.order.simulation import Purpose, Simulation, Step
from reconciler.order.tokens import COVERAGE, EMAIL, EXTENSION, FACT, SEAT, Token

NOT_TO_THE_END = "not searched to the end"
NAMED = 3
"""How many are named before the rest is counted."""


def why(run: Simulation, number: int) -> str:
    return "; ".join((*_purpose(run, number), *_waits(run, run.steps[number])))


def operation(number: int) -> str:
    return f"op-{number + 1}"


def listed(words: Iterable[str], told: int = NAMED) -> str:
    """`a, b and c`, or `a, b, c and 4 more`."""
    every = list(words)
    if len(every) > told:
        return f"{', '.join(every[:told])} and {len(every) - told} more"
    return " and ".join(part for part in (", ".join(every[:-1]), *every[-1:]) if part)


def thing(token: Token) -> str:
    """Name a token as something that can be lacking."""
    if token.sort == SEAT:
        return f"a seat of {token.name}"
    if token.sort == COVERAGE:
        return f"a successor in {token.name}"
    if token.sort == FACT:
        return token.name
    return f"{token.sort} {token.name}"


def _purpose(run: Simulation, number: int) -> Iterator[str]:
    step = run.steps[number]
    match step.purpose:
        case Purpose.PARKED:
            yield f"parked: {listed(_held(run, want, number) for want in step.lacked)}"
        case Purpose.HANDED:
            takers = (task.subject.address for want in step.lacked for task in run.seekers[want])
            yield f"parked: {listed(takers)} takes over {listed(w.name for w in step.lacked)} first"
        case Purpose.SPLIT:
            lacked = listed(map(thing, step.lacked))
            yield f"first part: the rest waits for {lacked or 'others who go before'}"
        case Purpose.DIP:
            names = [want.name for want in step.lacked if want.sort == COVERAGE]
            yield f"leaves {listed(names)} before a successor has joined: {_certainty(run, names)}"
        case Purpose.ASIDE:
            yield _step_aside_sentence(run, number)
        case Purpose.WHOLE:
            pass


def _certainty(run: Simulation, names: Iterable[str]) -> str:
    """State whether another order would avoid it, as far as that was searched."""
    if run.proven.issuperset(names):
        return "no order avoids it"
    return f"no other order was found, {NOT_TO_THE_END}"


def _step_aside_sentence(run: Simulation, number: int) -> str:
    """Describe which queues an agent leaves for a moment, and until when."""
    aside, later = run.steps[number], range(number + 1, len(run.steps))
    mine = (n for n in later if run.steps[n].task is aside.task)
    back = next((n for n in mine if run.steps[n].write.joins), None)
    if back is None:
        return "steps aside, and cannot come back"
    paths = sorted(aside.write.leaves & run.steps[back].write.joins.keys())
    names = [kinds.membership_address(path) or path for path in paths]
    ground = _certainty(run, names)
    return f"steps aside: leaves {listed(names)} until {operation(back)}: {ground}"


def _held(run: Simulation, want: Token, number: int) -> str:
    """Name the holder of a wanted value, and the operation that frees it."""
    until = next((step for step in run.releases.get(want, ()) if step > number), None)
    if until is None:
        return f"{want.name} is held and does not become free"
    holder = run.steps[until].task.subject.address
    return f"{want.name} is held by {holder} until {operation(until)}"


def _waits(run: Simulation, step: Step) -> Iterator[str]:
    named = [(before, token) for before, token in sorted(step.after.items()) if token]
    gifts = [f"{operation(before)} ({_gift(run.steps[before], token)})" for before, token in named]
    if gifts:
        yield f"waits for {listed(gifts)}"


def _gift(giver: Step, token: Token) -> str:
    if token.sort == SEAT:
        return f"frees a seat of {token.name}"
    if token.sort in (EXTENSION, EMAIL):
        return f"frees {token.name}"
    if token.sort == COVERAGE:
        return f"{giver.task.subject.address} joins {token.name}"
    return token.name if " " in token.name else f"makes {token.name}"
