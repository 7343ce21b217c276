"""Judges one case: what the plan says against what is true, and what the tenant went through."""

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tests.oracle import afterwards, blocks, numbers, sentences
from tests.oracle.desired import Case, Expectation, expectation
from tests.oracle.graph import Graph
from tests.oracle.runner import Ran, Workplace, workplace
from tests.oracle.server import Service
from tests.oracle.tenant import Flat, Tenant, breaches, canonical, covers, with_values
from tests.oracle.verdict import Finding

PREFIXES = 1500
"""So many prefixes of a plan are tried; the orders of a plan with more are sampled."""

Document = Mapping[str, Any]


@dataclass
class Trial:
    """A case with what must come of it. `names` leads from an address of the plan to a key."""

    case: Case
    expected: Expectation
    names: dict[str, str]


def judge(service: Service, case: Case, seed: int, *, plan_only: bool = False) -> list[Finding]:
    """Everything that is wrong; empty where nothing is. With `plan_only` nothing is applied."""
    expected = expectation(case)
    with workplace(service, case, expected.start.copy()) as place:
        planned = place.run("plan", "-o", "plan.json")
        if planned.code not in (0, 4):
            return [
                Finding("refused", f"plan leaves with {planned.code}: {planned.out}{planned.err}")
            ]
        document = place.read("plan.json")
        trial = Trial(case, expected, _names(document, expected))
        markdown = place.run("show", "plan.json", "--format", "markdown")
        problems = [*_untouched(place, "plan"), *_changes(trial, document)]
        if problems:
            return problems
        problems = [
            *_prefixes(trial, document, seed),
            *numbers.judge(trial.expected, trial.names, document, case),
            *sentences.judge(trial.expected, document, planned.out, markdown.out),
            *blocks.judge(trial.expected, trial.names, document, case, planned.code),
        ]
        may_apply = document["applyable"] and planned.code == 0 and not plan_only
        if may_apply:
            problems += _applied(trial, document, place, seed)
    if may_apply and document["operations"] and not problems and seed % 3:
        problems += _interrupted(service, trial, document, seed)
    return problems


def _names(document: Document, expected: Expectation) -> dict[str, str]:
    """Addresses of changes to ids of the tenant; somebody new is known by the e-mail."""
    new = {
        str(person.scalars.get("email", "")).lower(): person.key
        for person in expected.people
        if person.live_id is None
    }
    names = {}
    for change in document["changes"]:
        if change["kind"] == "agent":
            email = change["address"].partition("/")[2]
            names[change["address"]] = change["live_id"] or new.get(email, f"unknown {email}")
    return names


def _untouched(place: Workplace, verb: str) -> Iterator[Finding]:
    if place.site.writes:
        yield Finding("write", f"{verb} sent {place.site.writes} writes")


# -- what changes ---------------------------------------------------------------------------------


def _changes(trial: Trial, document: Document) -> Iterator[Finding]:
    planned = {
        trial.names[change["address"]]: {
            field["path"]: (field["before"], field["after"]) for field in change["fields"]
        }
        for change in document["changes"]
        if change["kind"] == "agent" and change["action"] != "no-op"
    }
    wanted = trial.expected.changes()
    for key in sorted({*planned, *wanted}):
        if planned.get(key) != wanted.get(key):
            yield Finding(
                "changes", f"{key}: the plan says {planned.get(key)}, true is {wanted.get(key)}"
            )
    for change in document["changes"]:
        key = trial.names.get(change["address"])
        if key in wanted and change["action"] != numbers.action(trial.expected, key):
            action = numbers.action(trial.expected, key)
            yield Finding("action", f"{change['address']} is {change['action']}, true is {action}")


# -- prefixes -------------------------------------------------------------------------------------


def _prefixes(trial: Trial, document: Document, seed: int) -> Iterator[Finding]:
    operations = document["operations"]
    graph = Graph(operations)
    yield from _unordered(graph, operations)
    if len(operations) > 1:
        seen: set[str] = set()
        for done, index in graph.prefixes(PREFIXES):
            for text in _step(trial, operations, sorted(done), index):
                if text not in seen:
                    seen.add(text)
                    yield Finding("unlawful", text)
    rng = random.Random(seed)
    for _ in range(6):
        yield from _order(trial, document, graph.order(rng))


def _unordered(graph: Graph, operations: list[Flat]) -> Iterator[Finding]:
    """Two writes of one object have an order, or their sum would depend on chance."""
    for later, own in enumerate(graph.ancestors):
        for earlier in range(later):
            same = operations[earlier]["address"] == operations[later]["address"]
            if same and earlier not in own:
                ids = f"{operations[earlier]['id']} and {operations[later]['id']}"
                yield Finding("unordered", f"{ids} both write {operations[later]['address']}")


def _step(trial: Trial, operations: list[Flat], done: list[int], index: int) -> list[str]:
    tenant = trial.expected.start.copy()
    for earlier in done:
        perform(tenant, operations[earlier], trial.names)
    operation = operations[index]
    before = ", ".join(operations[earlier]["id"] for earlier in done)
    broken = unlawful(tenant, operation, trial.names)
    return [f"{operation['id']} after [{before}]: {text}" for text in broken]


def unlawful(tenant: Tenant, operation: Flat, names: Mapping[str, str]) -> list[str]:
    """What one operation would break in this state."""
    kind, _, name = operation["address"].partition("/")
    if kind == "agent":
        if operation["verb"] == "delete":
            return []
        key = names[operation["address"]]
        is_new = operation["verb"] == "create"
        if not is_new and key not in tenant.agents:
            return [f"{operation['address']} does not exist yet"]
        return breaches(tenant, key, operation["set"], new=is_new)
    table = tenant.queues if kind == "queue" else tenant.skills
    if (name in table) is (operation["verb"] == "create"):
        return [f"{operation['verb']} of {operation['address']} comes at the wrong time"]
    number = operation["set"].get("extension")
    if number and number != table.get(name, {}).get("extension"):
        return [f"I1: {number} is held by {h}" for h in tenant.holders(number, "extension", "")]
    return []


def perform(tenant: Tenant, operation: Flat, names: Mapping[str, str]) -> None:
    kind, _, name = operation["address"].partition("/")
    if kind == "agent":
        key = names[operation["address"]]
        if operation["verb"] == "delete":
            del tenant.agents[key]
        else:
            tenant.agents[key] = with_values(tenant.agents.get(key, {}), operation["set"])
    else:
        table = tenant.queues if kind == "queue" else tenant.skills
        table[name] = with_values(table.get(name, {}), operation["set"])


def _order(trial: Trial, document: Document, order: list[int]) -> Iterator[Finding]:
    """One whole order, with the parked values on the way."""
    operations = document["operations"]
    tenant = trial.expected.start.copy()
    for place, index in enumerate(order):
        broken = unlawful(tenant, operations[index], trial.names)
        if broken:
            before = ", ".join(operations[earlier]["id"] for earlier in order[:place])
            yield Finding("unlawful", f"{operations[index]['id']} after [{before}]: {broken}")
            return
        perform(tenant, operations[index], trial.names)
    if document["complete"]:
        yield from end_differs(trial, tenant, "the operations lead to")


# -- the end --------------------------------------------------------------------------------------


def end_differs(trial: Trial, tenant: Tenant, what: str) -> Iterator[Finding]:
    """Every agent, queue and skill of the tenant is as it has to be, and nobody else is there."""
    end = trial.expected.end
    ours = {_whole(agent): key for key, agent in end.agents.items()}
    theirs = {_whole(agent): key for key, agent in tenant.agents.items()}
    for agent in sorted(set(ours) - set(theirs)):
        yield Finding("end", f"{what} a tenant without {ours[agent]} {agent}")
    for agent in sorted(set(theirs) - set(ours)):
        yield Finding("end", f"{what} a tenant with {theirs[agent]} {agent}")
    for kind in ("queues", "skills"):
        targets, wanted = getattr(tenant, kind), getattr(end, kind)
        if targets != wanted:
            yield Finding("end", f"{what} {kind} {targets}, true is {wanted}")


def _whole(agent: Flat) -> str:
    return canonical({path: value for path, value in agent.items() if value is not None})


def _applied(trial: Trial, document: Document, place: Workplace, seed: int) -> Iterator[Finding]:
    """A calm apply: lawful, to the end, and nothing is left to do."""
    width = random.Random(seed).choice((1, 2, 8))
    what = "plan.json" if seed % 2 else "desired-state"
    before = place.site.reads + place.site.writes
    ran = place.run("apply", what, "--yes", "--parallelism", str(width))
    yield from _lawful(place)
    yield from _dips(trial, document, place)
    if ran.code:
        yield Finding("apply", f"apply leaves with {ran.code}: {_last(ran)}")
        return
    yield from end_differs(trial, place.site.tenant, "the apply leaves")
    count = place.site.reads + place.site.writes - before
    yield from numbers.requests(document, count)
    yield from _nothing_left(place)
    if seed % 3 == 0:
        yield from afterwards.judge(place, trial.case, trial.expected, seed)


def _lawful(place: Workplace) -> Iterator[Finding]:
    for breach in place.site.breaches:
        yield Finding("refused write", breach)


def _dips(trial: Trial, document: Document, place: Workplace) -> Iterator[Finding]:
    """No queue or skill was below what the plan calls the lowest moment."""
    lowest = {row["address"]: row["lowest"] for row in document["coverage"]}
    tenant = trial.expected.start.copy()
    for verb, key, values in place.site.history:
        if key in tenant.agents or verb == "create":
            tenant.agents[key] = with_values(tenant.agents.get(key, {}), values)
        for address, least in lowest.items():
            kind, _, name = address.partition("/")
            if sum(covers(agent, kind, name) for agent in tenant.agents.values()) < least:
                yield Finding("dip", f"{address} fell below the {least} that the plan calls lowest")
                return


def _nothing_left(place: Workplace) -> Iterator[Finding]:
    ran = place.run("plan", "--detailed-exitcode", "--format", "json")
    if ran.code:
        changes = ran.json["changes"] if ran.code in (2, 4) else ran.err
        yield Finding("second plan", f"leaves with {ran.code}: {changes}")
    elif ran.json["changes"] or ran.json["operations"]:
        yield Finding("second plan", f"is not empty: {ran.json['changes']}")


def _last(ran: Ran) -> str:
    return " / ".join([*ran.out.strip().splitlines()[-6:], *ran.err.strip().splitlines()[-6:]])


# -- interruptions --------------------------------------------------------------------------------


def _interrupted(
    service: Service, trial: Trial, document: Document, seed: int
) -> Iterator[Finding]:
    """Some writes fail, or everything from one on; then plan and apply again, calmly."""
    rng = random.Random(seed + 1)
    count = len(document["operations"])
    first = rng.randint(1, count)
    style = rng.choice(("down", "one", "some"))
    hit = {
        "down": range(first, 10 * count + 10),
        "one": [first],
        "some": [number for number in range(1, count + 1) if rng.random() < 0.4],
    }[style]
    kinds = ("refuse",) if style == "down" else ("refuse", "drop")
    mishaps = {number: rng.choice(kinds) for number in hit}
    with workplace(service, trial.case, trial.expected.start.copy()) as place:
        place.site.mishaps = mishaps
        width = str(rng.choice((1, 4)))
        what = "desired-state"
        if rng.random() < 0.5:
            place.run("plan", "-o", "plan.json")
            what = "plan.json"
        story = f"{style} {sorted(mishaps.items())[:4]} of {what}, {width} at once"
        ran = place.run("apply", what, "--yes", "--parallelism", width)
        if ran.code not in (0, 3):
            yield Finding("apply", f"leaves with {ran.code} ({story}): {_last(ran)}")
        for finding in [*_lawful(place), *_dips(trial, document, place)]:
            yield Finding(finding.kind, f"{finding.text} ({story})")
        place.site.mishaps = {}
        yield from _resumed(trial, place, story)


def _resumed(trial: Trial, place: Workplace, story: str) -> Iterator[Finding]:
    again = place.run("plan", "--format", "json")
    if again.code:
        why = again.json["blockers"] if again.code == 4 else again.err
        yield Finding("blocked again", f"plan leaves with {again.code} ({story}): {why}")
        return
    ran = place.run("apply", "--yes")
    if ran.code:
        yield Finding("apply again", f"leaves with {ran.code} ({story}): {_last(ran)}")
    for finding in [
        *_lawful(place),
        *end_differs(trial, place.site.tenant, "the second apply leaves"),
        *_nothing_left(place),
    ]:
        yield Finding(f"again: {finding.kind}", f"{finding.text} ({story})")
