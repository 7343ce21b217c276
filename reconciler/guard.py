"""Limits on how much a plan may change, and the narrow acknowledgements that lift them.

A limit of `policy.limits` is a count, or a percentage of the live managed ones: `max(1, floor)`.
Where the files state none, these hold; everything else is unlimited until the files limit it:

    agent.suspend       5 % of the agents, at least 1, at most 25
    agent.delete        2 % of the agents, at least 1, at most 10
    license.remove      10 % of the licenses that agents hold, at least 3, at most 100
    membership.remove   10 % of the memberships, at least 5, at most 200

What a suspended or deleted agent loses counts as that suspension or deletion only; what a new agent
is given counts as given. At a protected address nothing that is there is changed: it is neither
suspended nor deleted, and every field keeps its value, unless the files name the fields that are
protected. It may be given what it does not have. (Who leaves a protected queue is a change of that
agent; `min_agents` is what keeps a queue staffed.) Protection is a list of its own, so it outlives
the object's block, and with `declared` even its own removal.
A kind whose key stands in the files with no entries stops the plan while the tenant has some.

Each blocker names the acknowledgement that passes it: `agent.suspend=7` passes 7, not 8. There is
no blanket force.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date

from reconciler import kinds
from reconciler.model import (
    Action,
    Address,
    Allowance,
    Blocker,
    Change,
    Comparison,
    Declared,
    Desired,
    FieldChange,
    Limit,
    Reading,
    Resource,
)


@dataclass(frozen=True, slots=True)
class Usual:
    """A default limit: a percentage, bounded to suit a tenant of 8 agents and one of 8,000."""

    percent: int
    least: int
    most: int

    def of(self, managed: int) -> int:
        return min(self.most, max(self.least, managed * self.percent // 100))


DEFAULTS: Mapping[str, Usual] = {
    "agent.suspend": Usual(5, least=1, most=25),
    "agent.delete": Usual(2, least=1, most=10),
    "license.remove": Usual(10, least=3, most=100),
    "membership.remove": Usual(10, least=5, most=200),
}
CLASSES = {"licenses": "license", "queues": "membership", "skills": "membership"}
LEAVES = frozenset({Action.SUSPEND, Action.DELETE})
EVERY_FIELD: frozenset[str] | None = None


def check(
    desired: Desired,
    reading: Reading,
    comparison: Comparison,
    *,
    allow: Mapping[str, int],
    declared: Declared | None = None,
) -> tuple[tuple[Blocker, ...], tuple[Allowance, ...]]:
    """Return the blockers of a plan, and the acknowledgements that it uses."""
    blockers = [
        *_limits(desired, comparison),
        *_protected(desired, reading, comparison, declared),
        *_emptied(desired, reading),
    ]
    granted = acknowledgements(desired, allow)
    standing = tuple(
        _explain_refusal(b, desired, granted) for b in blockers if not passes(b, granted)
    )
    used = {b.guard: granted[b.guard] for b in blockers if passes(b, granted)}
    return standing, tuple(used[guard] for guard in sorted(used))


def acknowledgements(desired: Desired, allow: Mapping[str, int]) -> dict[str, Allowance]:
    """Return what is acknowledged in the files, unless it has ended, and on the command line.

    The larger count wins.
    """
    granted: dict[str, Allowance] = {}
    from_files = (a for a in desired.policy.allow if not has_ended(a.until, desired.as_of))
    for allowance in (*from_files, *(Allowance(what, count) for what, count in allow.items())):
        larger = granted.get(allowance.what)
        if larger is None or allowance.count > larger.count:
            granted[allowance.what] = allowance
    return granted


def still_standing(
    saved: Iterable[Blocker], now: Iterable[Blocker], allow: Mapping[str, int]
) -> tuple[Blocker, ...]:
    """Return blockers of a saved plan that still hold, besides those found `now`.

    Without the files neither an empty kind nor an earlier protection can be judged again, so a
    blocked plan stays blocked until each of its blockers is acknowledged.
    """
    standing_now = {(blocker.guard, blocker.address) for blocker in now}
    return tuple(
        blocker
        for blocker in saved
        if (blocker.guard, blocker.address) not in standing_now
        and (blocker.acknowledge is None or allow.get(blocker.guard, -1) < blocker.planned)
    )


def passes(blocker: Blocker, granted: Mapping[str, Allowance]) -> bool:
    """Return whether the blocker is acknowledged for at least as many as are planned."""
    allowance = granted.get(blocker.guard)
    return allowance is not None and allowance.count >= blocker.planned


def has_ended(until: date | None, as_of: date) -> bool:
    return until is not None and until < as_of


def _explain_refusal(
    blocker: Blocker, desired: Desired, granted: Mapping[str, Allowance]
) -> Blocker:
    """Return the blocker, with a sentence on an acknowledgement that does not suffice."""
    if blocker.guard in granted:
        count = granted[blocker.guard].count
        return replace(blocker, hint=f"{count} is acknowledged, which is less; {blocker.hint}")
    ended = [
        a.until
        for a in desired.policy.allow
        if a.until and a.what == blocker.guard and has_ended(a.until, desired.as_of)
    ]
    if ended:
        last = f"the acknowledgement in policy.allow ended on {max(ended)}"
        return replace(blocker, hint=f"{last}; {blocker.hint}")
    return blocker


def _blocker(
    guard: str, planned: int, limit: int, summary: str, hint: str, address: Address | None = None
) -> Blocker:
    return Blocker(guard, planned, limit, f"{guard}={planned}", address, summary, hint)


# --- limits --------------------------------------------------------------------------------------


def _limits(desired: Desired, comparison: Comparison) -> Iterator[Blocker]:
    if not comparison.changes:
        return
    managed = _managed(comparison.matches.values())
    for guard, planned in sorted(_counts_of(comparison.changes).items()):
        count = managed[guard.partition(".")[0]]
        allowed = _allowed(guard, desired.policy.limits, count)
        if allowed is not None and planned > allowed:
            what, _, action = guard.partition(".")
            yield _blocker(
                guard,
                planned,
                allowed,
                f"{planned} × {action} {what}: more than the {allowed} that one plan may hold",
                "see that this is meant, and acknowledge it",
            )


def _allowed(guard: str, limits: Mapping[str, Limit], managed: int) -> int | None:
    """Return how many may pass; None where nothing limits them."""
    if guard in limits:
        return allowed_by(limits[guard], managed)
    return DEFAULTS[guard].of(managed) if guard in DEFAULTS else None


def allowed_by(limit: Limit, managed: int) -> int:
    """Return what a limit allows: its count, or its percentage rounded down, at least one."""
    if limit.count is not None:
        return limit.count
    return max(1, managed * (limit.percent or 0) // 100)


def _managed(matches: Iterable[Resource]) -> Counter[str]:
    """Count live managed objects: agents, queues, skills, and agents' licenses and memberships."""
    counted: Counter[str] = Counter()
    for resource in matches:
        counted[resource.kind] += 1
        for name in kinds.COLLECTIONS:
            members = resource.fields.get(name)
            if isinstance(members, frozenset | Mapping):
                counted[CLASSES[name]] += len(members)
    return counted


def _counts_of(changes: Iterable[Change]) -> Counter[str]:
    counted: Counter[str] = Counter()
    for change in changes:
        counted[f"{change.kind}.{change.action.value}"] += 1
        if change.action in LEAVES:
            continue
        for item in change.fields:
            name, member = kinds.split_path(item.path)
            if member is not None and item.after is None:
                counted[f"{CLASSES[name]}.remove"] += 1
            elif member is not None and item.before is None:
                counted[f"{CLASSES[name]}.add"] += 1
    return counted


# --- protection ----------------------------------------------------------------------------------


def _protected(
    desired: Desired, reading: Reading, comparison: Comparison, declared: Declared | None
) -> Iterator[Blocker]:
    protected = _protection(desired, declared)
    if not protected:
        return
    live = kinds.by_id(reading.resources.values())
    for change in comparison.changes:
        known_as = _names(change, live.get((change.kind, change.live_id)))
        known_as |= {reading.former_names.get(change.address, change.address)}
        names = known_as & protected.keys()
        taken = _taken(change, [protected[name] for name in names]) if names else ""
        if taken:
            yield _blocker(
                f"protect:{change.address}",
                1,
                0,
                f"{change.address} is protected, and this plan {taken}",
                "take it out of policy.protect, or acknowledge this one time",
                change.address,
            )


def _protection(
    desired: Desired, declared: Declared | None
) -> dict[Address, frozenset[str] | None]:
    """Return the protected fields by address, from the files and from those before them."""
    protected: dict[Address, frozenset[str] | None] = {}
    for source in (desired.policy, declared):
        for address in source.protect if source else ():
            fields = source.protect_fields.get(address, EVERY_FIELD) if source else EVERY_FIELD
            before = protected.get(address, frozenset())
            protected[address] = None if fields is None or before is None else fields | before
    return protected


def _names(change: Change, live: Resource | None) -> set[Address]:
    """Return the addresses that may mean the changed object: declared, live, and by extension."""
    names = {change.address}
    if live:
        names |= {live.address, kinds.address(live.kind, str(live.fields.get("extension")))}
    return names


def _taken(change: Change, protected: Iterable[frozenset[str] | None]) -> str:
    """Return what a change takes away of the protected fields, in words; empty where nothing."""
    limits = list(protected)
    if change.action is Action.DELETE or (change.action is Action.SUSPEND and None in limits):
        return f"would {change.action.value} it"
    paths = [
        item.path
        for item in change.fields
        if _had(item) and any(f is None or kinds.split_path(item.path)[0] in f for f in limits)
    ]
    return f"takes from it: {', '.join(paths)}" if paths else ""


def _had(item: FieldChange) -> bool:
    """Return whether a value is removed or replaced; a level added to a membership is no loss."""
    gains_level = item.before is True and type(item.after) is int
    return item.before is not None and item.before is not False and not gains_level


# --- emptiness -----------------------------------------------------------------------------------


def _emptied(desired: Desired, reading: Reading) -> Iterator[Blocker]:
    if not desired.stated_empty:
        return
    live = Counter(resource.kind for resource in reading.resources.values())
    for kind in sorted(desired.stated_empty):
        if count := live[kind]:
            yield _blocker(
                f"{kind}.empty",
                count,
                0,
                f"`{kinds.KINDS[kind].key}:` stands in the files with no entries, and the tenant "
                f"has {count}",
                "declare them, or take the key out of the files; acknowledge it if it is meant",
            )
