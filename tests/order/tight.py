"""Small tenants in which nearly every change is in the way of another one."""

from collections.abc import Iterable
from dataclasses import dataclass
from random import Random

from tests.order.made import PATHS, Situation
from tests.order.tenant import Flat, Tenant, Terms, licenses

TARGETS = ("queue/a", "queue/b", "skill/s")


def tight(chance: Random, most: int = 5) -> Situation:
    """Full pools, queues of one or two, people who leave, come, and take each other's numbers."""
    count = chance.randint(2, most)
    made = _Made(
        chance,
        ("voice",) if chance.random() < 0.5 else ("sms", "voice"),
        TARGETS[: chance.randint(1, 3)],
    )
    people = {f"id-{n}": made.person(f"p{n}", str(4000 + n), 0.75) for n in range(count)}
    wanted = {h: wish for h, p in people.items() if (wish := made.wish(p)) != p}
    made.exchange_numbers(people, wanted)
    made.hire(people, wanted)
    objects: dict[str, Flat] = {target: {"kind": target.split("/")[0]} for target in made.targets}
    last = "4099" if chance.random() < 0.6 else str(4000 + count - chance.randint(0, 1))
    terms = Terms(
        {name: made.purchased(name, people.values(), wanted) for name in made.pools},
        {},
        last=last,
        members_on_queue=chance.random() < 0.35,
    )
    return Situation(Tenant(terms, {**objects, **people}), wanted)


@dataclass(frozen=True)
class _Made:
    chance: Random
    pools: tuple[str, ...]
    targets: tuple[str, ...]

    def person(self, name: str, extension: str, busy: float) -> Flat:
        return {
            "kind": "agent",
            "email": f"{name}@acme.example",
            "extension": extension,
            "phone": "webrtc",
            "active": True,
            **self._work(busy),
        }

    def _work(self, busy: float) -> Flat:
        often = 0.85 if len(self.pools) == 1 else 0.6
        works = self.chance.random() < busy
        held = [name for name in self.pools if works and self.chance.random() < often]
        joined = [target for target in self.targets if held and self.chance.random() < 0.5]
        return {
            **{f"licenses.{name}": True for name in held},
            **{PATHS[target]: 5 for target in joined},
        }

    def wish(self, person: Flat) -> Flat | None:
        wish, bare = self.chance.random(), {p: v for p, v in person.items() if "." not in p}
        if wish < 0.2:
            return None
        if wish < 0.4:
            gives_up = self.chance.random() < 0.4
            return {**bare, "active": False, **({"extension": None} if gives_up else {})}
        return {**bare, **self._work(0.9)} if wish < 0.75 else person

    def exchange_numbers(self, people: dict[str, Flat], wanted: dict[str, Flat | None]) -> None:
        stay = [h for h in people if (wanted.get(h, people[h]) or {}).get("extension")]
        if len(stay) < 2 or self.chance.random() > 0.3:
            return
        movers = self.chance.sample(stay, self.chance.randint(2, len(stay)))
        numbers = [people[handle]["extension"] for handle in movers]
        for handle, number in zip(movers, numbers[1:] + numbers[:1], strict=True):
            wanted[handle] = {**(wanted.get(handle) or people[handle]), "extension": number}

    def hire(self, people: dict[str, Flat], wanted: dict[str, Flat | None]) -> None:
        kept = {one["extension"] for one in {**people, **wanted}.values() if one}
        freed = [p["extension"] for p in people.values() if p["extension"] not in kept]
        for n in range(self.chance.choice((0, 1, 1, 2, 2, 3))):
            takes_over = freed and self.chance.random() < 0.6
            number = str(freed.pop() if takes_over else 4050 + n)
            wanted[f"agent/new{n}@acme.example"] = self.person(f"new{n}", number, 0.95)

    def purchased(self, name: str, people: Iterable[Flat], wanted: dict[str, Flat | None]) -> int:
        by_handle = dict(enumerate(people))
        before = sum(name in licenses(one) for one in by_handle.values())
        changed = {int(h[3:]): one for h, one in wanted.items() if h.startswith("id-")}
        hired = [one for h, one in wanted.items() if h.startswith("agent/")]
        later = (*{**by_handle, **changed}.values(), *hired)
        after = sum(name in licenses(one) for one in later if one)
        spare = self.chance.choice((0, 0, 0, 0, 1)) - (self.chance.random() < 0.07)
        return max(before, after) + spare
