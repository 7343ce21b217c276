"""A reading, weighed with what people vouch for, wherever a tenant leaves that to people."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from reconciler import evidence, kinds
from reconciler.model import (
    Address,
    Attestation,
    Desired,
    Ledger,
    Policy,
    Reading,
)

NINETY = Policy().attestation_days


@dataclass(frozen=True, slots=True)
class Scale:
    """What every reading of one run is weighed with, besides the ledger: `filed` are observations
    of `--observed`, `skills` the addresses that the files call so.
    """

    tenant: str
    now: datetime
    days: int = NINETY
    skills: frozenset[Address] = frozenset()
    filed: tuple[Attestation, ...] = ()

    def weigh(self, reading: Reading, kept: Ledger | None) -> Reading:
        """The reading as it is, where a tenant shows all and nobody vouches for anything."""
        if not (reading.capabilities.by_hand or self.filed):
            return reading
        said: Iterable[Attestation] = kept.attestations(self.tenant) if kept else ()
        return evidence.weigh(
            reading, [*said, *self.filed], now=self.now, days=self.days, skills=self.skills
        )


def of_files(desired: Desired, now: datetime, filed: tuple[Attestation, ...] = ()) -> Scale:
    days = desired.policy.attestation_days
    return Scale(desired.tenant.name, now, days, _skills(desired.resources), filed)


def _skills(addresses: Iterable[Address]) -> frozenset[Address]:
    return frozenset(a for a in addresses if kinds.kind_of(a) == kinds.SKILL)
