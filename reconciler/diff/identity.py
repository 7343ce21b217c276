"""Which live agent a declared one is (design section 3, Identity).

A UC agent is whoever has its extension in the UC directory. For everybody else each live agent that
may be the one is a candidate, and the `Ground` of a candidate says how good it is. Pairs are made
from the best ground to the weakest, each agent once.

What an entry says of itself (`previously:`) outranks every guess. It may stay in the file: once the
change is made, the holder of today's e-mail agrees with the entry, and that is the best ground.
Whoever holds the number under another e-mail and another name is nobody's guess: `who-is-this`
stops, and the file answers with `previously:` or `replaces:`.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from reconciler.diagnostics import Diagnostic
from reconciler.diff import replaces, statements
from reconciler.diff.roster import Roster, agreement, folded, is_uc, text
from reconciler.diff.sides import Ground, Matched, Sides
from reconciler.model import Address, Identity, Resource

_WRITTEN: Final = frozenset({Ground.WRITTEN_AND_NAME, Ground.WRITTEN_AND_NUMBER, Ground.WRITTEN})


@dataclass(frozen=True, slots=True)
class Offer:
    agent: Resource
    person: Resource
    ground: Ground


class Round:
    """All offers for some declared agents, and what of them is looked up often."""

    def __init__(
        self, offers: Mapping[Ground, Sequence[Offer]], agents: Sequence[Resource], live: Roster
    ) -> None:
        self.offers = offers
        self.live = live
        self._agents = agents

    @cached_property
    def named(self) -> Mapping[Address, set[Address]]:
        """Live address to the entries that name it under `previously`."""
        named: dict[Address, set[Address]] = {}
        for ground in _WRITTEN:
            for offer in self.offers.get(ground, ()):
                named.setdefault(offer.person.address, set()).add(offer.agent.address)
        return named

    @cached_property
    def by_written_number(self) -> Mapping[Address, Resource]:
        """Entry to whom it names, where the number is the same."""
        offers = self.offers.get(Ground.WRITTEN_AND_NUMBER, ())
        return {offer.agent.address: offer.person for offer in offers}

    @cached_property
    def by_email_and_name(self) -> frozenset[Address]:
        """Live addresses for whom an entry without `previously` has e-mail and name."""
        offers = self.offers.get(Ground.E_MAIL_AND_NAME, ())
        return frozenset(offer.person.address for offer in offers)

    @cached_property
    def _by_number(self) -> Mapping[str, list[Resource]]:
        numbers: dict[str, list[Resource]] = {}
        for agent in self._agents:
            if number := text(agent, "extension"):
                numbers.setdefault(number, []).append(agent)
        return numbers

    def by_number_and_name(self, person: Resource, matched: Matched) -> Resource | None:
        """The declared agent, not yet paired, who has the number and the name of a live one."""
        alike = self._by_number.get(text(person, "extension"), ())
        unpaired = (agent for agent in alike if agent.address not in matched.pairs)
        return next((agent for agent in unpaired if agreement(agent, person).name), None)


def match(agents: Iterable[Resource], sides: Sides) -> Matched:
    """Pairs the declared agents with live ones. Who has left or begins later stops nobody."""
    matched, declared = Matched(), list(agents)
    rest = _by_keys(declared, sides, matched)
    active = [agent for agent in declared if agent.fields.get("active") is not False]
    _check_previously(active, sides, matched)
    for agent in rest:
        if agent.fields.get("active") is False:
            _quietly_by_number(agent, sides.live, matched)
        elif agent.address not in matched.stopped:
            _by_number(agent, sides, matched)
    for agent in _by_keys(list(sides.desired.waiting.values()), sides, matched):
        _quietly_by_number(agent, sides.live, matched)
    replaces.replace(active, sides, matched)
    return matched


# --- by what the entry and the tenant say --------------------------------------------------------


def _by_keys(agents: Sequence[Resource], sides: Sides, matched: Matched) -> list[Resource]:
    """Pairs agents on every ground, and returns the others by address. UC agents are never among
    them: nothing but the UC directory says who they are.
    """
    others: list[Resource] = []
    offers: dict[Ground, list[Offer]] = {}
    for agent in agents:
        if is_uc(agent):
            person = sides.live.uc(agent)
            if person is not None and person.address not in matched.taken:
                matched.pair(agent, person, Ground.COMPLETE)
            continue
        others.append(agent)
        if (person := sides.known.get(agent.address)) and person.address not in matched.taken:
            matched.pair(agent, person, Ground.COMPLETE)
            continue
        if (person := _plainly_same(agent, sides)) and person.address not in matched.taken:
            matched.pair(agent, person, Ground.COMPLETE)
            continue
        for offer in _offers(agent, sides):
            offers.setdefault(offer.ground, []).append(offer)
    proposals = Round(offers, others, sides.live)
    for ground in Ground:
        _settle(ground, proposals, matched)
    rest = (agent for agent in others if agent.address not in matched.pairs)
    return sorted(rest, key=lambda agent: agent.address)


def _plainly_same(agent: Resource, sides: Sides) -> Resource | None:
    """The holder of the e-mail where nothing differs and nothing is written: most agents."""
    if sides.identity(agent).previously or sides.identity(agent).replaces:
        return None
    person, fields = sides.live.by_email.get(text(agent, "email")), agent.fields
    if person is None or not fields.get("name") or fields["name"] != person.fields.get("name"):
        return None
    return person if fields.get("extension") == person.fields.get("extension") else None


def _offers(agent: Resource, sides: Sides) -> Iterator[Offer]:
    """Every live agent that may be this one, with the ground."""
    identity, live = sides.identity(agent), sides.live
    written = [person for person in live.named(identity.previously) if not is_uc(person)]
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
    unmailed = live.unmailed(agent)
    if unmailed is not None and not _is_namesake(unmailed, written):
        yield Offer(agent, unmailed, Ground.COMPLETE)
    if identity.previously:
        yield from _offers_on_the_way(agent, sides)


def _is_namesake(holder: Resource, written: Sequence[Resource]) -> bool:
    """Whether the entry names somebody else of the same name: where the tenant shows no e-mails,
    two people of one name exchange numbers, and name and number tell the one from the other no
    more.
    """
    names = [folded(text(p, "name")) for p in written if not text(p, "email") and p is not holder]
    return not text(holder, "email") and folded(text(holder, "name")) in names


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


def _settle(ground: Ground, proposals: Round, matched: Matched) -> None:
    """Makes the pairs of one ground. Two entries that name one live agent stop each other."""
    offers = proposals.offers.get(ground, ())
    free = [offer for offer in offers if matched.is_open(offer.agent, offer.person)]
    free.sort(key=lambda offer: offer.agent.address)
    claims: dict[Address, list[Resource]] = {}
    for offer in free:
        claims.setdefault(offer.person.address, []).append(offer.agent)
    for offer in free:
        rivals = [a for a in claims[offer.person.address] if a is not offer.agent]
        if rivals and ground in _WRITTEN:
            problem = statements.names_another(offer.agent, offer.person, rivals[0])
            matched.stop(offer.agent, offer.person, problem)
        elif contested := _contested(offer, proposals, matched):
            matched.stop(offer.agent, offer.person, contested)
    for offer in free:
        if matched.is_open(offer.agent, offer.person):
            matched.pair(offer.agent, offer.person, ground)


def _contested(offer: Offer, proposals: Round, matched: Matched) -> Diagnostic | None:
    """Where one key speaks for a pair and as much for another one, it is nobody's guess."""
    agent, person = offer.agent, offer.person
    if offer.ground is Ground.E_MAIL:
        rival = proposals.by_number_and_name(person, matched)
        if rival is not None and rival is not agent:
            return statements.e_mail_of_another(agent, person, rival)
    elif offer.ground is Ground.STALE_AND_NAME:
        written = _as_good(agent, proposals, matched)
        if written is not None:
            return statements.two_candidates(agent, written, person)
    elif offer.ground is Ground.WRITTEN:
        holder = proposals.live.mailed(agent)
        if holder is not None and not _is_spoken_for(holder, agent, proposals, matched):
            return statements.two_candidates(agent, person, holder)
    return None


def _as_good(agent: Resource, proposals: Round, matched: Matched) -> Resource | None:
    """Whom the entry names, where the number is theirs and no other entry has e-mail and name."""
    person = proposals.by_written_number.get(agent.address)
    if person is None or person.address in matched.taken:
        return None
    return None if person.address in proposals.by_email_and_name else person


def _is_spoken_for(holder: Resource, agent: Resource, proposals: Round, matched: Matched) -> bool:
    """Whether the holder of the agent's e-mail is somebody else in the files."""
    return (
        holder.address in matched.taken
        or bool(proposals.named.get(holder.address, set()) - {agent.address})
        or proposals.by_number_and_name(holder, matched) is not None
    )


def _check_previously(agents: Iterable[Resource], sides: Sides, matched: Matched) -> None:
    """What `previously:` names has to be somebody, nobody else, and not plainly another person."""
    live = sides.live
    for agent in agents:
        previously = sides.identity(agent).previously
        if not previously or "id" in previously or agent.address in matched.stopped:
            continue
        person = matched.pairs.get(agent.address) or next(live.named(previously), None)
        if is_uc(agent):
            matched.diagnostics.append(statements.of_uc_agent(agent))
        elif person is None and not sides.may_exist(agent):
            matched.stop(agent, None, statements.previously_nobody(agent, previously, live))
        elif person is not None and (problem := _wrongly_named(agent, person, live, matched)):
            matched.stop(agent, person, problem)


def _wrongly_named(
    agent: Resource, person: Resource, live: Roster, matched: Matched
) -> Diagnostic | None:
    """Why the entry cannot be the live agent that it names."""
    if agent.address not in matched.pairs:
        return statements.names_another(agent, person, matched.taken.get(person.address))
    ground = matched.grounds[agent.address]
    if ground not in (Ground.WRITTEN, Ground.WRITTEN_AND_NUMBER):
        return None
    namesakes = live.namesakes(agent)
    unchanged = (
        each for each in namesakes if each is not person and not _is_renamed(each, matched)
    )
    namesake = next(unchanged, None)
    is_other = ground is Ground.WRITTEN and not namesakes and _is_other(agent, person)
    return statements.contradicts(agent, person, namesake) if namesake or is_other else None


def _is_renamed(namesake: Resource, matched: Matched) -> bool:
    owner = matched.taken.get(namesake.address)
    return owner is not None and agreement(owner, namesake).name is False


def _is_other(agent: Resource, person: Resource) -> bool:
    """Whether the two have neither the mailbox nor a word of the name in common."""
    mailboxes = [
        text(each, "email").partition("@")[0].partition("+")[0] for each in (agent, person)
    ]
    is_named = text(agent, "name") and text(person, "name")
    return bool(is_named) and not _shares_a_word(agent, person) and mailboxes[0] != mailboxes[1]


def _shares_a_word(agent: Resource, person: Resource) -> bool:
    """Whether a word of the two names is the same: who marries keeps the other one."""
    words = [set(folded(text(each, "name")).split()) for each in (agent, person)]
    return bool(words[0] & words[1])


# --- by number -----------------------------------------------------------------------------------


def _quietly_by_number(agent: Resource, live: Roster, matched: Matched) -> None:
    holder = live.holder(agent)
    if holder and holder.address not in matched.taken and _is_same_person(agent, holder):
        matched.pair(agent, holder)


def _by_number(agent: Resource, sides: Sides, matched: Matched) -> None:
    """The holder of the number, where it is the same person or gives way; else it is asked."""
    holder, identity = sides.live.holder(agent), sides.identity(agent)
    if holder is None or holder.address in matched.taken:
        return
    is_replaced = any(old is holder for old in replaces.old(agent, sides, matched))
    if is_replaced and not is_uc(holder):
        return
    replaces_nobody = not identity.replaces or agreement(agent, holder).name
    if replaces_nobody and _is_same_person(agent, holder):
        matched.pair(agent, holder)
    else:
        matched.stop(agent, holder, statements.who_is_this(agent, holder))


def _is_same_person(agent: Resource, holder: Resource) -> bool:
    """The holder of the agent's number: without an e-mail, of the same name, or the only key."""
    if not text(holder, "email"):
        return True
    if agent.fields.get("name") is None:
        return not text(agent, "email")
    return bool(agreement(agent, holder).name)
