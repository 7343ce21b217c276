"""The stages in their order, without decisions of their own.

load -> validate -> read -> diff -> order -> guard -> plan     `plans`
planfile -> read -> plan again -> apply -> read -> diff        `applies`
load -> validate -> roster -> validate                         `rosters`
"""

from reconciler.manual.observations import required as observations
from reconciler.pipeline.applies import (
    DONE,
    add_doubt,
    execute,
    finish_empty,
    finish_unchanged,
    look,
    prepare,
    record_or_doubt,
    remember_in_sync,
    require_same_plan_today,
    start,
    validate_for_today,
    verify,
    verify_saved_plan,
)
from reconciler.pipeline.exports import export_live, export_over
from reconciler.pipeline.inventories import Stock, due, report, stock, take_form
from reconciler.pipeline.plans import (
    check,
    compare,
    describe_size,
    existing_ledger,
    explain,
    open_ledger,
    plan,
    require_tenant,
    take,
)
from reconciler.pipeline.rosters import STEM, import_roster
from reconciler.pipeline.stages import (
    ComparisonResult,
    Environment,
    PlanOptions,
    PreparedPlan,
    ValidationResult,
)
from reconciler.pipeline.tenants import ahead, open_provider

__all__ = [
    "DONE",
    "STEM",
    "ComparisonResult",
    "Environment",
    "PlanOptions",
    "PreparedPlan",
    "Stock",
    "ValidationResult",
    "add_doubt",
    "ahead",
    "check",
    "compare",
    "describe_size",
    "due",
    "execute",
    "existing_ledger",
    "explain",
    "export_live",
    "export_over",
    "finish_empty",
    "finish_unchanged",
    "import_roster",
    "look",
    "observations",
    "open_ledger",
    "open_provider",
    "plan",
    "prepare",
    "record_or_doubt",
    "remember_in_sync",
    "report",
    "require_same_plan_today",
    "require_tenant",
    "start",
    "stock",
    "take",
    "take_form",
    "validate_for_today",
    "verify",
    "verify_saved_plan",
]
