"""The values that the tenant keeps: agents, routing targets, license pools, directory, groups.

Plain frozen values without a word about SQL or HTTP. `AgentSettings` and `TargetSettings` are also
the one table of fields: the columns of the database, SCIM schemas and documents, the dialog of the
page, the limits, the audit trail and the seeds derive from the `Setting` of each field.

A level of `None` is a membership without a level. `rest` holds what a client gave and the tenant
has no use for (a title, a second e-mail); it is kept and given back as it came.
"""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, get_args, get_type_hints

LICENSES = ("voice", "web_chat", "sms", "transcription")
LICENSE_LABELS = {
    "voice": "Voice",
    "web_chat": "Web Chat",
    "sms": "SMS",
    "transcription": "Transcription",
}
REQUIRES_VOICE = ("web_chat", "sms", "transcription")
WEBRTC, UC = "webrtc", "uc"
QUEUE, SKILL = "queue", "skill"
USER, GROUP = "user", "group"
OFFLINE, READY = "offline", "ready"
PRESENCES = (READY, "on_call", "do_not_disturb", OFFLINE)

AGENT_URN = "urn:ietf:params:scim:schemas:extension:ccaas:2.0:Agent"
ENTERPRISE_URN = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"

Levels = Mapping[str, int | None]


@dataclass(frozen=True, slots=True)
class Actor:
    """Who changes something, in which role, and through which door (scim, page, sync, seed)."""

    name: str
    role: str
    door: str


@dataclass(frozen=True, slots=True)
class Choice:
    """One of the values of a field: its label, and what it means to people."""

    label: str
    meaning: str = ""


@dataclass(frozen=True, slots=True)
class Setting:
    """What the tenant has to know of a field that somebody can decide.

    `scim` is the attribute that holds it; behind a URN and a colon, one of that extension.
    `hint` stands below it in the dialog of the page; a field without one is not in the dialog.
    `uc_owned`: of a UC agent, the UC directory decides it. `is_stored`: it is never empty.
    `is_number`: digits, which nobody else has. `longest` and `bounds` limit texts and numbers.
    """

    label: str
    scim: str
    description: str = ""
    hint: str | None = None
    uc_owned: bool = False
    is_stored: bool = False
    is_number: bool = False
    choices: Mapping[str, Choice] = field(default_factory=dict)
    longest: int = 1024
    bounds: tuple[int, int] = (0, 0)
    name: str = ""
    type: type = str

    @property
    def urn(self) -> str | None:
        """The extension that the attribute stands in; None for the resource itself."""
        return self.scim.rpartition(":")[0] or None

    @property
    def attribute(self) -> str:
        return self.scim.rpartition(":")[2]


def _about(label: str, scim: str, description: str = "", **more: Any) -> Mapping[str, Setting]:
    return {"setting": Setting(label, scim, description, **more)}


def _settings(owner: type) -> tuple[Setting, ...]:
    """The rows of the table: a `Setting` for each field that has one, with its name and type."""
    hints = get_type_hints(owner)
    return tuple(
        replace(
            each.metadata["setting"],
            name=each.name,
            type=next(iter(get_args(hints[each.name])), hints[each.name]),
        )
        for each in fields(owner)
        if "setting" in each.metadata
    )


@dataclass(frozen=True, slots=True)
class AgentSettings:
    """Everything about an agent that somebody can decide. `queues` and `skills`: name to level."""

    email: str = field(
        metadata=_about(
            "Email Address",
            "userName",
            hint=(
                "Authenticates the agent's WebRTC account. A person who is also a UC user needs "
                "another one here, such as first.last+webrtc@…"
            ),
            uc_owned=True,
            is_stored=True,
            longest=254,
        )
    )
    name: str | None = field(
        default=None,
        metadata=_about("Name", "displayName", hint="The full name of the agent.", uc_owned=True),
    )
    preferred_name: str | None = field(
        default=None,
        metadata=_about(
            "Preferred Name",
            "nickName",
            hint="How the name appears to others, as when the agent is engaged within WebRTC.",
        ),
    )
    cost_center: str | None = field(
        default=None,
        metadata=_about(
            "Cost Center",
            f"{ENTERPRISE_URN}:costCenter",
            hint="Who is charged for the seats of the agent.",
        ),
    )
    active: bool | None = field(default=None, metadata=_about("May sign in", "active"))
    extension: str | None = field(
        default=None,
        metadata=_about(
            "Extension",
            f"{AGENT_URN}:extension",
            "The agent's extension: digits, leading zeros count.",
            hint="A number that nobody else has, best from a range of its own for WebRTC agents.",
            uc_owned=True,
            is_number=True,
        ),
    )
    phone: str | None = field(
        default=None,
        metadata=_about(
            "Phone",
            f"{AGENT_URN}:phone",
            "`webrtc` for an agent made here, `uc` for one of the UC directory. Set once.",
            is_stored=True,
            choices={WEBRTC: Choice("WebRTC"), UC: Choice("UC")},
        ),
    )
    no_answer_destination: str | None = field(
        default=None,
        metadata=_about(
            "No Answer Destination",
            f"{AGENT_URN}:noAnswerDestination",
            "Where a call goes that the agent does not answer.",
            hint="Where a call goes that the agent does not answer, such as an extension.",
            uc_owned=True,
        ),
    )
    recording_mode: str | None = field(
        default=None,
        metadata=_about(
            "Recording Mode",
            f"{AGENT_URN}:recordingMode",
            "Whether calls are recorded, and whether the agent has recording controls.",
            hint="",
            uc_owned=True,
            choices={
                "automatic": Choice(
                    "Automatic",
                    "Automatically records any calls and allows the agent recording controls.",
                ),
                "automatic_pausing_prohibited": Choice(
                    "Automatic (Pausing Prohibited)",
                    "Automatically records any calls, but does not allow the agent recording "
                    "controls.",
                ),
                "manual": Choice(
                    "Manual",
                    "Does not automatically record any calls, but allows the agent recording "
                    "controls.",
                ),
                "disabled": Choice(
                    "Disabled",
                    "Does not record any calls and does not allow the agent recording controls.",
                ),
            },
        ),
    )
    review_own_recordings: bool | None = field(
        default=None,
        metadata=_about(
            "Review own recordings",
            f"{AGENT_URN}:reviewOwnRecordings",
            "Whether the agent may review the recordings of their own calls.",
            hint="Allow agent to review their own call recordings",
        ),
    )
    licenses: frozenset[str] = frozenset()
    queues: Levels = field(default_factory=dict)
    skills: Levels = field(default_factory=dict)
    rest: Mapping[str, Any] = field(default_factory=dict)


AGENT_SETTINGS = _settings(AgentSettings)


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

    name: str = field(
        metadata=_about(
            "Name", "name", "The name, shared with no other queue or skill.", is_stored=True
        )
    )
    extension: str | None = field(
        default=None,
        metadata=_about(
            "Extension", "extension", "The extension under which it is dialled.", is_number=True
        ),
    )
    priority: int | None = field(
        default=None,
        metadata=_about("Priority", "priority", "0 (lowest) to 10 (highest).", bounds=(0, 10)),
    )
    routing: str | None = field(
        default=None,
        metadata=_about(
            "Routing",
            "routing",
            "How the next agent is chosen.",
            choices={
                word: Choice(word.replace("_", " ").title())
                for word in (
                    "most_idle",
                    "circular",
                    "linear",
                    "intelligent_highest_skill_first",
                    "no_routing",
                )
            },
        ),
    )
    default_level: int | None = field(
        default=None,
        metadata=_about(
            "Default Level",
            "defaultLevel",
            "The level of a member for whom none is stated, 1 to 10.",
            bounds=(1, 10),
        ),
    )
    rest: Mapping[str, Any] = field(default_factory=dict)


TARGET_SETTINGS = _settings(TargetSettings)


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
