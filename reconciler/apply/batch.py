"""A worker's whole job: look whom it would hurt, record the intent, send, say what became of each.

A batch that the tenant will not have is halved until it is clear which operation it is about: one
bad member keeps nobody else out of a queue.
"""

import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from reconciler import errors
from reconciler.apply.calls import Calls
from reconciler.apply.graph import Batch
from reconciler.apply.settings import Settings
from reconciler.apply.write import Attempt, Sent
from reconciler.model import (
    Address,
    Handle,
    Ledger,
    Operation,
    Outcome,
    Result,
    Verb,
    Writer,
)

LOST = (Result.FAILED, Result.SKIPPED)


@dataclass(frozen=True, slots=True)
class Desk:
    """What all workers share. `known` is written by whoever holds the target, else only read."""

    writer: Writer
    known: dict[Address, Handle]
    ledger: Ledger
    run: str
    settings: Settings
    stop: threading.Event


@dataclass(slots=True)
class Done:
    """A batch with an outcome for each of its operations; `stops` is why nothing more may start,
    and `error` what that was. `was_sent`: a request went out.
    """

    batch: Batch
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    stops: str = ""
    error: errors.ReconcilerError | None = None
    was_sent: bool = False

    def names(self, *results: Result) -> set[str]:
        return {name for name, outcome in self.outcomes.items() if outcome.result in results}

    def lost(self) -> set[str]:
        """What its followers wait for in vain."""
        return self.names(*LOST)

    def close(self, operations: Iterable[Operation], sent: Sent) -> None:
        handle = sent.handle or Handle("")
        for operation in operations:
            self.outcomes[operation.id] = Outcome(
                operation, sent.result, sent.because, handle.id or None, handle.version
            )

    def left(self) -> Batch:
        """What has no outcome yet; what waited for a lost one gets it now."""
        for operation in self.batch:
            before = next((name for name in operation.after if name in self.lost()), None)
            if before and operation.id not in self.outcomes:
                self.close([operation], waits_for(self.outcomes[before]))
        return tuple(one for one in self.batch if one.id not in self.outcomes)


def waits_for(outcome: Outcome) -> Sent:
    operation = outcome.operation
    what = "failed" if outcome.result is Result.FAILED else "was skipped"
    why = f"waits for {operation.id} of {operation.address}, which {what}"
    return Sent(because=why, result=Result.SKIPPED)


def carry_out(batch: Batch, desk: Desk) -> Done:
    done = Done(batch)
    _keep_unknown(done, desk)
    if desk.settings.live_calls == "skip":
        _keep_callers(done, desk)
    if left := done.left():
        _intend(left, done, desk)
    pieces = [done.left()]
    while pieces and not done.stops:
        piece = _still_open(pieces.pop(0), done)
        if piece:
            pieces = [*_send(piece, done, desk), *pieces]
    done.close(done.left(), Sent(because=done.stops, result=Result.NOT_STARTED))
    return done


def _still_open(piece: Batch, done: Done) -> Batch:
    left = {operation.id for operation in done.left()}
    return tuple(operation for operation in piece if operation.id in left)


def _send(piece: Batch, done: Done, desk: Desk) -> Sequence[Batch]:
    """Nothing, or the halves of what the tenant would not have as a whole."""
    sent = Attempt(piece, desk.writer, desk.known, desk.settings, desk.stop).send()
    if sent.is_refused and len(piece) > 1:
        half = len(piece) // 2
        return piece[:half], piece[half:]
    if sent.handle:
        desk.known[desk.writer.target(piece[0])] = sent.handle
    done.was_sent |= sent.was_sent
    if sent.stops:
        done.stops, done.error = sent.because, sent.error
    done.close(piece, sent)
    return ()


def _keep_unknown(done: Done, desk: Desk) -> None:
    """What the tenant does not show cannot be written to."""
    made = {one.address for one in done.batch if one.verb is Verb.CREATE}
    for operation in done.batch:
        needed = {operation.address, desk.writer.target(operation)}
        missing = sorted(needed - made - desk.known.keys())
        if missing:
            done.close([operation], Sent(because=f"the tenant does not show {missing[0]}"))


def _keep_callers(done: Done, desk: Desk) -> None:
    """Holds back what would hurt somebody on a call, and what waits for it."""
    calls = Calls(desk.writer, desk.known)
    for operation in done.left():
        try:
            is_held = calls.hold_back(operation)
        except (errors.CannotTellError, errors.RequestError) as error:
            why = f"whether {operation.address} is on a call cannot be told: {error}"
            done.close([operation], Sent(because=why))
            if isinstance(error, errors.CannotTellError):
                done.stops, done.error = why, error
                return
            continue
        if is_held:
            why = f"{operation.address} is on a call"
            done.close([operation], Sent(because=why, result=Result.SKIPPED))


def _intend(operations: Batch, done: Done, desk: Desk) -> None:
    """Nothing is sent that the ledger does not know of."""
    if done.stops:
        return
    try:
        desk.ledger.intend(desk.run, operations)
    except errors.ReconcilerError as error:
        done.stops, done.error = str(error), error
