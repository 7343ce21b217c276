"""Makes a counterexample small: leaves out whatever is not needed for the same kind of finding."""

from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any

from tests.oracle.desired import Case, expectation

KEPT = frozenset({"name", "email", "extension", "phone", "active"})
SAYS_WHO = frozenset({"name", "email", "extension", "previously", "replaces"})
TRIES = 250


def shrink(case: Case, still_fails: Callable[[Case], bool], tries: int = TRIES) -> Case:
    """Tries one smaller case after the other, and goes on from each that still fails."""
    left = tries
    is_smaller = True
    while is_smaller and left > 0:
        is_smaller = False
        for smaller in _smaller(case):
            left -= 1
            if left < 0:
                break
            if is_sound(smaller) and still_fails(smaller):
                case, is_smaller = smaller, True
                break
    return case


def is_sound(case: Case) -> bool:
    """Whether the case still has an end that the contract allows: one holder of each key."""
    try:
        end = expectation(case).end
    except KeyError:
        return False
    named = {agent.get("email") for agent in case["live"]["agents"].values()}
    before = [
        entry[word]["email"]
        for entry in case["files"]["agents"]
        for word in ("previously", "replaces")
        if word in entry
    ]
    return named.issuperset(before) and all(
        len(keys) == len(set(keys))
        for path in ("email", "extension")
        for keys in [[agent[path] for agent in end.agents.values() if agent.get(path)]]
    )


def _smaller(case: Case) -> Iterator[Case]:
    yield from _fewer_people(case)
    for table in ("queues", "skills", "pools"):
        for name in case["live"][table]:
            yield _without_target(case, table, name)
    for index in range(len(case["live"]["directory"])):
        yield _edited(case, "live", "directory", index)
    yield from _fewer_settings(case)
    for index, entry in enumerate(case["files"]["agents"]):
        yield from _shorter_entries(case, index, entry)
    for key, agent in case["live"]["agents"].items():
        for path in agent:
            if path not in KEPT:
                yield _edited(case, "live", "agents", key, path)


def _fewer_people(case: Case) -> Iterator[Case]:
    for index, who in enumerate(case["is"]):
        yield _without_entry(case, index, with_live=who)
        if who:
            yield _without_entry(case, index, with_live=None)
    for key in case["live"]["agents"]:
        if key not in case["is"]:
            yield _edited(case, "live", "agents", key)


def _fewer_settings(case: Case) -> Iterator[Case]:
    for key in ("policy", "profiles", "license_pools", "extension_ranges"):
        if key in case["files"]:
            yield _edited(case, "files", key)
            for name in case["files"][key]:
                yield _edited(case, "files", key, name)
    for kind in ("queues", "skills"):
        for name, stated in case["files"].get(kind, {}).items():
            for setting in stated:
                yield _edited(case, "files", kind, name, setting)


def _shorter_entries(case: Case, index: int, entry: dict[str, Any]) -> Iterator[Case]:
    for key, value in entry.items():
        if key not in SAYS_WHO:
            yield _edited(case, "files", "agents", index, key)
            if isinstance(value, dict | list):
                members = range(len(value)) if isinstance(value, list) else value
                for member in members:
                    yield _edited(case, "files", "agents", index, key, member)


def _edited(case: Case, *path: Any) -> Case:
    smaller = deepcopy(case)
    holder: Any = smaller
    for step in path[:-1]:
        holder = holder[step]
    del holder[path[-1]]
    return smaller


def _without_entry(case: Case, index: int, with_live: str | None) -> Case:
    smaller = deepcopy(case)
    del smaller["files"]["agents"][index], smaller["is"][index]
    if with_live:
        del smaller["live"]["agents"][with_live]
    return smaller


def _without_target(case: Case, table: str, name: str) -> Case:
    """A queue, skill or pool, with everything that names it."""
    smaller = deepcopy(case)
    del smaller["live"][table][name]
    kind = "licenses" if table == "pools" else table
    for agent in smaller["live"]["agents"].values():
        agent.pop(f"{kind}.{name}", None)
    smaller["files"].get("license_pools" if table == "pools" else table, {}).pop(name, None)
    holders = [*smaller["files"]["agents"], *smaller["files"].get("profiles", {}).values()]
    for holder in holders:
        members = holder.get(kind)
        if isinstance(members, list) and name in members:
            members.remove(name)
        elif isinstance(members, dict):
            members.pop(name, None)
    return smaller
