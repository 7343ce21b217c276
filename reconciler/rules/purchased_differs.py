"""What the files say was purchased is what the tenant says; where not, the lower number binds.

Passes: `license_pools: {voice: {purchased: 25}}`, and the tenant has 25.

Fails: the same, and the tenant has 24.
"""

from collections.abc import Iterator

from reconciler import kinds
from reconciler.diagnostics import Diagnostic, Severity
from reconciler.rules.plan_view import PlanView

ID = "purchased-differs"
SEVERITY = Severity.WARNING


def check(plan: PlanView) -> Iterator[Diagnostic]:
    for name, pool in sorted(plan.desired.pools.items()):
        address = kinds.address(kinds.LICENSE_POOL, name)
        live = plan.reading.resources.get(address)
        in_tenant = live.fields.get("purchased") if live else None
        if (
            isinstance(in_tenant, int)
            and pool.purchased is not None
            and in_tenant != pool.purchased
        ):
            yield Diagnostic(
                ID,
                SEVERITY,
                f"{address} has {pool.purchased} seats in the files and {in_tenant} in the tenant; "
                f"{min(in_tenant, pool.purchased)} binds",
                "ask what was bought, and correct `purchased`",
                address,
                pool.origin.at("purchased") if pool.origin else None,
            )
