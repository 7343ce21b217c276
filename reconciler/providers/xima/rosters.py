"""Xima's two answers as resources: agents from `Name(extension)`, skill groups from names.

Source: guide.xima.cloud/docs/requesting-agent-and-skill-lists. There is no id; the extension is
what an agent is known by. What may be harmless is taken and told; what would make two people one is
refused.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from reconciler import kinds
from reconciler.diagnostics import Diagnostic, Severity
from reconciler.errors import ImplausibleError
from reconciler.model import FieldValue, Resource

PHONES = {"xima": "webrtc", "uc": "uc"}
_NUMBER = re.compile(r"[0-9]{1,32}")
_LONGEST = 60


@dataclass(slots=True)
class Roster:
    """What a list holds, what was odd about it, and who cannot be told by a number."""

    resources: list[Resource] = field(default_factory=list)
    notes: list[Diagnostic] = field(default_factory=list)
    numberless: set[str] = field(default_factory=set)


def agents(body: Any) -> Roster:
    """Raises `ImplausibleError`."""
    found, held = Roster(), {}
    for item in _items(body, "agents", "agent"):
        said, kind = item["agent"], item.get("type")
        name, number = parted(said)
        if not _NUMBER.fullmatch(number):
            found.numberless.add(name)
            found.notes.append(_without_number(said))
            continue
        agent = _agent(name, number, kind)
        if number not in held:
            held[number] = agent
            found.resources.append(agent)
            if "phone" not in agent.fields:
                found.notes.append(_odd_kind(agent, kind))
        elif held[number] != agent:
            raise ImplausibleError(
                f"Xima lists extension {number} twice: {_short(kinds.label_of(held[number]))} "
                f"({_kind(held[number])}) and {_short(kinds.label_of(agent))} ({_kind(agent)})",
                hint="an agent is known by the extension alone: give one of them another number in "
                "the console",
            )
    return found


def skills(body: Any) -> Roster:
    """Skill groups, all as queues: the tenant does not tell the two apart. Raises
    `ImplausibleError`.
    """
    found, seen = Roster(), set()
    for item in _items(body, "skills", "name"):
        name = item["name"]
        if name in seen:
            found.notes.append(_twice(name))
            continue
        seen.add(name)
        found.resources.append(
            Resource(kinds.address(kinds.QUEUE, name), kinds.QUEUE, {}, id=f"skill:{name}")
        )
    return found


def parted(text: str) -> tuple[str, str]:
    """`John (JJ) Spector(104)` is `("John (JJ) Spector", "104")`: the last bracket counts."""
    if text.rstrip().endswith(")") and "(" in text:
        name, _, rest = text.rstrip().rpartition("(")
        return name.strip(), rest[:-1].strip()
    return text.strip(), ""


def _agent(name: str, number: str, kind: object) -> Resource:
    """Who is on the list has a license, and with it the right to sign in."""
    fields: dict[str, FieldValue] = {"name": name, "extension": number, "active": True}
    phone = PHONES.get(kind.casefold()) if isinstance(kind, str) else None
    if phone:
        fields["phone"] = phone
    address = kinds.agent_address(None, number)
    return Resource(address, kinds.AGENT, fields, id=f"agent:{number}")


def _items(body: Any, key: str, needed: str) -> Iterator[Mapping[str, Any]]:
    """The documented object or, as its example has it, the bare list."""
    listed = body.get(key) if isinstance(body, Mapping) else body
    if not isinstance(listed, Sequence) or isinstance(listed, str):
        raise ImplausibleError(
            f"Xima's list of {key} holds no list", hint="check `url:`; nothing was read"
        )
    for item in listed:
        if not isinstance(item, Mapping) or not isinstance(item.get(needed), str):
            raise ImplausibleError(
                f"Xima's list of {key} has an entry without `{needed}`",
                hint="nothing is planned on half a list; try again, then ask Xima Support",
            )
        yield item


def _without_number(said: str) -> Diagnostic:
    return Diagnostic(
        "agent-without-extension",
        Severity.WARNING,
        f"Xima lists {_short(said)!r}, which ends in no extension; nobody is compared with it",
        "give the agent an extension of digits in the console",
    )


def _odd_kind(agent: Resource, kind: object) -> Diagnostic:
    what = f"the type {_short(str(kind))!r}, which is neither UC nor XIMA" if kind else "no type"
    return Diagnostic(
        "unknown-phone-kind",
        Severity.WARNING,
        f"Xima gives {_short(kinds.label_of(agent))} {what}; the phone is unobserved",
        "",
        agent.address,
    )


def _twice(name: str) -> Diagnostic:
    return Diagnostic(
        "skill-listed-twice",
        Severity.WARNING,
        f"Xima lists the skill {_short(name)!r} twice; one of the two is compared",
        "rename one of them in the console (Contact Center > Manage Skills)",
    )


def _kind(agent: Resource) -> str:
    return str(agent.fields.get("phone", "unknown"))


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
