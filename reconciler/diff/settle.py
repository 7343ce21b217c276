"""One declared resource against the live one that it is: created, changed, unchanged, a finding."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from reconciler import claims, kinds
from reconciler.diagnostics import Diagnostic, Severity
from reconciler.diff import changes, fields, roster
from reconciler.diff.fields import Fields
from reconciler.diff.sides import Matched
from reconciler.evidence import baseline
from reconciler.evidence.baseline import Before
from reconciler.evidence.grades import Tally
from reconciler.evidence.newest import ByPath
from reconciler.model import (
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

CHECKED: Final = ("name", "email")
"""Stated of a UC agent these are checks: the UC directory owns them, nothing is written."""

OWNED: Final = frozenset(f.name for f in kinds.KINDS[kinds.AGENT].scalars if f.uc_owned)
KEYS: Final = frozenset({"name", "email", "extension", "phone"})
LEVELS: Final = "queues.level"


@dataclass(slots=True)
class Found:
    """What a comparison gathers on its way."""

    changes: list[Change] = field(default_factory=list)
    unchanged: Counter[str] = field(default_factory=Counter)
    matches: dict[Address, Resource] = field(default_factory=dict)
    unobserved: Counter[tuple[str, str]] = field(default_factory=Counter)
    grades: Tally = field(default_factory=Tally)
    diagnostics: list[Diagnostic] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Ground:
    """What every comparison stands on. `ignored` is by kind: what the policy says, and what such a
    tenant has nowhere. `before` is what the files said earlier, for what nobody can see.
    """

    desired: Desired
    reading: Reading
    ignored: Mapping[str, frozenset[str]]
    before: Before

    @property
    def is_by_hand(self) -> bool:
        return bool(self.reading.capabilities.by_hand)

    def stated(self, resource: Resource) -> Fields:
        """What the files say of it, without what the policy ignores."""
        ignored = self.ignored.get(resource.kind)
        if not ignored:
            return resource.fields
        return {name: value for name, value in resource.fields.items() if name not in ignored}

    def can_write(self, kind: str, name: str) -> bool:
        return changes.can_write(self.reading.capabilities, kind, name)


def ground(desired: Desired, reading: Reading, declared: Declared | None = None) -> Ground:
    ignored: dict[str, frozenset[str]] = {}
    for path in desired.policy.ignore | reading.capabilities.lacks:
        kind, _, name = path.partition(".")
        ignored[kind] = ignored.get(kind, frozenset()) | {name}
    return Ground(desired, reading, ignored, Before(declared, reading))


def declared(resource: Resource, live: Resource | None, ground: Ground, found: Found) -> None:
    if live is None:
        _absent(resource, ground, found)
        return
    found.matches[resource.address] = live
    stated, shown = ground.stated(resource), _shown(resource, live, ground)
    if _is_plainly_same(stated, shown, live, ground):
        found.unchanged[resource.kind] += 1
        return
    shown, words = _vouched(resource, live, stated, shown, ground, found)
    if resource.kind == kinds.AGENT:
        agent = _agent(resource, live, stated, found)
        if agent is None:
            return
        stated = _levelled(agent, ground, found)
    kept = ground.desired.not_yet.get(resource.address, fields.NONE_KEPT)
    differing: Sequence[FieldChange] = fields.changed(stated, shown, kept)
    if differing:
        differing = _possible(resource, differing, ground, found)
    if not differing:
        found.unchanged[resource.kind] += 1
        return
    if words:
        differing = [baseline.with_word(item, words) for item in differing]
    found.changes.append(_change(resource, live, differing, ground))


def stop_other_kinds(
    agents: Iterable[Resource], matched: Matched, ground: Ground, found: Found
) -> None:
    """Whose number somebody with the other kind of phone holds is neither made nor compared. For
    tenants that know an agent by the number alone.
    """
    if not ground.reading.capabilities.licensed_only:
        return
    for agent in agents:
        number = agent.fields.get("extension")
        holder = ground.reading.resources.get(kinds.agent_address(None, str(number)))
        if holder is None or agent.address in matched.pairs or holder.address in matched.taken:
            continue
        phones = {agent.fields.get("phone"), holder.fields.get("phone")} - {None}
        if len(phones) > 1 and agent.fields.get("active") is not False:
            found.diagnostics.append(_phone_is_set_once(agent, holder))
            matched.stopped.add(agent.address)
            matched.asked.add(holder.address)


def _is_plainly_same(stated: Fields, shown: Fields, live: Resource, ground: Ground) -> bool:
    """Most resources of most plans. UC agents have checks, and by hand every value has a grade."""
    return stated.items() <= shown.items() and not (ground.is_by_hand or roster.is_uc(live))


def _vouched(
    resource: Resource, live: Resource, stated: Fields, shown: Fields, ground: Ground, found: Found
) -> tuple[Fields, ByPath]:
    """What is shown and what the files said before, and the words that it stands on. Where nothing
    is done by hand, only what is shown counts.
    """
    if not stated.keys() <= shown.keys():
        found.unobserved.update((resource.kind, name) for name in stated if name not in shown)
    if not ground.is_by_hand:
        return shown, baseline.NO_EVIDENCE
    words = ground.reading.attested.get(live.address, baseline.NO_EVIDENCE)
    found.grades.add(resource.kind, stated, shown, words)
    found.diagnostics.extend(_still_licensed(resource, live, shown))
    return ground.before.laid_under(resource, live, stated, shown, words)


def _shown(resource: Resource, live: Resource, ground: Ground) -> Fields:
    """Of somebody who has to leave, whether the sign-in is on may be unknown; it has to go off."""
    shown = live.fields
    leaves = resource.fields.get("active") is False
    if leaves and "active" not in shown and ground.can_write(kinds.AGENT, "active"):
        return {**shown, "active": None}
    return shown


def _agent(resource: Resource, live: Resource, stated: Fields, found: Found) -> Fields | None:
    """The fields of an agent that are compared; None where nothing can be."""
    said, shown = resource.fields.get("phone"), live.fields.get("phone")
    if "phone" in stated and said and shown and said != shown:
        found.diagnostics.append(_phone_is_set_once(resource, live))
        return None
    if roster.UC not in (said, shown):
        return (
            _without_phone(stated) if said and shown is None and "phone" in live.fields else stated
        )
    found.diagnostics.extend(_failed_checks(resource, live, stated))
    if said is None:
        found.diagnostics.extend(_owned(resource, stated))
    return {name: value for name, value in stated.items() if name not in OWNED}


def _without_phone(stated: Fields) -> Fields:
    """A phone that the tenant shows as empty: set once, it is no change of an agent who exists."""
    return {name: value for name, value in stated.items() if name != "phone"}


def _levelled(stated: Fields, ground: Ground, found: Found) -> Fields:
    """Without the levels of memberships that have none in the tenant."""
    collections = ground.reading.capabilities.without_levels
    queues = stated.get("queues") if "queues" in collections else None
    if isinstance(queues, Mapping) and any(queues.values()):
        found.unobserved[kinds.AGENT, LEVELS] += sum(map(bool, queues.values()))
    return fields.without_levels(stated, collections)


def _possible(
    resource: Resource, differing: Iterable[FieldChange], ground: Ground, found: Found
) -> list[FieldChange]:
    """Without what the tenant shows and takes from nobody, which is told; and nobody who has left
    gets the number back that was given up.
    """
    possible = []
    has_left = resource.fields.get("active") is False
    for item in differing:
        if has_left and item.path == "extension" and item.before is None:
            continue
        is_once = f"{resource.kind}.{item.path}" in ground.reading.capabilities.once
        if not is_once and ground.can_write(resource.kind, kinds.split_path(item.path)[0]):
            possible.append(item)
        else:
            found.diagnostics.append(_read_only(resource, item))
    return possible


def _change(
    resource: Resource, live: Resource, differing: Sequence[FieldChange], ground: Ground
) -> Change:
    action = _action(differing)
    reason = ""
    if action is Action.SUSPEND:
        term = ground.desired.terms.get(resource.address)
        reason = f"the last day was {term.end}" if term and term.end else ""
    return changes.change(
        resource, live, action, differing, ground.reading.capabilities, reason=reason
    )


def _action(differing: Iterable[FieldChange]) -> Action:
    for item in differing:
        if item.path == "active":
            return Action.RESTORE if item.after else Action.SUSPEND
    return Action.UPDATE


def _absent(resource: Resource, ground: Ground, found: Found) -> None:
    """Nothing in the tenant is this resource, as far as the tenant shows."""
    if resource.fields.get("active") is False:
        found.unchanged[resource.kind] += 1
    elif may_exist(resource, ground):
        names = list(ground.stated(resource)) or ["name"]
        found.unobserved.update((resource.kind, name) for name in names)
        if ground.is_by_hand:
            found.grades.add(resource.kind, dict.fromkeys(names), {}, {})
    elif resource.kind != kinds.AGENT:
        found.changes.append(_created(resource, ground, found))
    elif ground.reading.capabilities.licensed_only:
        found.diagnostics.extend(_without_email(resource))
        found.changes.append(_created(resource, ground, found))
    elif roster.is_uc(resource):
        found.diagnostics.append(_unknown_uc_agent(resource))
    else:
        found.changes.append(_created(resource, ground, found))


def may_exist(resource: Resource, ground: Ground) -> bool:
    """Whether the tenant may have it all the same, or has no such kind that we could see. Where
    only the licensed are listed, whoever is to have no license may well be there.
    """
    reading = ground.reading
    if resource.kind == kinds.AGENT and reading.capabilities.licensed_only:
        licensed = bool(resource.fields.get("licenses"))
        return not licensed or resource.fields.get("name") in reading.numberless
    return (
        resource.address in reading.unreported or resource.kind not in reading.capabilities.observed
    )


def _created(resource: Resource, ground: Ground, found: Found) -> Change:
    capabilities = ground.reading.capabilities
    stated: dict[str, FieldValue] = {}
    for name, value in _levelled(ground.stated(resource), ground, found).items():
        if name in OWNED and roster.is_uc(resource):
            continue
        if ground.can_write(resource.kind, name):
            stated[name] = value
        else:
            found.unobserved[resource.kind, name] += 1
    kept = ground.desired.not_yet.get(resource.address, fields.NONE_KEPT)
    made = fields.created(stated, kept)
    of_the_licensed = capabilities.licensed_only and resource.kind == kinds.AGENT
    reason = claims.NOT_ON_THE_LIST if of_the_licensed else ""
    return changes.change(resource, None, Action.CREATE, made, capabilities, reason=reason)


def _without_email(resource: Resource) -> Iterator[Diagnostic]:
    """The console creates nobody without one; who comes from the UC directory brings it along."""
    if roster.is_uc(resource) or resource.fields.get("email"):
        return
    yield Diagnostic(
        "email-to-create",
        Severity.ERROR,
        f"{resource.address} is not on the tenant's list, and an agent is created with an e-mail",
        "state `email:`; if the agent exists without a license, leave `licenses` out until then",
        resource.address,
        resource.origin.at() if resource.origin else None,
    )


def _still_licensed(resource: Resource, live: Resource, shown: Fields) -> Iterator[Diagnostic]:
    """Which licenses somebody holds may be unobserved; that there is one is not."""
    stated = resource.fields.get("licenses")
    if stated is None or stated or "licenses" in shown or "licenses" in live.fields:
        return
    if resource.fields.get("active") is False:
        return
    yield Diagnostic(
        "still-licensed",
        Severity.WARNING,
        f"{resource.address} is to have no license, and the tenant lists it among the licensed",
        "untick its licenses in the console, or say which it holds (`--observed FILE`)",
        resource.address,
        resource.origin.at("licenses") if resource.origin else None,
    )


def _failed_checks(resource: Resource, live: Resource, stated: Fields) -> Iterator[Diagnostic]:
    for name in CHECKED:
        said, shown = stated.get(name), live.fields.get(name)
        if said is not None and shown is not None and said != shown:
            yield Diagnostic(
                "uc-owned-field",
                Severity.WARNING,
                f"{resource.address} states {name} {said}; the UC directory says {shown}",
                "correct it here or in the UC directory; nothing is written",
                resource.address,
                resource.origin.at(name) if resource.origin else None,
            )


def _owned(resource: Resource, stated: Fields) -> Iterator[Diagnostic]:
    """The files do not say that it is a UC agent, so that no offline rule could tell."""
    for name in sorted(OWNED & stated.keys() - KEYS):
        yield Diagnostic(
            "uc-owned-field",
            Severity.ERROR,
            f"{resource.address} is a UC agent in the tenant, and {name} belongs to the UC "
            "directory",
            f"remove `{name}` from the entry, or choose a profile that does not state it",
            resource.address,
            resource.origin.at(name) if resource.origin else None,
        )


def _phone_is_set_once(resource: Resource, live: Resource) -> Diagnostic:
    return Diagnostic(
        "phone-is-set-once",
        Severity.ERROR,
        f"{resource.address} is {resource.fields.get('phone')} in the files and "
        f"{live.fields.get('phone')} in the tenant ({kinds.label_of(live)})",
        "a phone is set when the agent is made: correct `phone` or the extension's range, or give "
        "the new agent an e-mail of its own",
        resource.address,
        resource.origin.at("phone") if resource.origin else None,
    )


def _unknown_uc_agent(resource: Resource) -> Diagnostic:
    return Diagnostic(
        "unknown-uc-agent",
        Severity.ERROR,
        f"{resource.address} {claims.UNKNOWN_UC_AGENT}",
        "sync the UC directory first (User Management > Sync UC Users), then plan again",
        resource.address,
        resource.origin.at() if resource.origin else None,
    )


def _read_only(resource: Resource, item: FieldChange) -> Diagnostic:
    return Diagnostic(
        "read-only-field",
        Severity.WARNING,
        f"{item.path} of {resource.address} is {item.before} in the tenant, which lets nobody "
        "change it",
        "state what the tenant says, or leave the field out",
        resource.address,
        resource.origin.at(*item.path.split(".", 1)) if resource.origin else None,
    )
