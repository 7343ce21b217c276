"""Live agents by what may identify them, and how well one agrees with a declared agent."""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import Final, NamedTuple

from reconciler import kinds
from reconciler.model import Resource

UC: Final = "uc"
_PARKED: Final = re.compile(rf"[+.]{kinds.PARKED}\d*(?=@)")
_FORMER: Final = re.compile(rf"[+.]{kinds.FORMER}\d*(?=@)")


class Agreement(NamedTuple):
    """Whether name and extension are the same; None where one of the two sides does not say."""

    name: bool | None
    number: bool | None


class Roster:
    """The live agents of a reading."""

    def __init__(self, agents: Iterable[Resource]) -> None:
        self.agents = tuple(agents)
        self.by_email: dict[str, Resource] = {}
        self.by_extension: dict[str, Resource] = {}
        for agent in self.agents:
            if email := text(agent, "email"):
                self.by_email[kinds.email_key(email)] = agent
            if extension := text(agent, "extension"):
                self.by_extension[extension] = agent

    @cached_property
    def by_id(self) -> Mapping[str, Resource]:
        return {agent.id: agent for agent in self.agents if agent.id}

    @cached_property
    def by_name(self) -> Mapping[str, list[Resource]]:
        found: dict[str, list[Resource]] = {}
        for agent in self.agents:
            if name := text(agent, "name"):
                found.setdefault(folded(name), []).append(agent)
        return found

    @cached_property
    def parked(self) -> Mapping[str, Resource]:
        """By the e-mail that an interrupted apply took from somebody and did not yet replace."""
        return _untagged(self.by_email, _PARKED)

    @cached_property
    def former(self) -> Mapping[str, Resource]:
        """By the e-mail that a replaced agent gave up to the successor."""
        return _untagged(self.by_email, _FORMER)

    def named(self, keys: Mapping[str, str]) -> Iterator[Resource]:
        """Whom `previously:` or `replaces:` may mean, the likeliest first: the holder of the
        e-mail and whoever is parked away from it or, without an e-mail, the holder of the number.
        """
        if "id" in keys:
            candidates = [self.by_id.get(keys["id"])]
        elif "email" in keys:
            email = kinds.email_key(keys["email"])
            candidates = [self.by_email.get(email), self.parked.get(email)]
        else:
            candidates = [self.by_extension.get(keys.get("extension", ""))]
        yield from (agent for agent in candidates if agent)

    def namesakes(self, agent: Resource) -> list[Resource]:
        name = text(agent, "name")
        return self.by_name.get(folded(name), []) if name else []

    def holder(self, agent: Resource) -> Resource | None:
        return self.by_extension.get(text(agent, "extension"))

    def uc(self, agent: Resource) -> Resource | None:
        holder = self.holder(agent)
        return holder if holder and holder.fields.get("phone") in (UC, None) else None

    def mailed(self, agent: Resource) -> Resource | None:
        email = text(agent, "email")
        return self.by_email.get(kinds.email_key(email)) if email else None

    def unmailed(self, agent: Resource) -> Resource | None:
        """Number and name, where e-mails cannot tell: one of the two sides has none."""
        holder = self.holder(agent)
        if holder is None or (text(agent, "email") and text(holder, "email")):
            return None
        return holder if agreement(agent, holder).name else None


def agreement(agent: Resource, live: Resource) -> Agreement:
    declared, shown = text(agent, "name"), text(live, "name")
    name = _same(declared, shown)
    if name is False:
        name = folded(declared) == folded(shown)
    return Agreement(name, _same(text(agent, "extension"), text(live, "extension")))


def folded(name: str) -> str:
    """A name as it is compared: without case, and with single spaces."""
    return kinds.email_key(" ".join(name.split()))


def is_uc(agent: Resource) -> bool:
    return agent.fields.get("phone") == UC


def text(agent: Resource, field: str) -> str:
    value = agent.fields.get(field)
    return value if isinstance(value, str) else ""


def _same(declared: str, live: str) -> bool | None:
    return declared == live if declared and live else None


def _untagged(by_email: Mapping[str, Resource], tag: re.Pattern[str]) -> dict[str, Resource]:
    return {
        tag.sub("", email): agent
        for email, agent in sorted(by_email.items(), reverse=True)
        if tag.search(email)
    }
