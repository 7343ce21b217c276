"""What the tenant's lists say of steps that were done."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from reconciler import kinds
from reconciler.model import Outcome, Reading, Resource, Result
from reconciler.worksheet.sheet import Proof, Sheet, Step


def is_shown(step: Step, reading: Reading) -> bool:
    """Whether the lists bear the step out, of which they can tell."""
    name, bracket, number = step.row.rpartition("(")
    rows = {_row(resource) for resource in reading.resources.values()}
    if not bracket:
        return (step.row, "") in rows
    names = {known for known, listed in rows if listed == number.removesuffix(")")}
    if step.proof is Proof.VANISHES:
        return not names
    return name in names if name else bool(names)


def with_proof(outcomes: Sequence[Outcome], sheet: Sheet, shown: Iterable[Step]) -> list[Outcome]:
    """Operations that the lists bear out as a whole are applied, and not only said to be done."""
    proven = {step.number for step in shown}
    open_ = {
        name for _, step in sheet.steps() if step.number not in proven for name in step.operations
    }
    return [
        replace(one, result=Result.APPLIED, because="")
        if one.result is Result.MANUAL and one.operation.id not in open_
        else one
        for one in outcomes
    ]


def _row(resource: Resource) -> tuple[str, str]:
    """Name and number; a skill has no number here."""
    if resource.kind != kinds.AGENT:
        return kinds.name_of(resource.address), ""
    return str(resource.fields.get("name")), str(resource.fields.get("extension"))
