"""Which live agent a declared one is (design section 3, Identity).

A UC agent is whoever has its extension in the UC directory. Everybody else is known by e-mail; then
by number and name where one side has no e-mail; then by what `previously:` names; then by number,
with the same name or without an e-mail in the tenant. Where nobody has a number that `previously:`
names, it is the only one of that name: an exchange of numbers that stopped halfway has parked
somebody elsewhere. Who holds the number under another e-mail and
another name is nobody's guess: `who-is-this` stops, and the file answers with `previously:` or
`replaces:`. The keys of today come before `previously:`, so that it may stay in the file.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from reconciler import kinds
from reconciler.diagnostics import Diagnostic, Severity
from reconciler.model import Address, Desired, Identity, Resource

UC: Final = "uc"
NOBODY: Final = Identity()

_PLAIN: Final = re.compile(r"[A-Za-z][A-Za-z0-9._+@-]*")


@dataclass(frozen=True, slots=True)
class Roster:
    """Live agents by what identifies them."""

    by_email: Mapping[str, Resource]
    by_extension: Mapping[str, Resource]
    by_name: Mapping[str, list[Resource]]
    by_evidence: Mapping[Address, Resource] = field(default_factory=dict)

    def named(self, keys: Mapping[str, str]) -> Resource | None:
        """Whoever has the e-mail or, without one, the extension that an entry names."""
        if email := keys.get("email"):
            return self.by_email.get(email.lower())
        return self.by_extension.get(keys.get("extension", "")) if keys else None

    def parked(self, agent: Resource, keys: Mapping[str, str]) -> Resource | None:
        """The only one of the name, neither of whose numbers, old and new, is to be found."""
        namesakes = self.by_name.get(_text(agent, "name"), [])
        if "extension" not in keys or len(namesakes) != 1 or _text(namesakes[0], "email"):
            return None
        return None if is_uc(namesakes[0]) else namesakes[0]

    def holder(self, agent: Resource) -> Resource | None:
        return self.by_extension.get(_text(agent, "extension"))

    def uc(self, agent: Resource) -> Resource | None:
        holder = self.holder(agent)
        return holder if holder and holder.fields.get("phone") in (UC, None) else None

    def mailed(self, agent: Resource) -> Resource | None:
        return self.by_email.get(_text(agent, "email"))

    def known_as(self, agent: Resource) -> Resource | None:
        """Whoever evidence says that this e-mail belongs to."""
        return self.by_evidence.get(agent.address)

    def namesake(self, agent: Resource, identity: Identity) -> Resource | None:
        """Of several people of one name, whom the files name by the number of before."""
        several = self.by_name.get(_text(agent, "name"), [])
        person = self.named(identity.previously)
        is_one_of_them = person is not None and len(several) > 1 and person in several
        return person if person and is_one_of_them and not _text(person, "email") else None

    def unmailed(self, agent: Resource) -> Resource | None:
        """Number and name, where e-mails cannot tell: one of the two sides has none."""
        holder = self.holder(agent)
        if holder is None or (_text(agent, "email") and _text(holder, "email")):
            return None
        name = agent.fields.get("name")
        return holder if name is not None and name == holder.fields.get("name") else None


@dataclass(slots=True)
class Matched:
    """`pairs` is declared address to live agent; `replaced` is live address to its successor's.

    `stopped` are declared addresses that nobody can be sure of, `asked` the live ones in question.
    """

    pairs: dict[Address, Resource] = field(default_factory=dict)
    replaced: dict[Address, Address] = field(default_factory=dict)
    stopped: set[Address] = field(default_factory=set)
    asked: set[Address] = field(default_factory=set)
    diagnostics: list[Diagnostic] = field(default_factory=list)
    taken: set[Address] = field(default_factory=set)

    def pair(self, agent: Resource, person: Resource) -> None:
        self.pairs[agent.address] = person
        self.taken.add(person.address)


Find = Callable[[Resource], Resource | None]


def roster(agents: Iterable[Resource], evidence: Mapping[Address, Address] | None = None) -> Roster:
    """`evidence` maps addresses of people to those of the live agents who they are."""
    agents = list(agents)
    by_email, by_extension = {}, {}
    by_name: dict[str, list[Resource]] = {}
    for agent in agents:
        if name := _text(agent, "name"):
            by_name.setdefault(name, []).append(agent)
        if email := _text(agent, "email"):
            by_email[email] = agent
        if extension := _text(agent, "extension"):
            by_extension[extension] = agent
    rows = {agent.address: agent for agent in agents}
    known = {address: rows[row] for address, row in (evidence or {}).items() if row in rows}
    return Roster(by_email, by_extension, by_name, known)


def match(desired: Desired, agents: Iterable[Resource], live: Roster) -> Matched:
    """Pairs the declared agents with live ones. Who has left or begins later stops nobody."""
    found = Matched()
    for agent in _unpaired(agents, desired, live, found):
        if agent.fields.get("active") is False:
            _quietly_by_number(agent, live, found)
        else:
            _by_number(agent, _identity(desired, agent), live, found)
    for agent in _unpaired(desired.waiting.values(), desired, live, found):
        _quietly_by_number(agent, live, found)
    return found


def is_uc(agent: Resource) -> bool:
    return agent.fields.get("phone") == UC


def _unpaired(
    agents: Iterable[Resource], desired: Desired, live: Roster, found: Matched
) -> list[Resource]:
    """Pairs whom their keys tell, and returns the others by address. UC agents are never among
    them: nothing but the UC directory says who they are.
    """
    uc: list[Resource] = []
    others: list[Resource] = []
    for agent in agents:
        (uc if is_uc(agent) else others).append(agent)
    _paired(uc, live.uc, found)
    rest = sorted(_paired(others, live.mailed, found), key=lambda agent: agent.address)
    rest = _paired(rest, live.known_as, found)
    rest = _paired(rest, lambda agent: live.namesake(agent, _identity(desired, agent)), found)
    rest = _paired(rest, live.unmailed, found)
    rest = _paired(rest, lambda agent: live.named(_identity(desired, agent).previously), found)
    return _paired(rest, lambda a: live.parked(a, _identity(desired, a).previously), found)


def _paired(agents: Iterable[Resource], find: Find, found: Matched) -> list[Resource]:
    rest = []
    for agent in agents:
        person = find(agent)
        if person is not None and person.address not in found.taken:
            found.pair(agent, person)
        else:
            rest.append(agent)
    return rest


def _identity(desired: Desired, agent: Resource) -> Identity:
    return desired.identities.get(agent.address, NOBODY)


def _quietly_by_number(agent: Resource, live: Roster, found: Matched) -> None:
    holder = live.holder(agent)
    if holder and holder.address not in found.taken and _is_same_person(agent, holder):
        found.pair(agent, holder)


def _by_number(agent: Resource, identity: Identity, live: Roster, found: Matched) -> None:
    holder = live.holder(agent)
    if holder is None or holder.address in found.taken:
        _replace_by_name(agent, identity, live, found)
    elif _is_same_person(agent, holder):
        found.pair(agent, holder)
    elif not is_uc(holder) and live.named(identity.replaces) is holder:
        found.replaced[holder.address] = agent.address
    else:
        found.stopped.add(agent.address)
        found.asked.add(holder.address)
        found.diagnostics.append(_who_is_this(agent, holder))


def _replace_by_name(agent: Resource, identity: Identity, live: Roster, found: Matched) -> None:
    """`replaces:` may name somebody who holds another number: that one leaves all the same."""
    old = live.named(identity.replaces)
    if old and old.address not in found.taken:
        found.replaced[old.address] = agent.address


def _is_same_person(agent: Resource, holder: Resource) -> bool:
    """The holder of the agent's number: without an e-mail, of the same name, or the only key."""
    if not _text(holder, "email"):
        return True
    name = agent.fields.get("name")
    if name is None:
        return not _text(agent, "email")
    return name == holder.fields.get("name")


def previously(live: Resource) -> str:
    """What names somebody in `previously:` or `replaces:`, as it has to stand in the YAML."""
    key = "email" if _text(live, "email") else "extension"
    value = _text(live, key)
    return f"{{{key}: {value if _PLAIN.fullmatch(value) else json.dumps(value)}}}"


def _who_is_this(agent: Resource, holder: Resource) -> Diagnostic:
    them = previously(holder)
    hint = (
        "a UC agent keeps the number that the UC directory gives; choose another extension"
        if is_uc(holder)
        else f"if it is the same person, add `previously: {them}` to the entry; if it is somebody "
        f"else who takes over the number, add `replaces: {them}`"
    )
    return Diagnostic(
        "who-is-this",
        Severity.ERROR,
        f"{agent.address} asks for extension {_text(agent, 'extension')}, which "
        f"{kinds.label_of(holder)} ({kinds.name_of(holder.address)}) holds under another e-mail",
        hint,
        agent.address,
        agent.origin.at("extension") if agent.origin else None,
    )


def _text(agent: Resource, field: str) -> str:
    value = agent.fields.get(field)
    return value if isinstance(value, str) else ""
