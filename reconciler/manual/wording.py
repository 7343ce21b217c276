"""The sentences of a sheet: what to click, type and check, in the words of the page."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from reconciler import kinds
from reconciler.manual import console
from reconciler.manual.console import Page, Section
from reconciler.manual.sheet import Entry
from reconciler.model import Change, Operation, Value, Verb

ANY_LEVEL: Final = "any level from 1 to 10 (the files name none)"
BLANK: Final = "blank"
FREE: Final = "a free number that no file and nobody uses"
EVERY: Final = {"licenses": "Every license", "queues": "Every skill", "skills": ""}

ORDER: Final = ("name", "email", "extension", "preferred_name")
"""As the dialog of Agent Licensing has its fields; the others follow by name."""
LICENSES: Final = tuple(console.LICENSES)
"""As the page has its columns."""


FILL: Final = "fill in the fields"
VOICE_FIRST: Final = "tick Voice first, the other boxes show then"


class Task(NamedTuple):
    title: str
    clicks: tuple[str, ...]
    check: str


class Who(NamedTuple):
    """How a sentence names somebody, as the pages list them; and what a search finds them by."""

    row: str
    search: str


def task(
    page: Page,
    section: Section,
    operation: Operation,
    values: Mapping[str, Value],
    who: Who,
    parks: bool,
) -> Task:
    """`parks` where the values are those of a stopover, which a later step moves on."""
    row = who.row
    if page is console.SYNC:
        return Task(
            f"Bring {row} in from the phone system",
            (),
            f"UC Phone Licensing lists {row}. If it was there before, nothing has to be done.",
        )
    if page is console.SKILLS:
        return _skill(operation, row)
    if page is console.LEVELS:
        return _levels(values, who, is_new=operation.verb is Verb.CREATE)
    if section is Section.GRID:
        return _licenses(values, row, is_new=operation.verb is Verb.CREATE)
    return _dialog(page, operation, values, row, parks)


def entries(
    change: Change, values: Mapping[str, Value], stands: Mapping[str, str]
) -> Iterator[Entry]:
    """Fields in the order of the page; what stands there now, where that is known: `stands` is what
    earlier steps have put there.
    """
    known = {item.path: item for item in change.fields}
    for path in sorted(values, key=_place):
        name, member = kinds.split_path(path)
        item = known.get(path)
        before = (
            console.value_text(change.kind, name, item.before)
            if item and item.before is not None
            else None
        )
        before = stands.get(path, before)
        if member is not None:
            yield _member(name, member, values[path], before)
        elif name in kinds.COLLECTIONS:
            if EVERY[name]:
                yield Entry(EVERY[name], "not ticked" if name == "licenses" else BLANK)
        elif name != "active":
            empty = FREE if name == "extension" else "(empty)"
            value = console.value_text(change.kind, name, values[path]) or empty
            yield Entry(console.label(change.kind, name), value, before)


def _skill(operation: Operation, row: str) -> Task:
    if operation.verb is Verb.CREATE:
        return Task(
            f"Make the skill {row}",
            ("+", f"Skill Name: {row}", *([FILL] if operation.set else []), "Save"),
            f"The page lists {row}.",
        )
    return Task(f"Edit the skill {row}", (f"⋮ of {row}", "Edit", FILL, "Save"), "The values stand.")


def _dialog(
    page: Page, operation: Operation, values: Mapping[str, Value], row: str, parks: bool
) -> Task:
    if operation.verb is Verb.DELETE:
        return Task(
            f"Delete {row}", (f"⋮ of {row}", "Delete", "OK"), f"The page does not list {row}."
        )
    if operation.verb is Verb.CREATE and page is console.AGENTS:
        check = (
            f"The page lists {row}; that can take two minutes. If it listed {row} before you "
            "began, open it with ⋮ > Edit and compare instead."
        )
        return Task(f"Create {row}", ("Add Agent", FILL, "Save", "Ok"), check)
    check = "Open it again: the values stand."
    if values.keys() & {"extension", "email"}:
        check += (
            " The vendor does not say whether this can be changed; if the dialog refuses, the step "
            "has failed. To delete the agent and create it anew is the other way; what becomes of "
            "its history nobody says."
        )
    title = f"Park {row} for now, a later step moves it on" if parks else f"Edit {row}"
    return Task(title, (f"⋮ of the row {row}", "Edit", FILL, "Save", "Ok"), check)


def _licenses(values: Mapping[str, Value], row: str, *, is_new: bool) -> Task:
    """Of somebody new the others count as known, too: so they are looked at."""
    clicks = [f"find the row {row}"]
    ticked = [path for path, value in values.items() if value is True]
    if values.get("active") is False:
        title, check = f"Take all licenses from {row}", f"No box of {row} is ticked."
    else:
        title = f"{'License' if ticked else 'Take licenses from'} {row}"
        others = ", and no other is ticked" if is_new else ""
        check = f"The boxes of {row} are as listed here{others}."
        if "licenses.voice" in ticked and len(ticked) > 1:
            clicks.append(VOICE_FIRST)
    return Task(title, tuple(clicks), check)


def _levels(values: Mapping[str, Value], who: Who, *, is_new: bool) -> Task:
    given = any(value is not None for value in values.values())
    title = f"{'Set the skill levels of' if given else 'Blank the skill levels of'} {who.row}"
    clicks = (f"Search Agents...: {who.search}", f"find the row {who.row}")
    others = ", and every other level is blank" if is_new else ""
    return Task(title, clicks, f"The levels are as listed{others}.")


def _member(name: str, member: str, value: Value, before: str | None) -> Entry:
    if name == "licenses":
        return Entry(console.license_label(member), "ticked" if value else "not ticked", before)
    if value is None:
        return Entry(member, BLANK, before)
    was = None if before in ("ticked", None) else before
    return Entry(member, ANY_LEVEL if value is True else str(value), was)


def _place(path: str) -> tuple[int, int, str]:
    return (_index(ORDER, path), _index(LICENSES, kinds.split_path(path)[1] or ""), path)


def _index(order: Sequence[str], name: str) -> int:
    return order.index(name) if name in order else len(order)
