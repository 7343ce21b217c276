"""One step of a sheet at a terminal, as it is asked."""

import textwrap
from collections.abc import Iterable, Iterator
from typing import Final

from reconciler.render import escape
from reconciler.render.sheet import said
from reconciler.worksheet import Entry, Sheet, Stop

SAVED: Final = "  done   records what you ticked or typed on this page"
HANGING: Final = " " * len("  check  ")


def opening(sheet: Sheet, by: str, *, width: int) -> str:
    """How many questions there are, and what an answer does; before the first of them."""
    lines = (
        f"{said.counts(sheet)}. What you call done is recorded at once, by the name of {by}; boxes "
        "and levels are when you have saved their page.",
        "Leave whenever you like, with q or Ctrl-C: what is recorded stays, and the same command "
        "goes on from there.",
    )
    return _shown(lines, width)


def stop(asked: Stop, sheet: Sheet, *, width: int) -> str:
    """Everything that somebody needs in order to do it, unable to drive the terminal."""
    return _shown(_step(asked, sheet) if asked.step else _save(asked), width)


def heading(asked: Stop, *, width: int) -> str:
    """The page and the way there, before its first step."""
    visit = asked.visit
    return _shown([f"{visit.page}: open {said.path(visit.clicks)}", *said.notes(visit)], width)


def _shown(lines: Iterable[str], width: int) -> str:
    """No word is broken at the edge; what is typed in stands as it is."""
    return "\n".join(_wrapped(escape.terminal(line), width) for line in lines)


def _wrapped(line: str, width: int) -> str:
    if len(line) < width or line.startswith("  set "):
        return line
    hanging = HANGING if line.startswith("  ") else ""
    return textwrap.fill(line, max(width, 40), subsequent_indent=hanging, break_on_hyphens=False)


def _step(asked: Stop, sheet: Sheet) -> Iterator[str]:
    step = asked.step
    assert step is not None
    total = sum(len(visit.steps) for visit in sheet.visits)
    yield f"Step {step.number} of {total}: {escape.clipped(step.title, said.LONGEST)}"
    if step.clicks:
        yield f"  click  {said.path(step.clicks)}"
    width = max((len(entry.label) for entry in step.entries), default=0)
    for entry in step.entries:
        yield f"  set    {entry.label:<{min(width, 40)}}  {_value(entry)}"
    yield f"  check  {escape.clipped(step.check, said.LONGEST)}"
    yield f"  for    {step.address}"


def _save(asked: Stop) -> Iterator[str]:
    yield said.save(asked.visit)
    yield SAVED


def _value(entry: Entry) -> str:
    value = escape.clipped(said.quoted(entry.value), said.LONGEST)
    if entry.before is None:
        return value
    return f"{value}  (now {escape.clipped(said.quoted(entry.before), said.LONGEST) or said.EMPTY})"
