"""A busy Monday: one plan with everything that is hard, as a seed and as files.

Three people rotate their numbers and two exchange them, web chat and SMS seats change hands while
none is free, a queue and a skill are made and staffed, five people start (one takes over a leaver's
number and queue), two leave, and the rest is ordinary work.
"""

import json
from pathlib import Path
from typing import Any

NAMES = (
    *("Ana Diaz", "Bo Chen", "Cy Moss", "Dee Kim", "Eve Park", "Flo Grant", "Gus Lind", "Hal Voss"),
    *("Ida Noor", "Jan Ruiz", "Kay Boone", "Lea Sato", "Max Frey", "Nia Cole", "Ole Berg"),
)
STARTERS = ("Pia Lund", "Ray Ortiz", "Sue Tran", "Tom Ekman", "Uma Shah")
LEAVERS = ("Nia Cole", "Ole Berg")
POOLS: dict[str, dict[str, Any]] = {
    "voice": {"purchased": 18},
    "web_chat": {"purchased": 2, "requires": "voice"},
    "sms": {"purchased": 2, "requires": "voice"},
}
CHAT, TEXT = ("Eve Park", "Flo Grant"), ("Gus Lind", "Hal Voss")
MINIMUM = 5


def email(name: str) -> str:
    return f"{name.lower().replace(' ', '.')}@acme.example"


def seed() -> dict[str, Any]:
    return {
        "license_pools": POOLS,
        "queues": {
            "support": {"extension": "1001", "priority": 5, "default_level": 5},
            "sales": {"extension": "1002", "priority": 6, "default_level": 5},
        },
        "skills": {"spanish": {"default_level": 5}},
        "agents": [_seeded(number, name) for number, name in enumerate(NAMES, 1)],
    }


def write(folder: Path, url: str) -> Path:
    """The desired state, for a tenant that answers at this URL."""
    folder.mkdir()
    everything = {
        "tenant": {
            "name": "acme",
            "provider": "scim",
            "url": url,
            "token_env": "RECONCILER_TOKEN_ACME",
        },
        "license_pools": POOLS,
        "extension_ranges": {
            "webrtc": {"purpose": "webrtc_agent", "range": "4000-4099"},
            "queues": {"purpose": "queue", "range": "1000-1099"},
        },
        "queues": {
            "support": {"extension": "1001", "priority": 5, "min_agents": MINIMUM},
            "sales": {"extension": "1002", "priority": 7},
            "returns": {"extension": "1003", "priority": 4, "default_level": 4},
        },
        "skills": {"spanish": {"default_level": 5}, "french": {"default_level": 5}},
        "agents": [*map(_stays, NAMES), *map(_starts, STARTERS)],
        "policy": {"limits": {"agent": {"suspend": 2}, "license": {"remove": 4}}},
    }
    (folder / "everything.yaml").write_text(json.dumps(everything, indent=1), encoding="utf-8")
    return folder


def _seeded(number: int, name: str) -> dict[str, Any]:
    extra = ["web_chat"] * (name in CHAT) + ["sms"] * (name in TEXT)
    return {
        "extension": f"40{number:02}",
        "name": name,
        "email": email(name),
        "recording_mode": "manual",
        "licenses": ["voice", *extra],
        "queues": {"support": 5} if number % 2 else {"sales": 5},
    }


MOVES = {
    "Ana Diaz": "4002",
    "Bo Chen": "4003",
    "Cy Moss": "4001",
    "Dee Kim": "4005",
    "Eve Park": "4004",
}


def _stays(name: str) -> dict[str, Any]:
    number = NAMES.index(name) + 1
    entry: dict[str, Any] = {
        "name": name,
        "email": email(name),
        "extension": MOVES.get(name, f"40{number:02}"),
        "recording_mode": "automatic" if name in ("Ida Noor", "Jan Ruiz") else "manual",
        "licenses": ["voice", *(["sms"] * (name in CHAT)), *(["web_chat"] * (name in TEXT))],
        "queues": {"support": 5} if number % 2 else {"sales": 5},
    }
    if name in ("Kay Boone", "Lea Sato", "Max Frey"):
        entry["queues"]["returns"] = 4
        entry["skills"] = {"french": 6}
    if name in LEAVERS:
        entry["until"] = "2026-11-20"
    if name == "Ole Berg":
        entry["extension"] = "4090"
    return entry


def _starts(name: str) -> dict[str, Any]:
    number = STARTERS.index(name)
    return {
        "name": name,
        "email": email(name),
        "extension": "4015" if name == "Uma Shah" else f"40{20 + number}",
        "phone": "webrtc",
        "recording_mode": "manual",
        "licenses": ["voice"],
        "queues": {"support": 5, "returns": 4},
        "skills": {"spanish": 5},
    }
