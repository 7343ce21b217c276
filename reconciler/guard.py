"""How much may change at once, and the narrow acknowledgement that lets more pass.

A limit is a count or a percentage of the live managed ones: `max(1, floor)`, so that a tenant of
eight can still let one person go. Without a limit in `policy.limits` these hold:

    agent.suspend 5 %, agent.delete 2 %, license.remove 10 %, membership.remove 10 %

Creates, updates and restores are unlimited unless the files limit them. What a suspended or deleted
agent loses counts as that suspension or deletion only. A protected address is neither updated,
suspended nor deleted; a kind whose key stands in the files with no entries stops while the tenant
has managed ones. 7 acknowledged passes 7, not 8; there is no blanket force.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import date

from reconciler import kinds
from reconciler.model import (
    Action,
    Allowance,
    Blocker,
    Change,
    Comparison,
    Declared,
    Desired,
    Limit,
    Reading,
    Resource,
)

DEFAULTS: Mapping[str, Limit] = {
    "agent.suspend": Limit(percent=5),
    "agent.delete": Limit(percent=2),
    "license.remove": Limit(percent=10),
    "membership.remove": Limit(percent=10),
}
LEAVES = frozenset({Action.SUSPEND, Action.DELETE})


def check(
    desired: Desired,
    reading: Reading,
    comparison: Comparison,
    *,
    allow: Mapping[str, int],
    declared: Declared | None = None,
) -> tuple[tuple[Blocker, ...], tuple[Allowance, ...]]:
    """What stops this plan, and which acknowledgements let something pass."""
    given = acknowledgements(desired, allow)
    found = [
        *_limits(desired, comparison),
        *_protected(desired, comparison, declared),
        *_emptied(desired, reading),
    ]
    stopped = tuple(b for b in found if given.get(b.guard, _NOTHING).count < b.planned)
    used = {b.guard: given[b.guard] for b in found if b.guard in given and b not in stopped}
    return stopped, tuple(used[guard] for guard in sorted(used))


_NOTHING = Allowance("", -1)


def acknowledgements(desired: Desired, allow: Mapping[str, int]) -> dict[str, Allowance]:
    """In the files, unless they have ended, and on the command line; the larger one counts."""
    given: dict[str, Allowance] = {}
    from_files = (a for a in desired.policy.allow if not has_ended(a.until, desired.as_of))
    for allowance in (*from_files, *(Allowance(what, count) for what, count in allow.items())):
        if allowance.count > given.get(allowance.what, _NOTHING).count:
            given[allowance.what] = allowance
    return given


def has_ended(until: date | None, as_of: date) -> bool:
    return until is not None and until < as_of


def _limits(desired: Desired, comparison: Comparison) -> Iterator[Blocker]:
    if not comparison.changes:
        return
    limits = {**DEFAULTS, **desired.policy.limits}
    managed = _managed(comparison.matches.values())
    for guard, planned in sorted(_planned(comparison.changes).items()):
        limit = limits.get(guard)
        if limit is None:
            continue
        allowed = allowed_by(limit, managed[guard.partition(".")[0]])
        if planned > allowed:
            yield Blocker(
                guard,
                planned,
                allowed,
                f"{guard}={planned}",
                summary=f"{planned} of {guard} planned, and {allowed} may pass",
                hint=f"if this is meant: --allow {guard}={planned}, or an entry in policy.allow",
            )


def allowed_by(limit: Limit, managed: int) -> int:
    """A count as it stands; of a percentage the whole ones, but one at least."""
    if limit.count is not None:
        return limit.count
    return max(1, managed * (limit.percent or 0) // 100)


def _managed(matches: Iterable[Resource]) -> Counter[str]:
    """Live managed ones: agents, queues, skills, and the licenses and memberships of agents."""
    counted: Counter[str] = Counter()
    for resource in matches:
        counted[resource.kind] += 1
        for path, _ in kinds.flat(resource.fields):
            name, member = kinds.split_path(path)
            if member is not None:
                counted["license" if name == "licenses" else "membership"] += 1
    return counted


def _planned(changes: Iterable[Change]) -> Counter[str]:
    counted: Counter[str] = Counter()
    for change in changes:
        counted[f"{change.kind}.{change.action.value}"] += 1
        if change.action in LEAVES:
            continue
        for item in change.fields:
            name, member = kinds.split_path(item.path)
            if member is not None and item.after is None:
                counted["license.remove" if name == "licenses" else "membership.remove"] += 1
    return counted


def _protected(
    desired: Desired, comparison: Comparison, declared: Declared | None
) -> Iterator[Blocker]:
    """Protection stands apart from the object's own block, and outlives its own removal."""
    protected = desired.policy.protect | (declared.protect if declared else frozenset())
    by_id = {live.id: address for address, live in comparison.matches.items()}
    for change in comparison.changes:
        names = {change.address, by_id.get(change.live_id, change.address)}
        names |= {kinds.address(change.kind, change.label.split(" ", 1)[0])}
        if change.action is not Action.CREATE and names & protected:
            guard = f"protect:{change.address}"
            yield Blocker(
                guard,
                1,
                0,
                f"{guard}=1",
                change.address,
                f"{change.address} is protected, and this plan would {change.action.value} it",
                f"if this is meant: --allow {guard}=1",
            )


def _emptied(desired: Desired, reading: Reading) -> Iterator[Blocker]:
    for kind in sorted(desired.stated_empty):
        live = sum(resource.kind == kind for resource in reading.resources.values())
        if live and kind in (kinds.AGENT, kinds.QUEUE, kinds.SKILL):
            key = kinds.KINDS[kind].key
            guard = f"{kind}.empty"
            yield Blocker(
                guard,
                live,
                0,
                f"{guard}={live}",
                summary=f"`{key}:` stands in the files with no entries; the tenant has {live}",
                hint=f"declare them, or take the key out; if it is meant: --allow {guard}={live}",
            )
