"""Every number of a plan document, counted again."""

from collections.abc import Iterator, Mapping
from typing import Any

from tests.oracle.desired import Case, Expectation
from tests.oracle.graph import Graph
from tests.oracle.tenant import Flat, covers, licenses, with_values
from tests.oracle.verdict import Finding

Document = Mapping[str, Any]
ACTIONS = ("create", "update", "suspend", "restore", "delete")


def judge(
    expected: Expectation, names: Mapping[str, str], document: Document, case: Case
) -> Iterator[Finding]:
    yield from _seats(expected, names, document)
    yield from _coverage(expected, names, document, case)
    yield from _ranges(expected, document, case)
    yield from _summary(expected, document)
    yield from _access(expected, document)


def action(expected: Expectation, key: str) -> str:
    """What becomes of an agent, by the words of the contract."""
    before, after = expected.start.agents.get(key), expected.end.agents.get(key)
    if before is None:
        return "create"
    if after is None:
        return "delete"
    if before.get("active") and not after.get("active"):
        return "suspend"
    if after.get("active") and not before.get("active"):
        return "restore"
    return "update"


def steps(
    expected: Expectation, names: Mapping[str, str], document: Document
) -> list[tuple[Flat, Flat]]:
    """Each operation's agent before and after it; both empty where it writes something else."""
    agents = {key: dict(agent) for key, agent in expected.start.agents.items()}
    pairs = []
    for operation in document["operations"]:
        key = names.get(operation["address"])
        if key is None:
            pairs.append(({}, {}))
            continue
        before = agents.get(key, {})
        after = {} if operation["verb"] == "delete" else with_values(before, operation["set"])
        agents[key] = after
        pairs.append((before, after))
    return pairs


def _seats(
    expected: Expectation, names: Mapping[str, str], document: Document
) -> Iterator[Finding]:
    graph, writes = Graph(document["operations"]), steps(expected, names, document)
    rows = {row["license"]: row for row in document["seats"]}
    for name in sorted({*expected.start.pools, *expected.start.limits}):
        deltas = [
            (name in licenses(after)) - (name in licenses(before)) for before, after in writes
        ]
        limit = expected.start.limit(name)
        assigned, after = expected.start.assigned(name), expected.end.assigned(name)
        true: Flat = {"purchased": limit, "assigned": assigned, "after": after}
        if document["complete"]:
            true["peak"] = assigned + graph.highest(deltas)
        if limit is not None:
            true |= {"free": max(0, limit - after), "over": max(0, after - limit)}
        yield from _row("seats", name, rows.get(name), true)
    for name in sorted(set(rows) - {*expected.start.pools, *expected.start.limits}):
        yield Finding("seats", f"a row for {name}, which nobody has")


def _coverage(
    expected: Expectation, names: Mapping[str, str], document: Document, case: Case
) -> Iterator[Finding]:
    graph, writes = Graph(document["operations"]), steps(expected, names, document)
    rows = {row["address"]: row for row in document["coverage"]}
    addresses = {**names_of(expected), **{key: address for address, key in names.items()}}
    for kind in ("queue", "skill"):
        stated = case["files"].get(f"{kind}s", {})
        for name in sorted(stated):
            deltas = [
                int(covers(after, kind, name)) - int(covers(before, kind, name))
                for before, after in writes
            ]
            ends = expected.end.agents
            start = expected.start.agents
            was = {key for key, agent in start.items() if covers(agent, kind, name)}
            will = {key for key, agent in ends.items() if covers(agent, kind, name)}
            true: Flat = {
                "before": len(was),
                "after": len(will),
                "minimum": stated[name].get("min_agents"),
                "join": sorted(addresses[key] for key in will - was),
                "leave": sorted(addresses[key] for key in was - will),
            }
            if document["complete"]:
                true["lowest"] = len(was) - graph.highest([-delta for delta in deltas])
            yield from _row("coverage", f"{kind}/{name}", rows.get(f"{kind}/{name}"), true)


def names_of(expected: Expectation) -> dict[str, str]:
    """The address of each agent by its key. Files know UC agents by their extension."""
    declared = {person.key for person in expected.people}
    names = {}
    for key, agent in {**expected.start.agents, **expected.end.agents}.items():
        is_uc = agent.get("phone") == "uc" and key in declared
        name = (None if is_uc else agent.get("email")) or agent.get("extension")
        names[key] = f"agent/{str(name).lower()}"
    return names


def _ranges(expected: Expectation, document: Document, case: Case) -> Iterator[Finding]:
    rows = {row["range"]: row for row in document["extensions"]}
    for name, stated in case["files"].get("extension_ranges", {}).items():
        first, last = (int(end) for end in stated["range"].split("-"))
        used, after = (
            {number for number in _held(tenant) if first <= int(number) <= last}
            for tenant in (expected.start, expected.end)
        )
        true = {
            "from": str(first),
            "to": str(last),
            "used": len(used),
            "after": len(after),
            "free": last - first + 1 - len(after),
            "foreign": len(_strangers(expected, first, last, stated["purpose"])),
        }
        yield from _row("extensions", name, rows.get(name), true)


def _held(tenant: Any) -> set[str]:
    return {
        str(holder["extension"])
        for holder in [*tenant.agents.values(), *tenant.queues.values(), *tenant.directory]
        if holder.get("extension")
    }


def _strangers(expected: Expectation, first: int, last: int, purpose: str) -> set[str]:
    """Numbers held by what does not belong into the range."""
    end = expected.end
    kinds = {
        "webrtc_agent": [a for a in end.agents.values() if a.get("phone") != "webrtc"]
        + [*end.queues.values(), *end.directory],
        "uc_user": [a for a in end.agents.values() if a.get("phone") != "uc"]
        + [*end.queues.values()]
        + [entry for entry in end.directory if entry["type"] != "user"],
        "queue": [*end.agents.values(), *end.directory],
    }
    numbers = [holder.get("extension") for holder in kinds[purpose]]
    return {number for number in numbers if number and first <= int(number) <= last}


def _summary(expected: Expectation, document: Document) -> Iterator[Finding]:
    wanted = dict.fromkeys(ACTIONS, 0)
    for key in expected.changes():
        wanted[action(expected, key)] += 1
    summary = document["summary"].get("agent", {})
    yield from _row("summary", "agent", summary, wanted)
    for kind in ("queue", "skill"):
        tables = [getattr(tenant, f"{kind}s") for tenant in (expected.start, expected.end)]
        create = len(set(tables[1]) - set(tables[0]))
        update = sum(tables[0][name] != tables[1][name] for name in tables[0])
        true = {"create": create, "update": update}
        yield from _row("summary", kind, document["summary"].get(kind, {}), true)


def _access(expected: Expectation, document: Document) -> Iterator[Finding]:
    addresses = names_of(expected)
    may = [
        {key for key, agent in tenant.agents.items() if agent.get("active") and licenses(agent)}
        for tenant in (expected.start, expected.end)
    ]
    true = {
        "gain": sorted(addresses[key] for key in may[1] - may[0]),
        "lose": sorted(addresses[key] for key in may[0] - may[1]),
    }
    yield from _row("access", "access", document["access"], true)


def requests(document: Document, count: int) -> Iterator[Finding]:
    """What the plan says that an apply takes. It is called "about": a quarter off is allowed."""
    forecast = document["forecast"]["requests"]
    if document["operations"] and not 0.75 * count - 3 <= forecast <= 1.25 * count + 3:
        yield Finding("forecast", f"about {forecast} requests, and it took {count}")


def _row(kind: str, name: str, row: Flat | None, true: Flat) -> Iterator[Finding]:
    if row is None:
        yield Finding(kind, f"no row for {name}")
        return
    for column, value in true.items():
        value_of_plan = sorted(row[column]) if isinstance(value, list) else row.get(column)
        if value_of_plan != value:
            yield Finding(
                f"{kind}.{column}", f"{name}: {column} is {value_of_plan}, true is {value}"
            )
