"""Edits that a person asks for: hire, leave, move, rename.

Each works on `Edits`, texts of files in memory, and changes nothing but what it is about. Nothing
is written before the caller says so.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from reconciler import kinds, regular_files, scalars
from reconciler.edit import newcomers, nodes
from reconciler.edit.entries import ORDER
from reconciler.edit.nodes import UneditableError
from reconciler.errors import SetupError
from reconciler.model import Address, Desired, Resource

LARGEST = 16 * 1024 * 1024

Content = Mapping[str, Any]


@dataclass(slots=True)
class Edits:
    """Files of a folder with pending changes; `before` and `after` are texts by file name."""

    folder: Path
    before: dict[str, str] = field(default_factory=dict)
    after: dict[str, str] = field(default_factory=dict)

    def text(self, file: str) -> str:
        """Return the text of a file after the edits so far."""
        if file not in self.before:
            self.before[file] = read(self.folder / file)
            self.after[file] = self.before[file]
        return self.after[file]

    def set(self, file: str, text: str) -> None:
        """Replace the text of a file."""
        self.text(file)
        self.after[file] = text

    @property
    def changed(self) -> dict[str, str]:
        """New texts of the files that differ; an empty text removes the file."""
        return {name: text for name, text in self.after.items() if text != self.before[name]}

    def write(self, folder: Path | None = None) -> None:
        """Writes what changed, to another folder if one is given. Raises `SetupError`."""
        for name, text in sorted(self.changed.items()):
            path = (folder or self.folder) / name
            try:
                if text:
                    path.parent.mkdir(parents=True, exist_ok=True)
                    path.write_bytes(text.encode("utf-8"))
                else:
                    path.unlink()
            except OSError as error:
                raise SetupError(f"{path} cannot be written: {error.strerror}") from error


def hire(edits: Edits, desired: Desired, address: Address, content: Content, file: str) -> None:
    """Adds an entry to `file`; if that is empty, to the file of the agents who are most like it."""
    home = file or newcomers.home(address, content, desired)
    edits.set(home, newcomers.added(edits.text(home), address, content))


def leave(edits: Edits, agent: Resource, last_day: date) -> None:
    """States the last working day of an agent."""
    _edit(
        edits,
        agent,
        lambda text, entry: nodes.with_value(text, entry, "until", last_day.isoformat(), ORDER),
    )


def rename(edits: Edits, agent: Resource, values: Content) -> None:
    """States another name, e-mail or extension of an agent. Where the tenant could take the result
    for somebody else, the entry says who it was.
    """
    was = {key: agent.fields.get(key) for key in values}
    changed = {key for key, value in values.items() if was[key] not in (None, value)}
    if "email" in changed and len(changed) > 1:
        previously = f"{{email: {scalars.text(str(was['email']))}}}"
        _edit(edits, agent, _setter("previously", previously))
    for key in sorted(values, key=("name", "extension", "email").index):
        _edit(edits, agent, _setter(key, scalars.text(values[key])))


def swap(edits: Edits, agent: Resource, other: Resource) -> None:
    """Exchanges the extensions of two agents."""
    numbers = agent.fields.get("extension"), other.fields.get("extension")
    if agent.address == other.address or None in numbers:
        raise SetupError(f"{agent.address} and {other.address} have no two extensions to exchange")
    rename(edits, agent, {"extension": str(numbers[1])})
    rename(edits, other, {"extension": str(numbers[0])})


def to_profile(edits: Edits, agent: Resource, profile: str) -> None:
    """Gives an agent another profile, in place of those that the entry names."""
    _edit(edits, agent, _setter("profile", scalars.text(profile)))


def without(text: str, agent: Resource) -> str:
    """The text of a file without the entry of an agent."""
    root = nodes.compose(text)
    node = _entry(root, agent)
    return nodes.without_entry(text, root, kinds.KINDS[kinds.AGENT].key, node)


def to_file(edits: Edits, agent: Resource, file: str) -> None:
    """Moves an entry, with its comments, from one file to another."""
    source, text = _place(edits, agent)
    if source == file:
        raise SetupError(f"{agent.address} stands in {file} already")
    root = nodes.compose(text)
    node = _entry(root, agent)
    nodes.refuse_aliases(node)
    if node.flow_style:
        raise UneditableError("it is written in braces; `reconciler fmt` makes it a block")
    edits.set(file, newcomers.moved(edits.text(file), _lines_of(text, node)))
    edits.set(source, nodes.without_entry(text, root, kinds.KINDS[kinds.AGENT].key, node))


def _setter(key: str, value: str) -> Callable[[str, nodes.Node], str]:
    """Return the edit that states a value in an entry."""
    return lambda text, entry: nodes.with_value(text, entry, key, value, ORDER)


def _edit(edits: Edits, agent: Resource, change: Callable[[str, nodes.Node], str]) -> None:
    """Changes one entry, cut out with its column kept and put back."""
    file, text = _place(edits, agent)
    node = _entry(nodes.compose(text), agent)
    nodes.refuse_aliases(node)
    first, last = nodes.start(node), nodes.end(text, node)
    if not node.flow_style:
        last = nodes.line_end(text, last)
    indent = " " * node.start_mark.column
    piece = indent + text[first:last]
    edited = change(piece, nodes.compose(piece))
    edits.set(file, text[:first] + edited[len(indent) :] + text[last:])


def _place(edits: Edits, agent: Resource) -> tuple[str, str]:
    """Return the file of an agent, and its text after the edits so far."""
    assert agent.origin is not None
    file = agent.origin.at().file
    return file, edits.text(file)


def _entry(root: nodes.Node, agent: Resource) -> nodes.Node:
    """The entry of an agent by its keys: places move while a file is edited."""
    block = nodes.child(root, kinds.KINDS[kinds.AGENT].key)
    for entry in block.value if block is not None and nodes.is_list(block) else ():
        stated = {name.value: value.value for name, value in nodes.members(entry)}
        email, extension = stated.get("email"), stated.get("extension")
        texts = [one if isinstance(one, str) else None for one in (email, extension)]
        if kinds.agent_address(*texts) == agent.address:
            if nodes.is_anchored(entry):
                raise UneditableError("its entry has an anchor, and others may be the same")
            return entry
    raise UneditableError("its entry is not a plain mapping in a list of agents")


def _lines_of(text: str, node: nodes.Node) -> Sequence[str]:
    """The lines of an entry without its indentation, with comments inside and directly above."""
    first = nodes.line_start(text, nodes.start(node))
    last = nodes.line_end(text, nodes.end(text, node))
    above = nodes.comment_start(text, first)
    comments = [line.lstrip() for line in text[above:first].splitlines()]
    column = node.start_mark.column
    own = (" " * column + text[nodes.start(node) : last]).splitlines()
    return comments + [line[min(column, len(line) - len(line.lstrip())) :] for line in own]


def read(path: Path) -> str:
    """Return the text of a file, empty where there is none. Raises `SetupError`."""
    try:
        return regular_files.content(path, largest=LARGEST).decode("utf-8") if path.exists() else ""
    except UnicodeDecodeError as error:
        raise SetupError(f"{path} cannot be read: {error}") from error
