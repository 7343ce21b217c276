"""Whether a plan that was made earlier, or for another day, may be applied now."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

from reconciler import __version__, diff, load, planfile
from reconciler import plan as planning
from reconciler.diagnostics import Severity
from reconciler.errors import SetupError, StalePlanError
from reconciler.model import Change, Desired, Ledger, Plan, Tenant, TenantRef
from reconciler.pipeline.due_work import other_than_due
from reconciler.pipeline.history import baselines
from reconciler.pipeline.plans import build_plan, check
from reconciler.pipeline.stages import ComparisonResult, Environment, PlanOptions, ValidationResult

AGAIN = "plan again"
DEFAULT = "desired-state"


def verify_saved_plan(
    saved: Plan, tenant: Tenant, environment: Environment, kept: Ledger, digest: str | None
) -> None:
    """Check a saved plan as far as possible without the tenant. Raises `StalePlanError`."""
    planfile.verify(saved)
    ref = _ref(tenant)
    if saved.tenant != ref:
        raise StalePlanError(
            f"the plan is for tenant {saved.tenant.name}, not {ref.name}", hint=AGAIN
        )
    if digest is not None and saved.digest != digest:
        raise StalePlanError(
            f"the plan's digest is {saved.digest}, and {digest} was approved",
            hint="have the new plan approved",
        )
    is_of_the_future = saved.created_at > environment.now + timedelta(days=1)
    if is_of_the_future or saved.expires_at != planning.expiry(saved.created_at):
        raise StalePlanError("the plan was edited: a plan expires with its seventh day", hint=AGAIN)
    if saved.expires_at <= environment.now:
        raise StalePlanError(
            f"the plan expired at {saved.expires_at:%Y-%m-%d %H:%M} UTC", hint=AGAIN
        )
    if saved.due and saved.due.others:
        raise other_than_due(saved.due)
    if kept.was_used(saved.plan_id):
        raise StalePlanError("the plan was used before; a plan is applied once", hint=AGAIN)


def folder_of(saved: Plan, root: Path) -> Path:
    """Return the folder that a plan was made from, else the default one. Raises `SetupError`.

    It lies below the current folder, and its tenant is that of the plan; one of another tenant is
    returned where there is no better one, and refused later.
    """
    made_from = saved.config.folder
    names = [name for name in (made_from, DEFAULT) if name and load.relative(Path(name), root)]
    for name in names:
        tenant = load.tenant(root / name)
        if tenant and _ref(tenant) == saved.tenant:
            return Path(name)
    if names:
        return Path(names[0])
    where = f"{made_from}, from which it was made," if made_from else "from which it was made"
    raise SetupError(
        f"the folder {where} is not below the current folder",
        hint="change to where the plan was made, or name the folder that is trusted: --from DIR",
    )


def _ref(tenant: Tenant) -> TenantRef:
    return TenantRef(tenant.name, tenant.provider, tenant.url)


def verify_approval(record: Path, made: Plan, environment: Environment) -> None:
    """Raise `StalePlanError` unless just the changes of this plan were approved."""
    planfile.approval.verify(planfile.approval.read(record), made, environment.now)


def validate_for_today(
    folder: Path, environment: Environment, options: PlanOptions, day: date | None
) -> ValidationResult:
    """Validate the trusted files for today.

    Raises `StalePlanError` where they are invalid today and were valid on the day of the plan.
    """
    checked = check(folder, environment, replace(options, as_of=None))
    if checked.desired is None and day is not None:
        then = check(folder, environment, replace(options, as_of=day))
        if then.desired is not None:
            errors = [d for d in checked.diagnostics if d.severity is Severity.ERROR]
            raise StalePlanError(
                f"the plan is for {day}, and today {errors[0].summary}",
                hint=errors[0].hint or AGAIN,
            )
    return checked


def require_same_plan_today(
    checked: ValidationResult,
    compared: ComparisonResult,
    folder: Path,
    environment: Environment,
    options: PlanOptions,
    made: Plan,
) -> None:
    """Raise `StalePlanError` where the plan for `--as-of` differs from today's."""
    then = check(folder, environment, options)
    if then.desired is None:
        raise other_day(options.as_of or made.as_of, checked.desired)
    comparison = diff.compare(then.desired, compared.reading, declared=compared.declared)
    stamp = planning.Stamp("", "", made.created_at, __version__)
    on_day = replace(compared, desired=then.desired, comparison=comparison)
    baseline = baselines(compared.desired.tenant, environment)
    other = build_plan(on_day, options, then.diagnostics, stamp, baseline).plan
    if other.applyable != made.applyable or not same_changes(other.changes, made.changes):
        raise other_day(then.desired.as_of, checked.desired)


def other_day(day: date, desired: Desired | None) -> StalePlanError:
    today = f", {desired.as_of}," if desired else ""
    return StalePlanError(
        f"the plan is for {day}, and for today{today} there is another one",
        hint="apply judges dates by today: plan without --as-of",
    )


def same_changes(some: Sequence[Change], others: Sequence[Change]) -> bool:
    return len(some) == len(others) and all(map(planfile.same_change, some, others))


def use_plan(made: Plan, kept: Ledger) -> None:
    """Mark a plan as used. Raises `StalePlanError` where it was used before."""
    if not kept.use_plan(made.plan_id, made.tenant.name):
        raise StalePlanError("the plan was used before; a plan is applied once", hint=AGAIN)
