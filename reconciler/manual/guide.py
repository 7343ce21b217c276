"""An apply that guides a person through the tenant's console, and looks at what comes of it.

The terminal is behind a protocol, so that the command line brings its own; `look` reads the
tenant's lists.
"""

import time
from collections.abc import Callable, Sequence
from enum import StrEnum
from threading import Event
from typing import Final, Protocol

from reconciler.errors import CannotTellError, ReconcilerError
from reconciler.manual import rendering
from reconciler.manual.completed import Answer
from reconciler.manual.proof import can_be_proven, is_proven_whole, is_shown
from reconciler.manual.session import GuidedSession, Question
from reconciler.manual.sheet import Proof, Step
from reconciler.model import Outcome, Reading, Result
from reconciler.render import escape, words

KEYS: Final = {"d": "done", "s": "skip", "f": "failed", "b": "back", "q": "leave"}


class Terminal(Protocol):
    """Where somebody is asked. Everything that is said has been made harmless."""

    def say(self, text: str) -> None: ...

    def choose(self, choices: Sequence[str]) -> str:
        """One of the words; the last of them at the end of input and on Ctrl-C."""

    def ask(self, question: str) -> str:
        """A line of text; empty where nobody answers."""

    def width(self) -> int: ...


class Look(StrEnum):
    """What came of looking for a step on the tenant's lists."""

    SHOWN = "shown"
    CONTRADICTED = "contradicted"
    NOT_LOOKED = "not looked"


class Guide:
    """A session at a terminal. `shown` are the steps that the tenant's lists bear out.

    `reading` is the tenant before the first step; `wait` the patience, in seconds, until it shows
    a step.
    """

    def __init__(
        self,
        session: GuidedSession,
        terminal: Terminal,
        reading: Reading,
        look: Callable[[], Reading],
        wait: int,
    ) -> None:
        self.session, self._terminal, self._look, self._wait = session, terminal, look, wait
        self._reading = reading
        self.shown: list[Step] = []
        self.is_stopped = False

    def run(self, record: Callable[[], object], lost: Event) -> None:
        """Asks to the end. `record` is called after each answer; nothing more is asked once the
        lease is `lost`.
        """
        sheet, visit, say = self.session.sheet, None, self._terminal.say
        say(f"\n{rendering.opening(sheet, self.session.by, width=self._terminal.width())}")
        while question := self.session.current:
            width = self._terminal.width()
            if question.visit is not visit:
                say(f"\n{rendering.heading(question, width=width)}")
            visit = question.visit
            say(f"\n{rendering.stop(question, sheet, width=width)}")
            choice = "leave" if self.is_stopped else self._terminal.choose(list(KEYS.values()))
            try:
                self._answer(question, "leave" if lost.is_set() or self.is_stopped else choice)
            except ReconcilerError as error:
                self.stop(str(error))
                break
            record()
        for step, given in self.session.left_out():
            page = next(v.page for v, other in sheet.steps() if other.number == given.waits_for)
            text = f"step {step.number} was left out: it needs step {given.waits_for} on {page}"
            say(rendering.wrapped(text, self._terminal.width()))

    def stop(self, why: str) -> None:
        """Asks nothing more: an answer that cannot be recorded would be forgotten."""
        if not self.is_stopped:
            self._terminal.say(f"the answer could not be recorded: {escape.terminal(why)}")
        self.is_stopped = True

    def _answer(self, question: Question, choice: str) -> None:
        match choice:
            case "done":
                self._done(question)
            case "skip":
                self.session.answer(Answer.SKIPPED)
            case "failed":
                self.session.answer(Answer.FAILED, self._terminal.ask("What happened"))
            case "back":
                self._back()
            case _:
                self._leave()

    def _done(self, question: Question) -> None:
        recorded = self.session.answer(Answer.DONE)
        if question.step and not recorded:
            self._terminal.say(
                f"step {question.step.number}: noted; recorded when the page is saved"
            )
        provable = [step for step in recorded if can_be_proven(step, self._reading)]
        for step in recorded:
            if step not in provable:
                self._terminal.say(f"step {step.number}: recorded as your word")
        if provable:
            self._prove(provable)

    def _back(self) -> None:
        if not self.session.back():
            self._terminal.say("this is the first step")
        self.shown = [step for step in self.shown if step in self.session.done]

    def _leave(self) -> None:
        if unsaved := self.session.leave():
            steps = words.count(unsaved, "step")
            self._terminal.say(f"the page was not saved, so {steps} on it stay open")
        self._terminal.say("left; the same command goes on with what is open")

    def _prove(self, steps: Sequence[Step]) -> None:
        """Looks until the lists bear out what they can tell of, within the patience."""
        looks = self._looks(steps)
        for step in steps:
            text = f"step {step.number}: {verdict(step, looks[step.number])}"
            self._terminal.say(rendering.wrapped(text, self._terminal.width()))
            if looks[step.number] is Look.SHOWN:
                self.shown.append(step)
            elif looks[step.number] is Look.CONTRADICTED:
                self.session.contradict(step, not_borne_out(step))

    def _looks(self, steps: Sequence[Step]) -> dict[int, Look]:
        found = {step.number: Look.NOT_LOOKED for step in steps}
        try:
            shown = self._waited(steps)
        except CannotTellError as error:
            reason = escape.terminal(str(error))
            self._terminal.say(f"the tenant could not be looked at: {reason}")
            return found
        except KeyboardInterrupt:
            self._terminal.say("")
            return found
        for step in steps:
            found[step.number] = Look.SHOWN if step in shown else Look.CONTRADICTED
        return found

    def _waited(self, steps: Sequence[Step]) -> list[Step]:
        end, is_announced = time.monotonic() + self._wait, False
        while True:
            self._reading = self._look()
            shown = [step for step in steps if is_shown(step, self._reading)]
            if len(shown) == len(steps) or time.monotonic() >= end:
                return shown
            if not is_announced:
                self._terminal.say(f"looking for up to {self._wait} s; Ctrl-C goes on without")
                is_announced = True
            time.sleep(min(1.0, self._wait))


def verdict(step: Step, look: Look) -> str:
    """What the tenant's lists say of a step that somebody called done."""
    if look is Look.NOT_LOOKED:
        return "recorded as your word; nobody has looked whether the tenant shows it"
    if look is Look.CONTRADICTED:
        return f"{escape.terminal(not_borne_out(step))}; it counts as not done and is asked again"
    if is_proven_whole(step):
        return "the tenant shows it"
    row = escape.terminal(step.row)
    return f"the tenant shows it as far as it can: it lists {row}; the rest is your word"


def not_borne_out(step: Step) -> str:
    """Why a word does not count."""
    shows = "still lists" if step.proof is Proof.VANISHES else "does not list"
    number = step.row.rpartition("(")[2].removesuffix(")")
    row = f"extension {number}" if step.proof is Proof.VANISHES else step.row
    return f"the tenant {shows} {row}"


def final_outcomes(outcomes: Sequence[Outcome]) -> list[Outcome]:
    """What may still be answered is not settled."""
    return [outcome for outcome in outcomes if outcome.result is not Result.NOT_STARTED]
