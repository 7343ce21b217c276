"""Markdown: boxes to tick on a second screen, page by page."""

from collections.abc import Iterable, Iterator
from typing import Final

from reconciler.manual.rendering import common
from reconciler.manual.sheet import Entry, Sheet, Step, Visit
from reconciler.render import escape, words

HOW: Final = (
    "Go through the steps in their order and tick a box once its check holds; nothing on a page "
    "counts before the page is saved. Give each field what stands after *set to*: "
    "a value with @ or # that is copied from here brings an invisible character along, one from "
    "the HTML page or the CSV does not."
)
SIGN_OFF: Final = "Done by ______________________ Date ______________________"


def markdown(sheet: Sheet) -> str:
    """Unbounded: half a sheet is none."""
    head = [_head(sheet)]
    visits = (_visit(visit) for visit in sheet.visits)
    return "\n".join([*head, *visits, *_unobserved(sheet)])


def _head(sheet: Sheet) -> str:
    tenant, where = _text(sheet.tenant.name), _text(words.tenant(sheet.tenant))
    counts, plan = common.counts(sheet), _text(sheet.plan_id)
    lines = (
        f"# Work sheet for {tenant}",
        f"**{counts}**, {where}, as of {sheet.as_of}, plan {plan}",
    )
    return _paragraphs(*lines, f"{common.SIGN_IN} {HOW}", common.HAND_IN)


def _visit(visit: Visit) -> str:
    head = _paragraphs(
        f"## {_text(visit.page)}",
        *([f"Open: {_text(common.path(visit.clicks))}"] if visit.clicks else []),
        *(_text(note) for note in common.notes(visit)),
    )
    steps = "".join(line for step in visit.before_save for line in _step(step))
    closing = "".join(line for step in visit.after_save for line in _step(step))
    save = f"- [ ] {_bold(common.save(visit))}\n" if visit.save else ""
    return f"{head}\n{steps}{save}{closing}\n{SIGN_OFF}\n"


def _step(step: Step) -> Iterator[str]:
    yield f"- [ ] {_bold(step.title, lead=f'{step.number}. ')}\n"
    if step.clicks:
        yield f"  - click: {_text(common.path(step.clicks))}\n"
    for entry in step.entries:
        yield f"  - {_text(entry.label)}: {_entry(entry, tells_now=common.tells_now(step))}\n"
    if step.check:
        yield f"  - check: {_text(step.check)}\n"
    why = f" ({_text(step.why)})" if step.why else ""
    yield f"  - in the files: {_text(step.address)}{why}\n"


def _entry(entry: Entry, *, tells_now: bool) -> str:
    """What we say stands in italics, what is typed or chosen is bold: no value looks like both."""
    value = f"*set to* {_bold(common.quoted(entry.value))}" if entry.value else f"*{common.CLEAR}*"
    return f"{_now(entry)}, {value}" if tells_now else value


def _now(entry: Entry) -> str:
    if entry.before is None:
        return f"*now {common.UNKNOWN}*"
    return (
        f"*now* {_text(common.quoted(entry.before))}" if entry.before else f"*now {common.EMPTY}*"
    )


def _unobserved(sheet: Sheet) -> Iterable[str]:
    lines = "".join(f"- {_text(line)}\n" for line in common.unobserved(sheet))
    return [f"## Unobserved\n\n{common.UNOBSERVED}\n\n{lines}"] if lines else []


def _paragraphs(*texts: str) -> str:
    return "".join(f"{text}\n\n" for text in texts).removesuffix("\n")


def _bold(text: str, *, lead: str = "") -> str:
    """Two stars beside a blank would stand as stars."""
    return f"**{lead}{_text(text.strip())}**"


def _text(text: str) -> str:
    return escape.markdown(text, limit=common.LONGEST)
