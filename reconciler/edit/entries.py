"""Apply the items of a drift report to the entry of an agent, queue or skill.

An entry is edited on itself; profiles are never touched, since they speak for others as well. What
a profile gives and the tenant does not have is therefore answered with `none` on the agent.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from reconciler import claims, kinds, scalars
from reconciler.edit import nodes
from reconciler.edit.nodes import UneditableError
from reconciler.model import Desired, DriftItem, FieldValue, Value

ORDER: Final = (
    *("name", "extension", "email", "profile", "phone", *kinds.AGENT_SETTINGS, "active"),
    *kinds.KINDS[kinds.AGENT].collections,
    *("from", "until", "previously", "replaces"),
)
"""The keys of an agent's entry, as a person would write them."""


@dataclass(frozen=True, slots=True)
class EntryContext:
    """The context of an entry: its profiles, and the default levels of queues and skills."""

    profiles: Mapping[str, Mapping[str, FieldValue]]
    default_levels: Mapping[str, Value]
    as_of: date


def entry_context(desired: Desired) -> EntryContext:
    """Return what an edit of an entry has to know of the other declarations."""
    levels = {
        address: level
        for address, resource in desired.resources.items()
        if isinstance(level := resource.fields.get("default_level"), int)
    }
    profiles = {name: profile.fields for name, profile in desired.profiles.items()}
    return EntryContext(profiles, levels, desired.as_of)


def taken(text: str, items: list[DriftItem], context: EntryContext) -> str:
    """The text of one entry with the live values of all its items in it."""
    presence = next((item for item in items if item.path in (None, "active")), None)
    if presence:
        return _presence(text, presence, items, context)
    for item in items:
        name, member = kinds.split_path(item.path or "")
        if member is None:
            text = _scalar(text, name, item, context)
        else:
            text = _Members(name, context).taken(text, member, item)
    return text


def _presence(text: str, item: DriftItem, items: list[DriftItem], context: EntryContext) -> str:
    """Update `active` and `until` for an agent who left, was suspended or came back."""
    if item.kind != kinds.AGENT:
        raise UneditableError(f"it is {claims.GONE}: take its entry out, and who names it")
    entry = nodes.compose(text)
    if item.live:
        text = nodes.without(text, entry, "until")
        return nodes.without(text, nodes.compose(text), "active")
    if item.path == "active":
        return _on_file(text, items)
    last_day = (context.as_of - timedelta(days=1)).isoformat()
    return nodes.with_value(text, entry, "until", last_day, ORDER)


def _on_file(text: str, items: list[DriftItem]) -> str:
    """`active: false`, and of the entry's own collections only what the tenant still has."""
    gone = {kinds.split_path(item.path or "") for item in items if item.live is None}
    for name in kinds.KINDS[kinds.AGENT].collections:
        for member in [m for n, m in sorted(gone, key=str) if n == name and m is not None]:
            text = nodes.without_member(text, nodes.compose(text), name, member)
        entry = nodes.compose(text)
        own = nodes.child(entry, name)
        if own is not None and not own.value:
            text = nodes.without(text, entry, name)
    return nodes.with_value(text, nodes.compose(text), "active", "false", ORDER)


def _scalar(text: str, name: str, item: DriftItem, context: EntryContext) -> str:
    """State the live value of a scalar, or that there is none."""
    entry = nodes.compose(text)
    if item.live is not None:
        return nodes.with_value(text, entry, name, scalars.text(item.live), ORDER)
    row = kinds.KINDS[item.kind].field(name)
    if row and row.clearable:
        return nodes.with_value(text, entry, name, "null", ORDER)
    if any(name in profile for profile in _profiles(entry, context)):
        raise UneditableError(f"a profile states {name}, and {claims.HAS_NONE}")
    return nodes.without(text, entry, name)


def _profiles(entry: nodes.Node, context: EntryContext) -> list[Mapping[str, FieldValue]]:
    """Of the profiles that an entry names, what each states."""
    named = nodes.child(entry, "profile")
    if named is None:
        return []
    names = [one.value for one in named.value] if nodes.is_list(named) else [named.value]
    return [context.profiles[name] for name in names if name in context.profiles]


@dataclass(frozen=True, slots=True)
class _Members:
    """One collection of an entry: `licenses`, `queues` or `skills`."""

    name: str
    context: EntryContext

    def taken(self, text: str, member: str, item: DriftItem) -> str:
        """Return the text with the live membership in it."""
        entry = nodes.compose(text)
        own = nodes.child(entry, self.name)
        if own is not None and nodes.is_anchored(own):
            raise UneditableError(f"its {self.name} are written with an anchor")
        given = self.given(entry)
        if item.live is None:
            return self.removed(text, member, given)
        if own is not None and not own.value and given:
            text = self.spelled_out(text, given)
        return self.added(text, member, item)

    def given(self, entry: nodes.Node) -> list[str]:
        """What the profiles give."""
        found: dict[str, None] = {}
        for profile in _profiles(entry, self.context):
            members = profile.get(self.name)
            if isinstance(members, frozenset | Mapping):
                found.update(dict.fromkeys(sorted(members)))
        return list(found)

    def spelled_out(self, text: str, given: list[str]) -> str:
        """`[]` on the agent, name by name: so that one can be added to it."""
        inner = ", ".join(f"{scalars.text(name)}: none" for name in given)
        return nodes.with_value(text, nodes.compose(text), self.name, f"{{{inner}}}")

    def added(self, text: str, member: str, item: DriftItem) -> str:
        """Return the text with a member added to the collection."""
        level = self.level(member, item)
        entry = nodes.compose(text)
        own = nodes.child(entry, self.name)
        if own is None:
            return nodes.with_value(text, entry, self.name, self.fresh(member, level), ORDER)
        if not nodes.is_mapping(own):
            if self.fits_a_list(member, item):
                return nodes.with_item(text, own, scalars.text(member))
            text, own = self.mapped(text, own)
        dated = nodes.child(own, member)
        if dated is not None and nodes.is_mapping(dated) and item.desired is not None:
            return nodes.with_value(text, dated, "level", level)
        return nodes.with_value(text, own, member, level)

    def level(self, member: str, item: DriftItem) -> str:
        """Return a level as the files write it."""
        if self.name == "licenses":
            return "true"
        if item.live is not True:
            return scalars.text(item.live)
        if self.default_level(member) is not None:
            raise UneditableError(f"{member} has no level there, and a default level in the files")
        return "default"

    def default_level(self, member: str) -> Value:
        """Return the declared default level of a queue or skill."""
        address = kinds.address(kinds.MEMBERSHIPS[self.name], member)
        return self.context.default_levels.get(address)

    def fits_a_list(self, member: str, item: DriftItem) -> bool:
        """Whether a bare name says it: every license does, of levels only the default."""
        if item.desired is not None:
            return False
        if self.name == "licenses" or item.live is True:
            return True
        return item.live == self.default_level(member)

    def fresh(self, member: str, level: str) -> str:
        """Return a collection of one member, as a file writes it."""
        name = scalars.text(member)
        return f"[{name}]" if level in ("true", "default") else f"{{{name}: {level}}}"

    def mapped(self, text: str, own: nodes.Node) -> tuple[str, nodes.Node]:
        """A list of names becomes a mapping: `true` for licenses, `default` for the others."""
        word = "true" if self.name == "licenses" else "default"
        text = nodes.as_mapping(text, nodes.compose(text), self.name, own, word)
        return text, nodes.child(nodes.compose(text), self.name)

    def removed(self, text: str, member: str, given: list[str]) -> str:
        """Return the text without a member, or with `none` for one that a profile gives."""
        entry = nodes.compose(text)
        own = nodes.child(entry, self.name)
        if member in given:
            if own is None:
                value = f"{{{scalars.text(member)}: none}}"
                return nodes.with_value(text, entry, self.name, value, ORDER)
            if not nodes.is_mapping(own):
                text = nodes.without_member(text, entry, self.name, member)
                own = nodes.child(nodes.compose(text), self.name)
                text, own = self.mapped(text, own)
            return nodes.with_value(text, own, member, "none")
        if own is None:
            return text
        text = nodes.without_member(text, entry, self.name, member)
        left = nodes.child(nodes.compose(text), self.name)
        if left is not None and not left.value and given:
            return nodes.without(text, nodes.compose(text), self.name)
        return text
