"""Steps to operations, and the worst moments of all orders that they allow.

`peaks`: at any moment of any order, also when operations fail and their dependants are skipped, the
seats in use are those before, plus the seats taken, less those released. Every seat taken is one
that was free at the start or one whose release came before, so before plus the seats taken that
were free at the start is never exceeded. It is reached unless such a taker waits for a release.

`lowest`: likewise, coverage before, less those who left on coverage that was there at the start,
less the dips. Without dips that is the lower one of before and after, which is exact.
"""

from collections.abc import Iterator, Mapping

from reconciler.model import Address, Dip, Graph, License, Operation, Value, Verb
from reconciler.order.conflicts import conflicts
from reconciler.order.rehearsal import Rehearsal, Step
from reconciler.order.tokens import COVERAGE, SEAT, Bag
from reconciler.order.wording import operation, why


def graph(run: Rehearsal) -> Graph:
    return Graph(
        operations=tuple(_operation(run, number) for number in range(len(run.steps))),
        dips=tuple(
            Dip(address, depth, run.waited_for[address])
            for address, depth in sorted(run.dips.items())
        ),
        conflicts=conflicts(run),
        peaks=_peaks(run),
        lowest=_lowest(run),
    )


def _operation(run: Rehearsal, number: int) -> Operation:
    step = run.steps[number]
    return Operation(
        id=operation(number),
        address=step.task.subject.address,
        kind=step.task.subject.change.kind,
        verb=step.portion.verb,
        set=dict(sorted(_values(step))) if step.portion.verb is not Verb.DELETE else {},
        why=why(run, number),
        after=tuple(operation(before) for before in _reduced(run.steps, step)),
    )


def _values(step: Step) -> Iterator[tuple[str, Value]]:
    portion = step.portion
    yield from portion.moves.items()
    yield from portion.plain.items()
    yield from portion.joins.items()
    yield from ((path, None) for path in portion.leaves)
    yield from ((f"licenses.{license}", True) for license in portion.adds)
    yield from ((f"licenses.{license}", None) for license in portion.drops)


def _reduced(steps: list[Step], step: Step) -> list[int]:
    """Without those that another one of them waits for already."""
    implied = {before for one in step.after for before in steps[one].after}
    return sorted(set(step.after) - implied)


def _peaks(run: Rehearsal) -> Mapping[License, int]:
    seats = run.scene.seats
    return {license: seats.get(license, 0) + bag.used for license, bag in _bags(run, SEAT)}


def _lowest(run: Rehearsal) -> Mapping[Address, int]:
    before, dips = run.scene.coverage, run.dips
    return {
        address: before.get(address, 0) - bag.used - dips[address]
        for address, bag in _bags(run, COVERAGE)
    }


def _bags(run: Rehearsal, sort: str) -> list[tuple[str, Bag]]:
    return sorted((token.name, bag) for token, bag in run.supply.bags.items() if token.sort == sort)
