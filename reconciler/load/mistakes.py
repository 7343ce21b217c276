"""Mistakes of people that a YAML parser would name by what it stumbled on."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from reconciler.diagnostics import Diagnostic, Position
from reconciler.load import wording
from reconciler.load.wording import Wording

_MARKERS: Final = re.compile(r"^(<{7}|>{7})(?: .*)?$", re.MULTILINE)
_KEY: Final = re.compile(r"( *)(- +)?[A-Za-z_]+:(?: .*)?$")

MISSING_DASH: Final = Wording(
    "missing-dash",
    "an entry of a list begins here without its `- `",
    "write `- ` before the first key of the entry, in line with the `- ` of the entries above",
)


def conflict_markers(name: str, text: str) -> list[Diagnostic]:
    """Return a diagnostic for each merge conflict of git that was not resolved."""
    if "<<<<<<<" not in text and ">>>>>>>" not in text:
        return []
    return [
        wording.diagnostic(_conflict(first, last), Position(name, first, 1))
        for first, last in _conflicts(text)
    ]


def _conflicts(text: str) -> Iterator[tuple[int, int]]:
    """Yield the first and last line of each conflict; a lone marker is both."""
    start: int | None = None
    for found in _MARKERS.finditer(text):
        line = text.count("\n", 0, found.start()) + 1
        if found[1].startswith("<"):
            if start is not None:
                yield start, start
            start = line
        else:
            yield (line if start is None else start), line
            start = None
    if start is not None:
        yield start, start


def _conflict(first: int, last: int) -> Wording:
    where = f"lines {first} to {last}" if last > first else f"line {first}"
    return Wording(
        "conflict-marker",
        f"a merge conflict of git is not resolved here ({where})",
        "keep what is right of both sides, and remove the lines with `<<<<<<<`, `=======` and "
        "`>>>>>>>`",
    )


def missing_dash(text: str, problem: Diagnostic) -> Diagnostic:
    """Return the diagnostic of a syntax error; of a key in line with the dashes above, that its own
    dash is missing.
    """
    place = problem.position
    lines = text.split("\n")
    if place is None or not 1 <= place.line <= len(lines):
        return problem
    key = _KEY.match(lines[place.line - 1])
    if key is None:
        return problem
    if key[2]:
        return _before_first_dash(lines, place, len(key[1])) or problem
    for line in reversed(lines[: place.line - 1]):
        indent = len(line) - len(line.lstrip(" "))
        if not line.strip() or line.lstrip().startswith("#") or indent > len(key[1]):
            continue
        is_entry = indent == len(key[1]) and line.lstrip().startswith("- ")
        return wording.diagnostic(MISSING_DASH, place) if is_entry else problem
    return problem


def _before_first_dash(lines: Sequence[str], place: Position, dash: int) -> Diagnostic | None:
    """Return the diagnostic of an entry that stands before the first dash of a list, without one.

    `dash` is the column of the dash at `place`, counted from 0.
    """
    begin: Position | None = None
    for number in range(place.line - 1, 0, -1):
        line = lines[number - 1]
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        indent = len(line) - len(line.lstrip(" "))
        key = _KEY.match(line)
        if indent < dash or (indent == dash and line.rstrip().endswith(":")):
            return wording.diagnostic(MISSING_DASH, begin) if begin else None
        if key is None or key[2]:
            return None
        begin = Position(place.file, number, indent + 1)
    return None
