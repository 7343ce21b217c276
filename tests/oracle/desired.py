"""What the files of a case mean, and how the tenant has to end. Written from the contract alone.

A case is JSON: `live` (see `tenant`), `files` (the YAML document), `is` (for each entry of
`files.agents` the id of the live agent that it means, or null for a new one).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.oracle.tenant import (
    MEMBERSHIPS,
    UC_OWNED,
    Flat,
    Tenant,
    from_case,
    licenses,
    with_values,
)

Case = dict[str, Any]

PAST = "2020-01-31"
FUTURE = "2099-01-31"
TODAY = "2026-01-01"
"""Dates of a case are far from any day on which the tests run: this one stands for them all."""

SCALARS = (
    "name",
    "email",
    "extension",
    "preferred_name",
    "no_answer_destination",
    "recording_mode",
    "review_own_recordings",
)
COLLECTIONS = ("licenses", "queues", "skills")


@dataclass
class Person:
    """One entry: whom it means, and its values. A collection that is None is unmanaged."""

    index: int
    entry: Flat
    live_id: str | None
    scalars: Flat = field(default_factory=dict)
    licenses: set[str] | None = None
    queues: Flat | None = None
    skills: Flat | None = None

    @property
    def key(self) -> str:
        """The id in the tenant; one of ours for somebody who is created."""
        return self.live_id or f"entry-{self.index}"

    @property
    def has_left(self) -> bool:
        return self.entry.get("until", FUTURE) < TODAY

    @property
    def is_later(self) -> bool:
        return self.entry.get("from", PAST) > TODAY

    @property
    def is_off(self) -> bool:
        return self.entry.get("active") is False


@dataclass
class Expectation:
    """`end` holds every agent of the tenant after the apply, by id or `entry-N`."""

    start: Tenant
    end: Tenant
    people: list[Person]
    replaced: set[str]
    numbers: set[str]
    """Of the range in which agents live."""

    def changes(self) -> dict[str, Flat]:
        """For each agent that changes, path to (before, after); None where there is nothing."""
        result = {}
        for key in sorted({*self.start.agents, *self.end.agents}):
            before, after = self.start.agents.get(key, {}), self.end.agents.get(key, {})
            changed = {
                path: (before.get(path), after.get(path))
                for path in sorted({*before, *after})
                if before.get(path) != after.get(path)
            }
            if changed:
                result[key] = changed
        return result


def expectation(case: Case) -> Expectation:
    files = case["files"]
    limits = {
        name: pool["purchased"]
        for name, pool in files.get("license_pools", {}).items()
        if "purchased" in pool
    }
    start = from_case(case["live"], limits)
    end = start.copy()
    people = [
        resolved(files, index, entry, live_id)
        for index, (entry, live_id) in enumerate(zip(files["agents"], case["is"], strict=True))
    ]
    _targets(files, end)
    for person in people:
        _settle(files, person, start, end)
    replaced = _replaced(case, people, start)
    for key in replaced:
        end.agents[key] = suspended(end.agents[key])
    _give_up_numbers(people, replaced, end)
    return Expectation(start, end, people, replaced, _numbers(files))


def _numbers(files: Mapping[str, Any]) -> set[str]:
    ranges = files.get("extension_ranges", {}).values()
    bounds = [r["range"].split("-") for r in ranges if r["purpose"] == "webrtc_agent"]
    return {str(n) for first, last in bounds for n in range(int(first), int(last) + 1)}


def resolved(files: Mapping[str, Any], index: int, entry: Flat, live_id: str | None) -> Person:
    """Profiles first, a later one over an earlier one, the entry over all."""
    person = Person(index, entry, live_id)
    names = entry.get("profile", [])
    sources = [files["profiles"][n] for n in ([names] if isinstance(names, str) else names)]
    for source in [*sources, entry]:
        person.scalars |= {n: source[n] for n in SCALARS if n in source}
        for collection in COLLECTIONS:
            if collection in source:
                _add(files, person, collection, source[collection], is_entry=source is entry)
    return person


def _add(
    files: Mapping[str, Any], person: Person, collection: str, value: Any, *, is_entry: bool
) -> None:
    if not value and is_entry:
        setattr(person, collection, set() if collection == "licenses" else {})
        return
    stated = dict.fromkeys(value, True) if isinstance(value, list) else value
    if collection == "licenses":
        held = person.licenses or set()
        gone = {name for name, given in stated.items() if given == "none"}
        person.licenses = (held | set(stated)) - gone
        return
    members = dict(getattr(person, collection) or {})
    for name, level in stated.items():
        members[name] = level
    setattr(person, collection, members)


def memberships(files: Mapping[str, Any], person: Person, live: Flat) -> Iterator[tuple[str, Any]]:
    """Every managed membership path with its level: True for any, None for not a member."""
    for kind in ("queues", "skills"):
        stated = getattr(person, kind)
        if stated is None:
            continue
        left = {path for path in live if path.startswith(f"{kind}.")}
        for name, word in stated.items():
            path = f"{kind}.{name}"
            left.discard(path)
            yield path, _level(files, kind, name, word, live.get(path))
        yield from ((path, None) for path in sorted(left))


def _level(files: Mapping[str, Any], kind: str, name: str, word: Any, live_level: Any) -> Any:
    if isinstance(word, dict):
        if word.get("from", PAST) > TODAY:
            return live_level
        if word.get("until", FUTURE) < TODAY:
            return None
        word = word.get("level", "default")
    if word == "none":
        return None
    if word is True or word == "default":
        stated = files.get(kind, {}).get(name, {}).get("default_level")
        return stated if stated is not None else (live_level if live_level is not None else True)
    return word


def _settle(files: Mapping[str, Any], person: Person, start: Tenant, end: Tenant) -> None:
    live = start.agents.get(person.live_id or "", {})
    if person.is_later or (person.has_left and not live):
        return
    values = _scalars(person, live)
    if person.has_left:
        end.agents[person.key] = with_values(suspended(live), values)
        return
    values["active"] = not person.is_off
    if not live:
        values["phone"] = "webrtc"
    if person.licenses is not None:
        held = {f"licenses.{name}": True for name in person.licenses}
        values |= {f"licenses.{name}": None for name in licenses(live)} | held
    values |= dict(memberships(files, person, live))
    end.agents[person.key] = with_values(live, values)


def _scalars(person: Person, live: Flat) -> Flat:
    """The stated ones; of a UC agent those that the UC directory does not own."""
    values = dict(person.scalars)
    if live.get("phone") == "uc":
        return {path: value for path, value in values.items() if path not in UC_OWNED}
    if "email" in values:
        values["email"] = values["email"].lower()
    return values


def suspended(agent: Flat) -> Flat:
    """Kept, sign-in off, licenses released, memberships removed."""
    kept = {
        path: value
        for path, value in agent.items()
        if not path.startswith(("licenses.", *MEMBERSHIPS))
    }
    return kept | {"active": False}


def _targets(files: Mapping[str, Any], end: Tenant) -> None:
    for kind, table in (("queues", end.queues), ("skills", end.skills)):
        for name, stated in files.get(kind, {}).items():
            values = {
                path: (str(value) if path == "extension" and value is not None else value)
                for path, value in stated.items()
                if path in ("extension", "priority", "routing", "default_level")
            }
            table[name] = with_values(table.get(name, {}), values)


def _replaced(case: Case, people: list[Person], start: Tenant) -> set[str]:
    result = set()
    for person in people:
        old = person.entry.get("replaces", {}).get("email")
        if old and not person.is_later:
            result |= {k for k, a in start.agents.items() if a.get("email") == old.lower()}
    return result


def _give_up_numbers(people: list[Person], replaced: set[str], end: Tenant) -> None:
    """Who is suspended keeps the number unless somebody else is to have it."""
    wanted = {
        end.agents[person.key].get("extension"): person.key
        for person in people
        if person.key in end.agents and not person.has_left and not person.is_later
    }
    leaving = replaced | {p.live_id for p in people if p.has_left and p.live_id}
    for key in leaving:
        number = end.agents[key].get("extension")
        if number in wanted and wanted[number] != key:
            end.agents[key] = with_values(end.agents[key], {"extension": None})
