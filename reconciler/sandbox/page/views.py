"""What the templates share: words, pages of a list, and how a value is shown."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask import render_template, request, url_for

from reconciler.sandbox.facts import (
    AGENT_SETTINGS,
    LICENSE_LABELS,
    PRESENCES,
    Agent,
    AgentSettings,
)
from reconciler.sandbox.page import visitors
from reconciler.sandbox.pools import label as license_label

PRESENCE_LABELS = {
    "ready": "Ready",
    "on_call": "On a call",
    "do_not_disturb": "Do not disturb",
    "offline": "Offline",
}
SETTINGS = {setting.name: setting for setting in AGENT_SETTINGS}
FIELD_LABELS = {name: setting.label for name, setting in SETTINGS.items()} | {
    "presence": "Presence"
}
MOST_PAGES = 10**6
QUERY = ("q", "license", "phone", "target", "page")


@dataclass(frozen=True, slots=True)
class Cut:
    """One page of a list: which, of how many, with which conditions."""

    number: int
    size: int
    total: int
    kept: Mapping[str, str]

    @property
    def pages(self) -> int:
        return max(1, math.ceil(self.total / self.size))

    @property
    def offset(self) -> int:
        return (self.number - 1) * self.size

    @property
    def first(self) -> int:
        return min(self.total, self.offset + 1)

    @property
    def last(self) -> int:
        return min(self.total, self.offset + self.size)

    def at(self, number: int) -> dict[str, str]:
        """The query of another page of the same list."""
        return {**self.kept, "page": str(number)}


def cut(total: int, size: int, kept: Mapping[str, str]) -> Cut:
    """The page that the query asks for, or the nearest that there is."""
    text = request.args.get("page", "1")
    wanted = int(text) if text.isascii() and text.isdecimal() and len(text) < 8 else 1
    last = max(1, math.ceil(total / size))
    stated = {key: value for key, value in kept.items() if value}
    return Cut(max(1, min(wanted, last, MOST_PAGES)), size, total, stated)


def render(template: str, **values: Any) -> str:
    return render_template(f"page/{template}.html", csrf=visitors.token, **values)


def again(endpoint: str) -> str:
    """The same list as before a Save: of the query, its conditions and its page."""
    query = {key: request.args[key] for key in QUERY if request.args.get(key)}
    return url_for(endpoint) + ("?" + urlencode(query) if query else "")


def label(settings: AgentSettings) -> str:
    """As the tenant writes people: the name, then the extension."""
    return f"{settings.name or settings.email} ({settings.extension or 'no extension'})"


def standing(agent: Agent) -> tuple[str, str]:
    """A class and a few words: what the agent can do at the moment."""
    if agent.settings.active is False:
        return "off", "Suspended"
    if not agent.settings.licenses:
        return "off", "No license"
    if not agent.receives_queue_calls:
        return "part", "No queue or skill: no queue calls"
    return "on", "Receives queue calls"


def facts(agent: Agent) -> Sequence[tuple[str, bool]]:
    """What follows from license and memberships."""
    return (
        ("May sign in to the agent client", agent.can_sign_in),
        ("Uses the embedded softphone", agent.uses_softphone),
        ("Receives queue or skill calls", agent.receives_queue_calls),
        ("Appears in real-time reporting", agent.in_realtime_reporting),
    )


def field_label(path: str) -> str:
    """A flat path of the audit trail, in the words of the page."""
    name, _, rest = path.partition(".")
    if not rest:
        return FIELD_LABELS.get(name, name)
    kind = {"licenses": "License", "queues": "Queue", "skills": "Skill"}.get(name)
    return f"{kind} {license_label(rest) if name == 'licenses' else rest}" if kind else path


def value_text(path: str, value: object) -> str:
    """A value of the audit trail, in the words of the page."""
    if value is None:
        return "nothing"
    if value is True:
        return "without a level" if path.startswith(("queues.", "skills.")) else "yes"
    if value is False:
        return "no"
    choice = SETTINGS[path].choices.get(str(value)) if path in SETTINGS else None
    return choice.label if choice else str(value)


def sentence(text: str) -> str:
    """A message of a rule as a sentence for people: capital first, full stop last."""
    return text[:1].upper() + text[1:] + ("" if text.endswith(".") else ".")


WORDS: Mapping[str, Any] = {
    "LICENSE_LABELS": LICENSE_LABELS,
    "SETTINGS": SETTINGS,
    "PRESENCES": PRESENCES,
    "PRESENCE_LABELS": PRESENCE_LABELS,
    "label": label,
    "license_label": license_label,
    "standing": standing,
    "facts": facts,
    "field_label": field_label,
    "value_text": value_text,
}
