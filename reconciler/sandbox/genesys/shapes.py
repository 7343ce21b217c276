"""Users, queues, skills, licenses and extensions as the platform writes them."""

from collections.abc import Iterable, Mapping
from typing import Any

from reconciler.sandbox.facts import Agent, Pool, Target

Shape = dict[str, Any]

ADDRESSES, FRACTIONS, UNPOOLED = "genesysAddresses", "genesysFractions", "genesysDisplay"
"""Keys in the rest of an agent: foreign addresses, odd proficiencies, a number of no pool."""

LICENSE = "sandbox_"


def license_id(name: str) -> str:
    return LICENSE + name


def license_name(identifier: str) -> str:
    return identifier.removeprefix(LICENSE)


def user(agent: Agent, skill_ids: Mapping[str, str] | None, *, state: str | None = None) -> Shape:
    """`skill_ids` maps names to ids; None leaves the skills out, as without `expand=skills`."""
    settings = agent.settings
    shown: Shape = {
        "id": agent.id,
        "name": settings.name or settings.email,
        "email": settings.email,
        "username": settings.email,
        "state": state or ("inactive" if settings.active is False else "active"),
        "version": agent.version,
        "addresses": addresses(agent),
        "selfUri": f"/api/v2/users/{agent.id}",
    }
    if settings.preferred_name:
        shown["preferredName"] = settings.preferred_name
    if skill_ids is not None:
        shown["skills"] = user_skills(agent, skill_ids)
    return shown


def addresses(agent: Agent) -> list[Shape]:
    """An extension of a pool has `extension` and `display`; of no pool, `display` alone."""
    settings, rest = agent.settings, agent.settings.rest
    shown = list(rest.get(ADDRESSES) or ())
    number = {"mediaType": "PHONE", "type": "WORK"}
    if settings.extension:
        shown.append({**number, "extension": settings.extension, "display": settings.extension})
    elif rest.get(UNPOOLED):
        shown.append({**number, "display": rest[UNPOOLED]})
    return shown


def user_skills(agent: Agent, skill_ids: Mapping[str, str]) -> list[Shape]:
    fractions = agent.settings.rest.get(FRACTIONS) or {}
    return [
        {
            "id": skill_ids[name],
            "name": name,
            "proficiency": fractions.get(name, float(level or 0)),
            "state": "active",
        }
        for name, level in agent.settings.skills.items()
    ]


def skill(target: Target) -> Shape:
    return {"id": target.id, "name": target.settings.name, "state": "active"}


def queue(target: Target, members: int, *, is_joined: int) -> Shape:
    return {
        "id": target.id,
        "name": target.settings.name,
        "memberCount": members,
        "userMemberCount": members,
        "joinedMemberCount": is_joined,
    }


def member(agent: Agent) -> Shape:
    return {
        "id": agent.id,
        "name": agent.settings.name or agent.settings.email,
        "ringNumber": 1,
        "joined": True,
        "memberBy": "user",
    }


def definition(pool: Pool) -> Shape:
    needed = [license_id(pool.requires)] if pool.requires else []
    return {"id": license_id(pool.name), "prerequisites": needed, "comprises": []}


def licenses_of(agent: Agent) -> list[str]:
    return sorted(license_id(name) for name in agent.settings.licenses)


def extension(number: str, owner: str, name: str, kind: str) -> Shape:
    return {
        "id": f"extension-{number}",
        "number": number,
        "owner": {"id": owner, "name": name},
        "ownerType": kind,
        "state": "active",
    }


def error(status: int, code: str, message: str) -> Shape:
    return {
        "message": message,
        "code": code,
        "status": status,
        "contextId": "sandbox",
        "details": [],
        "errors": [],
    }


def page(entries: Iterable[Shape], number: int, size: int, *, counts: bool = True) -> Shape:
    """One page of a listing; members state neither a total nor a number of pages."""
    every = list(entries)
    start = (number - 1) * size
    body: Shape = {
        "entities": every[start : start + size],
        "pageSize": size,
        "pageNumber": number,
    }
    if counts:
        body |= {"total": len(every), "pageCount": -(-len(every) // size)}
    return body
