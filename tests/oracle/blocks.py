"""Blocks: those that must be, those that must not, and dips that an order would avoid."""

from collections.abc import Iterator, Mapping
from typing import Any

from tests.oracle import numbers
from tests.oracle.desired import Case, Expectation
from tests.oracle.search import search
from tests.oracle.tenant import licenses
from tests.oracle.verdict import Finding

Document = Mapping[str, Any]

DEFAULTS = {
    "agent.suspend": (5, 1, 25),
    "license.remove": (10, 3, 100),
    "membership.remove": (10, 5, 200),
}
"""Percent, at least, at most; docs/guards.md."""
OF_ORDER = frozenset({"no-safe-order", "queue-under-minimum", "search-ended"})


def judge(
    expected: Expectation, names: Mapping[str, str], document: Document, case: Case, code: int
) -> Iterator[Finding]:
    waived = {
        f"{waiver['rule']} {waiver['address']}"
        for waiver in case["files"].get("policy", {}).get("waivers", [])
    }
    wanted = {name: n for name, n in required(expected, case) if name not in waived}
    blockers = {_name(blocker): blocker for blocker in document["blockers"]}
    yield from _standing(document, code)
    for name, count in wanted.items():
        blocker = blockers.get(name)
        if blocker is None:
            yield Finding("not blocked", f"{name} has to stop the plan: {count}")
        elif count and (blocker["planned"], blocker["limit"]) != count:
            given = (blocker["planned"], blocker["limit"])
            yield Finding("blocker numbers", f"{name}: planned and limit {given}, true is {count}")
    extra = [
        name
        for name, blocker in blockers.items()
        if name not in wanted and blocker["guard"] not in OF_ORDER and not _may(expected, name)
    ]
    for name in extra:
        yield Finding("false block", f"{name}: {blockers[name].get('summary')}")
    if not waived:
        yield from _order(expected, document, case, wanted, blockers)


def _name(blocker: Mapping[str, Any]) -> str:
    guard = blocker["guard"]
    return guard if "." in guard or ":" in guard else f"{guard} {blocker.get('address')}"


def _standing(document: Document, code: int) -> Iterator[Finding]:
    is_blocked = bool(document["blockers"])
    if document["applyable"] is is_blocked or (code == 4) is not is_blocked:
        yield Finding(
            "standing",
            f"{len(document['blockers'])} blockers, applyable {document['applyable']}, exit {code}",
        )
    if document["applyable"] and not document["complete"]:
        yield Finding("standing", "applyable, and not complete")


def required(expected: Expectation, case: Case) -> Iterator[tuple[str, tuple[int, int] | None]]:
    """The blockers without which the plan would be wrong, by name, with planned and limit."""
    for guard, count in _counts(expected).items():
        limit = _limit(expected, case, guard)
        if count > limit:
            yield guard, (count, limit)
    for name in sorted({*expected.start.pools, *expected.start.limits}):
        if _is_exceeded(expected, name):
            yield f"seats-exceeded license_pool/{name}", None
    yield from ((f"queue-under-minimum {address}", None) for address in _short(expected, case))
    for address in case["files"].get("policy", {}).get("protect", []):
        if _takes(expected, address):
            yield f"protect:{address}", None


def _short(expected: Expectation, case: Case) -> Iterator[str]:
    """Queues and skills that end below their minimum and below what there was."""
    for address, minimum in minimums(case).items():
        kind, _, name = address.partition("/")
        before, after = (t.coverage(kind, name) for t in (expected.start, expected.end))
        if after < min(1 if minimum is None else minimum, before):
            yield address


def _is_exceeded(expected: Expectation, name: str) -> bool:
    """A pool that ends above its limit and in which a seat is given."""
    limit = expected.start.limit(name)
    is_given = any(
        name in licenses(expected.end.agents[key])
        and name not in licenses(expected.start.agents.get(key, {}))
        for key in expected.changes()
    )
    return limit is not None and is_given and expected.end.assigned(name) > limit


def minimums(case: Case) -> dict[str, int | None]:
    return {
        f"{kind}/{name}": stated.get("min_agents")
        for kind in ("queue", "skill")
        for name, stated in case["files"].get(f"{kind}s", {}).items()
    }


def _counts(expected: Expectation) -> dict[str, int]:
    counts = dict.fromkeys(DEFAULTS, 0)
    for key, changed in expected.changes().items():
        action = numbers.action(expected, key)
        if action == "suspend":
            counts["agent.suspend"] += 1
            continue
        for path, (_, after) in changed.items():
            if after is None and path.startswith("licenses."):
                counts["license.remove"] += 1
            elif after is None and path.startswith(("queues.", "skills.")):
                counts["membership.remove"] += 1
    return counts


def _limit(expected: Expectation, case: Case, guard: str) -> int:
    kind, _, verb = guard.partition(".")
    stated = case["files"].get("policy", {}).get("limits", {}).get(kind, {}).get(verb)
    if stated is not None:
        return int(stated)
    percent, least, most = DEFAULTS[guard]
    prefixes = {"license": ("licenses.",), "membership": ("queues.", "skills.")}
    managed = {person.live_id for person in expected.people} | expected.replaced
    agents = [agent for key, agent in expected.start.agents.items() if key in managed]
    whole = (
        len(agents)
        if kind == "agent"
        else sum(path.startswith(prefixes[kind]) for agent in agents for path in agent)
    )
    return min(most, max(least, whole * percent // 100))


def _takes(expected: Expectation, address: str) -> bool:
    """Whether the plan takes anything from a protected agent, by the plainest reading."""
    for key, changed in expected.changes().items():
        if numbers.names_of(expected)[key] == address and key in expected.start.agents:
            return numbers.action(expected, key) == "suspend" or any(
                after is None or path in ("extension", "email")
                for path, (before, after) in changed.items()
                if before is not None
            )
    return False


def _may(expected: Expectation, name: str) -> bool:
    """Blocks on which the contract leaves room: any change of a protected agent's value."""
    return name.startswith("protect:") and any(
        numbers.names_of(expected)[key] in name
        or any(before == name.partition("/")[2] for before, _ in changed.values())
        for key, changed in expected.changes().items()
    )


def _order(
    expected: Expectation,
    document: Document,
    case: Case,
    wanted: Mapping[str, Any],
    blockers: Mapping[str, Any],
) -> Iterator[Finding]:
    """What only a search can say: that an order exists, or one without a dip."""
    by_order = [name for name, blocker in blockers.items() if blocker["guard"] in OF_ORDER]
    dips = [row for row in document["coverage"] if row["lowest"] < min(row["before"], row["after"])]
    for row in dips:
        least = min(1 if row["minimum"] is None else row["minimum"], row["before"])
        name = f"queue-under-minimum {row['address']}"
        if document["complete"] and row["lowest"] < least and name not in blockers:
            yield Finding("not blocked", f"{row['address']} falls to {row['lowest']}")
    is_seatless = any(name.startswith("seats-exceeded") for name in wanted)
    false = [name for name in by_order if name not in wanted]
    if (not false and not dips) or is_seatless or any(name in OF_ORDER for name in wanted):
        return
    answer = search(expected, minimums(case))
    is_low = any(name.startswith("queue-under-minimum") for name in wanted)
    if false and not is_low and answer.exists:
        yield Finding("false block", f"an order exists: {[blockers[n]['summary'] for n in false]}")
    elif dips and document["complete"] and not is_low and answer.without_dip:
        yield Finding(
            "avoidable dip",
            f"{[(r['address'], r['before'], r['lowest'], r['after']) for r in dips]}",
        )
    if not false and document["complete"] and not is_low and answer.exists is False and not wanted:
        yield Finding("search", "the plan has an order where the search finds none")
