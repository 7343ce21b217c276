"""The values that the stages hand to each other, and the protocols at the edges. Data only.

values     values that all stages share: addresses, actions, resources
desired    what the files say
live       what a tenant shows, and what it can show and take
comparison what differs between desired and live
drift      the drift report
side_comparison  two folders or tenants, side by side
plan       operations, their order, and the plan that holds them
outcomes   what became of an apply
protocols  the protocols of providers and of the ledger
"""

from reconciler.model.comparison import (
    Change,
    Comparison,
    FieldChange,
    Graded,
    TenantRef,
    Unmanaged,
    Unobserved,
)
from reconciler.model.desired import (
    Allowance,
    ConfigRef,
    Declared,
    Desired,
    ExtensionRange,
    Identity,
    LicensePool,
    Limit,
    OddLevel,
    Policy,
    Price,
    Reference,
    Tenant,
    Term,
    Waiver,
)
from reconciler.model.drift import (
    AuditEntry,
    DriftClass,
    DriftItem,
    DriftReport,
)
from reconciler.model.fleet import (
    FleetReport,
    TenantOutcome,
    TenantRow,
    TenantState,
)
from reconciler.model.live import (
    Attestation,
    Capabilities,
    Reading,
)
from reconciler.model.outcomes import (
    Outcome,
    Result,
    Verdict,
)
from reconciler.model.plan import (
    Access,
    Blocker,
    Bounds,
    Coverage,
    Dated,
    DateEvent,
    DueWork,
    Forecast,
    Graph,
    LiveRef,
    Operation,
    Plan,
    RangeUse,
    SeatCost,
    Seats,
)
from reconciler.model.protocols import (
    Audited,
    Handle,
    Ledger,
    Provider,
    Reader,
    Writer,
)
from reconciler.model.side_comparison import Side, SideComparison
from reconciler.model.values import (
    NO_LEVEL,
    Action,
    Address,
    Execution,
    FieldValue,
    Grade,
    License,
    Origin,
    Resource,
    Value,
    Verb,
)

__all__ = [
    "NO_LEVEL",
    "Access",
    "Action",
    "Address",
    "Allowance",
    "Attestation",
    "AuditEntry",
    "Audited",
    "Blocker",
    "Bounds",
    "Capabilities",
    "Change",
    "Comparison",
    "ConfigRef",
    "Coverage",
    "DateEvent",
    "Dated",
    "Declared",
    "Desired",
    "DriftClass",
    "DriftItem",
    "DriftReport",
    "DueWork",
    "Execution",
    "ExtensionRange",
    "FieldChange",
    "FieldValue",
    "FleetReport",
    "Forecast",
    "Grade",
    "Graded",
    "Graph",
    "Handle",
    "Identity",
    "Ledger",
    "License",
    "LicensePool",
    "Limit",
    "LiveRef",
    "OddLevel",
    "Operation",
    "Origin",
    "Outcome",
    "Plan",
    "Policy",
    "Price",
    "Provider",
    "RangeUse",
    "Reader",
    "Reading",
    "Reference",
    "Resource",
    "Result",
    "SeatCost",
    "Seats",
    "Side",
    "SideComparison",
    "Tenant",
    "TenantOutcome",
    "TenantRef",
    "TenantRow",
    "TenantState",
    "Term",
    "Unmanaged",
    "Unobserved",
    "Value",
    "Verb",
    "Verdict",
    "Waiver",
    "Writer",
]
