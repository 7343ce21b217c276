"""What cannot be counted: seats and coverage of a tenant that does not show who holds what.

Only for tenants whose settings are kept by hand. Where one agent's licenses are known to nobody, a
count of seats would be a guess, and a guess in a table passes for a fact: the plan has none.
"""

from collections.abc import Iterator

from reconciler import kinds
from reconciler.diagnostics import Diagnostic, Severity
from reconciler.model import Reading
from reconciler.rules import tally


def told(reading: Reading, *, has_ranges: bool = False) -> list[Diagnostic]:
    """Why seats and coverage have no number, and numbers in use are counted short."""
    return [*_partly_known(reading), *(_unlicensed(reading) if has_ranges else ())]


def _unlicensed(reading: Reading) -> Iterator[Diagnostic]:
    if reading.capabilities.licensed_only:
        yield Diagnostic(
            "only-licensed-listed",
            Severity.WARNING,
            "the tenant lists licensed agents only: agents without a license may hold more numbers "
            "than extension ranges count, so a number that counts as free may be taken",
            "look in the console before you choose a number",
        )


def _partly_known(reading: Reading) -> Iterator[Diagnostic]:
    found = tally.unknown(reading)
    if not found:
        return
    agents = sum(one.kind == kinds.AGENT for one in reading.resources.values())
    what = ", ".join(
        f"{name} known of {agents - count} of {agents}" for name, count in found.items()
    )
    yield Diagnostic(
        "partly-known",
        Severity.WARNING,
        f"of the agents on the tenant's list: {what}; so seats and coverage are not counted, and "
        "no minimum is judged",
        "fill in `reconciler inventory`, or give what you know with `--observed FILE`",
    )
