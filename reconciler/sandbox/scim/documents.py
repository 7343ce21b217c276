"""Between the tenant's values and SCIM documents, as plain JSON objects.

A document is what `model_dump` gives: attribute names as on the wire, extensions under their URN.
What the tenant has no field for goes to `rest` and comes back from there unchanged.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from reconciler.sandbox.facts import (
    AGENT_SETTINGS,
    AGENT_URN,
    TARGET_SETTINGS,
    Agent,
    AgentSettings,
    Entry,
    Group,
    GroupSettings,
    Levels,
    Member,
    Pool,
    Setting,
    Target,
    TargetSettings,
)
from reconciler.sandbox.refusals import InvalidError

Document = Mapping[str, Any]

NEVER_KEPT = frozenset({"schemas", "id", "meta", "groups", "password"})


def agent_settings(document: Document, *, core: bool, pools: frozenset[str]) -> AgentSettings:
    """What a User document says. On a core service entitlements that name no license are kept."""
    ours = document.get(AGENT_URN) or {}
    values, document = _taken(AGENT_SETTINGS, document)
    entitled = frozenset(_values("entitlements", document.get("entitlements")))
    if core:
        entitled &= pools
    else:
        document.pop("entitlements", None)
    return AgentSettings(
        **{**values, "email": values["email"] or ""},
        licenses=entitled,
        queues=_levels("queues", ours.get("queues")),
        skills=_levels("skills", ours.get("skills")),
        rest=_rest(document),
    )


def user(agent: Agent, groups: Sequence[tuple[str, str]], *, core: bool) -> dict[str, Any]:
    """The User document of an agent, with the groups (id and name) that it is in."""
    settings = agent.settings
    document = _filled(
        {
            **_given(AGENT_SETTINGS, settings, core=core),
            "id": agent.id,
            "meta": _meta("User", agent.created, agent.modified, f'W/"{agent.version}"'),
            "groups": [
                {"value": id_, "$ref": f"Groups/{id_}", "display": name, "type": "direct"}
                for id_, name in groups
            ],
        }
    )
    if not core:
        document["entitlements"] = [{"value": name} for name in sorted(settings.licenses)]
        document[AGENT_URN] = _filled(document.get(AGENT_URN, {}) | _derived(agent))
    return document


def target_settings(document: Document) -> TargetSettings:
    values, document = _taken(TARGET_SETTINGS, document)
    return TargetSettings(**{**values, "name": values["name"] or ""}, rest=_rest(document))


def target(kind: str, stored: Target) -> dict[str, Any]:
    meta = _meta(kind, stored.created, stored.modified, f'W/"{stored.version}"')
    return _filled({**_given(TARGET_SETTINGS, stored.settings), "id": stored.id, "meta": meta})


def group_settings(document: Document) -> GroupSettings:
    document = dict(document)
    items = document.pop("members", None) or ()
    ids = _values("members", items)
    members = tuple(
        Member(id_, item.get("type") or "User", item.get("display"))
        for id_, item in zip(ids, items, strict=True)
    )
    return GroupSettings(document.pop("displayName", None) or "", members, _rest(document))


def group(stored: Group) -> dict[str, Any]:
    settings = stored.settings
    members = [
        _filled(
            {
                "value": member.id,
                "$ref": f"{member.type}s/{member.id}",
                "type": member.type,
                "display": member.display,
            }
        )
        for member in settings.members
    ]
    meta = _meta("Group", stored.created, stored.modified, f'W/"{stored.version}"')
    return _filled(
        {
            **settings.rest,
            "id": stored.id,
            "displayName": settings.name,
            "members": members,
            "meta": meta,
        }
    )


def pool(stored: Pool) -> dict[str, Any]:
    version = f'W/"{stored.purchased}-{stored.assigned}"'
    return _filled(
        {
            "id": stored.id,
            "name": stored.name,
            "purchased": stored.purchased,
            "assigned": stored.assigned,
            "requires": stored.requires,
            "meta": _meta("LicensePool", stored.created, stored.created, version),
        }
    )


def entry(stored: Entry) -> dict[str, Any]:
    version = f'W/"{stored.modified}"'
    return _filled(
        {
            "id": stored.id,
            "name": stored.name,
            "email": stored.email,
            "extension": stored.extension,
            "type": stored.type,
            "meta": _meta("DirectoryEntry", stored.created, stored.modified, version),
        }
    )


def version_number(version: str | None) -> int | None:
    """The number in an ETag of ours."""
    digits = (version or "").removeprefix('W/"').removesuffix('"')
    return int(digits) if digits.isdecimal() else None


def _taken(table: Iterable[Setting], document: Document) -> tuple[dict[str, Any], dict[str, Any]]:
    """The value of each setting by its name, and the document without them."""
    rest, values = dict(document), {}
    for setting in table:
        part = rest
        if setting.urn:
            part = rest[setting.urn] = dict(rest.get(setting.urn) or {})
        values[setting.name] = part.pop(setting.attribute, None)
    rest.pop(AGENT_URN, None)
    return values, _filled(rest)


def _given(
    table: Iterable[Setting], settings: AgentSettings | TargetSettings, *, core: bool = False
) -> dict[str, Any]:
    """The settings where SCIM has them, beside the rest; a core service shows no extension."""
    document = dict(settings.rest)
    urns = {setting.urn for setting in table if setting.urn}
    for urn in urns:
        document[urn] = dict(document.get(urn) or {})
    for setting in table:
        part = document[setting.urn] if setting.urn else document
        part[setting.attribute] = getattr(settings, setting.name)
    for urn in urns:
        document[urn] = {} if core else _filled(document[urn])
    return document


def _derived(agent: Agent) -> dict[str, Any]:
    """Of the agent extension, what is no setting."""
    return {
        "queues": _memberships(agent.settings.queues),
        "skills": _memberships(agent.settings.skills),
        "presence": agent.presence,
        "canSignIn": agent.can_sign_in,
        "usesSoftphone": agent.uses_softphone,
        "receivesQueueCalls": agent.receives_queue_calls,
        "inRealtimeReporting": agent.in_realtime_reporting,
    }


def _memberships(levels: Levels) -> list[dict[str, Any]]:
    return [
        {"value": name} if level is None else {"value": name, "level": level}
        for name, level in levels.items()
    ]


def _levels(field: str, items: Sequence[Document] | None) -> dict[str, int | None]:
    levels: dict[str, int | None] = {}
    for item in items or ():
        name = item.get("value")
        if not name:
            raise InvalidError(f"an entry of {field} has no value", field)
        if name in levels and levels[name] != item.get("level"):
            raise InvalidError(f"{name} is in {field} twice, with different levels", field)
        levels[name] = item.get("level")
    return levels


def _values(field: str, items: Sequence[Document] | None) -> list[str]:
    values = [item.get("value") for item in items or ()]
    if not all(values):
        raise InvalidError(f"an entry of {field} has no value", field)
    return [value for value in values if value]


def _rest(document: Document) -> dict[str, Any]:
    return {name: value for name, value in document.items() if name not in NEVER_KEPT}


def _filled(document: Document) -> dict[str, Any]:
    """Without what is unset: SCIM knows no difference between null, empty and absent."""
    return {name: value for name, value in document.items() if value not in (None, [], {})}


def _meta(kind: str, created: str, modified: str, version: str) -> dict[str, str]:
    return {
        "resourceType": kind,
        "created": created,
        "lastModified": modified,
        "version": version,
    }
