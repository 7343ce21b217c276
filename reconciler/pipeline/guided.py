"""plan -> worksheet -> a person -> read: an apply where the tenant has no API that writes."""

from collections.abc import Sequence
from datetime import datetime, time
from zoneinfo import ZoneInfo

from reconciler import evidence, read, worksheet
from reconciler.model import Attestation, Ledger, Provider, Reading, Tenant
from reconciler.pipeline.asked import Prepared


def look(prepared: Prepared, provider: Provider) -> Reading:
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
