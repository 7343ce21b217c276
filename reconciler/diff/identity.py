"""Which live agent a declared one is (design section 3, Identity).

The same e-mail; else what `previously:` names; else the same extension with the same name, or with
an e-mail that the tenant does not show. Who holds the number under another e-mail and another name
is nobody's guess: `who-is-this` stops, and the file answers with `previously:` or `replaces:`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from reconciler import kinds
from reconciler.diagnostics import Diagnostic, Severity
from reconciler.model import Address, Desired, Identity, Resource

NOBODY = Identity()


@dataclass(slots=True)
class Matched:
    """`pairs` is declared address to live agent; `replaced` is live address to its successor's."""

    pairs: dict[Address, Resource] = field(default_factory=dict)
    replaced: dict[Address, Address] = field(default_factory=dict)
    stopped: set[Address] = field(default_factory=set)
    diagnostics: list[Diagnostic] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Roster:
    """Live agents by what identifies them."""

    by_email: Mapping[str, Resource]
    by_extension: Mapping[str, Resource]

    def named(self, keys: Mapping[str, str]) -> Resource | None:
        """Whoever has the e-mail or, without one, the extension that an entry names."""
        if email := keys.get("email"):
            return self.by_email.get(email.lower())
        return self.by_extension.get(keys.get("extension", ""))


def roster(agents: Iterable[Resource]) -> Roster:
    by_email, by_extension = {}, {}
    for agent in agents:
        if email := agent.fields.get("email"):
            by_email[email] = agent
        if extension := agent.fields.get("extension"):
            by_extension[extension] = agent
    return Roster(by_email, by_extension)  # type: ignore[arg-type]  # both fields are text


def match(desired: Desired, declared: Mapping[Address, Resource], live: Roster) -> Matched:
    """Pairs every declared agent (those that begin later included) with its live one."""
    found = Matched()
    taken: set[str | None] = set()
    for by in (_by_email, _by_previous_keys):
        for address, agent in declared.items():
            person = None if address in found.pairs else by(agent, identity(desired, address), live)
            if person and person.id not in taken:
                found.pairs[address] = person
                taken.add(person.id)
    for address, agent in declared.items():
        if address not in found.pairs:
            _by_number(address, agent, identity(desired, address), live, taken, found)
    return found


def identity(desired: Desired, address: Address) -> Identity:
    return desired.identities.get(address, NOBODY)


def _by_email(agent: Resource, _identity: Identity, live: Roster) -> Resource | None:
    if agent.fields.get("phone") == "uc":
        holder = live.by_extension.get(str(agent.fields.get("extension")))
        return holder if holder and holder.fields.get("phone", "uc") == "uc" else None
    return live.by_email.get(str(agent.fields.get("email")))


def _by_previous_keys(agent: Resource, identity: Identity, live: Roster) -> Resource | None:
    return live.named(identity.previously) if identity.previously else None


def _by_number(
    address: Address,
    agent: Resource,
    identity: Identity,
    live: Roster,
    taken: set[str | None],
    found: Matched,
) -> None:
    holder = live.by_extension.get(str(agent.fields.get("extension")))
    if holder is None or holder.id in taken:
        _replace_by_name(address, identity, live, taken, found)
    elif _is_same_person(agent, holder):
        found.pairs[address] = holder
        taken.add(holder.id)
    elif identity.replaces and live.named(identity.replaces) == holder:
        found.replaced[holder.address] = address
    else:
        found.stopped.add(address)
        found.diagnostics.append(_who_is_this(address, agent, holder))


def _replace_by_name(
    address: Address,
    identity: Identity,
    live: Roster,
    taken: set[str | None],
    found: Matched,
) -> None:
    """`replaces:` may name somebody who holds another number: he leaves all the same."""
    old = live.named(identity.replaces) if identity.replaces else None
    if old and old.id not in taken and old.fields.get("active") is not False:
        found.replaced[old.address] = address


def _is_same_person(agent: Resource, holder: Resource) -> bool:
    email = holder.fields.get("email")
    if not email:
        return True
    name = agent.fields.get("name")
    return name is not None and name == holder.fields.get("name")


def _who_is_this(address: Address, agent: Resource, holder: Resource) -> Diagnostic:
    extension = agent.fields.get("extension")
    key = "email" if holder.fields.get("email") else "extension"
    them = holder.fields.get(key)
    return Diagnostic(
        "who-is-this",
        Severity.ERROR,
        f"{address} asks for extension {extension}, which {kinds.label_of(holder)} ({them}) holds",
        f"the same person: add `previously: {{{key}: {them}}}`; somebody else who takes over the "
        f"number: add `replaces: {{{key}: {them}}}`",
        address,
        agent.origin.at("extension") if agent.origin else None,
    )
