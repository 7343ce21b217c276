"""Write live values of a drift report into the files (`drift --take`)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from reconciler import kinds
from reconciler.diagnostics import Diagnostic, Position, Severity
from reconciler.edit import authoring, entries, newcomers, nodes
from reconciler.edit.newcomers import Content
from reconciler.edit.nodes import UneditableError
from reconciler.errors import SetupError
from reconciler.model import Address, Desired, DriftItem, Resource

MARK = "\ufeff"
LARGEST = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Taken:
    """The result of taking: changed files by name, and items that could not be taken."""

    files: tuple[str, ...]
    diagnostics: tuple[Diagnostic, ...]


def take(
    folder: Path,
    desired: Desired,
    items: Iterable[DriftItem],
    unmanaged: Mapping[Address, Content] | None = None,
    *,
    remove_gone: bool = False,
) -> Taken:
    """Writes the live values of drift items, and entries for whom no file declares. With
    `remove_gone` the entries of agents who are not in the tenant are taken out.

    A file is written once, and only if all of it still parses. Raises `SetupError` where a file
    cannot be read or written.
    """
    diagnostics: list[Diagnostic] = []
    listed = list(items)
    gone = [one for one in listed if remove_gone and _is_gone(one)]
    by_file = _by_file([one for one in listed if one not in gone], desired, diagnostics)
    gone_by_file = _by_file(gone, desired, diagnostics)
    new_by_file: dict[str, dict[Address, Content]] = {}
    for address, content in sorted((unmanaged or {}).items()):
        home = newcomers.home(address, content, desired)
        new_by_file.setdefault(home, {})[address] = content
    changed = []
    for file in sorted({*by_file, *gone_by_file, *new_by_file}):
        before = authoring.read(folder / file)
        after = _edited(before, by_file.get(file, {}), desired, diagnostics)
        for place, (item, *_) in sorted(gone_by_file.get(file, {}).items()):
            after = _removed(after, desired.resources[item.address], place, diagnostics)
        for address, content in new_by_file.get(file, {}).items():
            after = _with_newcomer(after, address, content, diagnostics)
        if after != before and (not after or _is_sound(after, file, diagnostics)):
            _write(folder / file, after)
            changed.append(file)
    return Taken(tuple(changed), tuple(diagnostics))


def _is_gone(item: DriftItem) -> bool:
    """Tell whether the tenant no longer has the agent."""
    return item.kind == kinds.AGENT and item.path is None and item.live is None


def _removed(text: str, agent: Resource, place: Position, diagnostics: list[Diagnostic]) -> str:
    """Return the text without an agent; what cannot be edited is reported."""
    try:
        return authoring.without(text, agent)
    except UneditableError as error:
        diagnostics.append(_not_taken(agent.address, place, str(error)))
        return text


def _is_sound(text: str, file: str, diagnostics: list[Diagnostic]) -> bool:
    """Whether the whole text still parses, checked before a file is written."""
    try:
        return nodes.compose(text.removeprefix(MARK)) is not None
    except UneditableError as error:
        place = Position(file, 1, 1)
        diagnostics.append(Diagnostic("not-taken", Severity.WARNING, str(error), "", None, place))
        return False


ByPlace = dict[Position, list[DriftItem]]


def _by_file(
    items: Iterable[DriftItem], desired: Desired, diagnostics: list[Diagnostic]
) -> dict[str, ByPlace]:
    """The items by the file and place of the entry that they are about."""
    items_by_file: dict[str, ByPlace] = {}
    for item in items:
        resource = desired.resources.get(item.address)
        if resource is None or resource.origin is None:
            diagnostics.append(_not_taken(item.address, None, "no entry of a file declares it"))
            continue
        place = resource.origin.at()
        items_by_file.setdefault(place.file, {}).setdefault(place, []).append(item)
    return items_by_file


def _edited(text: str, by_place: ByPlace, desired: Desired, diagnostics: list[Diagnostic]) -> str:
    """The text of a file with all entries edited, the last one first: places stay true."""
    mark = MARK if text.startswith(MARK) else ""
    text = text.removeprefix(MARK)
    if not by_place:
        return mark + text
    root, context = nodes.compose(text), entries.entry_context(desired)
    for place, items in sorted(by_place.items(), reverse=True):
        try:
            text = _entry(text, _node(root, place, items[0]), items, context)
        except UneditableError as error:
            diagnostics.append(_not_taken(items[0].address, place, str(error)))
    return mark + text


def _entry(
    text: str, node: nodes.Node, items: list[DriftItem], context: entries.EntryContext
) -> str:
    """One entry, cut out with its column kept, edited and put back."""
    nodes.refuse_aliases(node)
    first, last = nodes.start(node), nodes.end(text, node)
    if not node.flow_style:
        last = nodes.line_end(text, last)
    indent = " " * node.start_mark.column
    edited = entries.taken(indent + text[first:last], items, context)
    return text[:first] + edited[len(indent) :] + text[last:]


def _node(root: nodes.Node, place: Position, item: DriftItem) -> nodes.Node:
    """The mapping of an entry: of a list by its place, else by its name."""
    block = nodes.child(root, kinds.KINDS[item.kind].key)
    if nodes.is_mapping(block):
        mapping = nodes.child(block, kinds.name_of(item.address))
    else:
        at = (place.line - 1, place.column - 1)
        listed = block.value if block is not None else []
        mapping = next((one for one in listed if _place(one) == at), None)
    if not nodes.is_mapping(mapping):
        raise UneditableError("its entry is an alias of another one")
    if nodes.is_anchored(mapping):
        raise UneditableError("its entry has an anchor, and others may be the same")
    return mapping


def _place(node: nodes.Node) -> tuple[int, int]:
    """Return line and column of a node."""
    return node.start_mark.line, node.start_mark.column


def _with_newcomer(
    text: str, address: Address, content: Content, diagnostics: list[Diagnostic]
) -> str:
    """Return the text with a new entry; what cannot be edited is reported."""
    mark = MARK if text.startswith(MARK) else ""
    try:
        return mark + newcomers.added(text.removeprefix(MARK), address, content)
    except UneditableError as error:
        diagnostics.append(_not_taken(address, None, str(error)))
        return text


def _not_taken(address: Address, place: Position | None, why: str) -> Diagnostic:
    """Return the warning that a change was not taken over."""
    return Diagnostic(
        "not-taken",
        Severity.WARNING,
        f"{address} is not taken over: {why}",
        "edit the file yourself; the report says what the tenant has",
        address,
        place,
    )


def _write(path: Path, text: str) -> None:
    """Write a file, or remove it where nothing is left in it. Raises `SetupError`."""
    try:
        if text:
            path.write_bytes(text.encode("utf-8"))
        else:
            path.unlink()
    except OSError as error:
        raise SetupError(f"{path} cannot be written: {error.strerror}") from error
