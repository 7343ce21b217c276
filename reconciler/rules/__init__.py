"""The rules: one module each, listed here and nowhere else.

A rule module has `ID`, `SEVERITY`, a docstring with a passing and a failing sample, and

    check(view: View) -> Iterator[Diagnostic]

It looks at a `View` (see `view.py`) and says what breaks it, with the address, the place where the
files have one, and a hint that says what to do. It knows nothing of waivers and of what the tenant
broke before: `validate` lifts and softens. A rule concludes nothing from a field that is missing,
so that one function serves the files alone (`OFFLINE`) and, in `plan`, desired laid over live
(`LIVE`: those of the offline rules that see more there, and those that need a tenant at all).

A rule for which a `View` is not enough is a `PlanRule`, looks at a `PlanView` and stands in
`NEEDS_A_PLAN`. It tells what the tenant broke before from what the plan makes worse itself.
"""

from collections.abc import Iterator
from typing import Final, Protocol

from reconciler.diagnostics import Diagnostic, Severity
from reconciler.rules import (
    agent_keys_missing,
    dangling_in_tenant,
    dangling_reference,
    duplicate_address,
    duplicate_email,
    duplicate_extension,
    extension_outside_pool,
    extension_outside_range,
    extension_range_full,
    extension_range_overlap,
    level_out_of_range,
    license_base_missing,
    license_without_membership,
    membership_without_license,
    no_safe_order,
    purchased_differs,
    queue_under_minimum,
    seats_exceeded,
    seats_of_plan,
    tenant_consequence,
    term_reversed,
    uc_owned_field,
    webrtc_email_format,
)
from reconciler.rules.plan_view import PlanView, plan_view
from reconciler.rules.view import View, stated

__all__ = [
    "FEASIBILITY",
    "IDS",
    "LIVE",
    "NEEDS_A_PLAN",
    "OFFLINE",
    "PlanRule",
    "PlanView",
    "Rule",
    "View",
    "plan_view",
    "stated",
]


class Named(Protocol):
    """The attributes of every rule module."""

    ID: str
    SEVERITY: Severity


class Rule(Named, Protocol):
    """A rule that judges the desired or live state."""

    def check(self, view: View) -> Iterator[Diagnostic]: ...


class PlanRule(Named, Protocol):
    """A rule that judges a plan."""

    def check(self, plan: PlanView) -> Iterator[Diagnostic]: ...


OFFLINE: Final[tuple[Rule, ...]] = (
    agent_keys_missing,
    duplicate_address,
    duplicate_extension,
    duplicate_email,
    extension_range_overlap,
    extension_outside_range,
    extension_range_full,
    dangling_reference,
    license_base_missing,
    membership_without_license,
    license_without_membership,
    seats_exceeded,
    level_out_of_range,
    uc_owned_field,
    term_reversed,
    webrtc_email_format,
)

LIVE: Final[tuple[Rule, ...]] = (
    duplicate_extension,
    duplicate_email,
    extension_outside_range,
    extension_range_full,
    license_base_missing,
    membership_without_license,
    license_without_membership,
    webrtc_email_format,
)

NEEDS_A_PLAN: Final[tuple[PlanRule, ...]] = (
    seats_of_plan,
    purchased_differs,
    queue_under_minimum,
    dangling_in_tenant,
    extension_outside_pool,
    tenant_consequence,
    no_safe_order,
)

FEASIBILITY: Final = frozenset({no_safe_order.ID})
"""Rules that say what can be done at all: a waiver cannot make it possible."""

_ALL: Final[tuple[Named, ...]] = (*OFFLINE, *LIVE, *NEEDS_A_PLAN)
IDS: Final = frozenset(rule.ID for rule in _ALL)
