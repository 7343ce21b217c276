"""All changes of a tenant at once, in time that grows with the number of resources."""

from collections import Counter
from collections.abc import Iterable

from reconciler import kinds
from reconciler.diagnostics import in_order
from reconciler.diff import identity, renames, settle, unlisted
from reconciler.model import Comparison, Declared, Desired, Reading, Resource, Unobserved


def compare(
    desired: Desired,
    reading: Reading,
    *,
    declared: Declared | None = None,
    before: Declared | None = None,
) -> Comparison:
    """Lays the files against the tenant. Deterministic: input order never shows.

    `before` holds what stands in for fields that the tenant does not show; `declared` where
    nothing else is given.
    """
    found, ground = settle.Found(), settle.ground(desired, reading, before or declared)
    agents = []
    for address, resource in desired.resources.items():
        if resource.kind == kinds.AGENT:
            agents.append(resource)
        else:
            settle.declared(resource, reading.resources.get(address), ground, found)
    live = _agents(reading.resources.values())
    matched = identity.match(desired, agents, identity.roster(live))
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
        replaced=matched.replaced,
    )


def _agents(resources: Iterable[Resource]) -> list[Resource]:
    return [resource for resource in resources if resource.kind == kinds.AGENT]


def _counted(unobserved: Counter[tuple[str, str]]) -> tuple[Unobserved, ...]:
    return tuple(Unobserved(*key, count) for key, count in sorted(unobserved.items()))
