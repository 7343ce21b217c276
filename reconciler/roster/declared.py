"""Match people of a roster to declared agents, and list where the two differ."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from reconciler import kinds
from reconciler.model import Desired, FieldValue, Resource


@dataclass(frozen=True, slots=True)
class DeclaredAgents:
    """`holders` are agents and queues by extension; `uc_emails` belong to UC agents."""

    by_email: Mapping[str, Resource]
    holders: Mapping[str, Resource]
    uc_emails: frozenset[str]

    def person(
        self, phone: str, email: str | None, fields: Mapping[str, FieldValue]
    ) -> Resource | None:
        """The declared agent who is meant: as an agent of the files is found in a tenant."""
        if agent := self.by_email.get(email or ""):
            return agent
        holder = self.holders.get(str(fields.get("extension")))
        if holder is None or holder.kind != kinds.AGENT:
            return None
        is_uc = phone == "uc" == holder.fields.get("phone")
        is_alike = fields.get("name") == holder.fields.get("name") is not None
        has_two = bool(email and holder.fields.get("email"))
        return holder if is_uc or is_alike or not has_two else None


def declared_agents(desired: Desired) -> DeclaredAgents:
    """Return who and which numbers the files hold, whenever they are in force."""
    everyone = [*desired.resources.values(), *desired.waiting.values(), *desired.repeated]
    agents = [one for one in everyone if one.kind == kinds.AGENT]
    numbered = [one for one in everyone if one.kind in (kinds.AGENT, kinds.QUEUE)]
    return DeclaredAgents(
        by_email=_by(agents, "email"),
        holders=_by(numbered, "extension"),
        uc_emails=frozenset(_by((a for a in agents if a.fields.get("phone") == "uc"), "email")),
    )


def differences(
    stated: Mapping[str, FieldValue], declared: Mapping[str, FieldValue]
) -> Iterator[str]:
    """What the roster says and the files do not, a phrase each."""
    for name, value in stated.items():
        own = declared.get(name)
        if name in kinds.COLLECTIONS and own and not value:
            yield f"{name} are not empty in the files"
        elif isinstance(value, frozenset):
            held = own if isinstance(own, frozenset) else frozenset()
            yield from (f"{name} lack {member}" for member in sorted(value - held))
        elif isinstance(value, Mapping):
            yield from _levels(name, value, own if isinstance(own, Mapping) else {})
        elif value != own:
            yield f"{name} is {_as_text(own)} in the files and {_as_text(value)} in the roster"


def _levels(name: str, stated: Mapping[str, int], held: Mapping[str, int]) -> Iterator[str]:
    """Yield how the stated members differ from those held."""
    for member, level in sorted(stated.items()):
        if member not in held:
            yield f"{name} lack {member}"
        elif level and level != held[member]:
            level_text = f"level {held[member]}" if held[member] else "no level"
            yield f"{member} has {level_text} in the files and level {level} in the roster"


def _as_text(value: FieldValue) -> str:
    """Return a value as a sentence has it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "not stated" if value is None else str(value)


def _by(resources: Iterable[Resource], field: str) -> dict[str, Resource]:
    """The first one by a field that is a text."""
    resources_by_value: dict[str, Resource] = {}
    for resource in resources:
        value = resource.fields.get(field)
        if isinstance(value, str):
            resources_by_value.setdefault(value, resource)
    return resources_by_value
