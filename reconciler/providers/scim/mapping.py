"""Where each of our fields stands in a SCIM service, as data.

`mappings/` holds the packaged ones as YAML. A tenant names one (`mapping: webex`), or starts from
one and changes a line (`mapping: {from: webex, agent: {extension: …}}`). A field is one of these:

    userName                           a path; in a list, the first one shown counts and all are
                                       written
    {path: …, key: …, level: …}        a collection; `scale` are the values that levels 1 and 10
                                       stand for, `joined` separates names that are one text
    {members_of: Group}                who is in a queue stands in the members of a group
    none                               the service has nothing like it
    unobserved                         it may have it, and does not show it
"""

import pathlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final, NamedTuple

import yaml

from reconciler import kinds, regular_files
from reconciler.errors import SetupError
from reconciler.providers.scim.paths import Path, parsed

PACKAGED: Final = pathlib.Path(__file__).parent / "mappings"
LARGEST: Final = 100_000
"""Bytes of a packaged mapping."""

NAMES: Final = ("full", "core", "genesys", "webex", "entra")
NONE, UNOBSERVED = "none", "unobserved"
_AGENT: Final = kinds.KINDS[kinds.AGENT]
AGENT_FIELDS: Final = (*(row.name for row in _AGENT.scalars), *_AGENT.collections)
TARGET_FIELDS: Final[Mapping[str, tuple[str, ...]]] = {
    kind: ("name", *(row.name for row in kinds.KINDS[kind].scalars))
    for kind in (kinds.QUEUE, kinds.SKILL)
}

Raw = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Scalar:
    """The first path that the service shows counts; all that it takes are written."""

    paths: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class Collection:
    """`key` and `level` are sub-attributes. `scale` holds the ends for levels 1 and 10."""

    path: Path
    key: str = "value"
    level: str | None = None
    scale: tuple[float, float] | None = None
    joined: str | None = None


@dataclass(frozen=True, slots=True)
class MembersOf:
    """Memberships stand in the members of a resource type."""

    type: str


Place = Scalar | Collection | MembersOf


@dataclass(frozen=True, slots=True)
class Target:
    """A queue or a skill as a resource of its own: its SCIM type, and the path of each field."""

    type: str
    name: str
    fields: Mapping[str, Path] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FieldMap:
    """A mapping, parsed. A field that is `none` or `unobserved` has no place; the former is in
    `lacks` as well. `remove` tells how a member leaves a group: by a filter in the path, named
    in the `values` of a `remove`, or with a whole `list` without it. `also` are filters of further
    listings of users; `is_single`: each user is read on its own, too.
    """

    name: str
    agent: Mapping[str, Place]
    targets: Mapping[str, Target]
    lacks: frozenset[str] = frozenset()
    members: str = "auto"
    remove: str = "filter"
    page_size: int | None = None
    also: tuple[str, ...] = ()
    is_single: bool = False

    @property
    def members_of(self) -> str | None:
        """The resource type whose members are those of queues, where it is so."""
        place = self.agent.get("queues")
        return place.type if isinstance(place, MembersOf) else None

    def urns(self) -> frozenset[str]:
        """The schemas of extensions that agents' fields stand in."""
        return frozenset(path.urn for path in self.paths() if path.urn)

    def paths(self) -> Iterator[Path]:
        for place in self.agent.values():
            if isinstance(place, Scalar):
                yield from place.paths
            elif isinstance(place, Collection):
                yield place.path


class Problem(NamedTuple):
    """What is wrong with a mapping, and at which key."""

    path: tuple[str | int, ...]
    summary: str
    hint: str


# --- from data to a mapping ----------------------------------------------------------------------


def of(stated: str | Raw | None, default: str) -> FieldMap:
    """The mapping that a tenant states, or the packaged one of that name. Raises `SetupError`."""
    raw = {"from": stated} if isinstance(stated, str) else dict(stated or {"from": default})
    problem = next(unreadable(raw), None) or next(contradictions(raw), None)
    if problem:
        where = ".".join(map(str, ("mapping", *problem.path)))
        raise SetupError(f"{where}: {problem.summary}", hint=problem.hint)
    return _parsed({"from": default, **raw})


def contradictions(stated: str | Raw) -> Iterator[Problem]:
    """Lines of a mapping that cannot hold together, each at its key. Its shape is right."""
    raw: Raw = {"from": stated} if isinstance(stated, str) else stated
    if next(unreadable(raw), None):
        return
    whole, own = _merged(raw), raw.get("agent", {})
    used: dict[str, str] = {}
    for name in AGENT_FIELDS:
        value = whole["agent"].get(name)
        for text in _texts(value):
            other = used.setdefault(text, name)
            if other != name and not _is_own(value, text, whole["agent"][other]):
                yield Problem(
                    ("agent", name if name in own else other),
                    f"{name} and {other} cannot both stand at {text}",
                    "give one of them another path, or `none`",
                )
        yield from _contradictions(("agent", name), value)
    yield from _between(whole)


def unreadable(raw: Raw) -> Iterator[Problem]:
    """What the published schema refuses as well: an unknown mapping, a text that is no path."""
    base = raw.get("from", "core")
    if base not in NAMES:
        yield Problem(("from",), f"there is no mapping {base}", f"packaged are {', '.join(NAMES)}")
    sections: Sequence[str] = ("agent", *TARGET_FIELDS)
    for section in sections:
        content = raw.get(section)
        for name, value in content.items() if isinstance(content, Mapping) else ():
            if name == "type":
                continue
            for text in _texts(value):
                if parsed(text) is None:
                    hint = 'write it as `emails[type eq "work"].value`, `none` or `unobserved`'
                    yield Problem((section, name), f"{text} is no SCIM path", hint)


def _contradictions(place: tuple[str, str], value: Any) -> Iterator[Problem]:
    if not isinstance(value, Mapping):
        return
    if "joined" in value and ("level" in value or "key" in value):
        yield Problem(
            place,
            f"{place[1]} is one joined text, which has neither key nor level",
            "remove `joined`, or `key` and `level`",
        )
    if "scale" in value:
        low, high = _ends(value["scale"]) or (0.0, 0.0)
        if "level" not in value:
            yield Problem(place, f"{place[1]} has a scale and no level", "add `level`")
        elif low >= high:
            yield Problem(place, "the lower end of a scale comes first", "write [low, high]")


def _between(whole: Raw) -> Iterator[Problem]:
    """What two lines say that cannot both hold."""
    agent, queue = whole["agent"], whole.get("queue")
    if all(agent.get(name) in (None, NONE, UNOBSERVED) for name in ("email", "extension")):
        yield Problem(
            ("agent",),
            "nobody can be recognised: neither e-mail nor extension has a path",
            "give one of them a path",
        )
    members_of = agent["queues"].get("members_of") if _is_map(agent.get("queues")) else None
    kind = queue.get("type") if isinstance(queue, Mapping) else None
    if members_of and members_of != kind:
        yield Problem(
            ("agent", "queues"),
            f"queues are members of {members_of}, and a queue is {kind or 'nothing'} there",
            f"write `queue: {{type: {members_of}, name: displayName}}`",
        )
    for name, section in (("queues", "queue"), ("skills", "skill")):
        if isinstance(agent.get(name), Mapping) and whole.get(section) == NONE and not members_of:
            yield Problem(
                ("agent", name), f"agents have {name}, and {section} is none", "correct one of them"
            )
    members = whole.get("members", {})
    if members.get("read", "auto") != "auto" and not members_of:
        yield Problem(
            ("members",), "no queue is a group, so no members are read", "remove `members`"
        )


def _is_map(value: Any) -> bool:
    return isinstance(value, Mapping)


def _is_own(value: Any, text: str, other: Any) -> bool:
    """Whether two fields share a path as second choice only: an e-mail that is the login too."""
    return isinstance(value, list) and isinstance(other, list) and text != value[0] != other[0]


def _texts(value: Any) -> Iterator[str]:
    """The paths of a field."""
    if isinstance(value, str):
        if value not in (NONE, UNOBSERVED):
            yield value
    elif isinstance(value, Mapping):
        if "path" in value:
            yield str(value["path"])
    elif isinstance(value, list):
        yield from (str(one) for one in value)


@cache
def packaged(name: str) -> Raw:
    """A mapping of the package, over the one that its file starts from."""
    file = PACKAGED / f"{name}.yaml"
    content: Raw = yaml.safe_load(regular_files.text(file, largest=LARGEST))
    return _merged(content) if "from" in content else content


def _merged(raw: Raw) -> dict[str, Any]:
    """A tenant's lines over the mapping that it starts from."""
    whole = dict(packaged(str(raw.get("from", "core"))))
    for section, content in raw.items():
        before = whole.get(section)
        if isinstance(content, Mapping) and isinstance(before, Mapping):
            whole[section] = {**before, **content}
        elif section != "from":
            whole[section] = content
    return whole


def _parsed(raw: Raw) -> FieldMap:
    whole = _merged(raw)
    agent = whole["agent"]
    places = {name: place for name in AGENT_FIELDS if (place := _place(agent.get(name)))}
    lacks = {f"agent.{name}" for name in AGENT_FIELDS if agent.get(name) == NONE}
    targets = {}
    for kind, names in TARGET_FIELDS.items():
        content = whole.get(kind)
        if isinstance(content, Mapping):
            lacks |= {f"{kind}.{name}" for name in names if content.get(name) == NONE}
            targets[kind] = _target(content, names)
    users, size = whole.get("users", {}), whole.get("page_size")
    return FieldMap(
        name=str(raw.get("from")) if set(raw) == {"from"} else f"{raw.get('from')}, changed",
        agent=places,
        targets=targets,
        lacks=frozenset(lacks),
        members=str(whole.get("members", {}).get("read", "auto")),
        remove=str(whole.get("members", {}).get("remove", "filter")),
        page_size=int(size) if size else None,
        also=tuple(users.get("also", ())),
        is_single=users.get("read") == "single",
    )


def _place(value: Any) -> Place | None:
    if isinstance(value, Mapping) and "members_of" in value:
        return MembersOf(str(value["members_of"]))
    if isinstance(value, Mapping):
        path = parsed(str(value["path"]))
        assert path is not None
        level = value.get("level")
        return Collection(
            path,
            str(value.get("key", "value")),
            str(level) if level else None,
            _ends(value.get("scale")),
            str(value["joined"]) if "joined" in value else None,
        )
    paths = tuple(path for text in _texts(value) if (path := parsed(text)))
    return Scalar(paths) if paths else None


def _ends(value: Any) -> tuple[float, float] | None:
    if not isinstance(value, list) or len(value) != 2:
        return None
    return float(value[0]), float(value[1])


def _target(content: Raw, names: Sequence[str]) -> Target:
    fields = {}
    for name in names:
        text = next(_texts(content.get(name)), None)
        path = parsed(text) if text else None
        if path and name != "name":
            fields[name] = path
    return Target(str(content["type"]), str(content.get("name", "displayName")), fields)
