"""Live agents indexed by their keys."""

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
    """Whether name and extension are the same; None where one side does not say."""

    name: bool | None
    number: bool | None


class Roster:
    """The live agents of a reading, by e-mail, extension, name and id."""

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
        by_name: dict[str, list[Resource]] = {}
        for agent in self.agents:
            if name := text(agent, "name"):
                by_name.setdefault(folded(name), []).append(agent)
        return by_name

    @cached_property
    def parked(self) -> Mapping[str, Resource]:
        """Agents by the e-mail that an interrupted apply parked and did not replace yet."""
        return _untagged(self.by_email, _PARKED)

    @cached_property
    def former(self) -> Mapping[str, Resource]:
        """Agents by the e-mail that they gave up to a successor."""
        return _untagged(self.by_email, _FORMER)

    def named(self, keys: Mapping[str, str]) -> Iterator[Resource]:
        """Yield the agents that `previously:` or `replaces:` may mean, likeliest first.

        That is the holder of the e-mail, then whoever is parked away from it; without an e-mail,
        the holder of the number.
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
        """Return the holder of the number with the same name, where a side has no e-mail."""
        holder = self.holder(agent)
        if holder is None or (text(agent, "email") and text(holder, "email")):
            return None
        return holder if agreement(agent, holder).name else None


def agreement(agent: Resource, live: Resource) -> Agreement:
    declared_name, live_name = text(agent, "name"), text(live, "name")
    name = _same(declared_name, live_name)
    if name is False:
        name = folded(declared_name) == folded(live_name)
    return Agreement(name, _same(text(agent, "extension"), text(live, "extension")))


def folded(name: str) -> str:
    """Return a name as it is compared: without case, and with single spaces."""
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
