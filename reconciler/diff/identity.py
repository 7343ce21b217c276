"""Which live agent a declared one is (design section 3, Identity).

A UC agent is whoever has its extension in the UC directory. For everybody else each live agent that
may be the one is a candidate, and the `Ground` of a candidate says how good it is. Pairs are made
from the best ground to the weakest, each agent once.

What an entry says of itself (`previously:`) outranks every guess. It may stay in the file: once the
change is made, the holder of today's e-mail agrees with the entry, and that is the best ground.
Whoever holds the number under another e-mail and another name is nobody's guess: `who-is-this`
stops, and the file answers with `previously:` or `replaces:`.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Final

from reconciler import kinds
from reconciler.diagnostics import Diagnostic
from reconciler.diff import statements
from reconciler.diff.roster import Roster, agreement, folded, is_uc, text
from reconciler.model import Address, Desired, Identity, Resource, Value

NOBODY: Final = Identity()


@dataclass(frozen=True, slots=True)
class Sides:
    """Desired, live, and `applied`: values that the ledger has of each address, if there is one.

    `may_exist` says whether the tenant may have a declared agent without showing it.
    """

    desired: Desired
    live: Roster
    may_exist: Callable[[Resource], bool]
    applied: Mapping[Address, Mapping[str, Value]] = field(default_factory=dict)

    def identity(self, agent: Resource) -> Identity:
        return self.desired.identities.get(agent.address, NOBODY)


class Ground(IntEnum):
    """Why a live agent may be the declared one, the best first. `WRITTEN` is what `previously:`
    names, `E_MAIL` who holds today's e-mail; `STALE` marks the same where `previously:` stands in
    the entry too, so that it may be of an earlier change. `REMEMBERED` is whom an interrupted apply
    of this entry changed.
    """

    ID = 0
    COMPLETE = 1
    WRITTEN_AND_NAME = 2
    STALE_AND_NAME = 3
    WRITTEN_AND_NUMBER = 4
    E_MAIL_AND_NAME = 5
    STALE_AND_NUMBER = 6
    REMEMBERED = 7
    WRITTEN = 8
    PARKED_NAMESAKE = 9
    E_MAIL = 10


_WRITTEN: Final = frozenset({Ground.WRITTEN_AND_NAME, Ground.WRITTEN_AND_NUMBER, Ground.WRITTEN})


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
    taken: dict[Address, Resource] = field(default_factory=dict)
    grounds: dict[Address, Ground] = field(default_factory=dict)

    def pair(self, agent: Resource, person: Resource, ground: Ground = Ground.E_MAIL) -> None:
        """`taken` is live address to the declared agent."""
        self.pairs[agent.address] = person
        self.taken[person.address] = agent
        self.grounds[agent.address] = ground

    def stop(self, agent: Resource, person: Resource | None, problem: Diagnostic) -> None:
        """Nothing becomes of the agent, nor of the live one that it may be."""
        if self.pairs.get(agent.address) is not None:
            del self.taken[self.pairs.pop(agent.address).address]
        self.stopped.add(agent.address)
        if person is not None:
            self.asked.add(person.address)
        self.diagnostics.append(problem)

    def is_open(self, agent: Resource, person: Resource) -> bool:
        is_done = agent.address in self.pairs or agent.address in self.stopped
        return not is_done and person.address not in self.taken


@dataclass(frozen=True, slots=True)
class Offer:
    agent: Resource
    person: Resource
    ground: Ground


Offers = Mapping[Ground, Sequence[Offer]]


def match(agents: Iterable[Resource], sides: Sides) -> Matched:
    """Pairs the declared agents with live ones. Who has left or begins later stops nobody."""
    found, declared = Matched(), list(agents)
    rest = _by_keys(declared, sides, found)
    active = [agent for agent in declared if agent.fields.get("active") is not False]
    _check_previously(active, sides, found)
    for agent in rest:
        if agent.fields.get("active") is False:
            _quietly_by_number(agent, sides.live, found)
        elif agent.address not in found.stopped:
            _by_number(agent, sides, found)
    for agent in _by_keys(list(sides.desired.waiting.values()), sides, found):
        _quietly_by_number(agent, sides.live, found)
    _replace(active, sides, found)
    return found


# --- by what the entry and the tenant say --------------------------------------------------------


def _by_keys(agents: Sequence[Resource], sides: Sides, found: Matched) -> list[Resource]:
    """Pairs agents on every ground, and returns the others by address. UC agents are never among
    them: nothing but the UC directory says who they are.
    """
    others: list[Resource] = []
    offers: dict[Ground, list[Offer]] = {}
    for agent in agents:
        if is_uc(agent):
            person = sides.live.uc(agent)
            if person is not None and person.address not in found.taken:
                found.pair(agent, person, Ground.COMPLETE)
            continue
        others.append(agent)
        if (person := _plainly_same(agent, sides)) and person.address not in found.taken:
            found.pair(agent, person, Ground.COMPLETE)
            continue
        for offer in _offers(agent, sides):
            offers.setdefault(offer.ground, []).append(offer)
    for ground in Ground:
        _settle(ground, offers, others, sides.live, found)
    rest = (agent for agent in others if agent.address not in found.pairs)
    return sorted(rest, key=lambda agent: agent.address)


def _plainly_same(agent: Resource, sides: Sides) -> Resource | None:
    """The holder of the e-mail where nothing differs and nothing is written: most agents."""
    if agent.address in sides.desired.identities:
        return None
    person, fields = sides.live.by_email.get(text(agent, "email")), agent.fields
    if person is None or not fields.get("name") or fields["name"] != person.fields.get("name"):
        return None
    return person if fields.get("extension") == person.fields.get("extension") else None


def _offers(agent: Resource, sides: Sides) -> Iterator[Offer]:
    """Every live agent that may be this one, with the ground."""
    identity, live = sides.identity(agent), sides.live
    written = [one for one in live.named(identity.previously) if not is_uc(one)]
    if "id" in identity.previously:
        yield from (Offer(agent, person, Ground.ID) for person in written)
        written = []
    holder = live.mailed(agent)
    if holder is not None and not _is_old_one(agent, holder, identity, live):
        ground = _e_mail_ground(agent, holder, identity)
        if ground is not Ground.E_MAIL or not written or holder in written:
            yield Offer(agent, holder, ground)
    for person in written:
        if person is not holder:
            yield Offer(agent, person, _written_ground(agent, person))
    if unmailed := live.unmailed(agent):
        yield Offer(agent, unmailed, Ground.COMPLETE)
    if identity.previously:
        yield from _offers_on_the_way(agent, sides)


def _offers_on_the_way(agent: Resource, sides: Sides) -> Iterator[Offer]:
    """Whom an interrupted apply may have left between the old keys and the new ones."""
    for person in _remembered(agent, sides):
        yield Offer(agent, person, Ground.REMEMBERED)
    if namesake := _parked(agent, sides.identity(agent), sides.live):
        yield Offer(agent, namesake, Ground.PARKED_NAMESAKE)


def _e_mail_ground(agent: Resource, holder: Resource, identity: Identity) -> Ground:
    name, number = agreement(agent, holder)
    if False not in (name, number) and True in (name, number):
        return Ground.COMPLETE
    if name:
        return Ground.STALE_AND_NAME if identity.previously else Ground.E_MAIL_AND_NAME
    is_alike = number and identity.previously and _shares_a_word(agent, holder)
    return Ground.STALE_AND_NUMBER if is_alike else Ground.E_MAIL


def _written_ground(agent: Resource, person: Resource) -> Ground:
    name, number = agreement(agent, person)
    if name:
        return Ground.WRITTEN_AND_NAME
    return Ground.WRITTEN_AND_NUMBER if number else Ground.WRITTEN


def _remembered(agent: Resource, sides: Sides) -> Iterator[Resource]:
    """Who has a key that the last apply gave this entry on the way, and a name like the entry's."""
    applied = sides.applied.get(agent.address, {})
    holders = (
        sides.live.by_email.get(str(applied.get("email"))),
        sides.live.by_extension.get(str(applied.get("extension"))),
    )
    yield from (person for person in holders if person and _shares_a_word(agent, person))


def _is_old_one(agent: Resource, holder: Resource, identity: Identity, live: Roster) -> bool:
    """Whether the holder of the agent's e-mail is the one whom the agent replaces: a successor may
    take over the e-mail as well, and then the name tells the two apart.
    """
    if "email" not in identity.replaces or agreement(agent, holder).name is not False:
        return False
    return any(old is holder for old in live.named(identity.replaces))


def _parked(agent: Resource, identity: Identity, live: Roster) -> Resource | None:
    """The only one of the name, where numbers are the only keys: an exchange of numbers that
    stopped halfway has parked somebody elsewhere.
    """
    namesakes = live.namesakes(agent)
    if "extension" not in identity.previously or len(namesakes) != 1:
        return None
    return None if text(namesakes[0], "email") or is_uc(namesakes[0]) else namesakes[0]


def _settle(
    ground: Ground, offers: Offers, others: Sequence[Resource], live: Roster, found: Matched
) -> None:
    """Makes the pairs of one ground. Two entries that name one live agent stop each other."""
    free = [o for o in offers.get(ground, ()) if found.is_open(o.agent, o.person)]
    claims = Counter(o.person.address for o in free if ground in _WRITTEN)
    for offer in sorted(free, key=lambda offer: offer.agent.address):
        problem = _contested(offer, offers, others, live, found)
        if claims[offer.person.address] > 1:
            rival = next(o.agent for o in free if o.person is offer.person and o is not offer)
            problem = statements.names_another(offer.agent, offer.person, rival)
        if problem is not None:
            found.stop(offer.agent, offer.person, problem)
    for offer in sorted(free, key=lambda offer: offer.agent.address):
        if found.is_open(offer.agent, offer.person):
            found.pair(offer.agent, offer.person, ground)


def _contested(
    offer: Offer, offers: Offers, others: Sequence[Resource], live: Roster, found: Matched
) -> Diagnostic | None:
    """Where one key speaks for a pair and as much for another one, it is nobody's guess."""
    agent, person = offer.agent, offer.person
    if offer.ground is Ground.E_MAIL:
        rival = _by_number_and_name(person, others, found)
        if rival is not None and rival is not agent:
            return statements.e_mail_of_another(agent, person, rival)
    elif offer.ground is Ground.STALE_AND_NAME:
        written = _as_good(offer, offers, found)
        if written is not None:
            return statements.two_candidates(agent, written, person)
    elif offer.ground is Ground.WRITTEN:
        holder = live.mailed(agent)
        if holder is not None and not _is_spoken_for(holder, agent, offers, others, found):
            return statements.two_candidates(agent, person, holder)
    return None


def _as_good(offer: Offer, offers: Offers, found: Matched) -> Resource | None:
    """Whom the entry names, where the number is theirs and no other entry has e-mail and name."""
    others = {o.person.address for o in offers.get(Ground.E_MAIL_AND_NAME, ())}
    return next(
        (
            other.person
            for other in offers.get(Ground.WRITTEN_AND_NUMBER, ())
            if other.agent is offer.agent
            and other.person.address not in found.taken.keys() | others
        ),
        None,
    )


def _is_spoken_for(
    holder: Resource, agent: Resource, offers: Offers, others: Sequence[Resource], found: Matched
) -> bool:
    """Whether the holder of the agent's e-mail is somebody else in the files."""
    written = (offer for ground in _WRITTEN for offer in offers.get(ground, ()))
    return (
        holder.address in found.taken
        or any(offer.person is holder and offer.agent is not agent for offer in written)
        or _by_number_and_name(holder, others, found) is not None
    )


def _by_number_and_name(
    person: Resource, others: Sequence[Resource], found: Matched
) -> Resource | None:
    """The declared agent, not yet paired, who has the number and the name of a live one."""
    number = text(person, "extension")
    alike = (agent for agent in others if number and agent.fields.get("extension") == number)
    return next(
        (a for a in alike if a.address not in found.pairs and agreement(a, person).name), None
    )


def _check_previously(agents: Iterable[Resource], sides: Sides, found: Matched) -> None:
    """What `previously:` names has to be somebody, nobody else, and not plainly another person."""
    live = sides.live
    for agent in agents:
        previously = sides.identity(agent).previously
        if not previously or "id" in previously or agent.address in found.stopped:
            continue
        person = found.pairs.get(agent.address) or next(live.named(previously), None)
        if is_uc(agent):
            found.diagnostics.append(statements.of_uc_agent(agent))
        elif person is None and not sides.may_exist(agent):
            found.stop(agent, None, statements.previously_nobody(agent, previously, live))
        elif person is not None and (problem := _wrongly_named(agent, person, live, found)):
            found.stop(agent, person, problem)


def _wrongly_named(
    agent: Resource, person: Resource, live: Roster, found: Matched
) -> Diagnostic | None:
    """Why the entry cannot be the live agent that it names."""
    if agent.address not in found.pairs:
        return statements.names_another(agent, person, found.taken.get(person.address))
    ground = found.grounds[agent.address]
    if ground not in (Ground.WRITTEN, Ground.WRITTEN_AND_NUMBER):
        return None
    namesakes = live.namesakes(agent)
    unchanged = (one for one in namesakes if one is not person and not _is_renamed(one, found))
    namesake = next(unchanged, None)
    is_other = ground is Ground.WRITTEN and not namesakes and _is_other(agent, person)
    return statements.contradicts(agent, person, namesake) if namesake or is_other else None


def _is_renamed(namesake: Resource, found: Matched) -> bool:
    owner = found.taken.get(namesake.address)
    return owner is not None and agreement(owner, namesake).name is False


def _is_other(agent: Resource, person: Resource) -> bool:
    """Whether the two have neither the mailbox nor a word of the name in common."""
    mailboxes = [text(one, "email").partition("@")[0].partition("+")[0] for one in (agent, person)]
    is_named = text(agent, "name") and text(person, "name")
    return bool(is_named) and not _shares_a_word(agent, person) and mailboxes[0] != mailboxes[1]


def _shares_a_word(agent: Resource, person: Resource) -> bool:
    """Whether a word of the two names is the same: who marries keeps the other one."""
    words = [set(folded(text(one, "name")).split()) for one in (agent, person)]
    return bool(words[0] & words[1])


# --- by number -----------------------------------------------------------------------------------


def _quietly_by_number(agent: Resource, live: Roster, found: Matched) -> None:
    holder = live.holder(agent)
    if holder and holder.address not in found.taken and _is_same_person(agent, holder):
        found.pair(agent, holder)


def _by_number(agent: Resource, sides: Sides, found: Matched) -> None:
    """The holder of the number, where it is the same person or gives way; else it is asked."""
    holder, identity = sides.live.holder(agent), sides.identity(agent)
    if holder is None or holder.address in found.taken:
        return
    is_replaced = any(old is holder for old in _old(agent, sides, found))
    if is_replaced and not is_uc(holder):
        return
    replaces_nobody = not identity.replaces or agreement(agent, holder).name
    if replaces_nobody and _is_same_person(agent, holder):
        found.pair(agent, holder)
    else:
        found.stop(agent, holder, statements.who_is_this(agent, holder))


def _is_same_person(agent: Resource, holder: Resource) -> bool:
    """The holder of the agent's number: without an e-mail, of the same name, or the only key."""
    if not text(holder, "email"):
        return True
    if agent.fields.get("name") is None:
        return not text(agent, "email")
    return bool(agreement(agent, holder).name)


# --- who follows whom ----------------------------------------------------------------------------


def _old(agent: Resource, sides: Sides, found: Matched) -> Iterator[Resource]:
    """Whom `replaces:` may mean besides the agent itself, who may have taken over the e-mail."""
    replaces, live = sides.identity(agent).replaces, sides.live
    if not replaces:
        return
    person = found.pairs.get(agent.address)
    former = live.former.get(kinds.email_key(replaces.get("email", "")))
    everybody = (*live.named(replaces), *([former] if former else []))
    yield from (old for old in everybody if old is not person)


def _replace(agents: Iterable[Resource], sides: Sides, found: Matched) -> None:
    """Who gives way to whom: as long as `replaces:` stands in a file, so that it is also finished
    after an interruption, when the successor exists and the old one is still there.
    """
    for agent in sorted(agents, key=lambda agent: agent.address):
        if not sides.identity(agent).replaces or agent.address in found.stopped:
            continue
        old = next(_old(agent, sides, found), None)
        problem = (
            _cannot_replace(agent, old, found) if old else _replaces_nobody(agent, sides, found)
        )
        if problem is not None:
            found.stop(agent, old, problem)
        elif old is not None and old.address not in found.taken:
            found.replaced[old.address] = agent.address


def _cannot_replace(agent: Resource, old: Resource, found: Matched) -> Diagnostic | None:
    """Why whom `replaces:` names cannot give way."""
    owner = found.taken.get(old.address)
    if owner is not None and owner.fields.get("active") is not False:
        return statements.replaces_declared(agent, old, owner)
    if is_uc(old):
        return statements.replaces_uc_agent(agent, old)
    if old.address in found.replaced:
        return statements.replaced_twice(agent, old, found.replaced[old.address])
    return None


def _replaces_nobody(agent: Resource, sides: Sides, found: Matched) -> Diagnostic | None:
    """Nobody else is left whom the entry could mean: that is what it wants once the successor
    exists, and a mistake before.
    """
    replaces = sides.identity(agent).replaces
    if agent.address not in found.pairs:
        nobody = statements.replaces_nobody(agent, replaces, sides.live)
        return None if sides.may_exist(agent) else nobody
    own = {"email": kinds.email_key(text(agent, "email")), "extension": text(agent, "extension")}
    is_taken_over = all(own[key] == value for key, value in replaces.items())
    if is_taken_over or next(sides.live.named(replaces), None) is None:
        return None
    return statements.replaces_itself(agent, replaces)
