"""The values that the tenant keeps: agents, routing targets, license pools, directory, groups.

Plain frozen values without a word about SQL, SCIM or HTTP, so that every door speaks of the same
things. A level of `None` is a membership without a level. `rest` holds what a door was given and
the tenant has no use for (a title, a second e-mail); it is kept and given back as it came.
"""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

LICENSES = ("voice", "web_chat", "sms", "transcription")
LICENSE_LABELS = {
    "voice": "Voice",
    "web_chat": "Web Chat",
    "sms": "SMS",
    "transcription": "Transcription",
}
REQUIRES_VOICE = ("web_chat", "sms", "transcription")
RECORDING_MODES = {
    "automatic": "Automatic",
    "automatic_pausing_prohibited": "Automatic (Pausing Prohibited)",
    "manual": "Manual",
    "disabled": "Disabled",
}
ROUTINGS = {
    "most_idle": "Most Idle",
    "circular": "Circular",
    "linear": "Linear",
    "intelligent_highest_skill_first": "Intelligent Highest Skill First",
    "no_routing": "No Routing",
}
WEBRTC, UC = "webrtc", "uc"
QUEUE, SKILL = "queue", "skill"
USER, GROUP = "user", "group"
OFFLINE, READY = "offline", "ready"
PRESENCES = (READY, "on_call", "do_not_disturb", OFFLINE)

Levels = Mapping[str, int | None]


@dataclass(frozen=True, slots=True)
class Actor:
    """Who changes something, in which role, and through which door (scim, page, sync, seed)."""

    name: str
    role: str
    door: str


@dataclass(frozen=True, slots=True)
class AgentSettings:
    """Everything about an agent that somebody can decide. `queues` and `skills`: name to level."""

    email: str
    name: str | None = None
    preferred_name: str | None = None
    active: bool | None = None
    extension: str | None = None
    phone: str | None = None
    no_answer_destination: str | None = None
    recording_mode: str | None = None
    review_own_recordings: bool | None = None
    licenses: frozenset[str] = frozenset()
    queues: Levels = field(default_factory=dict)
    skills: Levels = field(default_factory=dict)
    rest: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Agent:
    """A stored agent: the settings, the tenant's own marks, and what follows from both."""

    id: str
    settings: AgentSettings
    presence: str
    version: int
    created: str
    modified: str
    entry: str | None = None
    seq: int = 0

    @property
    def can_sign_in(self) -> bool:
        """A license is what lets a person log in as an agent."""
        return self.settings.active is not False and bool(self.settings.licenses)

    @property
    def uses_softphone(self) -> bool:
        """Only WebRTC agents use the softphone embedded in the agent client."""
        return self.settings.phone == WEBRTC and self.can_sign_in

    @property
    def receives_queue_calls(self) -> bool:
        """Licensed without any queue or skill: no inbound calls via queue or skill."""
        return self.can_sign_in and bool(self.settings.queues or self.settings.skills)

    @property
    def in_realtime_reporting(self) -> bool:
        return self.can_sign_in


@dataclass(frozen=True, slots=True)
class TargetSettings:
    """What can be decided of a queue or a skill; a name is enough."""

    name: str
    extension: str | None = None
    priority: int | None = None
    routing: str | None = None
    default_level: int | None = None
    rest: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Target:
    """A stored routing target. Queues and skills share one namespace."""

    id: str
    kind: str
    settings: TargetSettings
    version: int
    created: str
    modified: str
    seq: int = 0


@dataclass(frozen=True, slots=True)
class Pool:
    """The seats of one license. An existing breach shows as `assigned` above `purchased`."""

    name: str
    purchased: int
    requires: str | None
    assigned: int
    id: str
    created: str

    @property
    def free(self) -> int:
        return max(0, self.purchased - self.assigned)


@dataclass(frozen=True, slots=True)
class Entry:
    """A user or a group of the UC directory, as the tenant last saw it."""

    id: str
    name: str
    email: str | None
    extension: str | None
    type: str
    created: str = ""
    modified: str = ""


@dataclass(frozen=True, slots=True)
class Member:
    """A member of a group: the id of an agent (`User`) or of another group (`Group`)."""

    id: str
    type: str = "User"
    display: str | None = None


@dataclass(frozen=True, slots=True)
class GroupSettings:
    name: str
    members: tuple[Member, ...] = ()
    rest: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Group:
    id: str
    settings: GroupSettings
    version: int
    created: str
    modified: str
    seq: int = 0


def folded(text: str) -> str:
    """The form in which e-mail addresses are compared: without case, one Unicode form."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).lower())
