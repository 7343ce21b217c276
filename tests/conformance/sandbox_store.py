"""The sandbox as the store behind all four providers: it speaks SCIM, Genesys' and Xima's API."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path

from reconciler import sandbox
from reconciler.model import NO_LEVEL, FieldValue, Resource
from reconciler.sandbox import agents, roster, targets
from reconciler.sandbox.database import Database
from reconciler.sandbox.facts import Actor, Agent, AgentSettings, Target, TargetSettings
from reconciler.sandbox.running import Running

KINDS = ("queue", "skill")
COLLECTIONS = ("licenses", "queues", "skills")
TARGET_FIELDS = [f.name for f in fields(TargetSettings) if f.name not in ("name", "rest")]
AGENT_FIELDS = [f.name for f in fields(AgentSettings) if f.name not in (*COLLECTIONS, "rest")]
SOMEBODY = Actor("seed", "admin", "seed")


class SandboxStore:
    """The database of a sandbox; it has 100 seats of each license.

    `by`: what makes the address of an agent, e-mail or extension. `targets_as` is set where the API
    shows queues and skills alike.
    """

    def __init__(self, path: Path, *, by: str = "email", targets_as: str = "") -> None:
        self.path, self._by, self._targets_as = path, by, targets_as

    def seed(self, resources: Sequence[Resource]) -> None:
        database = Database(self.path)
        with database.write(SOMEBODY) as transaction:
            for resource in resources:
                name = resource.address.partition("/")[2]
                values = dict(resource.fields)
                if resource.kind in KINDS:
                    targets.add(transaction, resource.kind, TargetSettings(name, **values))  # type: ignore[arg-type]
                elif resource.kind == "agent":
                    agents.add(transaction, _settings(values))
        database.close()

    def snapshot(self) -> list[Resource]:
        database = Database(self.path)
        with database.read() as transaction:
            people = [self._agent(agent) for agent in roster.page(transaction)]
            others = [
                self._target(target)
                for kind in KINDS
                for target in targets.page(transaction, kind, limit=1000)
            ]
        database.close()
        return [*people, *others]

    def _agent(self, agent: Agent) -> Resource:
        settings = agent.settings
        shown: dict[str, FieldValue] = {n: getattr(settings, n) for n in AGENT_FIELDS}
        shown["active"] = settings.active is not False
        shown["licenses"] = settings.licenses
        for name in ("queues", "skills"):
            levels: Mapping[str, int | None] = getattr(settings, name)
            shown[name] = {n: level or NO_LEVEL for n, level in levels.items()}
        return Resource(f"agent/{shown[self._by]}", "agent", shown)

    def _target(self, target: Target) -> Resource:
        kind = self._targets_as or target.kind
        settings = target.settings
        shown = {name: getattr(settings, name) for name in TARGET_FIELDS}
        return Resource(f"{kind}/{settings.name}", kind, shown)


def _settings(values: dict[str, FieldValue]) -> AgentSettings:
    levels = {
        name: {n: level or None for n, level in values.pop(name, {}).items()}  # type: ignore[union-attr]
        for name in ("queues", "skills")
    }
    email = values.pop("email", None) or f"{values['extension']}@acme.example"
    licenses = values.pop("licenses", frozenset({"voice"}))
    work = {"emails": [{"value": email, "type": "work"}]}
    return AgentSettings(email, licenses=licenses, rest=work, **levels, **values)  # type: ignore[arg-type]


@contextmanager
def serving(store: SandboxStore, **how: bool) -> Iterator[Running]:
    """The sandbox on that store, over HTTP."""
    with sandbox.start(store.path, **how) as running:
        yield running
