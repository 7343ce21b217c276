"""Shared files of a fleet, under the files of each of its tenants.

`fleet.yaml` stands in a folder above the tenants and names folders (`shared: [shared/base]`). Their
profiles, extension ranges and policy are laid under every tenant, a later folder over an earlier
one. What is stated twice counts field by field: the tenant's own value wins. Lists of the policy
(`protect`, `allow`, `waivers`, `ignore`) add up, as they do over several files of one folder.
"""

import os
from array import array
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any, Final

from reconciler import regular_files
from reconciler.diagnostics import Diagnostic, Position, Severity
from reconciler.errors import SetupError
from reconciler.load import files, folder
from reconciler.load.document import Content, Document, file_of, members, packed, size
from reconciler.load.folder import Loaded

NAME: Final = "fleet.yaml"
NAMED: Final = ("profiles", "extension_ranges")
POLICY: Final = "policy"
KEYS: Final = (*NAMED, POLICY)
"""What a shared folder may hold; everything else belongs to one tenant."""
_KNOWN: Final = ("shared", "tenants")
_FILE_BIT: Final = packed(0, 0, 1)

Part = tuple[Content, "array[int]"]
"""A value and its marks, the one of the value itself first."""
Parts = dict[str, Part]


@dataclass(frozen=True, slots=True)
class FleetFile:
    """What `fleet.yaml` says. `shared` and `tenants` are folders below its own.

    `tenants` is None where it does not list them: then every folder with a tenant block is one.
    """

    shared: tuple[str, ...] = ()
    tenants: tuple[str, ...] | None = None
    diagnostics: tuple[Diagnostic, ...] = ()


def root_of(place: Path) -> Path | None:
    """The nearest folder above with a `fleet.yaml`; git's top level is the last one looked at."""
    for above in place.resolve().parents:
        if (above / NAME).is_file():
            return above
        if (above / ".git").exists():
            return None
    return None


def documents(place: Path) -> Loaded:
    """Read every YAML file below a folder, with the shared files of its fleet.

    Raises `SetupError` where there is no folder.
    """
    own = folder.documents(place)
    root = root_of(place)
    if root is None:
        return own
    prefix = os.path.relpath(root, place.resolve())
    name = f"{prefix}/{NAME}"
    return layered(own, parsed_file(name, _text(root / NAME, name)), _Reader(root, prefix).layer)


def copied(place: Path, into: Path) -> Path:
    """Copy a tenant's folder, with the shared folders of its fleet, and return the copy.

    The copy means what the folder means. Raises `SetupError`.
    """
    place = place.resolve()
    root = root_of(place)
    if root is None:
        copy = into / place.name
        regular_files.copy_folder(place, copy)
        return copy
    top = into / "fleet"
    copy = top / place.relative_to(root)
    for source in (place, *paths(place)):
        if source.is_dir():
            regular_files.copy_folder(source, top / source.relative_to(root))
    try:
        regular_files.copy_file(root / NAME, top / NAME)
    except OSError as error:
        reason = regular_files.reason(error)
        raise SetupError(f"{root / NAME} cannot be copied: {reason}") from error
    return copy


def paths(place: Path) -> list[Path]:
    """The `fleet.yaml` above a folder and the shared folders inside the fleet; none without it."""
    root = root_of(place)
    if root is None:
        return []
    named = (root / each for each in parsed_file(NAME, _text(root / NAME, NAME)).shared)
    return [root / NAME, *(each for each in named if each.resolve().is_relative_to(root))]


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads shared folders from the disk. `prefix` leads from the tenant's folder to the root."""

    root: Path
    prefix: str

    def layer(self, shared: str) -> Loaded:
        place = self.root / shared
        try:
            if not place.resolve().is_relative_to(self.root):
                raise SetupError(f"the folder {shared} is outside of the fleet")
            texts = list(files.texts(place))
        except SetupError as error:
            problem = _problem(Position(f"{self.prefix}/{NAME}", 1, 1), str(error))
            return Loaded((), (problem,), 1)
        return folder.parsed((f"{self.prefix}/{shared}/{name}", text) for name, text in texts)


def layered(own: Loaded, fleet: FleetFile, layer: Callable[[str], Loaded]) -> Loaded:
    """Lay the shared folders under a tenant's files; `layer` reads one of them by its name."""
    below: tuple[Document, ...] = ()
    diagnostics = [*own.diagnostics, *fleet.diagnostics]
    missing = len(fleet.diagnostics)
    for name in fleet.shared:
        loaded = layer(name)
        missing += loaded.files - len(loaded.documents)
        kept, problems = _shareable(loaded.documents)
        diagnostics += [*loaded.diagnostics, *problems]
        below = under(kept, below)
    result = under(own.documents, below)
    count = len(result) + own.files - len(own.documents) + missing
    return Loaded(result, tuple(diagnostics), count)


def parsed_file(name: str, text: str | Diagnostic) -> FleetFile:
    """What a `fleet.yaml` says, with what is wrong in it."""
    loaded = folder.parsed([(name, text)])
    diagnostics = list(loaded.diagnostics)
    lists: dict[str, tuple[str, ...]] = {}
    for document in loaded.documents:
        for key, value in document.content.items():
            if key not in _KNOWN:
                what = f"`{key}` is not known here; {NAME} has {' and '.join(_KNOWN)}"
                diagnostics.append(_problem(document.at(key), what))
            elif isinstance(value, list) and all(map(_is_below, value)):
                lists[key] = tuple(PurePosixPath(str(entry)).as_posix() for entry in value)
            else:
                what = f"`{key}` is a list of folders below this file"
                diagnostics.append(_problem(document.at(key), what))
    return FleetFile(lists.get("shared", ()), lists.get("tenants"), tuple(diagnostics))


def under(upper: Sequence[Document], lower: Sequence[Document]) -> tuple[Document, ...]:
    """Lay documents under others: entry by entry, and in an entry field by field."""
    if not lower:
        return tuple(upper)
    stated = _stated(upper)
    additions: dict[str, list[tuple[Document, str, Parts]]] = {key: [] for key in NAMED}
    rest = []
    for document in lower:
        parts = split(document.content, document.marks)
        for key in NAMED:
            if key in parts and isinstance(parts[key][0], dict):
                parts[key] = _unstated(document, key, parts[key], stated, additions[key])
        if POLICY in parts:
            parts[POLICY] = _pruned(parts[POLICY], stated.get((POLICY, ""), {}))
        pruned = _joined(document, parts)
        rest.append(replace(pruned, nulls=tuple(n for n in pruned.nulls if _has(pruned, n))))
    taken: set[tuple[str, str]] = set()
    return (*(_completed(document, additions, taken) for document in upper), *rest)


def split(content: Mapping[str, Content], marks: "array[int]") -> Parts:
    """The members of a mapping with their marks."""
    parts, start = {}, 0
    for key, value in members(dict(content)):
        end = start + 1 + size(value)
        parts[str(key)] = (value, marks[start:end])
        start = end
    return parts


def _joined(document: Document, parts: Parts, others: tuple[str, ...] | None = None) -> Document:
    marks = array("Q")
    for _, own in parts.values():
        marks.extend(own)
    return replace(
        document,
        content={key: value for key, (value, _) in parts.items()},
        marks=marks,
        others=document.others if others is None else others,
        offsets={},
    )


def _part(mark: int, parts: Parts) -> Part:
    """A mapping of parts, as a value with its marks."""
    marks = array("Q", [mark])
    for _, own in parts.values():
        marks.extend(own)
    return {key: value for key, (value, _) in parts.items()}, marks


def _stated(documents: Sequence[Document]) -> dict[tuple[str, str], dict[str, Any]]:
    """What the upper files state of each named entry, and in their policy (under an empty name)."""
    stated: dict[tuple[str, str], dict[str, Any]] = {}
    for document in documents:
        for key in NAMED:
            entries = document.content.get(key)
            for name, fields in entries.items() if isinstance(entries, dict) else ():
                stated.setdefault((key, name), fields if isinstance(fields, dict) else {})
        policy = document.content.get(POLICY)
        if isinstance(policy, dict):
            whole = stated.setdefault((POLICY, ""), {})
            stated[POLICY, ""] = _merged(whole, policy)
    return stated


def _merged(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(one)
    for key, value in other.items():
        before = merged.get(key)
        is_deep = isinstance(before, dict) and isinstance(value, dict)
        merged[key] = _merged(before, value) if is_deep else value  # type: ignore[arg-type]
    return merged


def _unstated(
    document: Document,
    key: str,
    part: Part,
    stated: Mapping[tuple[str, str], Mapping[str, Any]],
    additions: list[tuple[Document, str, Parts]],
) -> Part:
    """The entries that only the lower files have. Fields of the others go to `additions`."""
    value, marks = part
    assert isinstance(value, dict)
    alone: Parts = {}
    for name, (fields, own) in split(value, marks[1:]).items():
        above = stated.get((key, name))
        if above is None:
            alone[name] = (fields, own)
        elif isinstance(fields, dict):
            parts = split(fields, own[1:])
            missing = {field: parts[field] for field in parts.keys() - above.keys()}
            ordered = {field: missing[field] for field in parts if field in missing}
            additions.append((document, name, ordered))
    return _part(marks[0], alone)


def _pruned(part: Part, above: Mapping[str, Any]) -> Part:
    """A policy without the values that the upper files state; lists stay, as they add up."""
    value, marks = part
    if not isinstance(value, dict):
        return part
    kept: Parts = {}
    for key, (below, own) in split(value, marks[1:]).items():
        over = above.get(key)
        if isinstance(below, dict) and isinstance(over, dict):
            kept[key] = _pruned((below, own), over)
        elif key not in above or (isinstance(below, list) and isinstance(over, list)):
            kept[key] = (below, own)
    return _part(marks[0], {key: item for key, item in kept.items() if item[0] != {}})


def _completed(
    document: Document,
    additions: Mapping[str, list[tuple[Document, str, Parts]]],
    taken: set[tuple[str, str]],
) -> Document:
    """An upper document whose entries have what the lower files state besides."""
    parts = split(document.content, document.marks)
    others, nulls = list(document.others), list(document.nulls)
    for key in NAMED:
        section = parts.get(key)
        if section is None or not isinstance(section[0], dict):
            continue
        entries = split(section[0], section[1][1:])
        for source, name, missing in additions[key]:
            entry = entries.get(name)
            if entry is None or not isinstance(entry[0], dict) or (key, name) in taken:
                continue
            numbers = _numbered((source.file, *source.others), document.file, others)
            fields = split(entry[0], entry[1][1:])
            fields |= {
                field: (value, _moved(marks, numbers))
                for field, (value, marks) in missing.items()
                if field not in fields
            }
            nulls += [n for n in source.nulls if n[:2] == (key, name) and {*n[2:3]} & {*missing}]
            entries[name] = _part(entry[1][0], fields)
        taken |= {(key, name) for name in entries}
        parts[key] = _part(section[1][0], entries)
    completed = _joined(document, parts, tuple(others))
    return replace(completed, nulls=tuple(dict.fromkeys(nulls)))


def _has(document: Document, path: Sequence[str | int]) -> bool:
    value: Any = document.content
    try:
        for step in path:
            value = value[step]
    except (KeyError, IndexError, TypeError):
        return False
    return True


def _numbered(sources: Sequence[str], own: str, others: list[str]) -> list[int]:
    """The number that each file has in another document, which learns of it."""
    numbers = []
    for name in sources:
        if name != own and name not in others:
            others.append(name)
        numbers.append(0 if name == own else 1 + others.index(name))
    return numbers


def _moved(marks: "array[int]", numbers: Sequence[int]) -> "array[int]":
    shifts = [(number - old) * _FILE_BIT for old, number in enumerate(numbers)]
    return array("Q", [mark + shifts[file_of(mark)] for mark in marks])


def _shareable(documents: Sequence[Document]) -> tuple[list[Document], list[Diagnostic]]:
    """The documents without what only a tenant may state, and a diagnostic for each such key."""
    kept, problems = [], []
    for document in documents:
        parts = split(document.content, document.marks)
        strange = [key for key in parts if key not in KEYS]
        for key in strange:
            what = f"`{key}` stands in a shared folder, which has {', '.join(KEYS)}"
            problems.append(_problem(document.at(key), what, "move it to the tenants"))
        known = {key: part for key, part in parts.items() if key in KEYS}
        kept.append(_joined(document, known) if strange else document)
    return kept, problems


def _is_below(value: object) -> bool:
    """Whether a text names a folder below the file that it stands in."""
    path = PurePosixPath(value) if isinstance(value, str) and value else PurePosixPath("/")
    is_inside = not path.is_absolute() and ".." not in path.parts
    return is_inside and path.as_posix() != "." and "\0" not in str(value)


def _text(path: Path, name: str) -> str | Diagnostic:
    content = files.read(path, name)
    return content if isinstance(content, Diagnostic) else files.text(content, name)


def _problem(position: Position, summary: str, hint: str = "") -> Diagnostic:
    hint = hint or f"write `shared: [FOLDER]` in {NAME}"
    return Diagnostic("fleet-file", Severity.ERROR, summary, hint, None, position)
