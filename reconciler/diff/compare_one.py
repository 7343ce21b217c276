"""Compare one declared resource with its live counterpart."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from reconciler import claims, kinds
from reconciler.diagnostics import Diagnostic
from reconciler.diff import changes, resource_diagnostics, roster
from reconciler.diff.changes import Fields
from reconciler.diff.matching import Matching
from reconciler.evidence import baseline
from reconciler.evidence.baseline import Before
from reconciler.evidence.grades import Tally
from reconciler.evidence.newest import ByPath
from reconciler.model import (
    NO_LEVEL,
    Action,
    Address,
    Change,
    Declared,
    Desired,
    FieldChange,
    FieldValue,
    Reading,
    Resource,
)

LEVELS: Final = "queues.level"
NEVER_ASSUMED: Final = frozenset({"active", "email", "phone"})
"""Fields that are not written on a guess: sign-in, and what a person is recognised by."""


@dataclass(slots=True)
class Findings:
    """What a comparison collects: changes, counts, matches, unobserved fields, diagnostics."""

    changes: list[Change] = field(default_factory=list)
    unchanged: Counter[str] = field(default_factory=Counter)
    matches: dict[Address, Resource] = field(default_factory=dict)
    unobserved: Counter[tuple[str, str]] = field(default_factory=Counter)
    grades: Tally = field(default_factory=Tally)
    diagnostics: list[Diagnostic] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class ComparisonContext:
    """The inputs that all comparisons of a run share.

    `ignored` names fields by kind: those that the policy ignores and those that the tenant lacks.
    `before` is what the files stated earlier, for fields that the tenant does not show.
    """

    desired: Desired
    reading: Reading
    ignored: Mapping[str, frozenset[str]]
    before: Before

    @property
    def is_by_hand(self) -> bool:
        return bool(self.reading.capabilities.by_hand)

    def stated(self, resource: Resource) -> Fields:
        """Return the fields that the files state, without those that the policy ignores."""
        ignored = self.ignored.get(resource.kind)
        if not ignored:
            return resource.fields
        return {name: value for name, value in resource.fields.items() if name not in ignored}

    def can_write(self, kind: str, name: str) -> bool:
        return changes.can_write(self.reading.capabilities, kind, name)


def build_context(
    desired: Desired, reading: Reading, declared: Declared | None = None
) -> ComparisonContext:
    """Build the context of a comparison; `declared` is what was declared before."""
    ignored: dict[str, frozenset[str]] = {}
    for path in desired.policy.ignore | reading.capabilities.lacks:
        kind, _, name = path.partition(".")
        ignored[kind] = ignored.get(kind, frozenset()) | {name}
    return ComparisonContext(desired, reading, ignored, Before(declared, reading))


def compare_declared(
    resource: Resource, live: Resource | None, context: ComparisonContext, findings: Findings
) -> None:
    """Compare a declared resource with the live one, and add the result to `findings`."""
    if live is None:
        _compare_absent(resource, context, findings)
        return
    findings.matches[resource.address] = live
    stated, live_fields = context.stated(resource), _live_fields(resource, live, context)
    if _is_plainly_same(stated, live_fields, live, context):
        findings.unchanged[resource.kind] += 1
        return
    live_fields, words = _apply_baseline(resource, live, stated, live_fields, context, findings)
    if resource.kind == kinds.AGENT:
        agent = _agent_fields(resource, live, stated, context, findings)
        if agent is None:
            return
        stated = _without_kept_levels(agent, context, findings)
    kept = context.desired.not_yet.get(resource.address, changes.NONE_KEPT)
    kept |= context.reading.inherited.get(live.address, changes.NONE_KEPT)
    differing: Sequence[FieldChange] = changes.field_changes(stated, live_fields, kept)
    if differing:
        differing = _writable_changes(resource, differing, context, findings)
    if not differing:
        findings.unchanged[resource.kind] += 1
        return
    if words:
        differing = [baseline.with_word(item, words) for item in differing]
    findings.changes.append(_change(resource, live, differing, context))


def stop_other_kinds(
    agents: Iterable[Resource], matching: Matching, context: ComparisonContext, findings: Findings
) -> None:
    """Stop agents whose number is held by an agent with the other kind of phone.

    Only for tenants that identify agents by their number.
    """
    if not context.reading.capabilities.licensed_only:
        return
    for agent in agents:
        number = agent.fields.get("extension")
        holder = context.reading.resources.get(kinds.agent_address(None, str(number)))
        if holder is None or agent.address in matching.pairs or holder.address in matching.taken:
            continue
        phones = {agent.fields.get("phone"), holder.fields.get("phone")} - {None}
        if len(phones) > 1 and agent.fields.get("active") is not False:
            findings.diagnostics.append(resource_diagnostics.phone_is_set_once(agent, holder))
            matching.stopped.add(agent.address)
            matching.in_question.add(holder.address)


def _is_plainly_same(
    stated: Fields, live_fields: Fields, live: Resource, context: ComparisonContext
) -> bool:
    """Return whether nothing differs, without looking at field changes (a fast path).

    False for UC agents, which have checks, and for tenants that are maintained by hand, where every
    value has a grade.
    """
    return stated.items() <= live_fields.items() and not (context.is_by_hand or roster.is_uc(live))


def _apply_baseline(
    resource: Resource,
    live: Resource,
    stated: Fields,
    live_fields: Fields,
    context: ComparisonContext,
    findings: Findings,
) -> tuple[Fields, ByPath]:
    """Return the live fields completed by evidence, and the evidence of each.

    Where the tenant is not maintained by hand, these are the live fields and no evidence.
    """
    if not stated.keys() <= live_fields.keys():
        findings.unobserved.update(
            (resource.kind, name) for name in stated if name not in live_fields
        )
    if not context.is_by_hand:
        return _assumed(resource, stated, live_fields, context)
    words = context.reading.attested.get(live.address, baseline.NO_EVIDENCE)
    findings.grades.add(resource.kind, stated, live_fields, words)
    findings.diagnostics.extend(resource_diagnostics.still_licensed(resource, live, live_fields))
    return context.before.base_for(resource, live, stated, live_fields, words)


def _live_fields(resource: Resource, live: Resource, context: ComparisonContext) -> Fields:
    """Return the live fields; an unobserved `active` is None for an agent who has to leave."""
    live_fields = live.fields
    leaves = resource.fields.get("active") is False
    is_sent = context.before.value(resource.address, "active") is False
    if leaves and not is_sent and "active" not in live_fields:
        can_write = context.can_write(kinds.AGENT, "active")
        return {**live_fields, "active": None} if can_write else live_fields
    return live_fields


def _assumed(
    resource: Resource, stated: Fields, live_fields: Fields, context: ComparisonContext
) -> tuple[Fields, ByPath]:
    """Return fields that the tenant takes and shows of nobody, as the files said them before.

    Where they said nothing yet, as if empty, so that they are written once. Somebody who leaves is
    taken out of every queue.
    """
    if resource.kind != kinds.AGENT:
        return live_fields, baseline.NO_EVIDENCE
    hidden = context.reading.capabilities.hidden - NEVER_ASSUMED
    names = [name for name in stated if name not in live_fields and name in hidden]
    if not names:
        return live_fields, baseline.NO_EVIDENCE
    empty: dict[str, FieldValue] = {**dict.fromkeys(names), **kinds.empty(names)}
    if "queues" in empty and resource.fields.get("active") is False:
        queues = (r for r in context.reading.resources.values() if r.kind == kinds.QUEUE)
        empty["queues"] = {kinds.name_of(queue.address): NO_LEVEL for queue in queues}
    return context.before.assumed(resource.address, empty, live_fields)


def _agent_fields(
    resource: Resource,
    live: Resource,
    stated: Fields,
    context: ComparisonContext,
    findings: Findings,
) -> Fields | None:
    """Return the fields of an agent to compare; None where the agent cannot be compared."""
    declared, live_phone = resource.fields.get("phone"), live.fields.get("phone")
    if "phone" in stated and declared and live_phone and declared != live_phone:
        findings.diagnostics.append(resource_diagnostics.phone_is_set_once(resource, live))
        return None
    if roster.UC not in (declared, live_phone):
        is_empty = live_phone is None and "phone" in live.fields
        is_kept = is_empty and not context.reading.capabilities.makes_phones
        return _without_phone(stated) if declared and is_kept else stated
    findings.diagnostics.extend(resource_diagnostics.uc_checks(resource, live, stated))
    if declared is None:
        findings.diagnostics.extend(resource_diagnostics.uc_owned_fields(resource, stated))
    return {name: value for name, value in stated.items() if name not in resource_diagnostics.OWNED}


def _without_phone(stated: Fields) -> Fields:
    """Drop `phone`, which is set once, where the tenant shows an empty one."""
    return {name: value for name, value in stated.items() if name != "phone"}


def _without_kept_levels(stated: Fields, context: ComparisonContext, findings: Findings) -> Fields:
    """Drop the levels of memberships that have none in the tenant."""
    collections = context.reading.capabilities.without_levels
    queues = stated.get("queues") if "queues" in collections else None
    if isinstance(queues, Mapping) and any(queues.values()):
        findings.unobserved[kinds.AGENT, LEVELS] += sum(map(bool, queues.values()))
    return changes.without_levels(stated, collections)


def _writable_changes(
    resource: Resource,
    differing: Iterable[FieldChange],
    context: ComparisonContext,
    findings: Findings,
) -> list[FieldChange]:
    """Return the changes that can be written; report the others as read-only.

    An agent who has left does not get a released extension back.
    """
    possible = []
    has_left = resource.fields.get("active") is False
    for item in differing:
        if has_left and item.path == "extension" and item.before is None:
            continue
        if context.can_write(resource.kind, kinds.split_path(item.path)[0]):
            possible.append(item)
        else:
            findings.diagnostics.append(resource_diagnostics.read_only(resource, item))
    return possible


def _change(
    resource: Resource, live: Resource, differing: Sequence[FieldChange], context: ComparisonContext
) -> Change:
    action = _action(differing)
    reason = ""
    if action is Action.SUSPEND:
        term = context.desired.terms.get(resource.address)
        reason = f"the last day was {term.end}" if term and term.end else ""
    return changes.change(
        resource, live, action, differing, context.reading.capabilities, reason=reason
    )


def _action(differing: Iterable[FieldChange]) -> Action:
    for item in differing:
        if item.path == "active":
            return Action.RESTORE if item.after else Action.SUSPEND
    return Action.UPDATE


def _compare_absent(resource: Resource, context: ComparisonContext, findings: Findings) -> None:
    """Handle a declared resource that has no live counterpart, as far as the tenant shows."""
    if resource.fields.get("active") is False:
        findings.unchanged[resource.kind] += 1
    elif may_exist(resource, context):
        names = list(context.stated(resource)) or ["name"]
        findings.unobserved.update((resource.kind, name) for name in names)
        if context.is_by_hand:
            findings.grades.add(resource.kind, dict.fromkeys(names), {}, {})
    elif resource.kind != kinds.AGENT:
        findings.changes.append(_created(resource, context, findings))
    elif context.reading.capabilities.licensed_only:
        findings.diagnostics.extend(resource_diagnostics.without_email(resource))
        findings.changes.append(_created(resource, context, findings))
    elif roster.is_uc(resource):
        findings.diagnostics.append(resource_diagnostics.unknown_uc_agent(resource))
    else:
        findings.changes.append(_created(resource, context, findings))


def may_exist(resource: Resource, context: ComparisonContext) -> bool:
    """Return whether the tenant may have the resource without showing it.

    True where the kind is not observed, and for agents without a license where only licensed agents
    are listed.
    """
    reading = context.reading
    if resource.kind == kinds.AGENT and reading.capabilities.licensed_only:
        licensed = bool(resource.fields.get("licenses"))
        return not licensed or resource.fields.get("name") in reading.numberless
    return (
        resource.address in reading.unreported or resource.kind not in reading.capabilities.observed
    )


def _created(resource: Resource, context: ComparisonContext, findings: Findings) -> Change:
    capabilities = context.reading.capabilities
    stated: dict[str, FieldValue] = {}
    for name, value in _without_kept_levels(context.stated(resource), context, findings).items():
        if name in resource_diagnostics.OWNED and roster.is_uc(resource):
            continue
        if context.can_write(resource.kind, name):
            stated[name] = value
        else:
            findings.unobserved[resource.kind, name] += 1
    kept = context.desired.not_yet.get(resource.address, changes.NONE_KEPT)
    made = changes.initial_fields(stated, kept)
    of_the_licensed = capabilities.licensed_only and resource.kind == kinds.AGENT
    reason = claims.NOT_ON_THE_LIST if of_the_licensed else ""
    return changes.change(resource, None, Action.CREATE, made, capabilities, reason=reason)
