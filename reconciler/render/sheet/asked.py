"""One step of a sheet at a terminal, as it is asked."""

from collections.abc import Iterator

from reconciler.render import escape
from reconciler.render.sheet import said
from reconciler.worksheet import Entry, Sheet, Stop


def stop(asked: Stop, sheet: Sheet) -> str:
    """Everything that somebody needs in order to do it, unable to drive the terminal."""
    lines = _step(asked, sheet) if asked.step else _save(asked)
    return "\n".join(escape.terminal(line) for line in lines)


def heading(asked: Stop) -> str:
    """The page and the way there, before its first step."""
    visit = asked.visit
    lines = [f"{visit.page}: open {said.path(visit.clicks)}", *said.notes(visit)]
    return "\n".join(escape.terminal(line) for line in lines)


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


def _value(entry: Entry) -> str:
    value = escape.clipped(said.quoted(entry.value), said.LONGEST)
    if entry.before is None:
        return value
    return f"{value}  (now {escape.clipped(said.quoted(entry.before), said.LONGEST) or said.EMPTY})"
