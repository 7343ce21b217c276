"""Pieces that all Markdown documents share."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from reconciler.diagnostics import Diagnostic, Position, in_order
from reconciler.model import Unmanaged, Unobserved
from reconciler.render import words
from reconciler.render.bounded import Page, Row, Section, details
from reconciler.render.escape import html, markdown

MAX_BYTES: Final = 65_536
"""GitHub's bound of a comment."""

NAMES = 8
LONGEST = 400


def marker(what: str, tenant: str) -> str:
    """`<!-- reconciler:plan:acme -->`: the same for every rendering of one tenant."""
    name = re.sub(r"[^A-Za-z0-9.]", lambda match: f"_{ord(match[0]):x}_", tenant[:40])
    return f"<!-- reconciler:{what}:{name} -->"


def pointer(link: str | None, what: str) -> str:
    """Where the whole is. Only a web address becomes a link."""
    if not link:
        return f"Use the JSON or HTML rendering for the whole {what}."
    if not link.startswith(("https://", "http://")):
        return f"The whole {what}: {markdown(link)}"
    return f"[The whole {what}]({quote(link, safe=':/?#@!$&*+,;=.~%-_')})"


@dataclass(frozen=True, slots=True)
class Head:
    """What stands above the sections; `brief` holds nothing of any length from outside."""

    what: str
    tenant: str
    headline: str
    lines: tuple[str, ...] = ()

    @property
    def brief(self) -> str:
        return f"{self._opening()}\n\n{self._headline()}\n"

    @property
    def full(self) -> str:
        whose = f" for {markdown(self.tenant)}" if self.tenant else ""
        body = "".join(f"\n{line}\n" for line in self.lines)
        return f"{self._opening()}{whose}\n\n**{self._headline()}**\n{body}"

    def _opening(self) -> str:
        return f"{marker(self.what, self.tenant)}\n## {self.what.capitalize()}"

    def _headline(self) -> str:
        return markdown(self.headline, limit=LONGEST)


def page(head: Head, sections: Iterable[Section], link: str | None) -> Page:
    return Page(head.full, head.brief, pointer(link, head.what), tuple(sections))


def bullets(title: str, texts: Sequence[str], *, noun: str = "line") -> list[Section]:
    """An open list with a bold title; the texts are Markdown already."""
    rows = tuple(Row(f"- {text}\n") for text in texts)
    return [Section(f"\n**{title}**\n\n", rows, "", noun)] if rows else []


def table(
    summary: str, heads: Sequence[str], rows: Iterable[Sequence[object]], *, noun: str
) -> list[Section]:
    """A collapsed table: the first column to the left, the others to the right."""
    lines = [Row(_cells(markdown(str(cell)) for cell in row)) for row in rows]
    if not lines:
        return []
    rule = _cells([":--", *("--:" for _ in heads[1:])])
    return [details(html(summary), lines, noun=noun, head=_cells(heads) + rule)]


def what(fields: Sequence[tuple[str, str]]) -> str:
    text = "; ".join(f"{name}: {said}" for name, said in fields)
    return markdown(text, limit=LONGEST)


def place(source: Position | None) -> str:
    return f" ({markdown(f'{source.file}:{source.line}')})" if source else ""


def subject(address: str, label: str) -> str:
    known_as = words.known_as(address, label)
    shown = f"**{markdown(known_as)}** " if known_as else ""
    return f"{shown}{markdown(address)}"


def findings(diagnostics: Iterable[Diagnostic], noun: str) -> list[Section]:
    rows = [
        Row(f"- {markdown(words.finding(diagnostic), limit=LONGEST)}\n")
        for diagnostic in in_order(diagnostics)
    ]
    summary = words.count(len(rows), noun)
    return [details(summary, rows, noun=noun)] if rows else []


def _about(item: Unmanaged) -> str:
    added = f", added by {markdown(item.actor)}" if item.actor else ""
    return ", in a range of ours" * item.unlisted + added


def evidence(lines: Iterable[str]) -> list[Section]:
    said = [markdown(line, limit=LONGEST) for line in lines]
    return bullets("How well this is known", said, noun="line")


def left_alone(unmanaged: Sequence[Unmanaged], unseen: Iterable[Unobserved]) -> list[Section]:
    unlisted = sum(item.unlisted for item in unmanaged)
    rows = [
        Row(f"- {subject(item.address, item.label)}{_about(item)}\n")
        for item in sorted(unmanaged, key=lambda item: not item.unlisted)
    ]
    title = f"{len(unmanaged)} in no file, {unlisted} of them in a range of ours"
    about = [details(title, rows, noun="resource")] if rows else []
    return [*about, *unobserved(unseen)]


def unobserved(unseen: Iterable[Unobserved]) -> list[Section]:
    rows = [(item.kind, item.field, item.count) for item in unseen]
    title = f"{words.count(sum(count for _, _, count in rows), 'value')} unobserved"
    return table(title, ("kind", "field", "values"), rows, noun="field")


def _cells(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |\n"
