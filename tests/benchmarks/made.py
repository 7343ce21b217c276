"""A company of N agents, as desired YAML and as the SCIM pages of a tenant.

An agent has eight scalars, one to four licenses and none to five memberships; a file holds 100
agents. As many seats are purchased as the files need. The tenant is in sync, or a tenth of it is to
change. Deterministic: the same N always gives the same bytes.
"""

import json
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

CORE = "urn:ietf:params:scim:schemas:core:2.0"
AGENT = "urn:ietf:params:scim:schemas:extension:ccaas:2.0:Agent"
LICENSES = ("voice", "web_chat", "sms", "transcription")
MODES = ("automatic", "automatic_pausing_prohibited", "manual", "disabled")
QUEUES = [f"queue-{number:02}" for number in range(40)]
SKILLS = [f"skill-{number:02}" for number in range(20)]


@dataclass(frozen=True, slots=True)
class MadeAgent:
    number: int
    extension: str
    email: str
    mode: str
    review: bool
    licenses: tuple[str, ...]
    queues: tuple[tuple[str, int], ...]
    skills: tuple[tuple[str, int], ...]


def agents(count: int) -> Iterator[MadeAgent]:
    chance = random.Random(count)
    for number in range(count):
        members = chance.randrange(6)
        queues = chance.sample(QUEUES, (members + 1) // 2)
        skills = chance.sample(SKILLS, members // 2)
        yield MadeAgent(
            number,
            str(1_000_000 + number),
            f"agent{number}@made.example",
            chance.choice(MODES),
            chance.random() < 0.5,
            ("voice", *chance.sample(LICENSES[1:], chance.randrange(4))),
            tuple((name, chance.randint(1, 10)) for name in queues),
            tuple((name, chance.randint(1, 10)) for name in skills),
        )


def a_tenth_apart(everyone: Sequence[MadeAgent]) -> list[MadeAgent]:
    """Five of each fifty before the files take hold: two hold each other's numbers, two others each
    other's licenses, one is recorded in another way.
    """
    apart = list(everyone)
    for start in range(0, len(apart) - 49, 50):
        first, second, giver, *rest = apart[start : start + 50]
        taker = next(agent for agent in rest if {*agent.licenses} != {*giver.licenses})
        other = next(agent for agent in rest if agent is not taker)
        for changed in (
            replace(first, extension=second.extension),
            replace(second, extension=first.extension),
            replace(giver, licenses=taker.licenses),
            replace(taker, licenses=giver.licenses),
            replace(other, mode="disabled" if other.mode != "disabled" else "manual"),
        ):
            apart[changed.number] = changed
    return apart


def seats(everyone: Sequence[MadeAgent]) -> Counter[str]:
    """What is purchased: what the files need, so that no seat is free."""
    return Counter(name for agent in everyone for name in agent.licenses)


def write_files(folder: Path, count: int, url: str) -> None:
    """The desired state, 100 agents a file."""
    folder.mkdir(parents=True, exist_ok=True)
    everyone = list(agents(count))
    (folder / "tenant.yaml").write_text(_tenant(seats(everyone), url))
    for start in range(0, count, 100):
        text = "agents:\n" + "".join(_agent(agent) for agent in everyone[start : start + 100])
        (folder / f"agents-{start // 100:05}.yaml").write_text(text)


def _tenant(purchased: Counter[str], url: str) -> str:
    lines = [
        "tenant:",
        "  name: made",
        "  provider: scim",
        f"  url: {url}",
        "  token_env: RECONCILER_TOKEN_MADE",
        "license_pools:",
        f"  voice: {{purchased: {purchased['voice']}}}",
        *(f"  {name}: {{purchased: {purchased[name]}, requires: voice}}" for name in LICENSES[1:]),
        "policy: {limits: {license: {remove: 100%}}}",
        "extension_ranges:",
        "  all:",
        "    purpose: webrtc_agent",
        "    range: 1000000-1999999",
        "queues:",
        *(f"  {name}: {{default_level: 5}}" for name in QUEUES),
        "skills:",
        *(f"  {name}: {{default_level: 5}}" for name in SKILLS),
    ]
    return "\n".join(lines) + "\n"


def _agent(agent: MadeAgent) -> str:
    def members(pairs: tuple[tuple[str, int], ...]) -> str:
        return "{" + ", ".join(f"{name}: {level}" for name, level in pairs) + "}"

    return (
        f"  - name: Agent Number {agent.number}\n"
        f"    extension: {agent.extension}\n"
        f"    email: {agent.email}\n"
        f"    phone: webrtc\n"
        f"    preferred_name: Number {agent.number}\n"
        f"    no_answer_destination: 3001\n"
        f"    recording_mode: {agent.mode}\n"
        f"    review_own_recordings: {str(agent.review).lower()}\n"
        f"    licenses: [{', '.join(agent.licenses)}]\n"
        f"    queues: {members(agent.queues)}\n"
        f"    skills: {members(agent.skills)}\n"
    )


def users(everyone: Sequence[MadeAgent]) -> list[dict[str, object]]:
    """The agents as the tenant shows them."""
    return [_user(agent) for agent in everyone]


def _user(agent: MadeAgent) -> dict[str, object]:
    return {
        "schemas": [f"{CORE}:User", AGENT],
        "id": f"u{agent.number}",
        "userName": agent.email,
        "displayName": f"Agent Number {agent.number}",
        "nickName": f"Number {agent.number}",
        "active": True,
        "emails": [{"value": agent.email, "type": "work", "primary": True}],
        "entitlements": [{"value": name} for name in agent.licenses],
        "meta": {"resourceType": "User", "version": f'W/"{agent.number}"'},
        AGENT: {
            "extension": agent.extension,
            "phone": "webrtc",
            "noAnswerDestination": "3001",
            "recordingMode": agent.mode,
            "reviewOwnRecordings": agent.review,
            "queues": [{"value": name, "level": level} for name, level in agent.queues],
            "skills": [{"value": name, "level": level} for name, level in agent.skills],
        },
    }


def pages(resources: list[dict[str, object]], size: int) -> list[bytes]:
    """List responses (RFC 7644 section 3.4.2), rendered once."""
    return [
        json.dumps(
            {
                "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
                "totalResults": len(resources),
                "startIndex": start + 1,
                "itemsPerPage": len(resources[start : start + size]),
                "Resources": resources[start : start + size],
            }
        ).encode()
        for start in range(0, max(len(resources), 1), size)
    ]
