"""The whole job of a worker: hold back, record the intent, send, and report each outcome.

A batch that the tenant refuses is halved until the operation at fault is found, so that one bad
member keeps nobody else out of a queue.
"""

import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from reconciler import errors, kinds
from reconciler.apply.scheduler import Batch
from reconciler.apply.settings import Settings
from reconciler.apply.write import Attempt, WriteResult
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

ON_CALL = "on_call"

LOST = (Result.FAILED, Result.SKIPPED, Result.MANUAL)
_BECAME = {Result.FAILED: "failed", Result.MANUAL: "is left to a person"}


@dataclass(frozen=True, slots=True)
class WorkerContext:
    """What all workers share.

    `handles` is written only by the worker that holds the target.
    """

    writer: Writer
    handles: dict[Address, Handle]
    ledger: Ledger
    run: str
    settings: Settings
    stop: threading.Event


@dataclass(slots=True)
class BatchResult:
    """A batch and the outcomes of its operations.

    `stops` is why nothing more may start, `error` what caused that. `was_sent`: a request went out.
    """

    batch: Batch
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    stops: str = ""
    error: errors.ReconcilerError | None = None
    was_sent: bool = False

    def names(self, *results: Result) -> set[str]:
        return {name for name, outcome in self.outcomes.items() if outcome.result in results}

    def lost(self) -> set[str]:
        """Return operations whose followers wait in vain."""
        return self.names(*LOST)

    def close(self, operations: Iterable[Operation], write_result: WriteResult) -> None:
        """Record the same outcome for all `operations`."""
        handle = write_result.handle or Handle("")
        for operation in operations:
            self.outcomes[operation.id] = Outcome(
                operation,
                write_result.result,
                write_result.because,
                handle.id or None,
                handle.version,
            )

    def left(self) -> Batch:
        """Return operations without an outcome, after skipping those that wait for a lost one."""
        for operation in self.batch:
            before = next((name for name in operation.after if name in self.lost()), None)
            if before and operation.id not in self.outcomes:
                self.close([operation], waits_for(self.outcomes[before]))
        return tuple(operation for operation in self.batch if operation.id not in self.outcomes)


def waits_for(outcome: Outcome) -> WriteResult:
    operation = outcome.operation
    what = _BECAME.get(outcome.result, "was skipped")
    why = f"waits for {operation.id} of {operation.address}, which {what}"
    return WriteResult(because=why, result=Result.SKIPPED)


def execute_batch(batch: Batch, context: WorkerContext) -> BatchResult:
    """Carry out a batch, and return an outcome for each of its operations."""
    result = BatchResult(batch)
    _fail_unknown_targets(result, context)
    if context.settings.live_calls == "skip":
        _skip_agents_on_calls(result, context)
    if left := result.left():
        _record_intent(left, result, context)
    pieces = [result.left()]
    while pieces and not result.stops:
        piece = _without_outcome(pieces.pop(0), result)
        if piece:
            pieces = [*_send(piece, result, context), *pieces]
    result.close(result.left(), WriteResult(because=result.stops, result=Result.NOT_STARTED))
    return result


def _without_outcome(piece: Batch, result: BatchResult) -> Batch:
    left = {operation.id for operation in result.left()}
    return tuple(operation for operation in piece if operation.id in left)


def _send(piece: Batch, result: BatchResult, context: WorkerContext) -> Sequence[Batch]:
    """Send a piece of a batch; return its halves where the tenant refuses it as a whole."""
    write_result = Attempt(
        piece, context.writer, context.handles, context.settings, context.stop
    ).send()
    if write_result.is_refused and len(piece) > 1:
        half = len(piece) // 2
        return piece[:half], piece[half:]
    if write_result.handle:
        context.handles[context.writer.target(piece[0])] = write_result.handle
    result.was_sent |= write_result.was_sent
    if write_result.stops:
        result.stops, result.error = write_result.because, write_result.error
    result.close(piece, write_result)
    return ()


def _fail_unknown_targets(result: BatchResult, context: WorkerContext) -> None:
    """Fail operations on objects that the tenant does not show."""
    created = {operation.address for operation in result.batch if operation.verb is Verb.CREATE}
    for operation in result.batch:
        needed = {operation.address, context.writer.target(operation)}
        missing = sorted(needed - created - context.handles.keys())
        if missing:
            result.close([operation], WriteResult(because=f"the tenant does not show {missing[0]}"))


def _skip_agents_on_calls(result: BatchResult, context: WorkerContext) -> None:
    """Skip operations that would interrupt a call, and what waits for them."""
    calls = PresenceCache(context.writer, context.handles)
    for operation in result.left():
        try:
            is_held = calls.hold_back(operation)
        except (errors.CannotTellError, errors.RequestError) as error:
            why = f"whether {operation.address} is on a call cannot be told: {error}"
            result.close([operation], WriteResult(because=why))
            if isinstance(error, errors.CannotTellError):
                result.stops, result.error = why, error
                return
            continue
        if is_held:
            why = f"{operation.address} is on a call"
            result.close([operation], WriteResult(because=why, result=Result.SKIPPED))


def _record_intent(operations: Batch, result: BatchResult, context: WorkerContext) -> None:
    """Record the operations in the ledger before anything is sent."""
    if result.stops:
        return
    try:
        context.ledger.intend(context.run, operations)
    except errors.ReconcilerError as error:
        result.stops, result.error = str(error), error


class PresenceCache:
    """Presence of agents, looked up once for each agent of a batch."""

    def __init__(self, writer: Writer, handles: Mapping[Address, Handle]) -> None:
        self._writer, self._handles = writer, handles
        self._seen: dict[Address, str | None] = {}

    def hold_back(self, operation: Operation) -> bool:
        """Return whether the operation would interrupt a call.

        Raises what the writer raises where presence cannot be read.
        """
        handle = self._handles.get(operation.address)
        if handle is None or not takes_away(operation):
            return False
        if operation.address not in self._seen:
            self._seen[operation.address] = self._writer.presence(handle)
        return self._seen[operation.address] == ON_CALL


def takes_away(operation: Operation) -> bool:
    """Return whether an agent loses sign-in, a license, a membership or the number."""
    if operation.kind != kinds.AGENT or operation.verb is Verb.CREATE:
        return False
    return operation.verb is Verb.DELETE or any(
        (value is None and kinds.split_path(path)[0] in kinds.COLLECTIONS)
        or path == "extension"
        or (path == "active" and value is False)
        for path, value in operation.set.items()
    )
