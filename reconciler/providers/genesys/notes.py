"""What a reading says of the tenant beside its resources: who does not get calls, and why."""

from collections.abc import Iterable, Mapping

from reconciler import kinds
from reconciler.diagnostics import Diagnostic, Severity
from reconciler.providers.genesys import mapping
from reconciler.providers.genesys.api import Record


def unjoined(
    queues: Iterable[Record], memberships: Mapping[str, Iterable[Record]]
) -> Iterable[Diagnostic]:
    """Who is in a queue and has not joined it gets none of its calls; the agent decides that."""
    for queue in queues:
        members = list(memberships[queue["id"]])
        away = sum(member.get("joined") is False for member in members)
        if away:
            yield Diagnostic(
                "not-joined",
                Severity.WARNING,
                f"{away} of {len(members)} members of queue {queue.get('name')} have not joined it",
                "they join it in their own client; coverage counts them as members",
                kinds.address(kinds.QUEUE, str(queue.get("name"))),
            )


def by_groups(
    queues: Iterable[Record], groups: Mapping[str, Iterable[Record]]
) -> Iterable[Diagnostic]:
    """Who is in a queue through a group is shown, and never written."""
    for queue in queues:
        members = list(groups.get(queue["id"], ()))
        if members:
            name = queue.get("name")
            names = ", ".join(sorted(str(m.get("name") or m.get("id")) for m in members)[:10])
            yield Diagnostic(
                "member-by-group",
                Severity.WARNING,
                f"{len(members)} in queue {name} by way of a group: {names}",
                "change the group in the console of the tenant; these memberships are not written",
                kinds.address(kinds.QUEUE, str(queue.get("name"))),
            )


def fractions(people: Iterable[Record]) -> Iterable[Diagnostic]:
    """Proficiencies such as 2.5, which no level of ours stands for."""
    for user in people:
        for entry in user.get("skills") or ():
            if isinstance(entry, Mapping) and mapping.is_fraction(entry.get("proficiency")):
                who = _address(user)
                yield Diagnostic(
                    "level-unobserved",
                    Severity.WARNING,
                    f"{who} has skill {entry.get('name')} with {entry.get('proficiency')}",
                    "it lies between two levels; a level in the files replaces it",
                    who,
                )


def unassigned(people: Iterable[Record], by_user: Mapping[str, str]) -> Iterable[Diagnostic]:
    """Extensions that a profile shows and no pool has assigned: they do not ring."""
    for user in people:
        stated = mapping.profile_extension(user)
        if stated and by_user.get(str(user["id"])) != stated:
            who = _address(user)
            yield Diagnostic(
                "extension-not-assigned",
                Severity.WARNING,
                f"the profile of {who} shows extension {stated}, which is not assigned to it",
                "see that an extension pool holds the number",
                who,
            )


def _address(user: Record) -> str:
    email = (mapping.text(user, "email") or mapping.text(user, "username") or "").lower()
    return kinds.agent_address(email or None, str(user.get("id")))
