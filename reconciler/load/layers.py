"""Layers of an agent: its profiles, merged in order, and its own entry over them.

Scalars: a later profile overrides an earlier one, the agent overrides all. Collections add up, the
last word on a member wins, and `[]` or `{}` on the agent leaves nothing of them.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from reconciler import kinds
from reconciler.load import memberships
from reconciler.load.document import Place
from reconciler.load.memberships import Stated
from reconciler.model import Address, FieldValue, OddLevel, Reference

_SCALARS: Final = frozenset(field.name for field in kinds.KINDS[kinds.AGENT].scalars) - {"active"}
_CHOICES: Final = tuple(row.name for row in kinds.AGENT_FIELDS if row.choices)


@dataclass(frozen=True, slots=True)
class Layer:
    """What one profile, several together, or an agent's entry states."""

    scalars: Mapping[str, FieldValue]
    collections: Mapping[str, Stated]


@dataclass(frozen=True, slots=True)
class Layers:
    """What the layers of one folder share: the declared names, and what was merged before.

    `defaults` holds, for `queues` and for `skills`, every declared name with its default level.
    Names that nothing declares are noted in `dangling`, wrong levels in `odd_levels`.
    """

    as_of: date
    defaults: Mapping[str, Mapping[str, int]]
    licenses: frozenset[str]
    profiles: dict[str, Layer] = field(default_factory=dict)
    dangling: list[Reference] = field(default_factory=list)
    odd_levels: list[OddLevel] = field(default_factory=list)
    _bases: dict[tuple[str, ...], Layer] = field(default_factory=dict)
    _sets: dict[frozenset[str], frozenset[str]] = field(default_factory=dict)

    def own(self, stated: dict[str, Any], address: Address, origin: Place) -> Layer:
        """What an entry states by itself."""
        scalars = {key: value for key, value in stated.items() if key in _SCALARS}
        email = scalars.get("email")
        if isinstance(email, str):
            scalars["email"] = kinds.email_key(email)
        for name in scalars.keys() & _CHOICES:
            scalars[name] = kinds.in_our_words(kinds.AGENT, name, scalars[name])
        collections: dict[str, Stated] = {}
        for key in self.defaults:
            if key in stated:
                collections[key] = self._members(key, stated, address, origin)
        if "licenses" in stated:
            members = collections["licenses"] = memberships.licenses(stated["licenses"])
            if not members.keys() <= self.licenses:
                self._note("licenses", members.keys() - self.licenses, stated, address, origin)
        return Layer(scalars, collections)

    def over_profiles(self, stated: dict[str, Any], address: Address, origin: Place) -> Layer:
        """An agent's entry over the profiles that it names."""
        own = self.own(stated, address, origin)
        named = stated.get("profile")
        if named is None:
            return own
        base = self._base(named, address, origin)
        collections = dict(base.collections)
        for key, members in own.collections.items():
            below = collections.get(key)
            collections[key] = memberships.overlaid(below, members) if members else members
        return Layer({**base.scalars, **own.scalars}, collections)

    def fields(self, layer: Layer) -> tuple[dict[str, FieldValue], list[str]]:
        """The values that hold today, and the flat paths of memberships that begin later."""
        fields: dict[str, FieldValue] = dict(layer.scalars)
        later: list[str] = []
        for key, members in layer.collections.items():
            holds, waits = memberships.current_members(members)
            if key == "licenses":
                given = frozenset(holds)
                fields[key] = self._sets.setdefault(given, given)
            else:
                fields[key] = holds
                later.extend(f"{key}.{name}" for name in waits)
        return fields, later

    def _members(self, key: str, stated: dict[str, Any], address: Address, origin: Place) -> Stated:
        """Return the members that an entry states for a collection; note unknown names."""
        defaults = self.defaults[key]
        members = memberships.stated(stated[key], defaults, self.as_of)
        if memberships.has_odd_levels(members):
            self.odd_levels.extend(
                OddLevel(level, address, (key, *path), origin)
                for path, level in memberships.odd_levels(stated[key])
            )
        if not members.keys() <= defaults.keys():
            self._note(key, members.keys() - defaults.keys(), stated, address, origin)
        return members

    def _base(self, named: Any, address: Address, origin: Place) -> Layer:
        """Return the layer of the named profiles, made once for each list of names."""
        names = tuple(map(str, named)) if isinstance(named, list) else (str(named),)
        for number, name in enumerate(names):
            if name not in self.profiles:
                path = ("profile", number) if isinstance(named, list) else ("profile",)
                self.dangling.append(Reference(kinds.PROFILE, name, address, path, origin))
        if names not in self._bases:
            self._bases[names] = self._overlaid(names)
        return self._bases[names]

    def _overlaid(self, names: tuple[str, ...]) -> Layer:
        """Lay profiles over each other: a later scalar wins, collections add up."""
        scalars: dict[str, FieldValue] = {}
        collections: dict[str, Stated] = {}
        for layer in (self.profiles[name] for name in names if name in self.profiles):
            scalars.update(layer.scalars)
            for key, members in layer.collections.items():
                collections[key] = memberships.overlaid(collections.get(key), members)
        return Layer(scalars, collections)

    def _note(
        self,
        key: str,
        unknown: Collection[str],
        stated: dict[str, Any],
        address: Address,
        origin: Place,
    ) -> None:
        """Note names that nothing declares, each at its place."""
        kind, value = kinds.MEMBERSHIPS.get(key, kinds.LICENSE_POOL), stated[key]
        for name in unknown:
            step = value.index(name) if isinstance(value, list) else name
            self.dangling.append(Reference(kind, name, address, (key, step), origin))
