"""What cannot be counted: seats and coverage of a tenant that does not show who holds what.

Only for tenants whose settings are kept by hand, and for fields that a service takes and shows of
nobody. Where one agent's licenses are known to nobody, a
count of seats would be a guess, and a guess in a table passes for a fact: the plan has none.
"""

from collections.abc import Mapping

from reconciler import kinds
from reconciler.diagnostics import Diagnostic, Severity
from reconciler.model import Reading


def unknown(reading: Reading) -> Mapping[str, int]:
    """By collection, the number of live agents of whom nobody knows it; without those of nobody."""
    capabilities = reading.capabilities
    names = kinds.COLLECTIONS if capabilities.by_hand else kinds.COLLECTIONS & capabilities.hidden
    if not names:
        return {}
    agents = [one.fields for one in reading.resources.values() if one.kind == kinds.AGENT]
    counted = {name: sum(name not in fields for fields in agents) for name in sorted(names)}
    return {name: count for name, count in counted.items() if count}


def told(reading: Reading) -> list[Diagnostic]:
    found = unknown(reading)
    if not found:
        return []
    what = ", ".join(f"{name} of {count}" for name, count in found.items())
    agents = sum(one.kind == kinds.AGENT for one in reading.resources.values())
    return [
        Diagnostic(
            "partly-known",
            Severity.WARNING,
            f"of {agents} agents on the tenant's list nobody knows: {what}; so seats and coverage "
            "cannot be counted, and their rules see only what is known",
            "give what you know with `--observed FILE`, or confirm it step by step as you apply",
        )
    ]
