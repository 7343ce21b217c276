"""What a run has in evidence: the ledger, and the files of `--observed`."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from reconciler import kinds
from reconciler.evidence.people import People
from reconciler.evidence.snapshot import apply_evidence
from reconciler.model import (
    Address,
    Attestation,
    Desired,
    Ledger,
    Plan,
    Policy,
    Reading,
)

NINETY = Policy().attestation_days


@dataclass(frozen=True, slots=True)
class Sources:
    """`filed` are observations of `--observed`, `skills` the addresses that the files call so."""

    tenant: str
    now: datetime
    days: int = NINETY
    skills: frozenset[Address] = frozenset()
    filed: tuple[Attestation, ...] = ()

    def apply(self, reading: Reading, kept: Ledger | None) -> Reading:
        """The reading with all evidence; as it is where a tenant shows everything."""
        if not (reading.capabilities.by_hand or self.filed):
            return reading
        now = max(self.now, datetime.now(UTC))
        kept_evidence = list(kept.attestations(self.tenant)) if kept else []
        evidence = [*kept_evidence, *self.filed]
        if reading.capabilities.licensed_only and kept:
            kept.attest(self.tenant, list(People(reading, kept_evidence).new_sightings(now)))
        found = apply_evidence(reading, evidence, now=now, days=self.days, skills=self.skills)
        if kept:
            kept.refute(self.tenant, [item for item in found.refuted if item not in self.filed])
        return found


def of_files(desired: Desired, now: datetime, filed: tuple[Attestation, ...] = ()) -> Sources:
    days = desired.policy.attestation_days
    return Sources(desired.tenant.name, now, days, _skills(desired.resources), filed)


def of_plan(saved: Plan, now: datetime, filed: tuple[Attestation, ...] = ()) -> Sources:
    """A plan names every skill that it is about; any other one may pass for a queue."""
    days = saved.policy.attestation_days
    paths = (item.path for change in saved.changes for item in change.fields)
    members = (kinds.membership_address(path) for path in paths)
    addresses = [
        *(c.address for c in saved.coverage),
        *(c.address for c in saved.changes),
        *(address for address in members if address),
    ]
    return Sources(saved.tenant.name, now, days, _skills(addresses), filed)


def _skills(addresses: Iterable[Address]) -> frozenset[Address]:
    return frozenset(a for a in addresses if kinds.kind_of(a) == kinds.SKILL)
