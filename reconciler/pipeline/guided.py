"""plan -> worksheet -> a person -> read: an apply where the tenant has no API that writes."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, time
from zoneinfo import ZoneInfo

from reconciler import evidence, kinds, read, worksheet
from reconciler.model import (
    Attestation,
    Ledger,
    Operation,
    Outcome,
    Plan,
    Provider,
    Reading,
    Result,
    Tenant,
    Verb,
    Verdict,
)
from reconciler.pipeline.stages import PreparedPlan

RESULTS = {
    worksheet.Answer.DONE: Result.MANUAL,
    worksheet.Answer.SKIPPED: Result.SKIPPED,
    worksheet.Answer.FAILED: Result.FAILED,
}


def look(prepared: PreparedPlan, provider: Provider) -> Reading:
    """The tenant as it is now. Raises `CannotTellError`, also where its lists have shrunk."""
    reading = read.live(provider)
    percent = prepared.plan.policy.absent_percent
    evidence.expect_as_many(reading, len(prepared.reading.resources), percent)
    return reading


def attest(
    rows: Sequence[worksheet.Reported], tenant: Tenant, kept: Ledger, *, by: str, now: datetime
) -> int:
    """Records what a finished sheet says was done; returns how many steps that were.

    A time without an offset is the tenant's; without a time it is now, without a name it is `by`.
    """
    done = [row for row in rows if row.result is worksheet.Answer.DONE]
    zone = ZoneInfo(tenant.timezone)
    for row in done:
        at = row.when or now
        at = at if at.tzinfo else at.replace(tzinfo=zone)
        if at.time() == time() and at.date() == now.astimezone(zone).date():
            at = now
        who = row.by or by
        words = [Attestation(row.address, p, v, who, min(at, now)) for p, v in row.values.items()]
        kept.attest(tenant.name, words)
    return len(done)


def note(rows: Sequence[worksheet.Reported], made: Plan, kept: Ledger, *, by: str) -> None:
    """A finished sheet in the history: a run of its own, with an operation for each row. `made` is
    what is left to do after it.
    """
    if not rows:
        return
    outcomes = [
        Outcome(
            Operation(
                f"{row.line}-{row.step}",
                row.address,
                kinds.kind_of(row.address),
                Verb.UPDATE,
                row.values,
            ),
            RESULTS[row.result],
            f"on a sheet, by {row.by or by}",
        )
        for row in rows
    ]
    run = kept.begin(replace(made, plan_id=rows[0].plan_id, digest="of the sheet"))
    kept.intend(run, [outcome.operation for outcome in outcomes])
    kept.record(run, outcomes)
    kept.finish(run, Verdict(tuple(outcomes), not made.changes, made.changes))
