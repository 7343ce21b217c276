"""The catalogue: one row a kind, one row a field, and the flat paths of a resource.

Everything that has to know all fields of a kind derives it from `KINDS`: how a file writes them,
what is compared, exported, edited and imported, and how a field is called. What a SCIM service
calls them stands in the mappings of `providers/scim`.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from itertools import chain

from reconciler.model import NO_LEVEL, Action, Address, Change, FieldValue, Resource, Value

AGENT = "agent"
QUEUE = "queue"
SKILL = "skill"
LICENSE_POOL = "license_pool"
EXTENSION_RANGE = "extension_range"
DIRECTORY_ENTRY = "directory_entry"
PROFILE = "profile"
"""Only in files: never a resource of a tenant."""

LICENSES = ("voice", "web_chat", "sms", "transcription")
COLLECTIONS = frozenset({"licenses", "queues", "skills"})
MEMBERSHIPS = {"queues": QUEUE, "skills": SKILL}

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


def address(kind: str, name: str) -> Address:
    return f"{kind}/{name}"


def agent_address(email: str | None, extension: str | None) -> Address:
    """By e-mail in lower case, else by extension."""
    return address(AGENT, (email or extension or "").lower())


def kind_of(address: Address) -> str:
    return address.partition("/")[0]


def name_of(address: Address) -> str:
    return address.partition("/")[2]


def label(address: Address, fields: Mapping[str, FieldValue]) -> str:
    """How people see it: `4001 Ana Diaz` for an agent, the bare name for everything else."""
    if kind_of(address) != AGENT:
        return name_of(address)
    parts = [fields.get("extension"), fields.get("name")]
    return " ".join(str(part) for part in parts if part) or name_of(address)


def label_of(resource: Resource) -> str:
    return label(resource.address, resource.fields)


def fingerprint(resource: Resource) -> str:
    """The version that the tenant gives, else a digest of all that it shows of the object."""
    if resource.version:
        return resource.version
    shown = sorted((path, value) for path, value in flat(resource.fields) if value is not None)
    return "fields:" + hashlib.sha256(json.dumps(shown).encode()).hexdigest()[:32]


def flat(fields: Mapping[str, FieldValue]) -> Iterator[tuple[str, Value]]:
    """The paths of a resource: `extension`, `licenses.voice`, `queues.support`."""
    for name, value in fields.items():
        if value is None or isinstance(value, str | int):
            yield name, value
        elif isinstance(value, frozenset):
            yield from ((f"{name}.{member}", True) for member in value)
        else:
            yield from ((f"{name}.{member}", level_value(level)) for member, level in value.items())


def stated_values(fields: Mapping[str, FieldValue]) -> dict[str, Value]:
    """By flat path, as the base of a later comparison: an empty collection is `None` by its name,
    so that it can be told from one that is not stated.
    """
    empty = {name: None for name, value in fields.items() if name in COLLECTIONS and not value}
    return {**dict(flat(fields)), **empty}


def level_value(level: int) -> Value:
    """A level as it stands in a field change: `True` where the membership has none."""
    return True if level == NO_LEVEL else level


def value_level(value: Value) -> int:
    """The other way round; `value` is not None."""
    return NO_LEVEL if value is True else int(value or NO_LEVEL)


def stated_levels(levels: Mapping[str, int]) -> dict[str, int | str] | list[str]:
    """Names to levels as a file says them; a list where no level is known."""
    if not any(levels.values()):
        return sorted(levels)
    return {n: "default" if v == NO_LEVEL else v for n, v in sorted(levels.items())}


def empty(names: Iterable[str]) -> dict[str, FieldValue]:
    """The collections among these fields, each without a member."""
    return {
        name: frozenset() if name == "licenses" else {} for name in names if name in COLLECTIONS
    }


def split_path(path: str) -> tuple[str, str | None]:
    """`queues.support` is `("queues", "support")`; `extension` is `("extension", None)`."""
    name, dot, member = path.partition(".")
    return (name, member) if dot and name in COLLECTIONS else (path, None)


def membership_address(path: str) -> Address | None:
    """`queue/support` for `queues.support`; None for every other path."""
    name, member = split_path(path)
    kind = MEMBERSHIPS.get(name)
    return address(kind, member) if kind and member else None


def covered(fields: Mapping[str, FieldValue]) -> Iterator[Address]:
    """The queues and skills whose calls an agent with these fields can get: none without a
    license.
    """
    if not fields.get("licenses"):
        return
    for name, kind in MEMBERSHIPS.items():
        members = fields.get(name)
        if isinstance(members, dict):
            yield from (address(kind, member) for member in members)


def coverage(agents: Iterable[Mapping[str, FieldValue]]) -> Counter[Address]:
    """How many agents cover each queue and skill: `covered`, of all of them at once."""
    licensed = [fields for fields in agents if fields.get("licenses")]
    found: Counter[Address] = Counter()
    for name, kind in MEMBERSHIPS.items():
        shown = (fields.get(name) for fields in licensed)
        members = Counter(chain.from_iterable(held for held in shown if isinstance(held, dict)))
        found.update({address(kind, member): count for member, count in members.items()})
    return found


def with_values(
    fields: Mapping[str, FieldValue], values: Mapping[str, Value]
) -> dict[str, FieldValue]:
    """Fields after values were laid over them by path; None takes a member away."""
    after = dict(fields)
    for path, value in values.items():
        name, member = split_path(path)
        shown = after.get(name)
        if member is None:
            after[name] = value
        elif name == "licenses":
            held = shown if isinstance(shown, frozenset) else frozenset()
            after[name] = held - {member} if value is None else held | {member}
        else:
            levels = dict(shown) if isinstance(shown, Mapping) else {}
            levels.pop(member, None)
            if value is not None:
                levels[member] = value_level(value)
            after[name] = levels
    return after


def after_changes(
    resources: Mapping[Address, Resource], changes: Sequence[Change]
) -> dict[Address, Resource]:
    """Live resources as they will be. A changed one stands under the address of its change, also
    where somebody else had that address before.
    """
    if not changes:
        return dict(resources)
    by_id = {r.id: r.address for r in resources.values() if r.id}
    places = [by_id.get(change.live_id or "", change.address) for change in changes]
    moved = set(places)
    after = {address: r for address, r in resources.items() if address not in moved}
    for change, place in zip(changes, places, strict=True):
        was = resources.get(place)
        if change.action is not Action.DELETE:
            values = {item.path: item.after for item in change.fields}
            fields = with_values(was.fields if was else {}, values)
            after[change.address] = Resource(change.address, change.kind, fields, change.live_id)
    return after
