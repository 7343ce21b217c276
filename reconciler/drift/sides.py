"""Compare two folders, a folder and a tenant, or two tenants, by name.

Unlike a drift report this looks both ways: what only B states differs, too. What the tenant of one
side does not show is unobserved; what the files leave out beside a tenant is unmanaged, and not
compared.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from reconciler import kinds
from reconciler.diagnostics import Position
from reconciler.model import (
    Address,
    Capabilities,
    Desired,
    DriftClass,
    DriftItem,
    Policy,
    Reading,
    Resource,
    Side,
    Tenant,
    Unobserved,
    Value,
)

ENTRIES: Final = (kinds.AGENT, kinds.QUEUE, kinds.SKILL)
COMPARED: Final = (*ENTRIES, kinds.LICENSE_POOL)
ONLY_IN_FILES: Final = frozenset({"from", "until", "min_agents", "purpose", "range", "unlisted"})
"""Fields that no tenant has, of agents, queues, skills and extension ranges."""

_ALL: Final = {
    kind.name: frozenset({*(row.name for row in kind.scalars), *kind.collections})
    for kind in kinds.KINDS.values()
}

Resources = Mapping[Address, Resource]


@dataclass(frozen=True, slots=True)
class SideState:
    """One side: what stands in files or is in a tenant, by address."""

    side: Side
    desired: Desired
    reading: Reading

    @property
    def resources(self) -> Resources:
        return self.desired.resources


@dataclass(frozen=True, slots=True)
class Differences:
    """What differs; `unobserved`, `same` and `unstated` as in `SideComparison`."""

    items: tuple[DriftItem, ...]
    unobserved: tuple[Unobserved, ...]
    same: int
    unstated: frozenset[tuple[Address, str]]


def of_files(side: Side, desired: Desired) -> SideState:
    """Everything that files declare, also who begins later, with ranges, pools and terms."""
    stated = {
        **{address: _with_terms(r, desired) for address, r in desired.resources.items()},
        **{address: _with_terms(r, desired) for address, r in desired.waiting.items()},
        **{r.address: r for r in _declarations(desired)},
    }
    ranges = tuple(replace(interval, unlisted="report") for interval in desired.ranges)
    whole = replace(
        desired, resources=stated, waiting={}, not_yet={}, ranges=ranges, policy=Policy()
    )
    return SideState(side, whole, Reading(stated, Capabilities(_ALL, _ALL)))


def of_tenant(side: Side, reading: Reading, tenant: Tenant, as_of: date) -> SideState:
    """What a tenant shows."""
    observed = reading.capabilities.observed
    shown = {a: r for a, r in reading.resources.items() if r.kind in COMPARED}
    state = Desired(tenant, as_of, shown)
    return SideState(side, state, Reading(shown, Capabilities(observed, observed)))


def _with_terms(resource: Resource, desired: Desired) -> Resource:
    """A declared resource with its days and its minimum, which no tenant knows."""
    fields = dict(resource.fields)
    if (term := desired.terms.get(resource.address)) is not None:
        days = (("from", term.start), ("until", term.end))
        fields |= {name: day.isoformat() for name, day in days if day}
    if (minimum := desired.minimums.get(resource.address)) is not None:
        fields["min_agents"] = minimum
    return replace(resource, fields=fields)


def _declarations(desired: Desired) -> Iterator[Resource]:
    for pool in desired.pools.values():
        values = {"purchased": pool.purchased, "requires": pool.requires}
        yield Resource(
            kinds.address(kinds.LICENSE_POOL, pool.license),
            kinds.LICENSE_POOL,
            {name: value for name, value in values.items() if value is not None},
            origin=pool.origin,
        )
    for interval in desired.ranges:
        yield Resource(
            kinds.address(kinds.EXTENSION_RANGE, interval.name),
            kinds.EXTENSION_RANGE,
            {
                "purpose": interval.purpose,
                "range": f"{interval.first}-{interval.last}",
                "unlisted": interval.unlisted,
            },
            origin=interval.origin,
        )


def differences(left: SideState, right: SideState, matches: Resources) -> Differences:
    """Compare A with B; `matches` maps the address of an agent, queue or skill of A to its B."""
    pairs = dict(matches)
    for address, resource in left.resources.items():
        if resource.kind not in ENTRIES and address in right.resources:
            pairs[address] = right.resources[address]
    fields = _Fields(left.side, right.side)
    items: list[DriftItem] = []
    same = 0
    for address, live in pairs.items():
        differing = list(fields.compared(left.resources[address], live))
        items += differing
        same += not differing
    items += _on_one_side(left, right, pairs)
    return Differences(
        tuple(sorted(items, key=lambda item: (item.address, item.path or ""))),
        tuple(Unobserved(*key, count) for key, count in sorted(fields.unobserved.items())),
        same,
        frozenset(fields.unstated),
    )


def _on_one_side(left: SideState, right: SideState, pairs: Resources) -> Iterator[DriftItem]:
    of_one_kind = left.side.is_live == right.side.is_live
    matched = {resource.address for resource in pairs.values()}
    sides = (
        (left, right, pairs.keys(), True, None),
        (right, left, matched, None, True),
    )
    for state, other, paired, in_left, in_right in sides:
        for address, resource in state.resources.items():
            is_inactive = resource.fields.get("active") is False
            if address in paired or (is_inactive and not of_one_kind):
                continue
            if _may_be_on(other, resource.kind) and (of_one_kind or resource.kind in ENTRIES):
                yield _item(resource, resource, None, in_left, in_right)


def _may_be_on(state: SideState, kind: str) -> bool:
    """Return whether absent means missing: a tenant that does not list a kind may have it."""
    return kind in state.reading.capabilities.observed


class _Fields:
    """The comparison of pairs; collects what cannot be compared."""

    def __init__(self, left: Side, right: Side) -> None:
        self.left, self.right = left, right
        self.unobserved: Counter[tuple[str, str]] = Counter()
        self.unstated: set[tuple[Address, str]] = set()

    def compared(self, left: Resource, right: Resource) -> Iterator[DriftItem]:
        for name in sorted(left.fields.keys() | right.fields.keys()):
            if name not in _ALL[left.kind] | ONLY_IN_FILES:
                continue
            if name in left.fields and name in right.fields:
                yield from _field(left, right, name)
            else:
                yield from self._one_sided(left, right, name)

    def _one_sided(self, left: Resource, right: Resource, name: str) -> Iterator[DriftItem]:
        """A field that one side leaves out: not stated by files, not shown by a tenant."""
        stated_left = name in left.fields
        without, other = (self.right, self.left) if stated_left else (self.left, self.right)
        if without.is_live:
            if name not in ONLY_IN_FILES:
                self.unobserved[left.kind, name] += 1
        elif not other.is_live:
            for item in _field(left, right, name):
                self.unstated.add((item.address, item.path or ""))
                yield item


def _field(left: Resource, right: Resource, name: str) -> Iterator[DriftItem]:
    sides = [
        dict(kinds.flat({name: r.fields[name]} if name in r.fields else {})) for r in (left, right)
    ]
    for path in sorted(sides[0].keys() | sides[1].keys()):
        values = sides[0].get(path), sides[1].get(path)
        if not _same(*values):
            yield _item(left, right, path, *values)


def _same(left: Value, right: Value) -> bool:
    """Compare two values; a membership without a level (`True`) equals one with any level."""
    if isinstance(left, bool) and isinstance(right, bool):
        return left is right
    if left is True or right is True:
        return None not in (left, right)
    return left == right


def _item(
    left: Resource, right: Resource, path: str | None, value: Value, other: Value
) -> DriftItem:
    return DriftItem(
        address=left.address,
        kind=left.kind,
        label=kinds.label_of(left),
        drift=DriftClass.DIFFERENCE,
        path=path,
        base=None,
        desired=value,
        live=other,
        source=_source(left, path) or _source(right, path),
    )


def _source(resource: Resource, path: str | None) -> Position | None:
    if resource.origin is None:
        return None
    if path is None:
        return resource.origin.at()
    name, member = kinds.split_path(path)
    return resource.origin.at(name, member) if member else resource.origin.at(name)


def takable(items: Iterable[DriftItem]) -> list[DriftItem]:
    """The items of agents, queues and skills: what an edit of an entry can take over."""
    return [item for item in items if item.kind in ENTRIES]
