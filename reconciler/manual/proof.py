"""What the tenant's lists say of steps that were done."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from typing import Final

from reconciler import kinds
from reconciler.manual.sheet import Proof, Sheet, Step
from reconciler.model import Outcome, Reading, Resource, Result

LISTED: Final = frozenset({"name", "extension", "phone", "active"})
"""Fields that the list of agents shows of everybody on it."""


def is_shown(step: Step, reading: Reading) -> bool:
    """Whether the lists bear the step out, as far as they can tell of it."""
    name, bracket, number = step.row.rpartition("(")
    rows = {_row(resource) for resource in reading.resources.values()}
    if not bracket:
        return (step.row, "") in rows
    names = {known for known, listed in rows if listed == number.removesuffix(")")}
    if step.proof is Proof.VANISHES:
        return not names
    return name in names if name else bool(names)


def can_be_proven(step: Step, before: Reading) -> bool:
    """Whether the lists will show a difference that they did not show before the step."""
    return step.proof is not Proof.NOTHING and not is_shown(step, before)


def is_proven_whole(step: Step) -> bool:
    """Whether the lists show all that the step does. A new row proves a license, and not which;
    a row that is gone proves that there is none.
    """
    if step.proof is Proof.VANISHES:
        return all(kinds.split_path(path)[0] in LISTED | {"licenses"} for path in step.set)
    if kinds.kind_of(step.address) != kinds.AGENT:
        return not step.set
    return step.set.keys() <= LISTED


def with_proof(outcomes: Sequence[Outcome], sheet: Sheet, shown: Iterable[Step]) -> list[Outcome]:
    """Operations that the lists bear out as a whole are applied, and not only said to be done."""
    proven = {step.number for step in shown if is_proven_whole(step)}
    open_: Collection[str] = {
        name for _, step in sheet.steps() if step.number not in proven for name in step.operations
    }
    return [
        replace(outcome, result=Result.APPLIED, because="")
        if outcome.result is Result.MANUAL and outcome.operation.id not in open_
        else outcome
        for outcome in outcomes
    ]


def _row(resource: Resource) -> tuple[str, str]:
    """Name and number; a skill has no number here."""
    if resource.kind != kinds.AGENT:
        return kinds.name_of(resource.address), ""
    return str(resource.fields.get("name")), str(resource.fields.get("extension"))
