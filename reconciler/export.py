"""A reading as desired state: the tenant as it is, in the words of the files.

Flat, without profiles and ranges; deterministic. A value that the files have no words for (a number
with letters, a name that is no name) is left out, so that it stays as it is, and told. The result
validates, with a waiver for each rule that the tenant breaks, and plans to nothing.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any, Final, TypeVar

from reconciler import kinds, rules
from reconciler.diagnostics import Diagnostic, Severity
from reconciler.grades import Tally
from reconciler.model import NO_LEVEL, Address, FieldValue, Graded, Reading, Resource, Tenant

TENANT_KEYS: Final = (
    *("name", "provider", "url", "token_env", "token_url", "client_id_env", "client_secret_env"),
    *("timezone", "seed", "ca_file", "ledger_env", "page_size", "mapping"),
    "request_interval",
)
AGENT_KEYS: Final = (
    *("name", "extension", "email", "phone", "preferred_name", "no_answer_destination"),
    *("recording_mode", "review_own_recordings"),
)
AGENTS_A_FILE: Final = 2_000
"""A file is at most 16 MB."""

Content = dict[str, Any]
T = TypeVar("T")
Entry = tuple[Resource, Content]


@dataclass(frozen=True, slots=True)
class Exported:
    """File name to content, and what had to be left out.

    `grades` say, by file name, how well its fields are known where people vouch for some of them.
    """

    files: Mapping[str, Content]
    diagnostics: tuple[Diagnostic, ...]
    grades: Mapping[str, tuple[Graded, ...]] = field(default_factory=dict)


def export(reading: Reading, tenant: Tenant, as_of: date) -> Exported:
    found = _Export(as_of)
    by_kind: dict[str, list[Resource]] = {}
    for resource in sorted(reading.resources.values(), key=lambda r: r.address):
        by_kind.setdefault(resource.kind, []).append(resource)
    agents = by_kind.get(kinds.AGENT, [])
    found.unlevelled = _unlevelled(agents)
    entries = [(agent, one) for agent in agents if (one := found.agent(agent))]
    queues, skills = by_kind.get(kinds.QUEUE, []), by_kind.get(kinds.SKILL, [])
    blocks = {
        "license_pools": _pools(by_kind.get(kinds.LICENSE_POOL, ()), [one for _, one in entries]),
        "queues": found.targets(queues),
        "skills": found.targets(skills),
    }
    files: dict[str, Content] = {"tenant.yaml": {"tenant": _tenant(tenant)}}
    files |= {f"{key}.yaml": {key: block} for key, block in blocks.items() if block}
    parts = split(entries)
    files |= {name: {"agents": [one for _, one in part]} for name, part in parts.items()}
    told_of = {"queues.yaml": queues, "skills.yaml": skills}
    told_of |= {name: [agent for agent, _ in part] for name, part in parts.items()}
    grades = {name: _graded(told_of[name], reading) for name in told_of.keys() & files.keys()}
    return Exported(files, tuple(found.told), grades)


def with_waivers(exported: Exported, broken: Iterable[Diagnostic], as_of: date) -> Exported:
    """Adds a waiver for every rule that the tenant breaks, with the reason."""
    once = {
        (finding.rule, finding.address): {
            "rule": finding.rule,
            "address": finding.address,
            "reason": f"{finding.summary}, in the tenant on {as_of.isoformat()}",
        }
        for finding in sorted(broken, key=lambda d: (d.rule, d.address or "", d.summary))
        if finding.address and finding.severity is Severity.ERROR and finding.rule in rules.IDS
    }
    if not once:
        return exported
    policy = {"policy": {"waivers": list(once.values())}}
    return replace(exported, files={**exported.files, "policy.yaml": policy})


def entry(live: Resource, as_of: date) -> tuple[Content | None, tuple[Diagnostic, ...]]:
    """One agent, queue or skill as it would stand in a file, for taking over what stands in none.

    None where a file cannot say it.
    """
    found = _Export(as_of)
    if live.kind == kinds.AGENT:
        return found.agent(live), tuple(found.told)
    content = found.targets([live]).get(kinds.name_of(live.address))
    return content, tuple(found.told)


@dataclass(slots=True)
class _Export:
    """What is gathered on the way. `unlevelled` are queues and skills with a member whose level
    the tenant does not say: stating their `default_level` would give it one.
    """

    as_of: date
    told: list[Diagnostic] = field(default_factory=list)
    unlevelled: frozenset[Address] = frozenset()

    def tell(self, address: Address, what: str) -> None:
        self.told.append(
            Diagnostic(
                "not-exported",
                Severity.WARNING,
                f"{address}: {what}",
                "it stays as the tenant has it; put it right there and export again to manage it",
                address,
            )
        )

    def targets(self, resources: Iterable[Resource]) -> Content:
        found: Content = {}
        for resource in resources:
            name = kinds.name_of(resource.address)
            if not _is_name(name):
                self.tell(resource.address, f"{name!r} cannot be written as a name")
            else:
                found[name] = self.target(resource)
        return found

    def target(self, resource: Resource) -> Content:
        known = (field.name for field in kinds.KINDS[resource.kind].scalars)
        fields = {name: resource.fields.get(name) for name in known}
        if resource.address in self.unlevelled and fields.pop("default_level", None) is not None:
            self.tell(resource.address, "default_level is left out: a member has no level")
        return dict(self.sayable(resource.address, fields))

    def agent(self, agent: Resource) -> Content | None:
        if problem := _unsayable(agent):
            self.tell(agent.address, problem)
            return None
        stated = {name: agent.fields.get(name) for name in _agent_keys(agent)}
        found = dict(self.sayable(agent.address, stated))
        if agent.fields.get("active") is False:
            return {**found, "until": (self.as_of - timedelta(days=1)).isoformat()}
        return {**found, **dict(self.collections(agent))}

    def sayable(
        self, address: Address, fields: Mapping[str, FieldValue]
    ) -> Iterator[tuple[str, FieldValue]]:
        for name, value in fields.items():
            if value is None:
                continue
            if _is_sayable(name, value):
                yield name, value
            else:
                self.tell(address, f"{name} {value!r} is nothing that a file can say")

    def collections(self, agent: Resource) -> Iterator[tuple[str, Any]]:
        """A collection is stated as a whole, or not at all."""
        for name in ("licenses", *kinds.MEMBERSHIPS):
            members = agent.fields.get(name)
            if not isinstance(members, frozenset | Mapping):
                continue
            is_sayable = _is_name if name in kinds.MEMBERSHIPS else _is_license
            odd = sorted(member for member in members if not is_sayable(member))
            if odd:
                self.tell(agent.address, f"{name} hold {odd[0]!r}, which cannot be written")
            elif isinstance(members, Mapping):
                yield name, kinds.stated_levels(members)
            else:
                yield name, sorted(members)


def _graded(resources: Iterable[Resource], reading: Reading) -> tuple[Graded, ...]:
    """How well each field that a file could state is known; nothing of a tenant that shows all."""
    capabilities = reading.capabilities
    if not capabilities.by_hand and not reading.attested:
        return ()
    tally = Tally()
    for resource in resources:
        names = [n for n in _statable(resource) if f"{resource.kind}.{n}" not in capabilities.lacks]
        words = reading.attested.get(resource.address, {})
        tally.add(resource.kind, names, resource.fields, words)
    return tuple(tally.graded())


def _statable(resource: Resource) -> Iterator[str]:
    if resource.kind != kinds.AGENT:
        yield from (field.name for field in kinds.KINDS[resource.kind].scalars)
        return
    yield from _agent_keys(resource)
    if resource.fields.get("active") is not False:
        yield from kinds.KINDS[kinds.AGENT].collections


def _unlevelled(agents: Iterable[Resource]) -> frozenset[Address]:
    return frozenset(
        kinds.address(kind, member)
        for agent in agents
        for name, kind in kinds.MEMBERSHIPS.items()
        if isinstance(members := agent.fields.get(name), Mapping)
        for member, level in members.items()
        if level == NO_LEVEL
    )


def _agent_keys(agent: Resource) -> Iterator[str]:
    """Of a UC agent, what its entry may hold: the rest belongs to the UC directory."""
    owned = {"no_answer_destination", "recording_mode"} if agent.fields.get("phone") == "uc" else ()
    return (name for name in AGENT_KEYS if name not in owned)


def _unsayable(agent: Resource) -> str:
    """Why a whole agent cannot be declared."""
    fields = agent.fields
    number, email = (_is_sayable(name, fields.get(name)) for name in ("extension", "email"))
    if fields.get("phone") == "uc" and not number:
        return "a UC agent is known by its extension, and this one has none that a file can say"
    if not number and not email:
        return "it has neither an e-mail nor an extension that a file can say"
    held = any(fields.get(name) for name in kinds.COLLECTIONS)
    if fields.get("active") is False and held:
        return "it is suspended and still holds licenses or memberships"
    return ""


def _tenant(tenant: Tenant) -> Content:
    values = {name: getattr(tenant, name) for name in TENANT_KEYS}
    return {name: value for name, value in values.items() if value is not None}


def _pools(pools: Iterable[Resource], entries: Iterable[Content]) -> Content:
    """What the tenant says of its pools; a license that is no product of ours needs one, too."""
    found: Content = {}
    for resource in pools:
        name = kinds.name_of(resource.address)
        if _is_license(name):
            values = {key: resource.fields.get(key) for key in ("purchased", "requires")}
            found[name] = {key: v for key, v in values.items() if _is_sayable(key, v)}
    held = {name for one in entries for name in one.get("licenses", ())}
    missing = held - found.keys() - set(kinds.LICENSES)
    return dict(sorted({**found, **{name: {} for name in missing}}.items()))


def split(entries: Sequence[T], stem: str = "agents") -> dict[str, Sequence[T]]:
    """Agents by file name: one file, or several where they are many."""
    if not entries:
        return {}
    if len(entries) <= AGENTS_A_FILE:
        return {f"{stem}.yaml": entries}
    starts = range(0, len(entries), AGENTS_A_FILE)
    return {
        f"{stem}-{number:03}.yaml": entries[start : start + AGENTS_A_FILE]
        for number, start in enumerate(starts, start=1)
    }


# --- what the schema accepts ---------------------------------------------------------------------

_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")
_BLANK: Final = re.compile(r"[\s\ufeff]")
_HALF: Final = re.compile("[\ud800-\udfff]")


def _is_sayable(name: str, value: FieldValue) -> bool:
    return value is not None and _SAYABLE[name](value)


def _is_text(value: FieldValue) -> bool:
    return isinstance(value, str) and value != "" and not _HALF.search(value)


def _is_name(value: FieldValue) -> bool:
    """`<<` is a name that no YAML file of ours may hold."""
    if not isinstance(value, str) or value == "<<" or not _is_text(value):
        return False
    return not (_BLANK.match(value[0]) or _BLANK.match(value[-1]) or _CONTROL.search(value))


def _is_license(value: FieldValue) -> bool:
    return isinstance(value, str) and bool(re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]*", value))


def _is_extension(value: FieldValue) -> bool:
    return isinstance(value, str) and bool(re.fullmatch(r"[0-9]{1,32}", value))


def _is_email(value: FieldValue) -> bool:
    if not isinstance(value, str) or not _is_text(value):
        return False
    return not _BLANK.search(value) and not _CONTROL.search(value)


def _is_one_of(*words: str) -> Callable[[FieldValue], bool]:
    return lambda value: value in words


def _is_number(lowest: int, highest: int) -> Callable[[FieldValue], bool]:
    return lambda value: type(value) is int and lowest <= value <= highest


_SAYABLE: Final[Mapping[str, Callable[[FieldValue], bool]]] = {
    "name": _is_text,
    "preferred_name": _is_text,
    "extension": _is_extension,
    "no_answer_destination": _is_extension,
    "email": _is_email,
    "phone": _is_one_of("webrtc", "uc"),
    "recording_mode": _is_one_of(*kinds.RECORDING_MODES),
    "review_own_recordings": lambda value: isinstance(value, bool),
    "routing": _is_one_of(*kinds.ROUTINGS),
    "priority": _is_number(0, 10),
    "default_level": _is_number(-(10**17), 10**17),
    "purchased": _is_number(0, 10**17),
    "requires": _is_license,
}
"""A level outside 1 to 10 breaks a rule, which can be waived, and not the schema."""
