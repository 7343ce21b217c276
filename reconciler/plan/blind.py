"""What cannot be counted: seats and coverage of a tenant that does not show who holds what.

Only for tenants whose settings are kept by hand. Where one agent's licenses are known to nobody, a
count of seats would be a guess, and a guess in a table passes for a fact: the plan has none.
"""

from collections.abc import Mapping

from reconciler import kinds
from reconciler.diagnostics import Diagnostic, Severity
from reconciler.model import Reading


def unknown(reading: Reading) -> Mapping[str, int]:
    """By collection, the number of live agents of whom nobody knows it; without those of nobody."""
    if not reading.capabilities.by_hand:
        return {}
    agents = [one.fields for one in reading.resources.values() if one.kind == kinds.AGENT]
    counted = {
        name: sum(name not in fields for fields in agents) for name in sorted(kinds.COLLECTIONS)
    }
    return {name: count for name, count in counted.items() if count}


def told(reading: Reading) -> list[Diagnostic]:
    found = unknown(reading)
    if not found:
        return []
    agents = sum(one.kind == kinds.AGENT for one in reading.resources.values())
    what = ", ".join(
        f"{name} known of {agents - count} of {agents}" for name, count in found.items()
    )
    return [
        Diagnostic(
            "partly-known",
            Severity.WARNING,
            f"of the agents on the tenant's list: {what}; so seats and coverage are not counted, "
            "and no rule judges their numbers",
            "fill in `reconciler inventory`, or give what you know with `--observed FILE`",
        )
    ]
