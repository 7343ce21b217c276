"""Match declared agents with live ones.

A UC agent is whoever has its extension in the UC directory. For everybody else each live agent that
may be the one is a candidate, and the `MatchReason` of a candidate says how good it is. Pairs are
made from the best reason to the weakest, each agent once.

What an entry says of itself (`previously:`) outranks every guess. It may stay in the file: once the
change is made, the holder of today's e-mail agrees with the entry, and that is the best reason.
Whoever holds the number under another e-mail and another name is nobody's guess: `who-is-this`
stops, and the file answers with `previously:` or `replaces:`.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from reconciler.diagnostics import Diagnostic
from reconciler.diff import identity_diagnostics, replaces
from reconciler.diff.matching import Matching, MatchInputs, MatchReason
from reconciler.diff.roster import Roster, agreement, folded, is_uc, text
from reconciler.model import Address, Identity, Resource

_WRITTEN: Final = frozenset(
    {MatchReason.WRITTEN_AND_NAME, MatchReason.WRITTEN_AND_NUMBER, MatchReason.WRITTEN}
)


@dataclass(frozen=True, slots=True)
class Offer:
    """A live agent who may be the declared one, and why."""

    agent: Resource
    person: Resource
    reason: MatchReason


class Round:
    """All offers for some declared agents, with the look-ups that are needed often."""

    def __init__(
        self,
        offers: Mapping[MatchReason, Sequence[Offer]],
        agents: Sequence[Resource],
        live: Roster,
    ) -> None:
        self.offers = offers
        self.live = live
        self._agents = agents

    @cached_property
    def named(self) -> Mapping[Address, set[Address]]:
        """Map live addresses to the entries that name them under `previously`."""
        named: dict[Address, set[Address]] = {}
        for reason in _WRITTEN:
            for offer in self.offers.get(reason, ()):
                named.setdefault(offer.person.address, set()).add(offer.agent.address)
        return named

    @cached_property
    def by_written_number(self) -> Mapping[Address, Resource]:
        """Map entries to the agent that each names, where the number is the same."""
        offers = self.offers.get(MatchReason.WRITTEN_AND_NUMBER, ())
        return {offer.agent.address: offer.person for offer in offers}

    @cached_property
    def by_email_and_name(self) -> frozenset[Address]:
        """Return live addresses whose e-mail and name an entry without `previously` has."""
        offers = self.offers.get(MatchReason.E_MAIL_AND_NAME, ())
        return frozenset(offer.person.address for offer in offers)

    @cached_property
    def _by_number(self) -> Mapping[str, list[Resource]]:
        numbers: dict[str, list[Resource]] = {}
        for agent in self._agents:
            if number := text(agent, "extension"):
                numbers.setdefault(number, []).append(agent)
        return numbers

    def by_number_and_name(self, person: Resource, matching: Matching) -> Resource | None:
        """Return the unpaired declared agent with the number and name of a live one."""
        alike = self._by_number.get(text(person, "extension"), ())
        unpaired = (agent for agent in alike if agent.address not in matching.pairs)
        return next((agent for agent in unpaired if agreement(agent, person).name), None)


def match(agents: Iterable[Resource], inputs: MatchInputs) -> Matching:
    """Match the declared agents with live ones.

    Agents who have left or begin later are matched last, and never stop anybody.
    """
    matching, declared = Matching(), list(agents)
    rest = _by_keys(declared, inputs, matching)
    active = [agent for agent in declared if agent.fields.get("active") is not False]
    _check_previously(active, inputs, matching)
    for agent in rest:
        if agent.fields.get("active") is False:
            _quietly_by_number(agent, inputs.live, matching)
        elif agent.address not in matching.stopped:
            _by_number(agent, inputs, matching)
    for agent in _by_keys(list(inputs.desired.waiting.values()), inputs, matching):
        _quietly_by_number(agent, inputs.live, matching)
    replaces.replace(active, inputs, matching)
    return matching


# --- by what the entry and the tenant say --------------------------------------------------------


def _by_keys(agents: Sequence[Resource], inputs: MatchInputs, matching: Matching) -> list[Resource]:
    """Pair agents by every reason, best first, and return the agents that stay unpaired.

    UC agents are never paired here: only the UC directory identifies them.
    """
    others: list[Resource] = []
    offers: dict[MatchReason, list[Offer]] = {}
    for agent in agents:
        if is_uc(agent):
            person = inputs.live.uc(agent)
            if person is not None and person.address not in matching.taken:
                matching.pair(agent, person, MatchReason.COMPLETE)
            continue
        others.append(agent)
        if (person := inputs.known.get(agent.address)) and person.address not in matching.taken:
            matching.pair(agent, person, MatchReason.COMPLETE)
            continue
        if (person := _plainly_same(agent, inputs)) and person.address not in matching.taken:
            matching.pair(agent, person, MatchReason.COMPLETE)
            continue
        for offer in _offers(agent, inputs):
            offers.setdefault(offer.reason, []).append(offer)
    proposals = Round(offers, others, inputs.live)
    for reason in MatchReason:
        _pair_by_reason(reason, proposals, matching)
    rest = (agent for agent in others if agent.address not in matching.pairs)
    return sorted(rest, key=lambda agent: agent.address)


def _plainly_same(agent: Resource, inputs: MatchInputs) -> Resource | None:
    """Return the holder of the e-mail where no key differs and nothing is written in the entry."""
    identity = inputs.identity(agent)
    if identity.previously or identity.replaces:
        return None
    person, fields = inputs.live.by_email.get(text(agent, "email")), agent.fields
    if person is None or not fields.get("name") or fields["name"] != person.fields.get("name"):
        return None
    return person if fields.get("extension") == person.fields.get("extension") else None


def _offers(agent: Resource, inputs: MatchInputs) -> Iterator[Offer]:
    """Return every live agent that may be this one, with the reason."""
    identity, live = inputs.identity(agent), inputs.live
    written = [person for person in live.named(identity.previously) if not is_uc(person)]
    if "id" in identity.previously:
        yield from (Offer(agent, person, MatchReason.ID) for person in written)
        written = []
    holder = live.mailed(agent)
    if holder is not None and not _is_old_one(agent, holder, identity, live):
        reason = _e_mail_ground(agent, holder, identity)
        if reason is not MatchReason.E_MAIL or not written or holder in written:
            yield Offer(agent, holder, reason)
    for person in written:
        if person is not holder:
            yield Offer(agent, person, _written_ground(agent, person))
    unmailed = live.unmailed(agent)
    if unmailed is not None and not _is_namesake(unmailed, written):
        yield Offer(agent, unmailed, MatchReason.COMPLETE)
    if identity.previously:
        yield from _offers_on_the_way(agent, inputs)


def _is_namesake(holder: Resource, written: Sequence[Resource]) -> bool:
    """Whether the entry names somebody else of the same name: where the tenant shows no e-mails,
    two people of one name exchange numbers, and name and number tell the one from the other no
    more.
    """
    names = [folded(text(p, "name")) for p in written if not text(p, "email") and p is not holder]
    return not text(holder, "email") and folded(text(holder, "name")) in names


def _offers_on_the_way(agent: Resource, inputs: MatchInputs) -> Iterator[Offer]:
    """Whom an interrupted apply may have left between the old keys and the new ones."""
    for person in _remembered(agent, inputs):
        yield Offer(agent, person, MatchReason.REMEMBERED)
    if namesake := _parked(agent, inputs.identity(agent), inputs.live):
        yield Offer(agent, namesake, MatchReason.PARKED_NAMESAKE)


def _e_mail_ground(agent: Resource, holder: Resource, identity: Identity) -> MatchReason:
    name, number = agreement(agent, holder)
    if False not in (name, number) and True in (name, number):
        return MatchReason.COMPLETE
    if name:
        return MatchReason.STALE_AND_NAME if identity.previously else MatchReason.E_MAIL_AND_NAME
    is_alike = number and identity.previously and _shares_a_word(agent, holder)
    return MatchReason.STALE_AND_NUMBER if is_alike else MatchReason.E_MAIL


def _written_ground(agent: Resource, person: Resource) -> MatchReason:
    name, number = agreement(agent, person)
    if name:
        return MatchReason.WRITTEN_AND_NAME
    return MatchReason.WRITTEN_AND_NUMBER if number else MatchReason.WRITTEN


def _remembered(agent: Resource, inputs: MatchInputs) -> Iterator[Resource]:
    """Who has a key that the last apply gave this entry on the way, and a name like the entry's."""
    applied = inputs.applied.get(agent.address, {})
    holders = (
        inputs.live.by_email.get(str(applied.get("email"))),
        inputs.live.by_extension.get(str(applied.get("extension"))),
    )
    yield from (person for person in holders if person and _shares_a_word(agent, person))


def _is_old_one(agent: Resource, holder: Resource, identity: Identity, live: Roster) -> bool:
    """Return whether the holder of the agent's e-mail is the one whom the agent replaces.

    A successor may take over the e-mail as well; then the name tells the two apart.
    """
    if "email" not in identity.replaces or agreement(agent, holder).name is not False:
        return False
    return any(old is holder for old in live.named(identity.replaces))


def _parked(agent: Resource, identity: Identity, live: Roster) -> Resource | None:
    """Return the only namesake, where an interrupted exchange of numbers has parked somebody."""
    namesakes = live.namesakes(agent)
    if "extension" not in identity.previously or len(namesakes) != 1:
        return None
    return None if text(namesakes[0], "email") or is_uc(namesakes[0]) else namesakes[0]


def _pair_by_reason(reason: MatchReason, proposals: Round, matching: Matching) -> None:
    """Make the pairs of one reason; two entries that name one live agent stop each other."""
    offers = proposals.offers.get(reason, ())
    free = [offer for offer in offers if matching.is_open(offer.agent, offer.person)]
    free.sort(key=lambda offer: offer.agent.address)
    claims: dict[Address, list[Resource]] = {}
    for offer in free:
        claims.setdefault(offer.person.address, []).append(offer.agent)
    for offer in free:
        rivals = [a for a in claims[offer.person.address] if a is not offer.agent]
        if rivals and reason in _WRITTEN:
            problem = identity_diagnostics.names_another(offer.agent, offer.person, rivals[0])
            matching.stop(offer.agent, offer.person, problem)
        elif contested := _contested(offer, proposals, matching):
            matching.stop(offer.agent, offer.person, contested)
    for offer in free:
        if matching.is_open(offer.agent, offer.person):
            matching.pair(offer.agent, offer.person, reason)


def _contested(offer: Offer, proposals: Round, matching: Matching) -> Diagnostic | None:
    """Report pairs for which another pair has as good a reason."""
    agent, person = offer.agent, offer.person
    if offer.reason is MatchReason.E_MAIL:
        rival = proposals.by_number_and_name(person, matching)
        if rival is not None and rival is not agent:
            return identity_diagnostics.e_mail_of_another(agent, person, rival)
    elif offer.reason is MatchReason.STALE_AND_NAME:
        written = _as_good(agent, proposals, matching)
        if written is not None:
            return identity_diagnostics.two_candidates(agent, written, person)
    elif offer.reason is MatchReason.WRITTEN:
        holder = proposals.live.mailed(agent)
        if holder is not None and not _is_spoken_for(holder, agent, proposals, matching):
            return identity_diagnostics.two_candidates(agent, person, holder)
    return None


def _as_good(agent: Resource, proposals: Round, matching: Matching) -> Resource | None:
    """Whom the entry names, where the number is theirs and no other entry has e-mail and name."""
    person = proposals.by_written_number.get(agent.address)
    if person is None or person.address in matching.taken:
        return None
    return None if person.address in proposals.by_email_and_name else person


def _is_spoken_for(holder: Resource, agent: Resource, proposals: Round, matching: Matching) -> bool:
    """Return whether another entry declares the holder of the agent's e-mail."""
    return (
        holder.address in matching.taken
        or bool(proposals.named.get(holder.address, set()) - {agent.address})
        or proposals.by_number_and_name(holder, matching) is not None
    )


def _check_previously(agents: Iterable[Resource], inputs: MatchInputs, matching: Matching) -> None:
    """Report entries whose `previously:` names nobody, or plainly another person."""
    live = inputs.live
    for agent in agents:
        previously = inputs.identity(agent).previously
        if not previously or "id" in previously or agent.address in matching.stopped:
            continue
        person = matching.pairs.get(agent.address) or next(live.named(previously), None)
        if is_uc(agent):
            matching.diagnostics.append(identity_diagnostics.of_uc_agent(agent))
        elif person is None and not inputs.may_exist(agent):
            matching.stop(
                agent, None, identity_diagnostics.previously_nobody(agent, previously, live)
            )
        elif person is not None and (problem := _wrongly_named(agent, person, live, matching)):
            matching.stop(agent, person, problem)


def _wrongly_named(
    agent: Resource, person: Resource, live: Roster, matching: Matching
) -> Diagnostic | None:
    """Return why the entry cannot be the live agent that it names."""
    if agent.address not in matching.pairs:
        return identity_diagnostics.names_another(agent, person, matching.taken.get(person.address))
    reason = matching.reasons[agent.address]
    if reason not in (MatchReason.WRITTEN, MatchReason.WRITTEN_AND_NUMBER):
        return None
    namesakes = live.namesakes(agent)
    unchanged = (
        each for each in namesakes if each is not person and not _is_renamed(each, matching)
    )
    namesake = next(unchanged, None)
    is_other = reason is MatchReason.WRITTEN and not namesakes and _is_other(agent, person)
    return (
        identity_diagnostics.contradicts(agent, person, namesake) if namesake or is_other else None
    )


def _is_renamed(namesake: Resource, matching: Matching) -> bool:
    owner = matching.taken.get(namesake.address)
    return owner is not None and agreement(owner, namesake).name is False


def _is_other(agent: Resource, person: Resource) -> bool:
    """Return whether the two share neither the mailbox nor a word of the name."""
    mailboxes = [
        text(each, "email").partition("@")[0].partition("+")[0] for each in (agent, person)
    ]
    is_named = text(agent, "name") and text(person, "name")
    return bool(is_named) and not _shares_a_word(agent, person) and mailboxes[0] != mailboxes[1]


def _shares_a_word(agent: Resource, person: Resource) -> bool:
    """Return whether the names share a word: people who marry keep their first name."""
    words = [set(folded(text(each, "name")).split()) for each in (agent, person)]
    return bool(words[0] & words[1])


# --- by number -----------------------------------------------------------------------------------


def _quietly_by_number(agent: Resource, live: Roster, matching: Matching) -> None:
    holder = live.holder(agent)
    if holder and holder.address not in matching.taken and _is_same_person(agent, holder):
        matching.pair(agent, holder)


def _by_number(agent: Resource, inputs: MatchInputs, matching: Matching) -> None:
    """Pair the agent with the holder of the number, or report `who-is-this`."""
    holder, identity = inputs.live.holder(agent), inputs.identity(agent)
    if holder is None or holder.address in matching.taken:
        return
    is_replaced = any(old is holder for old in replaces.old(agent, inputs, matching))
    if is_replaced and not is_uc(holder):
        return
    replaces_nobody = not identity.replaces or agreement(agent, holder).name
    if replaces_nobody and _is_same_person(agent, holder):
        matching.pair(agent, holder)
    else:
        matching.stop(agent, holder, identity_diagnostics.who_is_this(agent, holder))


def _is_same_person(agent: Resource, holder: Resource) -> bool:
    """Return whether the holder of the agent's number is the same person.

    That is so without an e-mail, with the same name, or where the number is the only key.
    """
    if not text(holder, "email"):
        return True
    if agent.fields.get("name") is None:
        return not text(agent, "email")
    return bool(agreement(agent, holder).name)
