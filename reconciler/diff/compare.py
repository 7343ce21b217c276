"""All changes of a tenant at once, in time that grows with the number of resources."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from reconciler import kinds
from reconciler.diagnostics import Diagnostic, Severity
from reconciler.diff import changes, fields, identity, unlisted
from reconciler.model import (
    Action,
    Address,
    Capabilities,
    Change,
    Comparison,
    Declared,
    Desired,
    FieldChange,
    FieldValue,
    Reading,
    Resource,
    Unobserved,
)

COMPARED = (kinds.QUEUE, kinds.SKILL, kinds.AGENT)
CHECKED_ONLY = frozenset({"name", "email", "extension", "phone"})
"""What the UC directory owns of a UC agent: stated in a file it is a check, never written."""


@dataclass(slots=True)
class _Found:
    """What a comparison gathers on its way."""

    changes: list[Change] = field(default_factory=list)
    unchanged: Counter[str] = field(default_factory=Counter)
    matches: dict[Address, Resource] = field(default_factory=dict)
    unobserved: Counter[tuple[str, str]] = field(default_factory=Counter)
    diagnostics: list[Diagnostic] = field(default_factory=list)


def compare(desired: Desired, reading: Reading, *, declared: Declared | None = None) -> Comparison:
    """Lays the files against the tenant. Deterministic: input order never shows."""
    found = _Found()
    live = {kind: _of_kind(reading.resources.values(), kind) for kind in COMPARED}
    for kind in (kinds.QUEUE, kinds.SKILL):
        for resource in _of_kind(desired.resources.values(), kind):
            _settle(resource, reading.resources.get(resource.address), desired, reading, found)
    everyone = {a: r for a, r in desired.resources.items() if r.kind == kinds.AGENT}
    matched = identity.match(
        desired, {**everyone, **desired.waiting}, identity.roster(live[kinds.AGENT])
    )
    for address, agent in everyone.items():
        if address not in matched.stopped:
            _settle(agent, matched.pairs.get(address), desired, reading, found)
    found.matches.update(matched.pairs)
    left = unlisted.judge(desired, reading, found.matches, matched.replaced, declared)
    diagnostics = (*found.diagnostics, *matched.diagnostics, *left.diagnostics)
    return Comparison(
        changes=tuple(sorted((*found.changes, *left.changes), key=lambda item: item.address)),
        unchanged=dict(found.unchanged),
        matches=found.matches,
        unmanaged=left.unmanaged,
        unobserved=_counted(found.unobserved),
        diagnostics=diagnostics,
    )


def _of_kind(resources: Iterable[Resource], kind: str) -> list[Resource]:
    return [resource for resource in resources if resource.kind == kind]


def _settle(
    resource: Resource, live: Resource | None, desired: Desired, reading: Reading, found: _Found
) -> None:
    """One declared resource: created, changed, unchanged, or a finding."""
    if live is None:
        _absent(resource, desired, reading, found)
        return
    found.matches[resource.address] = live
    stated = _compared(resource, live, desired, found)
    for name in stated:
        if name not in live.fields:
            found.unobserved[resource.kind, name] += 1
    kept = desired.not_yet.get(resource.address, frozenset())
    differing = fields.changed(stated, live.fields, kept)
    if not differing:
        found.unchanged[resource.kind] += 1
        return
    found.changes.append(
        changes.change(resource, live, _action(differing), tuple(differing), reading.capabilities)
    )


def _compared(
    resource: Resource, live: Resource, desired: Desired, found: _Found
) -> Mapping[str, FieldValue]:
    """The stated fields that are compared: without what is ignored, checked only, or set once."""
    stated = resource.fields
    if desired.policy.ignore:
        stated = {
            n: v for n, v in stated.items() if f"{resource.kind}.{n}" not in desired.policy.ignore
        }
    if resource.kind != kinds.AGENT:
        return stated
    if resource.fields.get("phone") == "uc":
        found.diagnostics.extend(_failed_checks(resource, live))
        return {n: v for n, v in stated.items() if n not in CHECKED_ONLY}
    if live.fields.get("phone", "webrtc") not in (None, stated.get("phone", "webrtc")):
        found.diagnostics.append(_phone_is_set_once(resource, live))
        return {n: v for n, v in stated.items() if n != "phone"}
    return stated


def _failed_checks(resource: Resource, live: Resource) -> Iterator[Diagnostic]:
    for name in ("name", "email"):
        wanted, shown = resource.fields.get(name), live.fields.get(name)
        if wanted is not None and shown is not None and wanted != shown:
            yield Diagnostic(
                "uc-owned-field",
                Severity.WARNING,
                f"{resource.address} states {name} {wanted}; the UC directory says {shown}",
                "correct it in the UC directory, or here; it is never written",
                resource.address,
                resource.origin.at(name) if resource.origin else None,
            )


def _phone_is_set_once(resource: Resource, live: Resource) -> Diagnostic:
    return Diagnostic(
        "phone-is-set-once",
        Severity.ERROR,
        f"{resource.address} is {resource.fields.get('phone')} in the files and "
        f"{live.fields.get('phone')} in the tenant",
        "an agent's phone is set when the agent is made; take the entry out of the other range",
        resource.address,
        resource.origin.at("phone") if resource.origin else None,
    )


def _absent(resource: Resource, desired: Desired, reading: Reading, found: _Found) -> None:
    if resource.fields.get("active") is False or resource.address in reading.unreported:
        found.unchanged[resource.kind] += 1
        return
    if resource.fields.get("phone") == "uc":
        found.diagnostics.append(_unknown_uc_agent(resource))
        return
    capabilities = reading.capabilities
    stated = {}
    for name, value in resource.fields.items():
        if f"{resource.kind}.{name}" in desired.policy.ignore:
            continue
        if _can_write(capabilities, resource.kind, name):
            stated[name] = value
        else:
            found.unobserved[resource.kind, name] += 1
    kept = desired.not_yet.get(resource.address, frozenset())
    made = tuple(item for item in fields.created(stated) if item.path not in kept)
    found.changes.append(changes.change(resource, None, Action.CREATE, made, capabilities))


def _can_write(capabilities: Capabilities, kind: str, name: str) -> bool:
    return name in capabilities.writable.get(kind, frozenset()) or name in (
        capabilities.by_hand.get(kind, frozenset())
    )


def _unknown_uc_agent(resource: Resource) -> Diagnostic:
    return Diagnostic(
        "unknown-uc-agent",
        Severity.ERROR,
        f"{resource.address} is a UC agent that the tenant does not have",
        "sync the UC directory first (User Management > Sync UC Users), then plan again",
        resource.address,
        resource.origin.at() if resource.origin else None,
    )


def _action(changes: Iterable[FieldChange]) -> Action:
    for item in changes:
        if item.path == "active":
            return Action.RESTORE if item.after else Action.SUSPEND
    return Action.UPDATE


def _counted(unobserved: Counter[tuple[str, str]]) -> tuple[Unobserved, ...]:
    return tuple(Unobserved(*key, count) for key, count in sorted(unobserved.items()))
