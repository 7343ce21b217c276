"""All changes of a tenant at once, in time that grows with the number of resources."""

from collections import Counter
from collections.abc import Iterable

from reconciler import kinds
from reconciler.diagnostics import Diagnostic, Severity, in_order
from reconciler.diff import identity, renames, settle, unlisted
from reconciler.diff.roster import Roster
from reconciler.diff.sides import Sides
from reconciler.model import Address, Comparison, Declared, Desired, Reading, Resource, Unobserved


def compare(desired: Desired, reading: Reading, *, declared: Declared | None = None) -> Comparison:
    """Lays the files against the tenant. Deterministic: input order never shows."""
    found, ground = settle.Found(), settle.ground(desired, reading, declared)
    respelled = _respelled(reading.resources)
    agents = []
    for address, resource in desired.resources.items():
        if resource.kind == kinds.AGENT:
            agents.append(resource)
        elif address not in reading.resources and kinds.composed(address) in respelled:
            found.diagnostics.append(_spelled_otherwise(resource))
        else:
            settle.declared(resource, reading.resources.get(address), ground, found)
    live = _agents(reading.resources.values())
    rows = {agent.address: agent for agent in live}
    sides = Sides(
        desired,
        Roster(live),
        lambda agent: settle.may_exist(agent, ground),
        declared.fields if declared else {},
        {a: rows[row] for a, row in reading.identified.items() if row in rows},
        is_applied=bool(declared and declared.is_applied),
    )
    matched = identity.match(agents, sides)
    settle.stop_other_kinds(agents, matched, ground, found)
    for agent in agents:
        if agent.address not in matched.stopped:
            settle.declared(agent, matched.pairs.get(agent.address), ground, found)
    found.matches.update(matched.pairs)
    left = unlisted.judge(ground, found.matches, matched, declared)
    suggested = renames.suggested(found.changes, live, found.matches, matched)
    diagnostics = (*found.diagnostics, *matched.diagnostics, *left.diagnostics, *suggested)
    return Comparison(
        changes=tuple(sorted((*found.changes, *left.changes), key=lambda item: item.address)),
        unchanged=dict(found.unchanged),
        matches=found.matches,
        unmanaged=left.unmanaged,
        unobserved=_counted(found.unobserved),
        grades=tuple(found.grades.graded()),
        diagnostics=tuple(in_order(diagnostics)),
        replaced=left.replaced,
    )


def _respelled(live: Iterable[Address]) -> frozenset[Address]:
    """Queues and skills with letters outside of ASCII, composed."""
    return frozenset(kinds.composed(address) for address in live if not address.isascii())


def _spelled_otherwise(resource: Resource) -> Diagnostic:
    return Diagnostic(
        "spelled-otherwise",
        Severity.ERROR,
        f"{resource.address} is in the tenant with the same letters, composed otherwise (NFC, NFD)",
        "copy the name from the tenant, so that no second one is made that looks the same",
        resource.address,
        resource.origin.at() if resource.origin else None,
    )


def _agents(resources: Iterable[Resource]) -> list[Resource]:
    return [resource for resource in resources if resource.kind == kinds.AGENT]


def _counted(unobserved: Counter[tuple[str, str]]) -> tuple[Unobserved, ...]:
    return tuple(Unobserved(*key, count) for key, count in sorted(unobserved.items()))
