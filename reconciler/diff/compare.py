"""Compare all desired resources with a reading, in time linear in their number."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from reconciler import kinds
from reconciler.diagnostics import Diagnostic, Severity, in_order
from reconciler.diff import compare_one, identity, renaming, unlisted
from reconciler.diff.identity_diagnostics import yaml_key
from reconciler.diff.matching import Matching, MatchInputs
from reconciler.diff.roster import Roster
from reconciler.model import (
    Action,
    Address,
    Change,
    Comparison,
    Declared,
    Desired,
    Reading,
    Resource,
    Unobserved,
)


def compare(
    desired: Desired,
    reading: Reading,
    *,
    declared: Declared | None = None,
    before: Declared | None = None,
) -> Comparison:
    """Compare the files with the tenant; the result does not depend on the order of the input.

    `before` holds what stands in for fields that the tenant does not show; `declared` where
    nothing else is given.
    """
    reading = renaming.with_new_names(desired, reading)
    context = compare_one.build_context(desired, reading, before or declared)
    findings = compare_one.Findings()
    _compare_targets(desired, reading, context, findings)
    agents = _agents(desired.resources.values())
    live = _agents(reading.resources.values())
    rows = {agent.address: agent for agent in live}
    inputs = MatchInputs(
        desired,
        Roster(live),
        lambda agent: compare_one.may_exist(agent, context),
        declared.fields if declared else {},
        {a: rows[row] for a, row in reading.identified.items() if row in rows},
        is_applied=bool(declared and declared.is_applied),
    )
    matching = identity.match(agents, inputs)
    compare_one.stop_other_kinds(agents, matching, context, findings)
    for agent in agents:
        if agent.address not in matching.stopped:
            compare_one.compare_declared(
                agent, matching.pairs.get(agent.address), context, findings
            )
    findings.matches.update(matching.pairs)
    undeclared = unlisted.judge(context, findings.matches, matching, declared)
    suggested = _suggested_renames(findings.changes, live, findings.matches, matching)
    changes, rename_problems = renaming.rename(findings.changes, desired, reading)
    diagnostics = (
        *findings.diagnostics,
        *matching.diagnostics,
        *undeclared.diagnostics,
        *suggested,
        *rename_problems,
        *renaming.suggestions(findings.changes, desired, reading),
    )
    return Comparison(
        changes=tuple(sorted((*changes, *undeclared.changes), key=lambda item: item.address)),
        unchanged=dict(findings.unchanged),
        matches=findings.matches,
        unmanaged=undeclared.unmanaged,
        unobserved=_counted(findings.unobserved),
        grades=tuple(findings.grades.graded()),
        diagnostics=tuple(in_order(diagnostics)),
        replaced=undeclared.replaced,
    )


def _compare_targets(
    desired: Desired,
    reading: Reading,
    context: compare_one.ComparisonContext,
    findings: compare_one.Findings,
) -> None:
    """Compare the queues and skills, whose address is their name."""
    respelled = _respelled(reading.resources)
    for address, resource in desired.resources.items():
        if resource.kind == kinds.AGENT:
            continue
        if address not in reading.resources and kinds.composed(address) in respelled:
            findings.diagnostics.append(_spelled_otherwise(resource))
        else:
            compare_one.compare_declared(
                resource, reading.resources.get(address), context, findings
            )


def _respelled(live: Iterable[Address]) -> frozenset[Address]:
    """Return the addresses of queues and skills with non-ASCII letters, in composed form (NFC)."""
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


# --- likely renames -------------------------------------------------------------------------------


def _suggested_renames(
    changes: Iterable[Change],
    live: Iterable[Resource],
    matches: Mapping[Address, Resource],
    matching: Matching,
) -> Iterator[Diagnostic]:
    """Warn of created agents with the name or mailbox of a live one that no entry is about."""
    created = [c for c in changes if c.action is Action.CREATE and c.kind == kinds.AGENT]
    if not created:
        return
    matched_addresses = {
        resource.address for resource in matches.values()
    } | matching.replaced.keys()
    alike = _by_likeness(agent for agent in live if agent.address not in matched_addresses)
    for change in created:
        values = {item.path: item.after for item in change.fields}
        others = (alike.get(likeness) for likeness in _likenesses(values))
        other = next((agent for agent in others if agent), None)
        if other:
            yield _likely(change, other)


def _by_likeness(agents: Iterable[Resource]) -> dict[tuple[str, str], Resource]:
    agents_by_likeness: dict[tuple[str, str], Resource] = {}
    for agent in sorted(agents, key=lambda agent: agent.address, reverse=True):
        agents_by_likeness.update(dict.fromkeys(_likenesses(agent.fields), agent))
    return agents_by_likeness


def _likenesses(fields: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    """Return name and mailbox: `ana.diaz` of `ana.diaz+webrtc@acme.example`."""
    name, email = fields.get("name"), fields.get("email")
    if isinstance(name, str):
        yield "name", " ".join(name.split()).casefold()
    if isinstance(email, str):
        yield "mailbox", email.partition("@")[0].partition("+")[0]


def _likely(change: Change, other: Resource) -> Diagnostic:
    return Diagnostic(
        "likely-rename",
        Severity.WARNING,
        f"{change.address} is new, and looks like {kinds.label_of(other)} ({other.address}), who "
        "stands in no file",
        f"if it is the same person, add `previously: {yaml_key(other)}` to the entry",
        change.address,
        change.source,
    )
