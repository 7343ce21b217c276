"""As many agents hold a license as seats were purchased, or fewer.

Over the files alone only stated licenses count: the tenant may have assigned more.

Passes:

    license_pools: {voice: {purchased: 1}}
    agents: [{email: ana@acme.example, licenses: [voice]}]

Fails:

    license_pools: {voice: {purchased: 0}}
    agents: [{email: ana@acme.example, licenses: [voice]}]
"""

from collections import Counter
from collections.abc import Iterator
from itertools import chain

from reconciler import kinds
from reconciler.diagnostics import Diagnostic, Severity
from reconciler.rules.view import View

ID = "seats-exceeded"
SEVERITY = Severity.ERROR


def check(view: View) -> Iterator[Diagnostic]:
    stated = (fields.get("licenses") for fields in view.agents.values())
    held = (licenses for licenses in stated if isinstance(licenses, frozenset))
    assigned = Counter(chain.from_iterable(held))
    for name, pool in view.pools.items():
        if pool.purchased is not None and assigned[name] > pool.purchased:
            yield Diagnostic(
                ID,
                SEVERITY,
                f"license {name}: {assigned[name]} assigned, {pool.purchased} purchased",
                f"take {name} from {assigned[name] - pool.purchased}, or buy seats and raise "
                "`purchased`",
                kinds.address(kinds.LICENSE_POOL, name),
                pool.origin.at("purchased") if pool.origin else None,
            )
