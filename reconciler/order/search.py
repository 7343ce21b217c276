"""Rehearses, and rehearses again with those first who were in trouble; the best run counts."""

from reconciler.model import Address
from reconciler.order import cycles, stuck
from reconciler.order.rehearsal import Purpose, Rehearsal, prepared
from reconciler.order.scene import Scene

TRIES = 4


def best(scene: Scene) -> Rehearsal:
    """Fewest left undone, then fewest dips, then fewest steps."""
    run = _rehearsed(scene, frozenset())
    for _ in range(TRIES):
        front = _troubled(run)
        if not front:
            break
        again = _rehearsed(scene, front)
        if _cost(again) >= _cost(run):
            break
        run = again
    return run


def _rehearsed(scene: Scene, front: frozenset[Address]) -> Rehearsal:
    run = prepared(scene, front)
    cycles.park(run)
    run.drain()
    while stuck.unstick(run):
        run.drain()
    return run


def _troubled(run: Rehearsal) -> frozenset[Address]:
    """Who is left, who left a queue too early, and who was waited for."""
    early = (step.task.subject.address for step in run.steps if step.purpose is Purpose.DIP)
    left = (task.subject.address for task in run.left)
    awaited = (address for waited in run.waited_for.values() for address in waited)
    return frozenset((*early, *left, *awaited))


def _cost(run: Rehearsal) -> tuple[int, int, int]:
    return len(run.left), run.dips.total(), len(run.steps)
