"""Export a reading of a tenant as the content of files.

Agents are grouped into files and share profiles; ranges are inferred from the numbers in use. The
result is deterministic. A value that the files have no words for (a number with letters, a name
that is no name) is left out, so that it stays as it is, and reported. The result validates, with a
waiver for each rule that the tenant breaks, and plans to nothing.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Final, TypeVar

from reconciler import kinds, rules
from reconciler.diagnostics import Diagnostic, Severity
from reconciler.evidence.grades import Tally
from reconciler.export import entries as entries_
from reconciler.export import grouping, ranges, representable
from reconciler.model import (
    NO_LEVEL,
    Address,
    FieldValue,
    Graded,
    Reading,
    Resource,
    Tenant,
)

TENANT_KEYS: Final = (
    *("name", "provider", "url", "token_env", "token_url", "login_url"),
    *("client_id_env", "client_secret_env", "timezone", "seed", "ca_file", "ledger_env"),
    *("page_size", "mapping"),
    "request_interval",
)
AGENT_KEYS: Final = tuple(row.name for row in kinds.AGENT_FIELDS if row.name != "active")
AGENTS_A_FILE: Final = 2_000
"""A file is at most 16 MB."""
GROUPINGS: Final = ("queue", "skill", "range", "none")
"""By what agents are grouped into files; `none` writes one file."""

Content = dict[str, Any]
T = TypeVar("T")
Entry = tuple[Resource, Content]
_AGENT: Final = kinds.KINDS[kinds.AGENT]


@dataclass(frozen=True, slots=True)
class Exported:
    """File name to content, and what had to be left out.

    `grades` say, by file name, how well its fields are known where people vouch for some of them;
    `comments` hold what stands above a file besides.
    """

    files: Mapping[str, Content]
    diagnostics: tuple[Diagnostic, ...]
    grades: Mapping[str, tuple[Graded, ...]] = field(default_factory=dict)
    comments: Mapping[str, str] = field(default_factory=dict)


def export(reading: Reading, tenant: Tenant, as_of: date, *, group_by: str = "queue") -> Exported:
    """The whole tenant as files; `group_by` is one of `GROUPINGS`."""
    collected = _Export(as_of)
    by_kind: dict[str, list[Resource]] = {}
    for resource in sorted(reading.resources.values(), key=lambda r: r.address):
        by_kind.setdefault(resource.kind, []).append(resource)
    agents = by_kind.get(kinds.AGENT, [])
    collected.unlevelled = _unlevelled(agents)
    entries = [(agent, one) for agent in agents if (one := collected.agent(agent))]
    queues, skills = by_kind.get(kinds.QUEUE, []), by_kind.get(kinds.SKILL, [])
    inferred = ranges.infer(reading.resources.values())
    blocks = {
        "license_pools": _pools(by_kind.get(kinds.LICENSE_POOL, ()), [one for _, one in entries]),
        "extension_ranges": ranges.written(inferred.certain),
        "queues": collected.targets(queues),
        "skills": collected.targets(skills),
    }
    groups = grouping.groups([agent for agent, _ in entries], group_by, inferred.certain)
    levels = entries_.default_levels(blocks)
    shared, short = entries_.shortened(
        [one for _, one in entries], groups, inferred.certain, levels
    )
    files: dict[str, Content] = {"tenant.yaml": {"tenant": _tenant(tenant)}}
    files |= {f"{key}.yaml": {key: block} for key, block in blocks.items() if block}
    if shared:
        files["profiles.yaml"] = {"profiles": shared}
    pairs = [(agent, one) for (agent, _), one in zip(entries, short, strict=True)]
    parts = _parts(pairs, groups, group_by)
    files |= {name: {"agents": [one for _, one in part]} for name, part in parts.items()}
    told_of = {"queues.yaml": queues, "skills.yaml": skills}
    told_of |= {name: [agent for agent, _ in part] for name, part in parts.items()}
    grades = {name: _graded(told_of[name], reading) for name in told_of.keys() & files.keys()}
    comments = {"tenant.yaml": ranges.comment(inferred.possible)} if inferred.possible else {}
    return Exported(files, tuple(collected.told), grades, comments)


def _parts(pairs: Sequence[Entry], groups: Sequence[str], group_by: str) -> dict[str, list[Entry]]:
    """Agents by file name, each file in the order of the extensions."""
    if group_by == "none":
        return {name: list(part) for name, part in split(pairs).items()}
    by_group: dict[str, list[Entry]] = {}
    for pair, group in zip(pairs, groups, strict=True):
        by_group.setdefault(group, []).append(pair)
    names = grouping.file_names(sorted(by_group))
    parts: dict[str, list[Entry]] = {}
    for group in sorted(by_group):
        stem = f"agents/{names[group]}"
        parts |= {n: list(part) for n, part in split(by_group[group], stem).items()}
    return parts


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
    collected = _Export(as_of)
    if live.kind == kinds.AGENT:
        return collected.agent(live), tuple(collected.told)
    content = collected.targets([live]).get(kinds.name_of(live.address))
    return content, tuple(collected.told)


@dataclass(slots=True)
class _Export:
    """State of one export. `unlevelled` are queues and skills with a member whose level
    the tenant does not say: stating their `default_level` would give it one.
    """

    as_of: date
    told: list[Diagnostic] = field(default_factory=list)
    unlevelled: frozenset[Address] = frozenset()

    def tell(self, address: Address, what: str) -> None:
        """Add the warning that something was not exported."""
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
        """Return queues or skills by name, with the fields that files can hold."""
        content: Content = {}
        for resource in resources:
            name = kinds.name_of(resource.address)
            if not representable.is_name(name):
                self.tell(resource.address, f"{name!r} cannot be written as a name")
            else:
                content[name] = self.target(resource)
        return content

    def target(self, resource: Resource) -> Content:
        """Return the fields of a queue or skill that files can hold."""
        names = (field.name for field in kinds.KINDS[resource.kind].scalars)
        fields = {name: resource.fields.get(name) for name in names}
        if resource.address in self.unlevelled and fields.pop("default_level", None) is not None:
            self.tell(resource.address, "default_level is left out: a member has no level")
        return {**dict(self.representable(resource.address, fields)), **_empty(resource, fields)}

    def agent(self, agent: Resource) -> Content | None:
        """Return the entry of an agent; None for one that files cannot hold."""
        if problem := _obstacle(agent):
            self.tell(agent.address, problem)
            return None
        stated = {name: agent.fields.get(name) for name in _agent_keys(agent)}
        content = {**dict(self.representable(agent.address, stated)), **_empty(agent, stated)}
        members = dict(self.collections(agent))
        if agent.fields.get("active") is False:
            content["active"] = False
            members = {name: held for name, held in members.items() if held}
        elif missing := _missing_keys(agent):
            self.told.append(_incomplete(agent.address, missing))
        return {**content, **members}

    def representable(
        self, address: Address, fields: Mapping[str, FieldValue]
    ) -> Iterator[tuple[str, FieldValue]]:
        """Yield the values that files can hold, and report the others."""
        for name, value in fields.items():
            if value is None:
                continue
            if representable.is_representable(kinds.kind_of(address), name, value):
                yield name, value
            else:
                self.tell(address, f"{name} {value!r} is nothing that a file can say")

    def collections(self, agent: Resource) -> Iterator[tuple[str, Any]]:
        """A collection is stated as a whole, or not at all."""
        for name in ("licenses", *kinds.MEMBERSHIPS):
            members = agent.fields.get(name)
            if not isinstance(members, frozenset | Mapping):
                continue
            accepts = representable.member_check(name)
            odd = sorted(member for member in members if not accepts(member))
            if odd:
                self.tell(agent.address, f"{name} hold {odd[0]!r}, which cannot be written")
            elif isinstance(members, Mapping):
                yield name, kinds.stated_levels(members)
            else:
                yield name, sorted(members)


def _empty(resource: Resource, names: Iterable[str]) -> Content:
    """`null` for what the tenant shows to be empty, so that a later edit by hand is drift."""
    rows = (kinds.KINDS[resource.kind].field(name) for name in names)
    return {
        row.name: None
        for row in rows
        if row and row.clearable and resource.fields.get(row.name, "") is None
    }


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
    """Yield the fields that an entry of this resource may state."""
    if resource.kind != kinds.AGENT:
        yield from (field.name for field in kinds.KINDS[resource.kind].scalars)
        return
    yield from _agent_keys(resource)
    yield from kinds.KINDS[kinds.AGENT].collections


def _unlevelled(agents: Iterable[Resource]) -> frozenset[Address]:
    """Return the queues and skills that have a member without a level."""
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
    owned = kinds.uc_owned_settings() if agent.fields.get("phone") == "uc" else ()
    return (name for name in AGENT_KEYS if name not in owned)


def _missing_keys(agent: Resource) -> str:
    """Return the keys that an entry needs and the tenant does not show."""
    needed = ("extension",) if agent.fields.get("phone") == "uc" else ("email", "extension")
    return " and ".join(f"`{key}`" for key in needed if not agent.fields.get(key))


def _incomplete(address: Address, missing: str) -> Diagnostic:
    """Return the warning that an entry lacks a key."""
    return Diagnostic(
        "export-incomplete",
        Severity.WARNING,
        f"{address}: the tenant shows no {missing}, and the entry needs it",
        "add it before the files are validated",
        address,
    )


def _obstacle(agent: Resource) -> str:
    """Why a whole agent cannot be declared."""
    fields = agent.fields
    number, email = (
        representable.is_representable(kinds.AGENT, name, fields.get(name))
        for name in ("extension", "email")
    )
    if fields.get("phone") == "uc" and not number:
        return "a UC agent is known by its extension, and this one has none that a file can say"
    if not number and not email:
        return "it has neither an e-mail nor an extension that a file can say"
    if fields.get("active") is False and any(_unwritable(agent)):
        return "it cannot sign in, and holds something that a file cannot say"
    return ""


def _unwritable(agent: Resource) -> Iterator[str]:
    """The members of collections that a file cannot name."""
    for name in kinds.KINDS[kinds.AGENT].collections:
        members = agent.fields.get(name)
        accepts = representable.member_check(name)
        if isinstance(members, frozenset | Mapping):
            yield from (f"{name} {one!r}" for one in sorted(members) if not accepts(one))


def _tenant(tenant: Tenant) -> Content:
    """Return the tenant block."""
    values = {name: getattr(tenant, name) for name in TENANT_KEYS}
    content = {name: value for name, value in values.items() if value is not None}
    named = {
        "licenses": dict(tenant.licenses),
        "webrtc_phone": dict(tenant.webrtc_phone),
        "labels": dict(tenant.labels),
    }
    maps = {name: values for name, values in named.items() if values}
    return {**content, **maps, **tenant.options}


def _pools(pools: Iterable[Resource], entries: Iterable[Content]) -> Content:
    """What the tenant says of its pools; a license that is no product of ours needs one, too."""
    content: Content = {}
    for resource in pools:
        name = kinds.name_of(resource.address)
        if representable.is_license(name):
            values = {key: resource.fields.get(key) for key in ("purchased", "requires")}
            content[name] = {
                key: v
                for key, v in values.items()
                if representable.is_representable(kinds.LICENSE_POOL, key, v)
            }
    held = {name for one in entries for name in one.get("licenses", ())}
    missing = held - content.keys() - set(kinds.LICENSES)
    return dict(sorted({**content, **{name: {} for name in missing}}.items()))


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
