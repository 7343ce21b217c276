"""Count licenses, coverage and extensions of the tenant, before and after the changes.

For the rules that judge a plan, and for the plan's own tables. A no-op plan over 10,000 agents must
cost next to nothing, so the whole tenant is walked a single time; what comes after is that count,
corrected by the changed resources only.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain

from reconciler import kinds
from reconciler.model import Action, Address, Change, FieldValue, License, Reading, Resource

Fields = Mapping[str, FieldValue]
Resources = Mapping[Address, Resource]
NOTHING: Fields = {}


@dataclass(frozen=True, slots=True)
class Step:
    """One changed resource, before and after; without fields where it is not there."""

    address: Address
    kind: str
    was: Fields
    will: Fields


@dataclass(slots=True)
class Tally:
    """Counts over the resources of a tenant.

    `covered` counts the licensed agents of each queue and skill, `reachable` those of them who
    can sign in; `numbers` maps each extension in use to the purposes of those who hold it.
    """

    licenses: Counter[License] = field(default_factory=Counter)
    covered: Counter[Address] = field(default_factory=Counter)
    reachable: Counter[Address] = field(default_factory=Counter)
    numbers: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def add(self, kind: str, fields: Fields) -> None:
        if kind == kinds.AGENT:
            self._count(fields, 1)
        self.hold(kind, fields)

    def hold(self, kind: str, fields: Fields) -> None:
        number = fields.get("extension")
        if isinstance(number, str):
            others, own = self.numbers.get(number), (purpose(kind, fields),)
            self.numbers[number] = others + own if others else own

    def take(self, kind: str, fields: Fields) -> None:
        if kind == kinds.AGENT:
            self._count(fields, -1)
        number = fields.get("extension")
        if isinstance(number, str):
            left = list(self.numbers[number])
            left.remove(purpose(kind, fields))
            self.numbers[number] = tuple(left)

    def _count(self, fields: Fields, by: int) -> None:
        licenses, covered = self.licenses, self.covered
        for name in _licenses(fields):
            licenses[name] += by
        for target in kinds.covered(fields):
            covered[target] += by
            if can_sign_in(fields):
                self.reachable[target] += by


def can_sign_in(fields: Fields) -> bool:
    """Whether sign-in is on, or nobody knows that it is off."""
    return fields.get("active") is not False


def unknown(reading: Reading) -> Mapping[str, int]:
    """By collection, the number of live agents of whom nobody knows it; without those of nobody.
    Only of a tenant that leaves to people what it does not show, or takes what it hides.
    """
    capabilities = reading.capabilities
    names = kinds.COLLECTIONS if capabilities.by_hand else kinds.COLLECTIONS & capabilities.hidden
    if not names:
        return {}
    agents = [
        resource.fields for resource in reading.resources.values() if resource.kind == kinds.AGENT
    ]
    counts = {name: sum(name not in fields for fields in agents) for name in sorted(names)}
    return {name: count for name, count in counts.items() if count}


def counted(resources: Resources) -> Tally:
    agents = [r.fields for r in resources.values() if r.kind == kinds.AGENT]
    licenses = Counter(chain.from_iterable(map(_licenses, agents)))
    reachable = kinds.coverage(fields for fields in agents if can_sign_in(fields))
    tally = Tally(licenses, kinds.coverage(agents), reachable)
    for resource in resources.values():
        tally.hold(resource.kind, resource.fields)
    return tally


def after(before: Tally, steps: Iterable[Step]) -> Tally:
    tally = Tally(
        before.licenses.copy(),
        before.covered.copy(),
        before.reachable.copy(),
        dict(before.numbers),
    )
    for step in steps:
        tally.take(step.kind, step.was)
        tally.add(step.kind, step.will)
    return tally


def steps(resources: Resources, changes: Sequence[Change]) -> Iterator[Step]:
    """Each change with the fields of what it changes, found by the tenant's handle."""
    wanted = {change.live_id for change in changes if change.live_id}
    by_id = {(r.kind, str(r.id)): r.fields for r in resources.values() if r.id in wanted}
    for change in changes:
        was = by_id.get((change.kind, str(change.live_id)), NOTHING)
        if change.live_id is None and change.action is not Action.CREATE:
            live = resources.get(change.address)
            was = live.fields if live else NOTHING
        values = {item.path: item.after for item in change.fields}
        gone = change.action is Action.DELETE
        will = NOTHING if gone else kinds.with_values(was, values)
        yield Step(change.address, change.kind, was, will)


def assigned(resources: Resources, name: License) -> int:
    """The tenant's own count of seats in use, which may know of more than it shows holders; 0
    where it shows no such pool.
    """
    pool = resources.get(kinds.address(kinds.LICENSE_POOL, name))
    count = pool.fields.get("assigned") if pool else None
    return count if isinstance(count, int) else 0


def purpose(kind: str, fields: Fields) -> str:
    """The purpose of the range in which the holder of a number belongs."""
    if kind == kinds.QUEUE:
        return "queue"
    if kind == kinds.DIRECTORY_ENTRY:
        return "uc_group" if fields.get("type") == "group" else "uc_user"
    return "uc_user" if fields.get("phone") == "uc" else "webrtc_agent"


def _licenses(fields: Fields) -> Iterable[License]:
    held = fields.get("licenses")
    return held if isinstance(held, frozenset) else ()
