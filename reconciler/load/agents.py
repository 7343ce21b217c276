"""Merge the profiles and the entry of each agent into one resource, as of a given day."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Final

from reconciler import kinds
from reconciler.load import entries
from reconciler.load.document import Document, Place
from reconciler.load.layers import Layers
from reconciler.model import (
    Address,
    ExtensionRange,
    FieldValue,
    Identity,
    OddLevel,
    Reference,
    Resource,
    Term,
)

_PHONES: Final = {"webrtc_agent": "webrtc", "uc_user": "uc"}
_SUSPENDED: Final[Mapping[str, FieldValue]] = {
    "active": False,
    "licenses": frozenset(),
    "queues": {},
    "skills": {},
}
_COLLECTIONS: Final = frozenset(kinds.KINDS[kinds.AGENT].collections)


@dataclass(slots=True)
class Agents:
    """The agents and profiles of a folder on a given day. `left` are those in force
    whose last day has passed.
    """

    in_force: dict[Address, Resource] = field(default_factory=dict)
    left: set[Address] = field(default_factory=set)
    waiting: dict[Address, Resource] = field(default_factory=dict)
    not_yet: dict[Address, frozenset[str]] = field(default_factory=dict)
    identities: dict[Address, Identity] = field(default_factory=dict)
    terms: dict[Address, Term] = field(default_factory=dict)
    profiles: dict[str, Resource] = field(default_factory=dict)
    dangling: list[Reference] = field(default_factory=list)
    odd_levels: list[OddLevel] = field(default_factory=list)
    repeated: list[Resource] = field(default_factory=list)


def merged(
    documents: Sequence[Document],
    *,
    as_of: date,
    defaults: Mapping[str, Mapping[str, int]],
    licenses: frozenset[str],
    ranges: Sequence[ExtensionRange],
) -> Agents:
    """`defaults` and `licenses` hold the declared queues, skills and licenses."""
    agents = Agents()
    layers = Layers(
        as_of, defaults, licenses, dangling=agents.dangling, odd_levels=agents.odd_levels
    )
    _add_profiles(agents, documents, layers)
    for entry in entries.listed(documents, "agents"):
        email, extension = (
            entries.text(entry.fields, "email"),
            entries.text(entry.fields, "extension"),
        )
        if email or extension:
            address, origin = kinds.agent_address(email, extension), entry.origin()
            fields, later = _fields(entry.fields, address, origin, layers)
            _add_phone(fields, ranges)
            agent = Resource(address, kinds.AGENT, fields, origin=origin)
            _add(agents, agent, entry.fields, later, as_of)
    _free_numbers(agents)
    return agents


def _add_profiles(agents: Agents, documents: Sequence[Document], layers: Layers) -> None:
    """Add the profiles of all documents; one that is declared again is kept as repeated."""
    for entry in entries.named(documents, "profiles"):
        name, origin = str(entry.name), entry.origin()
        address = kinds.address(kinds.PROFILE, name)
        layer = layers.own(entry.fields, address, origin)
        resource = Resource(address, kinds.PROFILE, layers.fields(layer)[0], origin=origin)
        if name in layers.profiles:
            agents.repeated.append(resource)
        else:
            layers.profiles[name], agents.profiles[name] = layer, resource


def _fields(
    stated: dict[str, Any], address: Address, origin: Place, layers: Layers
) -> tuple[dict[str, FieldValue], list[str]]:
    """Return the fields of an entry, and the collections that wait for a first day."""
    layer = layers.over_profiles(stated, address, origin)
    if stated.get("active") is False:
        fields, later = layers.fields(replace(layer, collections={}))
        own, _ = layers.fields(
            layers.own({k: stated[k] for k in _COLLECTIONS & stated.keys()}, address, origin)
        )
        return {**fields, **_SUSPENDED, **own}, later
    fields, later = layers.fields(layer)
    fields["active"] = True
    return fields, later


def _add_phone(fields: dict[str, FieldValue], ranges: Sequence[ExtensionRange]) -> None:
    """Derive a missing `phone` from the purpose of the range of the extension."""
    extension = fields.get("extension")
    if "phone" in fields or not isinstance(extension, str):
        return
    for interval in ranges:
        if interval.purpose in _PHONES and interval.holds(extension):
            fields["phone"] = _PHONES[interval.purpose]
            return


def _add(
    agents: Agents, agent: Resource, stated: dict[str, Any], later: list[str], as_of: date
) -> None:
    """File an agent by its dates: in force, waiting for its first day, or repeated."""
    address = agent.address
    if address in agents.in_force or address in agents.waiting:
        agents.repeated.append(agent)
        return
    if later:
        agents.not_yet[address] = frozenset(later)
    if "previously" in stated or "replaces" in stated:
        agents.identities[address] = _identity(stated)
    term = None
    if "from" in stated or "until" in stated:
        term = agents.terms[address] = Term(
            entries.day(stated, "from"), entries.day(stated, "until")
        )
    if term and term.end and term.end < as_of:
        agents.in_force[address] = replace(agent, fields={**agent.fields, **_SUSPENDED})
        agents.left.add(address)
    elif term and term.start and as_of < term.start:
        agents.waiting[address] = agent
    else:
        agents.in_force[address] = agent


def _identity(stated: dict[str, Any]) -> Identity:
    """Return what `previously` and `replaces` say, with e-mails as they are compared."""
    keys = {}
    for word in ("previously", "replaces"):
        value = stated.get(word)
        pairs = value.items() if isinstance(value, dict) else ()
        keys[word] = {key: kinds.email_key(text) for key, text in pairs if isinstance(text, str)}
    return Identity(**keys)


def _free_numbers(agents: Agents) -> None:
    """Who has left gives up a number that somebody else now has, also one who is only on file."""
    if not agents.left:
        return
    held = {
        agent.fields.get("extension")
        for address, agent in agents.in_force.items()
        if address not in agents.left
    }
    for address in agents.left:
        agent = agents.in_force[address]
        if agent.fields.get("extension") in held - {None}:
            agents.in_force[agent.address] = replace(
                agent, fields={**agent.fields, "extension": None}
            )
