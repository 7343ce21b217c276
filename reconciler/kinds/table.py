"""The table of kinds and fields: one row each.

Everything that has to know all fields of a kind derives it from `KINDS`: how a file writes them,
what is compared, exported, edited and imported, and how a field is called. What a SCIM service
calls them stands in the mappings of `providers/scim`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache

from reconciler.model import FieldValue

AGENT = "agent"
QUEUE = "queue"
SKILL = "skill"
LICENSE_POOL = "license_pool"
EXTENSION_RANGE = "extension_range"
DIRECTORY_ENTRY = "directory_entry"
PROFILE = "profile"
"""Only in files: never a resource of a tenant."""

LICENSES = ("voice", "web_chat", "sms", "transcription")
WHOLE = "*"
"""Beside the values of a base: nothing else was stated then."""
COLLECTIONS = frozenset({"licenses", "queues", "skills"})
MEMBERSHIPS = {"queues": QUEUE, "skills": SKILL}
LEVELS_OF_PROVIDER: Mapping[str, Mapping[str, tuple[int, int] | None]] = {
    "genesys": {"queues": None, "skills": (1, 5)}
}
"""The lowest and highest level of a collection where they are not 1 and 10; None: no levels."""
LICENSES_BY_MAP = frozenset({"genesys"})
"""Providers whose licenses have other names: those in `licenses:` of the tenant block exist."""

RECORDING_MODES = {
    "automatic": "Automatic",
    "automatic_pausing_prohibited": "Automatic (Pausing Prohibited)",
    "manual": "Manual",
    "disabled": "Disabled",
}
"""Our word for each recording mode, and the label that the Agent Licensing page shows."""

ROUTINGS = {
    "most_idle": "Most Idle",
    "circular": "Circular",
    "linear": "Linear",
    "intelligent_highest_skill_first": "Intelligent Highest Skill First",
    "no_routing": "No Routing",
}


class FieldType(StrEnum):
    """What the values of a field are; it decides how they are read, checked and written."""

    TEXT = "text"
    EMAIL = "email"
    EXTENSION = "extension"
    BOOLEAN = "boolean"
    INTEGER = "integer"
    CHOICE = "choice"
    LICENSE = "license"


@dataclass(frozen=True, slots=True)
class Field:
    """One setting of a kind.

    `label` is how people know it, `console_label` how the Xima console calls it; None where that
    console has no such setting. `uc_owned`: on a UC agent it belongs to the UC directory.
    `identifies`: it says who an agent is, so that a UC agent's entry may state it as a check.
    `choices` maps our word for a value to its label, `bounds` are the lowest and highest number,
    `aliases` are further column headers of a roster, `is_personal` marks names of people.
    """

    name: str
    label: str
    type: FieldType = FieldType.TEXT
    console_label: str | None = None
    clearable: bool = False
    uc_owned: bool = False
    identifies: bool = False
    is_personal: bool = False
    choices: Mapping[str, str] = field(default_factory=dict)
    bounds: tuple[int, int] = (-(10**17), 10**17)
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Kind:
    """`key` is the top-level YAML key. `scalars` are compared one by one, in the order in which a
    file states them; collections apart.
    """

    name: str
    key: str
    scalars: tuple[Field, ...]
    collections: tuple[str, ...] = ()

    def field(self, name: str) -> Field | None:
        return next((row for row in self.scalars if row.name == name), None)


_PHONES = {"webrtc": "WebRTC", "uc": "UC"}

AGENT_FIELDS = (
    Field(
        "name",
        "Name",
        console_label="Name",
        uc_owned=True,
        identifies=True,
        is_personal=True,
        aliases=("full name", "display name", "agent", "agent name", "employee", "employee name"),
    ),
    Field(
        "extension",
        "Extension",
        FieldType.EXTENSION,
        console_label="Extension",
        uc_owned=True,
        identifies=True,
        aliases=("ext", "number", "phone extension", "extension number"),
    ),
    Field(
        "email",
        "Email Address",
        FieldType.EMAIL,
        console_label="Email Address",
        uc_owned=True,
        identifies=True,
        aliases=("e mail", "mail", "email address", "e mail address", "mail address", "work email"),
    ),
    Field(
        "phone",
        "Phone",
        FieldType.CHOICE,
        console_label="Phone",
        uc_owned=True,
        identifies=True,
        choices=_PHONES,
        aliases=("type", "kind", "phone type", "phone kind", "agent type"),
    ),
    Field(
        "preferred_name",
        "Preferred Name",
        console_label="Preferred Name",
        clearable=True,
        is_personal=True,
        aliases=("nickname", "known as"),
    ),
    Field(
        "cost_center",
        "Cost Center",
        clearable=True,
        aliases=("cost centre", "costcenter", "cost code", "kostenstelle", "kst"),
    ),
    Field(
        "no_answer_destination",
        "No Answer Destination",
        FieldType.EXTENSION,
        console_label="No Answer Destination",
        clearable=True,
        uc_owned=True,
        aliases=("no answer",),
    ),
    Field(
        "recording_mode",
        "Recording Mode",
        FieldType.CHOICE,
        console_label="Recording Mode",
        uc_owned=True,
        choices=RECORDING_MODES,
        aliases=("recording",),
    ),
    Field(
        "review_own_recordings",
        "Review own recordings",
        FieldType.BOOLEAN,
        console_label="Allow agent to review their own call recordings",
        aliases=("allow agent to review their own call recordings",),
    ),
    Field("active", "Sign-in", FieldType.BOOLEAN, console_label="Sign-in"),
)

_DEFAULT_LEVEL = Field("default_level", "Default level", FieldType.INTEGER, clearable=True)
"""A level outside 1 to 10 breaks a rule, which can be waived, and not the schema."""

KINDS: Mapping[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind(AGENT, "agents", AGENT_FIELDS, ("licenses", "queues", "skills")),
        Kind(
            QUEUE,
            "queues",
            (
                Field(
                    "extension",
                    "Extension",
                    FieldType.EXTENSION,
                    console_label="Extension",
                    clearable=True,
                ),
                Field(
                    "priority",
                    "Skill Priority",
                    FieldType.INTEGER,
                    console_label="Skill Priority",
                    clearable=True,
                    bounds=(0, 10),
                ),
                Field(
                    "routing",
                    "Routing Algorithm",
                    FieldType.CHOICE,
                    console_label="Routing Algorithm",
                    clearable=True,
                    choices=ROUTINGS,
                ),
                _DEFAULT_LEVEL,
            ),
        ),
        Kind(SKILL, "skills", (_DEFAULT_LEVEL,)),
        Kind(
            LICENSE_POOL,
            "license_pools",
            (
                Field("purchased", "Purchased", FieldType.INTEGER, bounds=(0, 10**17)),
                Field("requires", "Requires", FieldType.LICENSE),
            ),
        ),
        Kind(EXTENSION_RANGE, "extension_ranges", ()),
        Kind(DIRECTORY_ENTRY, "", ()),
    )
}

AGENT_SETTINGS = tuple(
    row.name for row in AGENT_FIELDS if not row.identifies and row.name != "active"
)
"""The scalars of an agent's entry that say how, not who, in the order in which a file has them."""


def uc_owned_settings() -> dict[str, str]:
    """Name to label of what no entry of a UC agent may state: the UC directory owns it."""
    return {row.name: row.label for row in AGENT_FIELDS if row.uc_owned and not row.identifies}


def in_our_words(kind: str, name: str, value: FieldValue) -> FieldValue:
    """A choice as the files say it, where it is written as the label of the page."""
    return _words(kind, name).get(value.lower(), value) if isinstance(value, str) else value


@cache
def _words(kind: str, name: str) -> Mapping[str, str]:
    row = KINDS[kind].field(name)
    return {label.lower(): word for word, label in row.choices.items()} if row else {}
