"""What a run is asked, and what its halves hand to each other."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

from reconciler.diagnostics import Diagnostic
from reconciler.model import (
    Address,
    Attestation,
    AuditEntry,
    Blocker,
    Comparison,
    Declared,
    Desired,
    Graph,
    Plan,
    Reading,
)
from reconciler.pipeline.known import Scale
from reconciler.providers import OnWait


@dataclass(frozen=True, slots=True)
class World:
    """What a run takes from outside: variables, the current directory, the clock. `on_wait` is
    called when the tenant begins to refuse requests, by any thread.
    """

    environ: Mapping[str, str]
    root: Path
    now: datetime
    on_wait: OnWait | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the person asks of a plan besides the files. `observed` are an operator's files."""

    as_of: date | None = None
    base: str | None = None
    allow: Mapping[str, int] = field(default_factory=dict)
    select: tuple[Address, ...] = ()
    exclude: tuple[Address, ...] = ()
    tenant_from: Path | None = None
    observed: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True)
class Checked:
    """The files after the offline stages; `desired` is None where they hold an error. `filed` is
    what observations vouch for.
    """

    desired: Desired | None
    diagnostics: tuple[Diagnostic, ...]
    filed: tuple[Attestation, ...] = ()


@dataclass(frozen=True, slots=True)
class Compared:
    """The files laid against the tenant."""

    desired: Desired
    reading: Reading
    declared: Declared | None
    comparison: Comparison
    audit: tuple[AuditEntry, ...] = ()


@dataclass(frozen=True, slots=True)
class Prepared:
    """A plan that fits the tenant as it is now, ready to run, or the blockers that stop it."""

    plan: Plan
    desired: Desired
    reading: Reading
    graph: Graph
    blockers: tuple[Blocker, ...]
    scale: Scale
