"""Random plans, each valid by construction: a tenant before, files, and the tenant after.

Everything that is hard comes up: numbers that rotate, a seat that changes hands while none is
free, a new queue that is staffed at once, people who start and people who leave.
"""

import json
import random
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

TODAY = "2026-11-24"
GONE = "2026-11-20"
FIRST = ("Ana", "Bo", "Cy", "Dee", "Eve", "Flo", "Gus", "Hal", "Ida", "Jan", "Kay", "Lea")
LAST = ("Diaz", "Chen", "Moss", "Kim", "Park", "Grant", "Lind", "Voss", "Noor", "Ruiz")
MODES = ("automatic", "manual", "disabled")


@dataclass(frozen=True, slots=True)
class Scenario:
    """`after` is keyed by e-mail: what each agent has at the end. `floors`: by membership path."""

    seed: dict[str, Any]
    files: dict[str, Any]
    after: Mapping[str, Mapping[str, Any]]
    pools: Mapping[str, Mapping[str, Any]]
    floors: Mapping[str, int]

    def write(self, folder: Path, url: str) -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        tenant = {
            "name": "acme",
            "provider": "scim",
            "url": url,
            "token_env": "RECONCILER_TOKEN_ACME",
        }
        content = json.dumps({"tenant": tenant, **self.files}, indent=1)
        (folder / "everything.yaml").write_text(content, encoding="utf-8")
        return folder


def scenario(number: int) -> Scenario:
    chance = random.Random(f"plan {number}")
    people = [f"{first} {chance.choice(LAST)}" for first in chance.sample(FIRST, 8)]
    stayers, starters = people[:6], people[6 : 6 + chance.randint(1, 2)]
    before = {name: _before(chance, place) for place, name in enumerate(stayers)}
    after = {name: _after(chance, values) for name, values in before.items()}
    _rotate(chance, after)
    _exchange(before, after, chance.sample(stayers, 2))
    for place, name in enumerate(starters):
        after[name] = _starter(chance, place)
    if chance.random() < 0.7:
        _leave(after[stayers[-1]])
    pools = _pools(before, after)
    return Scenario(
        _seed(before, pools),
        _files(after, pools),
        {_email(name): values for name, values in after.items()},
        pools,
        {"queues.support": 2},
    )


def _email(name: str) -> str:
    return f"{name.lower().replace(' ', '.')}@acme.example"


def _before(chance: random.Random, place: int) -> dict[str, Any]:
    """The first two stay in support whatever happens: its coverage never falls below two."""
    queues = {"support": chance.randint(1, 10)} if place < 2 or chance.random() < 0.5 else {}
    return {
        "extension": f"40{place + 1:02}",
        "recording_mode": chance.choice(MODES),
        "licenses": {"voice"},
        "queues": queues,
        "active": True,
        "is_fixed": place < 2,
    }


def _after(chance: random.Random, before: Mapping[str, Any]) -> dict[str, Any]:
    values = {
        **before,
        "licenses": set(before["licenses"]),
        "queues": dict(before["queues"]),
        "recording_mode": chance.choice(MODES),
    }
    if chance.random() < 0.5:
        values["queues"]["returns"] = chance.randint(1, 10)
    if not before["is_fixed"] and chance.random() < 0.3:
        values["queues"].pop("support", None)
    elif "support" in values["queues"]:
        values["queues"]["support"] = chance.randint(1, 10)
    return values


def _rotate(chance: random.Random, after: Mapping[str, dict[str, Any]]) -> None:
    moving = chance.sample(sorted(after), chance.choice((0, 2, 3, 4)))
    numbers = [after[name]["extension"] for name in moving]
    for name, number in zip(moving, numbers[1:] + numbers[:1], strict=True):
        after[name]["extension"] = number


def _exchange(
    before: Mapping[str, dict[str, Any]], after: Mapping[str, dict[str, Any]], pair: list[str]
) -> None:
    """The one seat of web chat passes from the first to the second."""
    giver, taker = pair
    before[giver]["licenses"].add("web_chat")
    after[taker]["licenses"].add("web_chat")


def _starter(chance: random.Random, place: int) -> dict[str, Any]:
    return {
        "extension": f"40{20 + place}",
        "recording_mode": chance.choice(MODES),
        "licenses": {"voice"},
        "queues": {"returns": chance.randint(1, 10), "support": chance.randint(1, 10)},
        "active": True,
    }


def _leave(values: dict[str, Any]) -> None:
    values.update(licenses=set(), queues={}, active=False)


def _pools(
    before: Mapping[str, Mapping[str, Any]], after: Mapping[str, Mapping[str, Any]]
) -> dict[str, dict[str, Any]]:
    """As many seats as the larger side needs, and not one more."""
    count = {
        name: max(sum(name in v["licenses"] for v in side.values()) for side in (before, after))
        for name in ("voice", "web_chat")
    }
    return {
        "voice": {"purchased": count["voice"]},
        "web_chat": {"purchased": count["web_chat"], "requires": "voice"},
    }


def _seed(before: Mapping[str, Mapping[str, Any]], pools: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "license_pools": pools,
        "queues": {"support": {"extension": "1001", "priority": 5, "default_level": 5}},
        "agents": [
            {"name": name, "email": _email(name), **_stated(values)}
            for name, values in before.items()
        ],
    }


def _stated(values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "extension": values["extension"],
        "recording_mode": values["recording_mode"],
        "licenses": sorted(values["licenses"]),
        "queues": values["queues"],
    }


def _files(after: Mapping[str, Mapping[str, Any]], pools: Mapping[str, Any]) -> dict[str, Any]:
    agents = []
    for name, values in after.items():
        entry = {"name": name, "email": _email(name), "phone": "webrtc", **_stated(values)}
        if not values["active"]:
            entry = {**entry, "until": GONE}
            del entry["licenses"], entry["queues"]
        agents.append(entry)
    limits = {
        "agent": {"suspend": 9},
        "license": {"remove": 9},
        "membership": {"remove": 9},
    }
    return {
        "license_pools": pools,
        "extension_ranges": {
            "webrtc": {"purpose": "webrtc_agent", "range": "4000-4099"},
            "queues": {"purpose": "queue", "range": "1000-1099"},
        },
        "queues": {
            "support": {"extension": "1001", "priority": 6, "min_agents": 2},
            "returns": {"extension": "1002", "priority": 4, "default_level": 4},
        },
        "agents": agents,
        "policy": {"limits": limits},
    }
