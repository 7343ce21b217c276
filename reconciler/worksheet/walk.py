"""A work sheet carried out: what a person says of each step, recorded as it becomes true.

The walk is a machine without a terminal: `current` is what is asked next, an answer moves it
on. A word is recorded as soon as it is true: a dialog saves itself, so at once; boxes and levels
count when their page is saved. Who leaves in between has not saved, so those steps stay open.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from reconciler.model import Attestation, Ledger, Operation, Outcome, Result
from reconciler.worksheet.returned import Answer
from reconciler.worksheet.sheet import Sheet, Step, Visit

Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Stop:
    """What is asked next: a step or, where `step` is None, the save that ends a visit."""

    visit: Visit
    step: Step | None


@dataclass(frozen=True, slots=True)
class Said:
    """An answer. `waits_for` is the number of the step for whose sake this one was left out."""

    answer: Answer
    because: str = ""
    waits_for: int | None = None


class Walk:
    """One person's way through a sheet."""

    def __init__(
        self,
        sheet: Sheet,
        operations: Sequence[Operation],
        kept: Ledger,
        *,
        by: str,
        clock: Clock,
    ) -> None:
        self.sheet, self.by, self._kept, self._clock = sheet, by, kept, clock
        self._stops = list(_stops(sheet))
        self._at = 0
        self._said: dict[int, Said] = {}
        self._saved: dict[int, list[int]] = {}
        self._words: dict[int, list[Attestation]] = {}
        self._before = list(kept.attestations(sheet.tenant.name))
        self._after = _closed({one.id: one for one in operations})

    @property
    def current(self) -> Stop | None:
        """None at the end. Steps that wait in vain are passed over."""
        while self._at < len(self._stops):
            stop = self._stops[self._at]
            if stop.step is None:
                if self._open_grid(self._at):
                    return stop
            elif (first := self._waits_in_vain(stop.step)) is None:
                return stop
            else:
                self._said[stop.step.number] = Said(Answer.SKIPPED, waits_for=first)
            self._at += 1
        return None

    def answer(self, answer: Answer, because: str = "") -> list[Step]:
        """Answers what is current, and returns the steps whose doing is now a fact."""
        stop, at = self._stops[self._at], self._at
        self._at += 1
        if stop.step is None:
            return self._save(at, answer, because)
        self._said[stop.step.number] = Said(answer, because)
        if answer is Answer.DONE and not _waits_for_save(stop.visit, stop.step):
            self._attest(stop.step)
            return [stop.step]
        return []

    def back(self) -> bool:
        """To the question before; what was said there, and by then recorded, is taken back."""
        before = self._at
        while before > 0:
            before -= 1
            stop = self._stops[before]
            if stop.step is None:
                if before in self._saved:
                    self._unsave(before)
                    self._at = before
                    return True
            elif (said := self._said.pop(stop.step.number, None)) and said.waits_for is None:
                self._retract(stop.step)
                self._at = before
                return True
        return False

    def leave(self) -> int:
        """Ends the walk here; returns how many steps were ticked on a page that was not saved."""
        unsaved = 0
        for position, stop in enumerate(self._stops):
            if stop.step is None and position not in self._saved:
                for step in self._open_grid(position):
                    del self._said[step.number]
                    unsaved += 1
        self._at = len(self._stops)
        return unsaved

    @property
    def done(self) -> list[Step]:
        """What was recorded, in its order."""
        return [step for _, step in self.sheet.steps() if step.number in self._words]

    def left_out(self) -> Iterator[tuple[Step, Said]]:
        """Steps that another one kept from being done."""
        for _, step in self.sheet.steps():
            said = self._said.get(step.number)
            if said and said.waits_for is not None:
                yield step, said

    def outcomes(self, operations: Sequence[Operation]) -> list[Outcome]:
        """One for each operation of the sheet: `manual` where all of it was done."""
        by_operation: dict[str, list[Step]] = {}
        for _, step in self.sheet.steps():
            for name in step.operations:
                by_operation.setdefault(name, []).append(step)
        return [self._outcome(one, by_operation.get(one.id, [])) for one in operations]

    def _outcome(self, operation: Operation, steps: Sequence[Step]) -> Outcome:
        said = [self._said.get(step.number) for step in steps]
        failed = next((one for one in said if one and one.answer is Answer.FAILED), None)
        if failed:
            return Outcome(operation, Result.FAILED, failed.because or f"{self.by} could not do it")
        if any(one and one.answer is Answer.SKIPPED for one in said):
            return Outcome(operation, Result.SKIPPED, f"left out by {self.by}")
        if not all(step.number in self._words for step in steps):
            return Outcome(operation, Result.NOT_STARTED, f"left by {self.by} before it was done")
        return Outcome(operation, Result.MANUAL, f"done by {self.by}")

    def _waits_in_vain(self, step: Step) -> int | None:
        """The first step that was not done and that this one needs."""
        for _, other in self.sheet.steps():
            if other.number == step.number:
                return None
            said = self._said.get(other.number)
            if said is None or said.answer is Answer.DONE:
                continue
            same = set(other.operations) & set(step.operations)
            needed = any(set(other.operations) & self._after[name] for name in step.operations)
            if same or needed:
                return said.waits_for or other.number
        return None

    def _open_grid(self, position: int) -> list[Step]:
        """The steps of a visit that are done and wait for its save."""
        visit = self._stops[position].visit
        return [
            step
            for step in visit.steps
            if _waits_for_save(visit, step)
            and step.number not in self._words
            and (said := self._said.get(step.number))
            and said.answer is Answer.DONE
        ]

    def _save(self, position: int, answer: Answer, because: str) -> list[Step]:
        steps = self._open_grid(position)
        for step in steps:
            if answer is Answer.DONE:
                self._attest(step)
            else:
                self._said[step.number] = Said(answer, because)
        self._saved[position] = [step.number for step in steps]
        return steps if answer is Answer.DONE else []

    def _unsave(self, position: int) -> None:
        """The save is open again, for all that was done by then: also where it had failed."""
        numbers = self._saved.pop(position)
        for step in self._stops[position].visit.steps:
            if step.number in numbers:
                self._retract(step)
                self._said[step.number] = Said(Answer.DONE)

    def _attest(self, step: Step) -> None:
        now = self._clock()
        words = [Attestation(step.address, path, v, self.by, now) for path, v in step.set.items()]
        self._kept.attest(self.sheet.tenant.name, words)
        self._words[step.number] = words

    def _retract(self, step: Step) -> None:
        """What somebody had said before stands again."""
        words = self._words.pop(step.number, [])
        self._kept.retract(self.sheet.tenant.name, words)
        keys = {(word.address, word.path) for word in words}
        again = [word for word in self._before if (word.address, word.path) in keys]
        self._kept.attest(self.sheet.tenant.name, again)


def _stops(sheet: Sheet) -> Iterator[Stop]:
    for visit in sheet.visits:
        yield from (Stop(visit, step) for step in visit.steps)
        if visit.save:
            yield Stop(visit, None)


def _waits_for_save(visit: Visit, step: Step) -> bool:
    return bool(visit.save) and step.waits_for_save


def _closed(operations: Mapping[str, Operation]) -> dict[str, set[str]]:
    """All that each operation waits for, directly or not. They come in a lawful sequence."""
    found: dict[str, set[str]] = {}
    for name, operation in operations.items():
        found[name] = {name for before in operation.after for name in (before, *found[before])}
    return found
