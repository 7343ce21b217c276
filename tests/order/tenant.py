"""A tenant as its rules see it, to judge orders by. Shares no code with `reconciler.order`.

An object is a flat mapping of paths to values (`licenses.voice`, `queues.support`). `Tenant.apply`
writes one operation; `breaches` says which of I1 to I3 and I5 do not hold; coverage and seats can
be counted. Nothing here orders anything.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from reconciler.model import Operation

Flat = dict[str, object]
UC_OWNED = {"name", "email", "extension", "phone", "no_answer_destination", "recording_mode"}


@dataclass(frozen=True)
class Terms:
    """What does not change while operations run. `hidden` seats are in use by what is not shown."""

    purchased: Mapping[str, int]
    requires: Mapping[str, str]
    directory: tuple[tuple[str, str], ...] = ()
    hidden: Mapping[str, int] = field(default_factory=dict)
    first: str = "4000"
    last: str = "4009"
    members_on_queue: bool = False


@dataclass
class Tenant:
    """`objects` by their handle, which is not the address: e-mails change."""

    terms: Terms
    objects: dict[str, Flat]

    def copy(self) -> "Tenant":
        return Tenant(self.terms, {handle: dict(one) for handle, one in self.objects.items()})

    def apply(self, operation: Operation, handle: str) -> None:
        """One atomic write."""
        if operation.verb == "delete":
            del self.objects[handle]
            return
        if operation.verb == "create":
            assert handle not in self.objects, f"{handle} is there already"
            self.objects[handle] = {"kind": operation.kind}
        one = self.objects[handle]
        for path, value in operation.set.items():
            if value is None and "." in path:
                one.pop(path, None)
            else:
                one[path] = value

    def agents(self) -> Iterator[tuple[str, Flat]]:
        return ((h, one) for h, one in self.objects.items() if one["kind"] == "agent")

    def holders(self) -> Counter[tuple[str, str]]:
        """A UC agent and its directory entry are one person."""
        held: Counter[tuple[str, str]] = Counter()
        for email, number in self.terms.directory:
            held.update([("email", email), ("extension", number)])
        for one in self.objects.values():
            for name in ("email", "extension"):
                if one.get(name) and one.get("phone") != "uc":
                    held[name, str(one[name]).lower()] += 1
        return held

    def seats(self) -> Counter[str]:
        used = Counter(self.terms.hidden)
        for _, one in self.agents():
            used.update(licenses(one))
        return used

    def coverage(self) -> Counter[str]:
        covered: Counter[str] = Counter()
        for _, one in self.agents():
            if licenses(one):
                covered.update(memberships(one))
        return covered

    def broken(self) -> Iterator[str]:
        """I3: what a state alone may not be."""
        for handle, one in self.agents():
            held = licenses(one)
            for name in held:
                if self.terms.requires.get(name, name) not in held:
                    yield f"{handle} has {name} without its base"
            if not held and memberships(one):
                yield f"{handle} is a member without a license"
            for target in memberships(one):
                if target not in self.objects:
                    yield f"{handle} is in {target}, which is not there"


def licenses(one: Flat) -> set[str]:
    return {path.split(".")[1] for path in one if path.startswith("licenses.")}


def memberships(one: Flat) -> set[str]:
    kinds = {"queues": "queue", "skills": "skill"}
    parts = (path.split(".", 1) for path in one if path.split(".")[0] in kinds and "." in path)
    return {f"{kinds[name]}/{member}" for name, member in parts}


@dataclass(frozen=True)
class Judge:
    """Compares every moment with the start: nothing may get worse than it was and than it must."""

    start: Tenant
    floors: Mapping[str, int]

    def breaches(self, now: Tenant) -> Iterator[str]:
        before = self.start
        held = before.holders()
        for value, count in now.holders().items():
            if count > max(1, held[value]):
                yield f"I1: {value} has {count} holders"
        used = before.seats()
        for name, count in now.seats().items():
            purchased = now.terms.purchased.get(name)
            if purchased is not None and count > max(purchased, used[name]):
                yield f"I2: {count} seats of {name}"
        known = set(before.broken())
        yield from (f"I3: {words}" for words in now.broken() if words not in known)
        covered = now.coverage()
        for target, floor in self.floors.items():
            if covered[target] < floor:
                yield f"I4: {target} has {covered[target]}, not {floor}"


def overfilled(before: Tenant, now: Tenant) -> Iterator[str]:
    """I2 of one write: a seat given in a pool that is at its limit or above."""
    used = now.seats()
    for handle, one in now.agents():
        for name in licenses(one) - licenses(before.objects.get(handle, {})):
            if used[name] > now.terms.purchased.get(name, used[name]):
                yield f"I2: {handle} is the holder of seat {used[name]} of {name}"


def owned(operations: Iterable[Operation], uc_addresses: set[str]) -> Iterator[str]:
    """I5: writes to what the UC directory owns."""
    for operation in operations:
        if operation.address in uc_addresses and UC_OWNED & set(operation.set):
            yield f"I5: {operation.address} writes {sorted(UC_OWNED & set(operation.set))}"
