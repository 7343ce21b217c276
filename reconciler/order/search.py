"""Rehearses, and rehearses again with those first who were in trouble; the best run counts."""

from reconciler.model import Address
from reconciler.order import cycles, stuck
from reconciler.order.aside import step_aside
from reconciler.order.rehearsal import Purpose, Rehearsal, Role
from reconciler.order.scene import Scene
from reconciler.order.start import prepared

TRIES = 4
WIDELY = 2
"""After so many tries only those who are left go first, not whoever had to do with it."""
LARGE = 2_000
"""A plan of so many changes is rehearsed once more at the most."""


def best(scene: Scene) -> Rehearsal:
    """Fewest left undone, then fewest dips, then fewest steps."""
    run = _rehearsed(scene, frozenset(), reserved=False)
    for number in range(TRIES if len(scene.changes) < LARGE else 1):
        front = (number >= WIDELY and _left(run)) or _troubled(run)
        if front:
            again = _rehearsed(scene, front, reserved=number % 2 == 0)
            run = min(run, again, key=_cost)
    for at_once in (False, True) if len(scene.changes) < LARGE else ():
        if front := _left(run):
            run = min(run, _untied(scene, front, at_once=at_once), key=_cost)
    return run


def _rehearsed(scene: Scene, front: frozenset[Address], *, reserved: bool) -> Rehearsal:
    return _played(prepared(scene, front, reserved=reserved))


def _untied(scene: Scene, front: frozenset[Address], *, at_once: bool) -> Rehearsal:
    """Nobody joins early who may have to step aside. It does so `at_once` where those who leave for
    good would make the queue too small for it.
    """
    run = prepared(scene, front, reserved=False)
    run.ties = False
    if at_once:
        step_aside(run, run.crowds[Role.TAKER].tasks)
    return _played(run)


def _played(run: Rehearsal) -> Rehearsal:
    cycles.park(run)
    run.begin()
    _settle(run)
    while stuck.unstick(run):
        _settle(run)
    return run


def _settle(run: Rehearsal) -> None:
    """Whole tasks, and cycles as soon as there is a number to park on."""
    run.drain()
    while run.freed:
        cycles.park_freed(run)
        run.drain()


def _troubled(run: Rehearsal) -> frozenset[Address]:
    """Who is left, who left a queue too early, and who was waited for."""
    early = (step.task.subject.address for step in run.steps if step.purpose is Purpose.DIP)
    awaited = (address for waited in run.waited_for.values() for address in waited)
    return _left(run) | frozenset((*early, *awaited))


def _left(run: Rehearsal) -> frozenset[Address]:
    return frozenset(task.subject.address for task in run.left())


def _cost(run: Rehearsal) -> tuple[int, int, int]:
    return len(run.left()), run.dips.total(), len(run.steps)
