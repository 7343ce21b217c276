"""Steps to operations, with the worst moments over every order that they allow."""

from collections.abc import Iterator, Mapping, Sequence

from reconciler.model import Address, Graph, License, Operation, Value, Verb
from reconciler.order.conflicts import conflicts
from reconciler.order.extremes import greatest_sum
from reconciler.order.simulation import Simulation, Step
from reconciler.order.tokens import COVERAGE, SEAT
from reconciler.order.wording import operation, why
from reconciler.ordering import Shortfall


def graph(run: Simulation) -> Graph:
    after = [_reduced(run.steps, step) for step in run.steps]
    return Graph(
        operations=tuple(_operation(run, number, edges) for number, edges in enumerate(after)),
        dips=tuple(
            Shortfall(address, depth, run.waited_for[address], address in run.proven)
            for address, depth in sorted(run.dips.items())
        ),
        conflicts=conflicts(run),
        peaks=_peaks(run, after),
        lowest=_lowest(run, after),
        baseline=run.snapshot.bounds.baseline,
    )


def _operation(run: Simulation, number: int, after: Sequence[int]) -> Operation:
    step = run.steps[number]
    return Operation(
        id=operation(number),
        address=step.task.subject.address,
        kind=step.task.subject.change.kind,
        verb=step.write.verb,
        set=dict(sorted(_values(step))) if step.write.verb is not Verb.DELETE else {},
        why=why(run, number),
        after=tuple(operation(before) for before in after),
    )


def _values(step: Step) -> Iterator[tuple[str, Value]]:
    write = step.write
    yield from write.moves.items()
    yield from write.plain.items()
    yield from write.joins.items()
    yield from ((path, None) for path in write.leaves)
    yield from ((f"licenses.{license}", True) for license in write.adds)
    yield from ((f"licenses.{license}", None) for license in write.drops)


def _reduced(steps: list[Step], step: Step) -> list[int]:
    """Without those that another one of them waits for already."""
    implied = {before for one in step.after for before in steps[one].after}
    return sorted(set(step.after) - implied)


def _peaks(run: Simulation, after: Sequence[Sequence[int]]) -> Mapping[License, int]:
    """Seats in use, at most, at any moment of any order, also where operations fail."""
    return {
        name: run.snapshot.seats.get(name, 0) + greatest_sum(taken, after)
        for name, taken in _taken(run, SEAT)
    }


def _lowest(run: Simulation, after: Sequence[Sequence[int]]) -> Mapping[Address, int]:
    """Coverage, at least."""
    return {
        address: run.snapshot.coverage.get(address, 0) - greatest_sum(taken, after)
        for address, taken in _taken(run, COVERAGE)
    }


def _taken(run: Simulation, sort: str) -> list[tuple[str, dict[int, int]]]:
    """By name, what each step takes of it, less what it gives."""
    found: dict[str, dict[int, int]] = {}
    for number, step in enumerate(run.steps):
        for sign, tokens in ((1, step.taken), (-1, step.given)):
            for token in tokens:
                if token.sort == sort:
                    weights = found.setdefault(token.name, {})
                    weights[number] = weights.get(number, 0) + sign
    return sorted(found.items())
