"""Seeds: what a new tenant starts with, from JSON, written through the same rules as all else.

    {"license_pools": {"voice": {"purchased": 45}, "sms": {"purchased": 10, "requires": "voice"}},
     "directory":     [{"name": "...", "email": "...", "extension": "2001", "type": "user"}],
     "queues":        {"support": {"extension": "1001", "priority": 5}},
     "skills":        {"spanish": {"default_level": 5}},
     "agents":        [{"email": "...", "name": "...", "extension": "4001", "licenses": ["voice"],
                        "queues": {"support": 8}, "skills": {"spanish": null}}],
     "announced":     [ ... the directory as the next sync will find it, if that differs ... ]}

An agent with `"phone": "uc"` needs nothing but its extension: the directory says the rest.
"""

import json
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Any

from reconciler.sandbox import access, agents, directory, pools, regular_files, targets
from reconciler.sandbox.database import Transaction
from reconciler.sandbox.errors import SeedError
from reconciler.sandbox.facts import QUEUE, SKILL, UC, AgentSettings, Entry, TargetSettings
from reconciler.sandbox.refusals import InvalidError, RefusedError

KEYS = ("license_pools", "directory", "queues", "skills", "agents", "announced")

Seed = Mapping[str, Any]


def packaged() -> tuple[str, ...]:
    """The names of the seeds that travel in the package."""
    folder = resources.files("reconciler.sandbox") / "seeds"
    names = (entry.name for entry in folder.iterdir() if entry.name.endswith(".json"))
    return tuple(sorted(name.removesuffix(".json") for name in names))


def load(seed: str | Path) -> Seed:
    """A packaged seed by its name, or a file."""
    text = _text(seed)
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise SeedError(f"seed {seed} is not JSON: {error}") from error
    if not isinstance(content, dict):
        raise SeedError(f"seed {seed} is not a JSON object")
    unknown = sorted(set(content) - set(KEYS))
    if unknown:
        raise SeedError(f"seed {seed} has an unknown key {unknown[0]}; known: {', '.join(KEYS)}")
    return content


def plant(transaction: Transaction, seed: Seed, purchases: pools.Purchases) -> None:
    """Sets up an empty tenant: tokens, pools, and what the seed holds."""
    access.issue(transaction)
    try:
        pools.purchase(transaction, _stated_pools(seed) or purchases)
        _plant_directory(transaction, seed)
        _plant_targets(transaction, seed)
        for entry in seed.get("agents", ()):
            _plant_agent(transaction, entry)
        if "announced" in seed:
            directory.announce(transaction, map(_entry, seed["announced"]))
    except RefusedError as error:
        raise SeedError(f"the seed breaks a rule: {error.message}") from error
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise SeedError(f"the seed has an entry of the wrong shape: {error}") from error


def _text(seed: str | Path) -> str:
    if isinstance(seed, str) and seed in packaged():
        folder = resources.files("reconciler.sandbox") / "seeds"
        return (folder / f"{seed}.json").read_text(encoding="utf-8")
    try:
        return regular_files.text(Path(seed))
    except (OSError, ValueError) as error:
        known = ", ".join(packaged())
        reason = getattr(error, "strerror", None) or error
        raise SeedError(
            f"no seed {seed}: neither packaged ({known}) nor a file: {reason}"
        ) from error


def _stated_pools(seed: Seed) -> pools.Purchases:
    return {
        name: (pool["purchased"], pool.get("requires"))
        for name, pool in seed.get("license_pools", {}).items()
    }


def _plant_directory(transaction: Transaction, seed: Seed) -> None:
    directory.announce(transaction, map(_entry, seed.get("directory", ())))
    conflicts = directory.take_over(transaction)
    if conflicts:
        raise InvalidError(conflicts[0])


def _plant_targets(transaction: Transaction, seed: Seed) -> None:
    for kind, key in ((QUEUE, "queues"), (SKILL, "skills")):
        for name, settings in seed.get(key, {}).items():
            targets.add(transaction, kind, TargetSettings(name=name, **settings))


def _plant_agent(transaction: Transaction, entry: Mapping[str, Any]) -> None:
    values = dict(entry)
    presence = values.pop("presence", None)
    if values.get("phone") == UC:
        values = _of_directory(transaction, values)
    values["licenses"] = frozenset(values.get("licenses", ()))
    work = [{"value": values["email"], "type": "work"}]
    agent = agents.add(transaction, AgentSettings(**values, rest={"emails": work}))
    if presence is not None:
        agents.set_presence(transaction, agent.id, presence)


def _of_directory(transaction: Transaction, values: dict[str, Any]) -> dict[str, Any]:
    known = {entry.extension: entry for entry in directory.announced(transaction)}
    entry = known.get(values["extension"])
    if entry is None:
        raise InvalidError(f"the UC directory has no user {values['extension']}")
    return {"email": entry.email, "name": entry.name, **values}


def _entry(values: Mapping[str, Any]) -> Entry:
    return Entry(
        id=values.get("id", ""),
        name=values["name"],
        email=values.get("email"),
        extension=values.get("extension"),
        type=values.get("type", "user"),
    )
