"""What a finished sheet, or a sheet that was handed out, leaves in the ledger."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from reconciler import kinds
from reconciler.evidence.newest import OPEN, SAID
from reconciler.manual.completed import Answer, Reported
from reconciler.manual.sheet import Sheet
from reconciler.model import (
    Attestation,
    Ledger,
    Operation,
    Outcome,
    Plan,
    Result,
    Tenant,
    Verb,
    Verdict,
)

RESULTS: Final = {
    Answer.DONE: Result.MANUAL,
    Answer.SKIPPED: Result.SKIPPED,
    Answer.FAILED: Result.FAILED,
}


def ask(sheet: Sheet, kept: Ledger, now: datetime) -> None:
    """Records the steps as asked for: until somebody answers them they are to do."""
    steps = [
        Attestation(
            step.address,
            path,
            value,
            sheet.plan_id,
            now,
            OPEN,
            name=step.name,
            extension=step.extension,
            step=step.id,
        )
        for _, step in sheet.steps()
        for path, value in step.set.items()
    ]
    kept.attest(sheet.tenant.name, steps)


def attest(
    rows: Sequence[Reported], tenant: Tenant, kept: Ledger, *, by: str, now: datetime
) -> int:
    """Records what a finished sheet says was done; returns how many steps that were. Steps of one
    moment keep the order of the sheet.
    """
    done = [row for row in rows if row.result is Answer.DONE]
    for number, row in enumerate(done):
        at = min((row.when or now) + timedelta(microseconds=number), now)
        kept.attest(tenant.name, list(_words(row, row.by or by, at)))
    return len(done)


def _words(row: Reported, by: str, at: datetime) -> Iterator[Attestation]:
    for path, value in row.values.items():
        yield Attestation(
            row.address,
            path,
            value,
            by,
            at,
            name=row.name,
            extension=row.extension,
            step=row.step,
        )


def note(rows: Sequence[Reported], made: Plan, kept: Ledger, *, by: str) -> None:
    """A finished sheet in the history: a run of its own, with an operation for each row. `made` is
    what is left to do after it; a step that the tenant contradicts has failed.
    """
    if not rows:
        return
    newest = {e.step: e.refuted for e in kept.attestations(made.tenant.name) if e.source == SAID}
    refuted = {step: because for step, because in newest.items() if because}
    outcomes = [
        Outcome(
            Operation(
                f"{row.line}-{row.step}",
                row.address,
                kinds.kind_of(row.address),
                Verb.UPDATE,
                row.values,
            ),
            Result.FAILED if row.step in refuted else RESULTS[row.result],
            refuted.get(row.step) or f"on a sheet, by {row.by or by}",
        )
        for row in rows
    ]
    run = kept.begin(replace(made, plan_id=rows[0].plan_id, digest="of the sheet"))
    kept.intend(run, [outcome.operation for outcome in outcomes])
    kept.record(run, outcomes)
    kept.finish(run, Verdict(tuple(outcomes), not made.changes, made.changes))
