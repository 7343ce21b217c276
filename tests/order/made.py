"""Tenants and what people want of them, made at random; and the comparison that makes changes.

`situation(chance)` takes anything with the methods of `random.Random`: hypothesis's own source in
the tests, a seeded one in the long run.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from random import Random

from reconciler.model import (
    Action,
    Bounds,
    Capabilities,
    Change,
    ExtensionRange,
    FieldChange,
    Reading,
    Resource,
)
from tests.order.tenant import Flat, Tenant, Terms, licenses

POOLS = ("sms", "voice", "web_chat")
REQUIRES = {"web_chat": "voice"}
TARGETS = ("queue/a", "queue/b", "skill/s")
PATHS = {"queue/a": "queues.a", "queue/b": "queues.b", "skill/s": "skills.s", "queue/n": "queues.n"}


@dataclass(frozen=True)
class Situation:
    """A tenant, and the objects as they are wanted (None: deleted; missing: left alone)."""

    live: Tenant
    wanted: Mapping[str, Flat | None]

    def after(self, now: Tenant) -> "Situation":
        """The same wishes, from another start."""
        return replace(self, live=now)


def situation(chance: Random, size: int = 6) -> Situation:
    """Small and tight: few free numbers, few free seats, people who change places."""
    people = {f"id-{n}": _person(chance, n) for n in range(chance.randint(1, size))}
    objects: dict[str, Flat] = {target: {"kind": target.split("/")[0]} for target in TARGETS}
    if chance.random() < 0.3:
        objects["queue/a"]["extension"] = "4201"
    if chance.random() < 0.06:
        _breach(chance, people)
    wanted = _wanted(chance, people, objects)
    last = 4000 + max(len(people) + chance.choice((-1, 0, 0, 0, 1, 2)), 1)
    terms = _terms(chance, people, wanted, str(last))
    return Situation(Tenant(terms, {**objects, **people}), wanted)


# --- before --------------------------------------------------------------------------------------


def _person(chance: Random, number: int) -> Flat:
    is_uc = chance.random() < 0.15
    person: Flat = {
        "kind": "agent",
        "email": f"p{number}@uc.example" if is_uc else f"p{number}@acme.example",
        "extension": str(2000 + number if is_uc else 4000 + number),
        "phone": "uc" if is_uc else "webrtc",
        "active": True,
    }
    return {**person, **_work(chance)}


def _breach(chance: Random, people: Mapping[str, Flat]) -> None:
    """A tenant that breaks a rule already is not made to stand still."""
    one, *others = chance.sample(sorted(people), len(people))
    if others and people[one]["phone"] == people[others[0]]["phone"] == "webrtc":
        people[one]["extension"] = people[others[0]]["extension"]
    elif not licenses(people[one]):
        people[one]["queues.a"] = 5


def _work(chance: Random) -> Flat:
    """Licenses with their bases, and memberships of the licensed."""
    held = {name for name in POOLS if chance.random() < 0.4}
    held |= {REQUIRES[name] for name in held if name in REQUIRES}
    joined = [t for t in TARGETS if chance.random() < 0.35] if held else []
    return {
        **{f"licenses.{name}": True for name in sorted(held)},
        **{PATHS[target]: chance.choice((True, 5)) for target in joined},
    }


def _terms(
    chance: Random, people: Mapping[str, Flat], wanted: Mapping[str, Flat | None], last: str
) -> Terms:
    """Pools with no seat to spare, over their limit, or with a little room."""
    hidden = {name: chance.choice((0, 0, 0, 1)) for name in POOLS}
    before, after = _seats(people.values()), _seats({**people, **wanted}.values())
    purchased = {}
    for name in POOLS:
        least = max(before[name], after[name]) if chance.random() < 0.85 else after[name]
        purchased[name] = least + hidden[name] + chance.choice((0, 0, 0, 0, 1, 2))
    return Terms(
        purchased=purchased,
        requires=REQUIRES,
        directory=tuple(
            (str(one["email"]), str(one["extension"]))
            for one in people.values()
            if one["phone"] == "uc"
        ),
        hidden=hidden,
        last=last,
        members_on_queue=chance.random() < 0.35,
    )


def _seats(objects: Iterable[Flat | None]) -> Counter[str]:
    used: Counter[str] = Counter()
    for one in objects:
        used.update(licenses(one) if one else ())
    return used


# --- after ---------------------------------------------------------------------------------------


def _wanted(
    chance: Random, people: Mapping[str, Flat], objects: Mapping[str, Flat]
) -> dict[str, Flat | None]:
    """Everybody's wishes: stay, change, exchange, leave; new hires; a new queue."""
    wanted: dict[str, Flat | None] = {}
    for handle, person in people.items():
        wish = chance.random()
        if wish < 0.12 and person["phone"] != "uc":
            wanted[handle] = None
        elif wish < 0.27:
            wanted[handle] = _suspended(chance, person)
        elif wish < 0.75:
            kept = {path: value for path, value in person.items() if "." not in path}
            wanted[handle] = {**kept, **_work(chance)}
    _exchange_licenses(chance, wanted, people)
    _exchange(chance, wanted, people, "extension")
    _exchange(chance, wanted, people, "email")
    for number in range(chance.choice((0, 0, 1, 1, 2))):
        wanted[f"agent/new{number}@acme.example"] = _hire(chance, number, wanted, people)
    if chance.random() < 0.25:
        _new_queue(chance, wanted, people)
    if "extension" in objects["queue/a"] and chance.random() < 0.5:
        wanted["queue/a"] = {
            "kind": "queue",
            "extension": chance.choice(("4200", "4202", _number(chance, wanted, people))),
        }
    return wanted


def _suspended(chance: Random, person: Flat) -> Flat:
    kept = {path: value for path, value in person.items() if "." not in path}
    gives_up = person["phone"] != "uc" and chance.random() < 0.3
    return {**kept, "active": False, **({"extension": None} if gives_up else {})}


def _exchange_licenses(
    chance: Random, wanted: dict[str, Flat | None], people: Mapping[str, Flat]
) -> None:
    """Two change licenses and stay in their queues; sometimes both are in the same one."""
    licensed = [handle for handle, person in people.items() if licenses(person)]
    if len(licensed) < 2 or chance.random() < 0.75:
        return
    pair = chance.sample(licensed, 2)
    held = [{f"licenses.{name}": True for name in sorted(licenses(people[h]))} for h in pair]
    shared = {PATHS["queue/a"]: 5} if chance.random() < 0.5 else {}
    for handle, others in zip(pair, reversed(held), strict=True):
        person = people[handle]
        kept = {path: value for path, value in person.items() if not path.startswith("licenses.")}
        people[handle].update(shared)
        wanted[handle] = {**kept, **shared, **others}


def _exchange(
    chance: Random,
    wanted: dict[str, Flat | None],
    people: Mapping[str, Flat],
    name: str,
) -> None:
    """Some of those who stay rotate their values, and some of them follow each other."""
    movers = [
        handle
        for handle, person in people.items()
        if person["phone"] != "uc"
        and (handle not in wanted or (wanted[handle] or {}).get(name))
        and chance.random() < (0.5 if name == "extension" else 0.25)
    ]
    chance.shuffle(movers)
    values = [people[handle][name] for handle in movers]
    turned = values[1:] + values[:1]
    if movers and chance.random() < 0.4:
        fresh = "moved@acme.example"
        turned[-1] = fresh if name == "email" else _number(chance, wanted, people)
    for handle, value in zip(movers, turned, strict=True):
        wanted[handle] = {**(wanted.get(handle) or people[handle]), name: value}


def _number(chance: Random, wanted: Mapping[str, Flat | None], people: Mapping[str, Flat]) -> str:
    """A number that a leaver gives up, or the first that nobody has or will have."""
    will = {**people, **wanted}
    had = {one["extension"] for one in people.values()}
    kept = {one["extension"] for one in will.values() if one and one.get("extension")}
    given = sorted(
        str(person["extension"])
        for person in people.values()
        if person["extension"] not in kept and person["phone"] != "uc"
    )
    if given and chance.random() < 0.7:
        return chance.choice(given)
    return next(n for n in map(str, range(4000, 4200)) if n not in kept and n not in had)


def _hire(
    chance: Random, number: int, wanted: Mapping[str, Flat | None], people: Mapping[str, Flat]
) -> Flat:
    return {
        "kind": "agent",
        "email": f"new{number}@acme.example",
        "extension": _number(chance, wanted, people),
        "phone": "webrtc",
        "active": True,
        **_work(chance),
    }


def _new_queue(chance: Random, wanted: dict[str, Flat | None], people: Mapping[str, Flat]) -> None:
    wanted["queue/n"] = {
        "kind": "queue",
        "extension": chance.choice(("4200", "4201", _number(chance, wanted, people))),
    }
    for handle, one in list(wanted.items()):
        if one and one["kind"] == "agent" and licenses(one) and chance.random() < 0.5:
            wanted[handle] = {**one, "queues.n": 3}


# --- as the stages see it ------------------------------------------------------------------------


def bounds(situation: Situation) -> Bounds:
    terms = situation.live.terms
    ranges = (
        ExtensionRange("agents", "webrtc_agent", terms.first, terms.last),
        ExtensionRange("queues", "queue", "4200", "4201"),
    )
    stated = (_resource(handle, one) for handle, one in situation.wanted.items() if one)
    return Bounds(
        ranges,
        terms.purchased,
        terms.requires,
        {},
        terms.members_on_queue,
        {resource.address: resource for resource in stated},
    )


def reading(tenant: Tenant) -> Reading:
    shown = [_resource(handle, one) for handle, one in tenant.objects.items()]
    used = tenant.seats()
    shown += [
        Resource(f"license_pool/{name}", "license_pool", {"purchased": n, "assigned": used[name]})
        for name, n in tenant.terms.purchased.items()
    ]
    shown += [
        Resource(f"directory_entry/{email}", "directory_entry", {"email": email, "extension": n})
        for email, n in tenant.terms.directory
    ]
    return Reading({one.address: one for one in shown}, Capabilities({}, {}))


def _resource(handle: str, one: Flat) -> Resource:
    kind = str(one["kind"])
    fields = {path: value for path, value in one.items() if "." not in path and path != "kind"}
    if kind != "agent":
        return Resource(handle, kind, fields, id=handle)  # type: ignore[arg-type]
    parts = [(*path.split("."), value) for path, value in one.items() if "." in path]
    fields["licenses"] = frozenset(member for name, member, _ in parts if name == "licenses")
    for collection in ("queues", "skills"):
        fields[collection] = {
            member: 0 if value is True else value
            for name, member, value in parts
            if name == collection
        }
    address = f"agent/{one.get('email')}"
    return Resource(address, kind, fields, id=handle)  # type: ignore[arg-type]


def changes(situation: Situation) -> list[Change]:
    """Desired against live, path by path."""
    found = []
    for handle, want in situation.wanted.items():
        have = situation.live.objects.get(handle)
        change = _change(handle, have, want)
        if change and (change.fields or change.action is Action.DELETE):
            found.append(change)
    return found


def _change(handle: str, have: Flat | None, want: Flat | None) -> Change | None:
    if want is None:
        action = Action.DELETE
    elif have is None:
        action = Action.CREATE
    else:
        action = Action.UPDATE if want.get("active", True) else Action.SUSPEND
    if want is None and have is None:
        return None
    one = want or have or {}
    kind = str(one["kind"])
    address = f"agent/{one['email']}" if kind == "agent" else handle
    fields = tuple(
        FieldChange(path, (have or {}).get(path), (want or {}).get(path))  # type: ignore[arg-type]
        for path in sorted({*(have or {}), *(want or {})} - {"kind"})
        if (have or {}).get(path) != (want or {}).get(path)
    )
    live_id = handle if have else None
    return Change(address, kind, address, action, fields, "files differ", live_id=live_id)


def handles(found: Sequence[Change]) -> dict[str, str]:
    """The handle of each address of the changes; a new object's is its address."""
    return {change.address: change.live_id or change.address for change in found}
