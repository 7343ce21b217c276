"""What the platform's requests make of the agents of the tenant."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from reconciler.sandbox import agents, directory, pools, roster, targets
from reconciler.sandbox.database import Transaction
from reconciler.sandbox.facts import SKILL, USER, Agent, AgentSettings, Levels
from reconciler.sandbox.genesys import shapes
from reconciler.sandbox.refusals import InvalidError, MissingError, StaleError

Ranges = Sequence[tuple[str, str]]
MOST_SKILLS = 50


def present(transaction: Transaction, id_: str) -> Agent:
    agent = roster.get(transaction, id_)
    if agent is None:
        raise MissingError(f"there is no user {id_}")
    return agent


def create(transaction: Transaction, body: Mapping[str, Any], ranges: Ranges) -> Agent:
    """Without a state the user is inactive; `preferredName` is not taken here."""
    settings = AgentSettings(
        email=str(body.get("email") or ""),
        name=_text(body, "name"),
        active=body.get("state") == "active",
    )
    if "addresses" in body:
        settings = _addressed(settings, body["addresses"], ranges)
    return agents.add(transaction, settings)


def patch(transaction: Transaction, id_: str, body: Mapping[str, Any], ranges: Ranges) -> Agent:
    """Some fields with the version that was read, or the state with nothing else."""
    agent = present(transaction, id_)
    if body.get("version") != agent.version:
        raise StaleError(f"version {body.get('version')} does not match the current version")
    if "state" in body:
        return _stated(transaction, agent, body)
    settings = agent.settings
    if "name" in body:
        settings = replace(settings, name=_text(body, "name"))
    if "preferredName" in body:
        settings = replace(settings, preferred_name=_text(body, "preferredName"))
    if "addresses" in body:
        settings = _addressed(settings, body["addresses"], ranges)
    return agents.change(transaction, id_, settings)


def restore(transaction: Transaction, deleted: Mapping[str, Any], body: Mapping[str, Any]) -> Agent:
    """A deleted user comes back with name and e-mail, and nothing else."""
    if body.get("version") != deleted["version"]:
        raise StaleError(f"version {body.get('version')} does not match the current version")
    if set(body) - {"state", "version"} or body.get("state") != "active":
        raise MissingError(f"there is no user {deleted['id']}")
    settings = AgentSettings(email=deleted["email"], name=deleted["name"], active=True)
    return agents.add(transaction, settings, id_=str(deleted["id"]))


def _stated(transaction: Transaction, agent: Agent, body: Mapping[str, Any]) -> Agent:
    if set(body) - {"state", "version"}:
        raise InvalidError("state may not be changed together with other fields", "state")
    if body["state"] not in ("active", "inactive"):
        raise InvalidError("state is active or inactive", "state")
    settings = replace(agent.settings, active=body["state"] == "active")
    return agents.change(transaction, agent.id, settings)


def _addressed(settings: AgentSettings, entries: Any, ranges: Ranges) -> AgentSettings:
    """The whole list. A number of no pool is stored, shown, and nobody's extension."""
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise InvalidError("addresses is a list of contacts", "addresses")
    if any("extension" in entry and "address" in entry for entry in entries):
        raise InvalidError("extension and address exclude each other", "addresses")
    numbers = [str(e["extension"]) for e in entries if "extension" in e]
    if len(numbers) > 1:
        raise InvalidError("one extension for each media type", "addresses")
    number = numbers[0] if numbers else None
    in_pool = number is not None and holds(ranges, number)
    rest = {k: v for k, v in settings.rest.items() if k not in (shapes.ADDRESSES, shapes.UNPOOLED)}
    foreign = [e for e in entries if "extension" not in e and not _is_display_only(e)]
    if foreign:
        rest[shapes.ADDRESSES] = foreign
    if number and not in_pool:
        rest[shapes.UNPOOLED] = number
    return replace(settings, extension=number if in_pool else None, rest=rest)


def _is_display_only(entry: Mapping[str, Any]) -> bool:
    return entry.get("mediaType") == "PHONE" and "address" not in entry


def holds(ranges: Ranges, number: str) -> bool:
    """Both ends of a pool belong to it."""
    return any(len(a) == len(number) and a <= number <= b for a, b in ranges)


def extensions(transaction: Transaction) -> Iterator[shapes.Shape]:
    """Whoever holds an extension, agent or not; of two the agent."""
    taken = set()
    for agent in roster.page(transaction):
        number = agent.settings.extension
        if number:
            taken.add(number)
            yield shapes.extension(number, agent.id, agent.settings.name or "", "USER")
    for entry in directory.page(transaction):
        if entry.extension and entry.extension not in taken:
            kind = "PHONE" if entry.type == USER else "GROUP"
            yield shapes.extension(entry.extension, entry.id, entry.name, kind)


def set_skills(
    transaction: Transaction, id_: str, entries: Any, *, replaces: bool = False
) -> Agent:
    """The named skills, and with `replaces` no others."""
    if not isinstance(entries, list) or len(entries) > MOST_SKILLS:
        raise InvalidError(f"at most {MOST_SKILLS} skills in one request", "skills")
    agent = present(transaction, id_)
    names = {target.id: target.settings.name for target in targets.page(transaction, SKILL)}
    levels: dict[str, int | None] = {} if replaces else dict(agent.settings.skills)
    fractions = dict(agent.settings.rest.get(shapes.FRACTIONS) or {})
    for entry in entries:
        name, value = names.get(str(entry.get("id"))), entry.get("proficiency")
        if name is None:
            raise MissingError(f"there is no skill {entry.get('id')}")
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 5:
            raise InvalidError("a proficiency is a number from 0.0 to 5.0", "proficiency")
        fractions.pop(name, None)
        if not float(value).is_integer():
            fractions[name] = value
        levels[name] = int(value) or None
    return _with_levels(transaction, agent, levels, fractions)


def take_skill(transaction: Transaction, id_: str, skill: str) -> Agent:
    agent, target = present(transaction, id_), targets.get(transaction, SKILL, skill)
    name = target.settings.name if target else ""
    if name not in agent.settings.skills:
        raise MissingError(f"user {id_} has no skill {skill}")
    levels = {key: level for key, level in agent.settings.skills.items() if key != name}
    return _with_levels(transaction, agent, levels, {})


def _with_levels(
    transaction: Transaction, agent: Agent, levels: Levels, fractions: Mapping[str, float]
) -> Agent:
    rest = {k: v for k, v in agent.settings.rest.items() if k != shapes.FRACTIONS}
    if fractions:
        rest[shapes.FRACTIONS] = fractions
    settings = replace(agent.settings, skills=levels, rest=rest)
    return agents.change(transaction, agent.id, settings)


def set_members(transaction: Transaction, queue: str, ids: Iterable[str], *, removes: bool) -> None:
    """Adds or removes up to 100; who is there, or gone, already stays so."""
    for id_ in ids:
        agent = present(transaction, id_)
        levels = {k: v for k, v in agent.settings.queues.items() if k != queue}
        if not removes:
            levels[queue] = agent.settings.queues.get(queue)
        if levels != agent.settings.queues:
            agents.change(transaction, id_, replace(agent.settings, queues=levels))


def assign(transaction: Transaction, assignments: Any, *, by_roles: bool) -> list[dict[str, str]]:
    """One batch; where roles decide, every result sounds well and nothing is changed."""
    known = pools.names(transaction)
    results = []
    for assignment in assignments or ():
        identifier = str(assignment.get("licenseId"))
        name = shapes.license_name(identifier)
        if name not in known or identifier == name:
            raise InvalidError(f"there is no license {identifier}", "licenseId")
        changes: list[tuple[str, Callable[[frozenset[str]], frozenset[str]]]] = [
            *((id_, frozenset({name}).union) for id_ in assignment.get("userIdsAdd") or ()),
            *(
                (id_, lambda held, name=name: held - {name})
                for id_ in assignment.get("userIdsRemove") or ()
            ),
        ]
        for id_, changed in changes:
            if not by_roles:
                agent = present(transaction, id_)
                licenses = changed(agent.settings.licenses)
                agents.change(transaction, id_, replace(agent.settings, licenses=licenses))
            results.append({"userId": id_, "licenseId": identifier, "result": "ok"})
    return results


def _text(body: Mapping[str, Any], name: str) -> str | None:
    value = body.get(name)
    if value is not None and not isinstance(value, str):
        raise InvalidError(f"{name} is text", name)
    return value or None
