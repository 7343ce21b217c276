"""The stages in order; no decision is made here.

load -> validate -> read -> diff -> order -> guard -> plan     `plans` (`ahead`: read meanwhile)
planfile -> read -> plan again -> apply -> read -> diff        `applies`
load -> validate -> roster -> validate                         `rosters`
"""

from reconciler.manual.observations import required as observations
from reconciler.pipeline.ahead import ahead
from reconciler.pipeline.applies import (
    DONE,
    check_today,
    doubted,
    execute,
    finish_empty,
    finish_unchanged,
    look,
    prepare,
    recorded,
    refuse_other_day,
    remember_in_sync,
    start,
    trust,
    verify,
)
from reconciler.pipeline.asked import Checked, Compared, Prepared, Wanted, World
from reconciler.pipeline.exports import export_live, export_over
from reconciler.pipeline.inventories import Stock, due, report, stock, take_form
from reconciler.pipeline.plans import (
    check,
    compare,
    counted,
    existing_ledger,
    explain,
    known_tenant,
    ledger_of,
    plan,
    take,
)
from reconciler.pipeline.rosters import STEM, imported
from reconciler.pipeline.tenants import opened

__all__ = [
    "DONE",
    "STEM",
    "Checked",
    "Compared",
    "Prepared",
    "Stock",
    "Wanted",
    "World",
    "ahead",
    "check",
    "check_today",
    "compare",
    "counted",
    "doubted",
    "due",
    "execute",
    "existing_ledger",
    "explain",
    "export_live",
    "export_over",
    "finish_empty",
    "finish_unchanged",
    "imported",
    "known_tenant",
    "ledger_of",
    "look",
    "observations",
    "opened",
    "plan",
    "prepare",
    "recorded",
    "refuse_other_day",
    "remember_in_sync",
    "report",
    "start",
    "stock",
    "take",
    "take_form",
    "trust",
    "verify",
]
