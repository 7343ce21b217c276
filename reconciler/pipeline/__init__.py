"""The stages in their order, without decisions of their own.

plans         load -> validate -> read -> diff -> order -> guard -> plan
due_work      what of a comparison only dates ask for
drifts        read -> diff -> drift report, and its live values into the files
saved_plans   whether a plan that was made earlier may be applied now
applies       planfile -> read -> plan again -> apply
verification  read -> diff -> verdict, and what the ledger keeps of a run
comparisons   two folders or tenants side by side
exports       read -> export, and read -> diff -> edit
rosters       load -> validate -> roster -> validate
lookups       one agent or the numbers of a range, in files and tenant
inventories   read -> evidence -> inventory
history       the ledger, the base revision, and baselines of interrupted runs
tenants       connections to a tenant
stages        the values that the stages hand to each other
"""

from reconciler.manual.observations import required as observations
from reconciler.pipeline.applies import (
    execute,
    look,
    prepare,
    prepare_at_once,
    start,
)
from reconciler.pipeline.comparisons import SideOption, compare_sides, take_sides
from reconciler.pipeline.drifts import explain, take
from reconciler.pipeline.due_work import dates_reached, due_only, other_than_due
from reconciler.pipeline.exports import export_live, export_over
from reconciler.pipeline.history import existing_ledger, open_ledger
from reconciler.pipeline.inventories import Stock, due, report, stock, take_form
from reconciler.pipeline.lookups import (
    declared_extensions,
    find_agent,
    find_live,
    find_range,
    free_extensions,
    live_extensions,
    origins,
    similar_agent,
)
from reconciler.pipeline.plans import (
    OrderedPlan,
    check,
    coming_up,
    compare,
    describe_size,
    ordered_plan,
    plan,
    require_tenant,
)
from reconciler.pipeline.rosters import STEM, import_roster
from reconciler.pipeline.saved_plans import (
    folder_of,
    require_same_plan_today,
    validate_for_today,
    verify_approval,
    verify_saved_plan,
)
from reconciler.pipeline.stages import (
    ComparisonResult,
    Environment,
    PlanOptions,
    PreparedPlan,
    ValidationResult,
)
from reconciler.pipeline.tenants import ahead, open_provider, probe
from reconciler.pipeline.verification import (
    DONE,
    add_doubt,
    finish_empty,
    finish_unchanged,
    record_or_doubt,
    remember_in_sync,
    verify,
)

__all__ = [
    "DONE",
    "STEM",
    "ComparisonResult",
    "Environment",
    "OrderedPlan",
    "PlanOptions",
    "PreparedPlan",
    "SideOption",
    "Stock",
    "ValidationResult",
    "add_doubt",
    "ahead",
    "check",
    "coming_up",
    "compare",
    "compare_sides",
    "dates_reached",
    "declared_extensions",
    "describe_size",
    "due",
    "due_only",
    "execute",
    "existing_ledger",
    "explain",
    "export_live",
    "export_over",
    "find_agent",
    "find_live",
    "find_range",
    "finish_empty",
    "finish_unchanged",
    "folder_of",
    "free_extensions",
    "import_roster",
    "live_extensions",
    "look",
    "observations",
    "open_ledger",
    "open_provider",
    "ordered_plan",
    "origins",
    "other_than_due",
    "plan",
    "prepare",
    "prepare_at_once",
    "probe",
    "record_or_doubt",
    "remember_in_sync",
    "report",
    "require_same_plan_today",
    "require_tenant",
    "similar_agent",
    "start",
    "stock",
    "take",
    "take_form",
    "take_sides",
    "validate_for_today",
    "verify",
    "verify_approval",
    "verify_saved_plan",
]
