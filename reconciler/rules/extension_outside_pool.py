"""Numbers lie in an extension pool of the tenant, where it has such pools; both ends belong to one.

Passes: `range: 4000-4999`, and the tenant has the pools 4000-4499 and 4500-4999.

Fails: the same, and its only pool is 4000-4998; so does an extension that two pools hold.
"""

from collections.abc import Iterator, Sequence

from reconciler import kinds
from reconciler.diagnostics import Diagnostic, Severity
from reconciler.model import ExtensionRange
from reconciler.rules.plan_view import PlanView

ID = "extension-outside-pool"
SEVERITY = Severity.ERROR

Pools = Sequence[tuple[str, str]]


def check(plan: PlanView) -> Iterator[Diagnostic]:
    pools = plan.reading.extension_pools
    if pools is None:
        return
    yield from (d for declared in plan.desired.ranges for d in _range(declared, pools))
    yield from _extensions(plan, pools)


def _range(declared: ExtensionRange, pools: Pools) -> Iterator[Diagnostic]:
    missing = uncovered(declared, pools)
    if missing is None:
        return
    address = kinds.address(kinds.EXTENSION_RANGE, declared.name)
    yield Diagnostic(
        ID,
        SEVERITY,
        f"{address} has {missing}, which no extension pool of the tenant holds",
        f"the tenant has {_pools_text(pools)}; correct the range, or add a pool in its console",
        address,
        declared.origin.at("range") if declared.origin else None,
    )


def uncovered(declared: ExtensionRange, pools: Pools) -> str | None:
    """The lowest number of a range that no pool holds."""
    width = len(declared.first)
    number, last = int(declared.first), int(declared.last)
    bounds = sorted(
        (int(first), int(end))
        for first, end in pools
        if len(first) == width == len(end) and (first + end).isdecimal()
    )
    for first, end in bounds:
        if first <= number <= end:
            number = end + 1
    return f"{number:0{width}}" if number <= last else None


def _extensions(plan: PlanView, pools: Pools) -> Iterator[Diagnostic]:
    """Numbers that the plan gives; who has one already keeps it."""
    for change in plan.comparison.changes:
        for item in change.fields if change.kind == kinds.AGENT else ():
            if item.path != "extension" or not isinstance(item.after, str):
                continue
            holding = [pool for pool in pools if _holds(pool, item.after)]
            if len(holding) == 1:
                continue
            where = _pools_text(holding) if holding else "no extension pool of the tenant"
            yield Diagnostic(
                ID,
                SEVERITY,
                f"extension {item.after} of {change.address} is in {where}",
                f"the tenant has {_pools_text(pools)}; give a number that one pool holds",
                change.address,
                plan.place(change.address, "extension"),
            )


def _holds(pool: tuple[str, str], number: str) -> bool:
    first, last = pool
    return len(first) == len(number) == len(last) and first <= number <= last


def _pools_text(pools: Pools) -> str:
    shown = ", ".join(f"{first}-{last}" for first, last in sorted(pools)[:8])
    many = "" if len(pools) <= 8 else f" and {len(pools) - 8} more"
    return f"the extension pool{'s' if len(pools) != 1 else ''} {shown}{many}" if pools else "none"
