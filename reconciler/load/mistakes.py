"""Mistakes of people that a YAML parser would name by what it stumbled on."""

import re
from collections.abc import Iterator
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
    if key is None or key[2]:
        return problem
    for line in reversed(lines[: place.line - 1]):
        indent = len(line) - len(line.lstrip(" "))
        if not line.strip() or line.lstrip().startswith("#") or indent > len(key[1]):
            continue
        is_entry = indent == len(key[1]) and line.lstrip().startswith("- ")
        return wording.diagnostic(MISSING_DASH, place) if is_entry else problem
    return problem
