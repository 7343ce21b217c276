"""An inventory at a terminal: two questions a person, page by page of the console."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final, Protocol

from reconciler.diagnostics import Diagnostic, Position
from reconciler.manual.console import LICENSES
from reconciler.manual.inventory import Filled, Form
from reconciler.model import NO_LEVEL, FieldValue
from reconciler.render import escape

LEAVE: Final = frozenset({"q", "quit", "leave"})
NOTHING: Final = frozenset({"-", "none"})
LETTERS: Final = {label[0].lower(): name for name, label in LICENSES.items()}
"""By its first letter a license is ticked: `vw` is Voice and Web Chat."""

Record = Callable[[Filled], Sequence[Diagnostic]]


class Asker(Protocol):
    def say(self, text: str) -> None: ...

    def line(self, question: str) -> str | None:
        """What somebody types; None at the end of input and on Ctrl-C."""


class _UnclearError(Exception):
    """What was typed is no answer; the text says what would be one."""


def ask(form: Form, asker: Asker, record: Record, by: str) -> int:
    """Asks to the end, or until somebody leaves. Each answer is recorded at once; how many were."""
    answered = 0
    for title, hint, read in _pages(form):
        asker.say(f"\n{title}\n{hint}")
        for number, person in enumerate(form.people, 1):
            row = escape.terminal(f"{person.name}({person.extension})")
            values = _answer(f"{number} of {len(form.people)}  {row}", asker, read)
            if values is None:
                asker.say("left; what was answered is kept")
                return answered
            if values:
                findings = record(Filled(person, values, Position("", 0, 0), None, by))
                for finding in findings:
                    asker.say(escape.terminal(f"not recorded: {finding.summary}"))
                answered += not findings
    return answered


def _pages(
    form: Form,
) -> Iterator[tuple[str, str, Callable[[str], dict[str, FieldValue]]]]:
    letters = ", ".join(f"{letter} {LICENSES[name]}" for letter, name in LETTERS.items())
    rest = "- for none, Enter skips, q leaves"
    yield (
        "Agent Licensing: open User Management > Agent Licensing",
        f"Type the boxes that are ticked: {letters}; {rest}.",
        _licenses,
    )
    if form.skills:
        numbered = ", ".join(f"{n} {name}" for n, name in enumerate(form.skills, 1))
        yield (
            "Skill Levels: open Contact Center > Skill Levels",
            escape.terminal(f"Type skill:level for each, as 1:8 2:3, of {numbered}; {rest}."),
            lambda text: _levels(text, form.skills),
        )


def _answer(
    question: str, asker: Asker, read: Callable[[str], dict[str, FieldValue]]
) -> Mapping[str, FieldValue] | None:
    while True:
        text = asker.line(question)
        if text is None or text.strip().casefold() in LEAVE:
            return None
        if not text.strip():
            return {}
        try:
            return read(text.strip())
        except _UnclearError as unclear:
            asker.say(str(unclear))


def _licenses(text: str) -> dict[str, FieldValue]:
    if text.casefold() in NOTHING:
        return {"licenses": frozenset()}
    letters = set(re.sub(r"[\s,]", "", text.casefold()))
    if not letters <= LETTERS.keys():
        raise _UnclearError(f"only the letters {', '.join(LETTERS)}, or -")
    return {"licenses": frozenset(LETTERS[letter] for letter in letters)}


def _levels(text: str, skills: Sequence[str]) -> dict[str, FieldValue]:
    found: dict[str, int] = {}
    for part in re.split(r"[,;]\s*|\s+(?=[0-9]+:)", text) if text not in NOTHING else ():
        name, _, level = part.strip().rpartition(":")
        if name.isdigit() and 0 < int(name) <= len(skills):
            name = skills[int(name) - 1]
        if name not in skills or not level.isdigit() or not NO_LEVEL < int(level) <= 10:
            raise _UnclearError("a number or name of a skill, a colon, and a level from 1 to 10")
        found[name] = int(level)
    return {"levels": found}
