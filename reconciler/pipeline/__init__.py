"""The stages in order; no decision is made here.

load -> validate -> read -> diff -> order -> guard -> plan     `plans` (`ahead`: read meanwhile)
planfile -> read -> order -> guard -> apply -> read -> diff    `applies`
load -> validate -> roster -> validate                         `rosters`
"""

from reconciler.pipeline.ahead import ahead
from reconciler.pipeline.applies import (
    DONE,
    execute,
    prepare,
    remember_all,
    start,
    trust,
    verify,
)
from reconciler.pipeline.asked import Checked, Compared, Prepared, Wanted, World
from reconciler.pipeline.guided import attest, look, note
from reconciler.pipeline.known import of_plan
from reconciler.pipeline.observed import required as observations
from reconciler.pipeline.plans import (
    check,
    compare,
    counted,
    existing_ledger,
    explain,
    export_live,
    known_tenant,
    ledger_of,
    plan,
    report,
    take,
)
from reconciler.pipeline.rosters import STEM, imported
from reconciler.pipeline.tenants import opened, probe

__all__ = [
    "DONE",
    "STEM",
    "Checked",
    "Compared",
    "Prepared",
    "Wanted",
    "World",
    "ahead",
    "attest",
    "check",
    "compare",
    "counted",
    "execute",
    "existing_ledger",
    "explain",
    "export_live",
    "imported",
    "known_tenant",
    "ledger_of",
    "look",
    "note",
    "observations",
    "of_plan",
    "opened",
    "plan",
    "prepare",
    "probe",
    "remember_all",
    "report",
    "start",
    "take",
    "trust",
    "verify",
]
