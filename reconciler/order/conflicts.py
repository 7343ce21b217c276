"""Explain what is left: the smallest sets that wait for each other, and their resolutions.

What lacks a token that nobody who is left would give stands for itself; of the others those sets
count that wait for nobody outside. Everybody else waits behind one of them.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from reconciler import kinds
from reconciler.model import Address, ExtensionRange
from reconciler.order.components import closed
from reconciler.order.partial_writes import gives, whole
from reconciler.order.simulation import Simulation
from reconciler.order.step_aside import is_tied, short_of, unstated
from reconciler.order.tasks import Task
from reconciler.order.tokens import EXTENSION, SEAT, Token
from reconciler.order.wording import listed, thing
from reconciler.ordering import Conflict


@dataclass(frozen=True, slots=True)
class Waits:
    """Tokens that each address lacks, and the addresses left that would give them."""

    lacks: Mapping[Address, Sequence[Token]]
    givers: Mapping[Token, Sequence[Address]]

    def following(self, node: Address | Token) -> Sequence[Address] | Sequence[Token]:
        return self.givers.get(node, ()) if isinstance(node, Token) else self.lacks.get(node, ())


def conflicts(run: Simulation) -> tuple[Conflict, ...]:
    waits = _waits(run)
    found = [_alone(run, need, addresses) for need, addresses in _hopeless(waits).items()]
    for group in closed(list[Address | Token](waits.lacks), waits.following):
        addresses = sorted(node for node in group if not isinstance(node, Token))
        if addresses:
            found.append(_together(run, waits, addresses))
    return tuple(sorted(found, key=lambda conflict: conflict.addresses))


def _waits(run: Simulation) -> Waits:
    lacks: dict[Address, list[Token]] = {}
    givers: dict[Token, list[Address]] = {}
    for task in run.left():
        address = task.subject.address
        missing = lacks.setdefault(address, [])
        missing += (need for need in run.missing(task) if need not in missing)
        for token in gives(task, whole(task)):
            givers.setdefault(token, []).append(address)
    return Waits(dict(sorted(lacks.items())), givers)


def _hopeless(waits: Waits) -> dict[Token, list[Address]]:
    """Tokens that no task left would give, with the addresses that lack them."""
    found: dict[Token, list[Address]] = {}
    for address, missing in waits.lacks.items():
        for need in missing:
            if need not in waits.givers:
                found.setdefault(need, []).append(address)
    return found


def _alone(run: Simulation, need: Token, addresses: Sequence[Address]) -> Conflict:
    """Describe a shortage that no other task left would end."""
    count = len(addresses)
    if need.sort == SEAT:
        lacks = f"{_counted(count, 'seat')} of {need.name}: {_use(run, need)}"
        more = (_more_seats(need, count),)
        is_proven = _is_proven(run, addresses) or _ends_over(run, need)
        return Conflict(tuple(addresses), lacks, (), more, is_proven)
    keepers = tuple(run.snapshot.holders.get(need, ()))
    lacks = f"{thing(need)}, which {listed(keepers)} {'keep' if len(keepers) > 1 else 'keeps'}"
    first = f"give {listed(addresses)} another {need.sort}"
    is_proven = _is_proven(run, addresses) or any(keeper not in run.own for keeper in keepers)
    ways = (first, f"free {need.name} first")
    return Conflict(tuple(addresses), lacks, keepers, ways, is_proven)


def _is_proven(run: Simulation, addresses: Iterable[Address]) -> bool:
    return run.proven.issuperset(addresses)


def _ends_over(run: Simulation, seat: Token) -> bool:
    """Whether the changes as a whole take more seats than there are."""
    used = run.snapshot.seats.get(seat.name, 0)
    for step in run.steps:
        used += step.taken.count(seat) - step.given.count(seat)
    for task in run.left():
        used += (seat.name in task.adds) - (seat.name in task.drops)
    return used > run.snapshot.bounds.purchased.get(seat.name, used)


def _together(run: Simulation, waits: Waits, addresses: Sequence[Address]) -> Conflict:
    """Describe tasks that hold what the others lack."""
    missing = sorted({need for address in addresses for need in waits.lacks[address]})
    holders = {giver for need in missing for giver in waits.givers.get(need, ())}
    uses = [_use(run, need) for need in missing if need.sort == SEAT]
    lacks = listed(map(thing, missing))
    full = sorted({_full(run, need) for need in missing if need.sort == EXTENSION})
    return Conflict(
        addresses=tuple(addresses),
        lacks=": ".join(part for part in (lacks, "; ".join((*uses, *full))) if part),
        held_by=tuple(sorted(holders)),
        resolutions=(*_resolutions(run, missing), *_in_steps(run, missing, addresses)),
        is_proven=_is_proven(run, addresses),
    )


def _use(run: Simulation, seat: Token) -> str:
    purchased = run.snapshot.bounds.purchased.get(seat.name, 0)
    return (
        f"{seat.name} has {purchased} purchased and {run.snapshot.seats.get(seat.name, 0)} in use"
    )


def _full(run: Simulation, need: Token) -> str:
    return f"{_range(run, need)} has no free number to park one on"


def _range(run: Simulation, need: Token) -> str:
    block = run.parking.block(need)
    if block is None or not block.name:
        return f"the range of {need.name}"
    return _named(block)


def _named(block: ExtensionRange) -> str:
    return f"extension_range/{block.name} ({block.first}-{block.last})"


def _resolutions(run: Simulation, missing: Iterable[Token]) -> Iterator[str]:
    ranges = {_range(run, need): None for need in missing if need.sort == EXTENSION}
    yield from (f"free or add a number in {block}" for block in ranges)
    yield from (_more_seats(need, 1) for need in missing if need.sort == SEAT)


def _more_seats(seat: Token, count: int) -> str:
    return f"add {_counted(count, 'seat')} to {kinds.address(kinds.LICENSE_POOL, seat.name)}"


def _counted(count: int, word: str) -> str:
    return f"{count} {word}{'' if count == 1 else 's'}"


def _in_steps(
    run: Simulation, missing: Sequence[Token], addresses: Sequence[Address]
) -> Iterator[str]:
    first = addresses[0]
    if not any(need.sort == SEAT for need in missing):
        yield from _elsewhere(run, missing, first)
    else:
        tied = [a for a in addresses if a in run.own and is_tied(run, run.own[a])]
        ways = (_step_out(run, run.own[address]) for address in tied)
        applies = (
            f"do it in two applies: let {first} leave its queues and give up its license first"
        )
        yield next((way for way in ways if way), applies)


def _step_out(run: Simulation, task: Task) -> str:
    """Suggest what would let this agent step aside for the others."""
    address = task.subject.address
    if queues := unstated(run, task):
        return f"state {listed(queues)} for {address}, so that it may step out for a moment"
    if queues := short_of(run, task):
        return f"enrol somebody else in {listed(queues)}, so that {address} may step out"
    return ""


def _elsewhere(run: Simulation, missing: Iterable[Token], first: Address) -> Iterator[str]:
    """For a while somebody may sit in another range of the same purpose; outside of all of them
    only where no range is declared.
    """
    block = next((found for need in missing if (found := run.parking.block(need))), None)
    if block is None or not block.name:
        yield f"do it in two applies: give {first} a number outside the range first"
        return
    ranges = (r for r in run.snapshot.bounds.ranges if r.purpose == block.purpose and r != block)
    for other in list(ranges)[:1]:
        yield f"do it in two applies: give {first} a number of {_named(other)} first"
