"""Invented tenants of several shapes, as readings: what an export has to shorten."""

import random
from collections.abc import Mapping

from reconciler import kinds
from reconciler.model import Capabilities, Reading, Resource

SHAPES = ("uniform", "levels", "few-queues", "many-queues", "mixed", "sparse")
_SKILLS = ("spanish", "french", "german", "technical", "retention", "claims")
_MODES = tuple(kinds.RECORDING_MODES)


def tenant(shape: str, count: int, seed: int) -> Reading:
    """A tenant with `count` agents; the same arguments give the same tenant."""
    dice = random.Random(f"{shape}-{count}-{seed}")
    names = _queues(shape, count)
    queues = dict.fromkeys(names, 5)
    teams = [_team(dice, shape, names) for _ in range(max(3, min(len(names), count // 12)))]
    resources = [
        Resource(
            kinds.address(kinds.QUEUE, name),
            kinds.QUEUE,
            {"extension": str(1000 + n), "priority": 5, "routing": "most_idle", "default_level": 5},
        )
        for n, name in enumerate(queues)
    ]
    resources += [
        Resource(kinds.address(kinds.SKILL, name), kinds.SKILL, {"default_level": 5})
        for name in _SKILLS
    ]
    resources += [_agent(dice, shape, n, teams) for n in range(count)]
    fields = {kind: frozenset(_fields(kind)) for kind in (kinds.AGENT, kinds.QUEUE, kinds.SKILL)}
    capabilities = Capabilities(fields, fields, creates=frozenset(fields))
    return Reading({resource.address: resource for resource in resources}, capabilities)


def _fields(kind: str) -> set[str]:
    row = kinds.KINDS[kind]
    return {field.name for field in row.scalars} | set(row.collections)


def _queues(shape: str, count: int) -> list[str]:
    number = {"few-queues": 3, "many-queues": max(8, count // 10)}.get(shape, 8)
    return [f"queue-{n:02}" for n in range(number)]


def _team(dice: random.Random, shape: str, names: list[str]) -> Mapping[str, object]:
    others = dice.sample(names, min(len(names), dice.randint(1, 3)))
    return {
        "queues": {name: dice.choice((3, 5, 5, 5, 8)) for name in others},
        "skills": dict.fromkeys(dice.sample(_SKILLS, dice.randint(0, 2)), 5),
        "licenses": frozenset({"voice", *dice.sample(("web_chat", "sms"), dice.randint(0, 1))}),
        "recording_mode": dice.choice(_MODES),
        "review_own_recordings": dice.random() < 0.5,
        "no_answer_destination": dice.choice((None, "3001", "3002")),
    }


def _agent(
    dice: random.Random, shape: str, number: int, teams: list[Mapping[str, object]]
) -> Resource:
    team = dice.choice(teams)
    queues = dict(team["queues"])  # type: ignore[call-overload]
    skills = dict(team["skills"])  # type: ignore[call-overload]
    licenses = set(team["licenses"])  # type: ignore[call-overload]
    if shape in ("levels", "mixed") and dice.random() < (0.9 if shape == "levels" else 0.3):
        queues = {name: dice.randint(1, 10) for name in queues}
    if dice.random() < 0.25:
        skills[dice.choice(_SKILLS)] = dice.randint(1, 10) if shape != "uniform" else 5
    if dice.random() < 0.15:
        licenses.add("transcription")
    if shape == "sparse" and dice.random() < 0.3:
        skills = {}
    email = f"person.{number:04}@acme.example"
    fields = {
        "name": f"Person {number:04}",
        "extension": str(4000 + number),
        "email": email,
        "phone": "webrtc",
        "preferred_name": f"P{number}" if dice.random() < 0.2 else None,
        "no_answer_destination": team["no_answer_destination"],
        "recording_mode": team["recording_mode"] if dice.random() < 0.9 else dice.choice(_MODES),
        "review_own_recordings": team["review_own_recordings"],
        "active": dice.random() > 0.03,
        "licenses": frozenset(licenses),
        "queues": queues,
        "skills": skills,
    }
    return Resource(kinds.agent_address(email, None), kinds.AGENT, fields)  # type: ignore[arg-type]
