"""A work sheet carried out by one person: each answer, recorded as soon as it is true.

A machine without a terminal: `current` is what is asked next, an answer moves it on. A dialog saves
itself, so its step is recorded at once; boxes and levels count when their page is saved. Who leaves
in between has not saved, so those steps stay open. What the tenant's list contradicts is withdrawn.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from reconciler.manual.completed import Answer
from reconciler.manual.sheet import Sheet, Step, Visit
from reconciler.model import Attestation, Ledger, Operation, Outcome, Result

Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: a step or, where `step` is None, the save that ends a visit."""

    visit: Visit
    step: Step | None


@dataclass(frozen=True, slots=True)
class StepAnswer:
    """An answer. `waits_for` is the number of the step for whose sake this one was left out."""

    answer: Answer
    because: str = ""
    waits_for: int | None = None


class GuidedSession:
    """One person's answers to the questions of a sheet, or of one `page` of it."""

    def __init__(
        self,
        sheet: Sheet,
        operations: Sequence[Operation],
        kept: Ledger,
        *,
        by: str,
        clock: Clock,
        page: str | None = None,
    ) -> None:
        self.sheet, self.by, self._kept, self._clock = sheet, by, kept, clock
        self._questions = [q for q in _questions(sheet) if page in (None, q.visit.page)]
        self._asked = {q.step.number for q in self._questions if q.step}
        self._at = 0
        self._answers: dict[int, StepAnswer] = {}
        self._saved: dict[int, list[int]] = {}
        self._words: dict[int, list[Attestation]] = {}
        self._after = _closed({operation.id: operation for operation in operations})

    @property
    def current(self) -> Question | None:
        """None at the end. Steps that wait in vain are passed over."""
        while self._at < len(self._questions):
            question = self._questions[self._at]
            if question.step is None:
                if self._open_grid(self._at):
                    return question
            elif (first := self._waits_in_vain(question.step)) is None:
                return question
            else:
                self._answers[question.step.number] = StepAnswer(Answer.SKIPPED, waits_for=first)
            self._at += 1
        return None

    def answer(self, answer: Answer, because: str = "") -> list[Step]:
        """Answers what is current, and returns the steps whose doing is now a fact."""
        question, at = self._questions[self._at], self._at
        self._at += 1
        if question.step is None:
            return self._save(at, answer, because)
        self._answers[question.step.number] = StepAnswer(answer, because)
        if answer is Answer.DONE and not _waits_for_save(question.visit, question.step):
            self._attest(question.step)
            return [question.step]
        return []

    def back(self) -> bool:
        """To the question before; its answer, and what was recorded by then, is taken back."""
        before = self._at
        while before > 0:
            before -= 1
            question = self._questions[before]
            if question.step is None:
                if before in self._saved:
                    self._unsave(before)
                    self._at = before
                    return True
                continue
            given = self._answers.pop(question.step.number, None)
            if given and given.waits_for is None:
                self._retract(question.step)
                self._at = before
                return True
        return False

    def leave(self) -> int:
        """Ends the session; returns how many steps were ticked on a page that was not saved."""
        unsaved = 0
        for position, question in enumerate(self._questions):
            if question.step is None and position not in self._saved:
                for step in self._open_grid(position):
                    del self._answers[step.number]
                    unsaved += 1
        self._at = len(self._questions)
        return unsaved

    def contradict(self, step: Step, because: str) -> None:
        """The tenant shows otherwise: the word counts for nothing; what needs it is left out."""
        words = self._words.pop(step.number, [])
        self._kept.refute(self.sheet.tenant.name, [replace(w, refuted=because) for w in words])
        self._answers[step.number] = StepAnswer(Answer.FAILED, because)

    @property
    def done(self) -> list[Step]:
        """What was recorded, in its order."""
        return [step for _, step in self.sheet.steps() if step.number in self._words]

    def left_out(self) -> Iterator[tuple[Step, StepAnswer]]:
        """Steps that another one kept from being done."""
        for _, step in self.sheet.steps():
            given = self._answers.get(step.number)
            if given and given.waits_for is not None:
                yield step, given

    def outcomes(self, operations: Sequence[Operation]) -> list[Outcome]:
        """One for each operation of the sheet: `manual` where all of it was done."""
        by_operation: dict[str, list[Step]] = {}
        for _, step in self.sheet.steps():
            for name in step.operations:
                by_operation.setdefault(name, []).append(step)
        return [
            self._outcome(operation, by_operation.get(operation.id, [])) for operation in operations
        ]

    def _outcome(self, operation: Operation, steps: Sequence[Step]) -> Outcome:
        answers = [a for step in steps if (a := self._answers.get(step.number))]
        failed = next((answer for answer in answers if answer.answer is Answer.FAILED), None)
        if failed:
            return Outcome(operation, Result.FAILED, failed.because or f"{self.by} could not do it")
        if any(one.answer is Answer.SKIPPED for one in answers):
            return Outcome(operation, Result.SKIPPED, f"left out by {self.by}")
        if not steps or not all(step.number in self._words for step in steps):
            return Outcome(operation, Result.NOT_STARTED, f"left by {self.by} before it was done")
        return Outcome(operation, Result.MANUAL, f"done by {self.by}")

    def _waits_in_vain(self, step: Step) -> int | None:
        """The first step that is not done and that this one needs."""
        for _, other in self.sheet.steps():
            if other.number == step.number:
                return None
            given = self._answers.get(other.number)
            is_open = other.number in self._asked if given is None else given.answer is Answer.DONE
            if is_open:
                continue
            same = set(other.operations) & set(step.operations)
            needed = any(set(other.operations) & self._after[name] for name in step.operations)
            if same or needed:
                return (given and given.waits_for) or other.number
        return None

    def _open_grid(self, position: int) -> list[Step]:
        """The steps of a visit that are done and wait for its save."""
        visit = self._questions[position].visit
        return [
            step
            for step in visit.steps
            if _waits_for_save(visit, step)
            and step.number not in self._words
            and (given := self._answers.get(step.number))
            and given.answer is Answer.DONE
        ]

    def _save(self, position: int, answer: Answer, because: str) -> list[Step]:
        steps = self._open_grid(position)
        for step in steps:
            if answer is Answer.DONE:
                self._attest(step)
            else:
                self._answers[step.number] = StepAnswer(answer, because)
        self._saved[position] = [step.number for step in steps]
        return steps if answer is Answer.DONE else []

    def _unsave(self, position: int) -> None:
        """The save is open again, for all that was done by then: also where it had failed."""
        numbers = self._saved.pop(position)
        for step in self._questions[position].visit.steps:
            if step.number in numbers:
                self._retract(step)
                self._answers[step.number] = StepAnswer(Answer.DONE)

    def _attest(self, step: Step) -> None:
        words = words_of(step, self.by, self._clock())
        self._kept.attest(self.sheet.tenant.name, words)
        self._words[step.number] = words

    def _retract(self, step: Step) -> None:
        self._kept.retract(self.sheet.tenant.name, self._words.pop(step.number, []))


def words_of(step: Step, by: str, at: datetime) -> list[Attestation]:
    """What is in evidence once somebody says that the step is done."""
    return [
        Attestation(
            step.address,
            path,
            value,
            by,
            at,
            name=step.name,
            extension=step.extension,
            step=step.id,
        )
        for path, value in step.set.items()
    ]


def _questions(sheet: Sheet) -> Iterator[Question]:
    for visit in sheet.visits:
        yield from (Question(visit, step) for step in visit.before_save)
        if visit.save:
            yield Question(visit, None)
        yield from (Question(visit, step) for step in visit.after_save)


def _waits_for_save(visit: Visit, step: Step) -> bool:
    return bool(visit.save) and step.waits_for_save


def _closed(operations: Mapping[str, Operation]) -> dict[str, set[str]]:
    """All that each operation waits for, directly or not. They come in a lawful sequence."""
    found: dict[str, set[str]] = {}
    for name, operation in operations.items():
        found[name] = {name for before in operation.after for name in (before, *found[before])}
    return found
