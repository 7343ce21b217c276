"""A reading as desired state: the tenant as it is, in the words of the files.

Flat, without profiles and ranges; deterministic. What cannot be said in the files is left out and
told. The result validates (waivers carry what breaks a rule) and plans to nothing.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from reconciler import kinds
from reconciler.diagnostics import Diagnostic, Severity
from reconciler.model import NO_LEVEL, FieldValue, Reading, Resource, Tenant

TENANT_KEYS = ("name", "provider", "url", "token_env", "timezone", "seed", "ca_file", "ledger_env")
AGENT_KEYS = (
    *("name", "extension", "email", "phone", "preferred_name", "no_answer_destination"),
    *("recording_mode", "review_own_recordings"),
)
NOT_OF_UC = frozenset({"no_answer_destination", "recording_mode"})

Content = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Exported:
    """File name to content, and what had to be left out."""

    files: Mapping[str, Content]
    diagnostics: tuple[Diagnostic, ...]


def export(reading: Reading, tenant: Tenant, as_of: date) -> Exported:
    by_kind: dict[str, list[Resource]] = {}
    for resource in sorted(reading.resources.values(), key=lambda r: r.address):
        by_kind.setdefault(resource.kind, []).append(resource)
    told: list[Diagnostic] = []
    agents = list(_agents(by_kind.get(kinds.AGENT, ()), as_of, told))
    files: dict[str, Content] = {"tenant.yaml": {"tenant": _tenant(tenant)}}
    for kind, name, one in (
        (kinds.LICENSE_POOL, "license_pools", _pool),
        (kinds.QUEUE, "queues", _target),
        (kinds.SKILL, "skills", _target),
    ):
        if entries := {kinds.name_of(r.address): one(r) for r in by_kind.get(kind, ())}:
            files[f"{name}.yaml"] = {name: entries}
    if agents:
        files["agents.yaml"] = {"agents": agents}
    return Exported(files, tuple(told))


def with_waivers(exported: Exported, broken: Iterable[Diagnostic], as_of: date) -> Exported:
    """Adds a waiver for every rule that the tenant breaks, with the reason."""
    waivers = [
        {
            "rule": finding.rule,
            "address": finding.address,
            "reason": f"the tenant was so when it was exported on {as_of.isoformat()}",
        }
        for finding in sorted(broken, key=lambda d: (d.rule, d.address or ""))
        if finding.address and finding.severity is Severity.ERROR
    ]
    if not waivers:
        return exported
    once = {(w["rule"], w["address"]): w for w in waivers}
    files = {**exported.files, "policy.yaml": {"policy": {"waivers": list(once.values())}}}
    return Exported(files, exported.diagnostics)


def _tenant(tenant: Tenant) -> Content:
    values = {name: getattr(tenant, name) for name in TENANT_KEYS}
    return {name: value for name, value in values.items() if value is not None}


def _pool(resource: Resource) -> Content:
    return {n: v for n in ("purchased", "requires") if (v := resource.fields.get(n)) is not None}


def _target(resource: Resource) -> Content:
    return {n: v for n, v in sorted(resource.fields.items()) if v is not None}


def _agents(agents: Iterable[Resource], as_of: date, told: list[Diagnostic]) -> Iterator[Content]:
    for agent in agents:
        problem = _unsayable(agent)
        if problem:
            told.append(_left_out(agent, problem))
            continue
        entry = _agent(agent.fields)
        if agent.fields.get("active") is False:
            entry["until"] = (as_of - timedelta(days=1)).isoformat()
        yield entry


def _unsayable(agent: Resource) -> str:
    fields = agent.fields
    if not fields.get("extension") and not fields.get("email"):
        return "it has neither an e-mail nor an extension"
    held = any(fields.get(name) for name in kinds.COLLECTIONS)
    if fields.get("active") is False and held:
        return "it is suspended and still holds licenses or memberships"
    return ""


def _left_out(agent: Resource, problem: str) -> Diagnostic:
    return Diagnostic(
        "not-exported",
        Severity.WARNING,
        f"{agent.address} is not exported: {problem}",
        "put it right in the tenant and export again, or leave it unmanaged",
        agent.address,
    )


def _agent(fields: Mapping[str, FieldValue]) -> Content:
    is_uc = fields.get("phone") == "uc"
    entry: Content = {}
    for name in AGENT_KEYS:
        value = fields.get(name)
        if value is not None and not (is_uc and name in NOT_OF_UC):
            entry[name] = value
    if fields.get("active") is False:
        return entry
    licenses = fields.get("licenses")
    if isinstance(licenses, frozenset):
        entry["licenses"] = sorted(licenses)
    for name in kinds.MEMBERSHIPS:
        levels = fields.get(name)
        if isinstance(levels, Mapping):
            entry[name] = _levels(levels)
    return entry


def _levels(levels: Mapping[str, int]) -> Any:
    """Names to levels; a list where no level is known."""
    if levels and all(level == NO_LEVEL for level in levels.values()):
        return sorted(levels)
    return {n: "default" if v == NO_LEVEL else v for n, v in sorted(levels.items())}
