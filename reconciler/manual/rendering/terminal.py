"""One step of a sheet at a terminal, as it is asked."""

import textwrap
from collections.abc import Iterable, Iterator
from typing import Final

from reconciler.manual.rendering import common
from reconciler.manual.session import Question
from reconciler.manual.sheet import Entry, Sheet
from reconciler.render import escape

SAVED: Final = "  done   records what you ticked or typed on this page"
HANGING: Final = " " * len("  check  ")


def opening(sheet: Sheet, by: str, *, width: int) -> str:
    """How many questions there are, and what an answer does; before the first of them."""
    lines = (
        f"{common.counts(sheet)}. What you call done is recorded at once, by the name of {by}; "
        "boxes and levels are when you have saved their page.",
        "Leave whenever you like, with q or Ctrl-C: what is recorded stays, and the same command "
        "goes on from there.",
    )
    return _wrapped_lines(lines, width)


def stop(question: Question, sheet: Sheet, *, width: int) -> str:
    """Everything that somebody needs in order to do it, unable to drive the terminal."""
    return _wrapped_lines(_step(question, sheet) if question.step else _save(question), width)


def heading(question: Question, *, width: int) -> str:
    """The page and the way there, before its first step."""
    visit = question.visit
    return _wrapped_lines(
        [f"{visit.page}: open {common.path(visit.clicks)}", *common.notes(visit)], width
    )


def wrapped(line: str, width: int) -> str:
    """A sentence, without a word broken at the edge."""
    return _wrapped(line, width)


def _wrapped_lines(lines: Iterable[str], width: int) -> str:
    """No word is broken at the edge; what is typed in stands as it is."""
    return "\n".join(_wrapped(escape.terminal(line), width) for line in lines)


def _wrapped(line: str, width: int) -> str:
    if len(line) < width or line.startswith("  set "):
        return line
    hanging = HANGING if line.startswith("  ") else ""
    return textwrap.fill(line, max(width, 40), subsequent_indent=hanging, break_on_hyphens=False)


def _step(question: Question, sheet: Sheet) -> Iterator[str]:
    step = question.step
    assert step is not None
    total = sum(len(visit.steps) for visit in sheet.visits)
    yield f"Step {step.number} of {total}: {escape.clipped(step.title, common.LONGEST)}"
    if step.clicks:
        yield f"  click  {common.path(step.clicks)}"
    width = max((len(entry.label) for entry in step.entries), default=0)
    for entry in step.entries:
        yield f"  set    {entry.label:<{min(width, 40)}}  {_value(entry)}"
    yield f"  check  {escape.clipped(step.check, common.LONGEST)}"
    yield f"  for    {step.address}"


def _save(question: Question) -> Iterator[str]:
    yield common.save(question.visit)
    yield SAVED


def _value(entry: Entry) -> str:
    value = escape.clipped(common.quoted(entry.value), common.LONGEST)
    if entry.before is None:
        return value
    before = escape.clipped(common.quoted(entry.before), common.LONGEST) or common.EMPTY
    return f"{value}  (now {before})"
