"""Options of a run, and the values that its stages hand to each other."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.diagnostics import Diagnostic
from reconciler.evidence.sources import Sources
from reconciler.load import Document
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
from reconciler.providers import OnWait

if TYPE_CHECKING:
    from reconciler.providers.rate_limiter import RateLimiter


@dataclass(frozen=True, slots=True)
class Environment:
    """What a run takes from outside: variables, the current directory, the clock. `on_wait` is
    called when the tenant begins to refuse requests, by any thread. `limiters` are those of the
    tenants that one run opens several times, by url. `limiter` is one for all that this run sends.
    """

    environ: Mapping[str, str]
    root: Path
    now: datetime
    on_wait: OnWait | None = None
    limiters: dict[str, "RateLimiter"] = field(default_factory=dict, compare=False)
    limiter: "RateLimiter | None" = None


@dataclass(frozen=True, slots=True)
class PlanOptions:
    """What a person requests of a plan besides the files.

    `observed` are an operator's files. `due`: only what a date in the files asks for. `since` is
    the day or moment of the last apply, where a person or a pipeline knows it.
    """

    as_of: date | None = None
    base: str | None = None
    allow: Mapping[str, int] = field(default_factory=dict)
    select: tuple[Address, ...] = ()
    exclude: tuple[Address, ...] = ()
    tenant_from: Path | None = None
    observed: tuple[Path, ...] = ()
    due: bool = False
    since: date | datetime | None = None


@dataclass(frozen=True, slots=True)
class ValidationResult:
    """The files after the offline stages; `desired` is None where they hold an error.

    `filed` is evidence from observation files. `documents` are the typed files, from which the
    state of another day can be built.
    """

    desired: Desired | None
    diagnostics: tuple[Diagnostic, ...]
    filed: tuple[Attestation, ...] = ()
    documents: tuple[Document, ...] = ()


@dataclass(frozen=True, slots=True)
class ComparisonResult:
    """The files compared with the tenant.

    `documents` are the typed files, `base` those of the base revision.
    """

    desired: Desired
    reading: Reading
    declared: Declared | None
    comparison: Comparison
    audit: tuple[AuditEntry, ...] = ()
    documents: tuple[Document, ...] = ()
    base: tuple[Document, ...] = ()


@dataclass(frozen=True, slots=True)
class PreparedPlan:
    """A plan that fits the tenant as it is now, ready to run, or the blockers that stop it.

    `plan` was made again from the trusted files and the tenant. `desired` is what it wants of the
    objects that it changes, `files` all that the trusted files state, and `declared` what was
    declared before. `moved_on`: the files no longer ask for just these changes. `is_whole`: these
    are all that the files ask for.
    """

    plan: Plan
    desired: Desired
    reading: Reading
    graph: Graph
    blockers: tuple[Blocker, ...]
    sources: Sources
    files: Desired
    declared: Declared | None = None
    moved_on: bool = False
    is_whole: bool = True
