"""One write, sent until it is known what became of it.

429, 503         waited for as long as the tenant asks, until patience ends
no usable answer the object is read: if it already is as wanted, it is applied; else it is sent
                 again, a new object only once it is certain that the tenant has none
412, 409, ...    after such a doubt the object is read, too; without one it is a clear no
not sent         tried again for a minute
by hand          what the tenant takes is written, and a step for a person is left
401, 403, gone   no other write would get through either, so nothing more is started
"""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from reconciler import errors
from reconciler.apply.settings import UNKNOWN, Settings
from reconciler.model import Address, Handle, Operation, Result, Verb, Writer
from reconciler.providers.retry import backoff

UNSTATED_PATIENCE = 120.0
"""Seconds for which a tenant may refuse one write without saying how long to wait."""
OUTAGE = 60.0
"""Seconds for which a tenant that cannot be reached may be gone."""
POLLS = (0.0, 0.2, 0.5, 1.0, 2.0)
"""Seconds before each look: some tenants show a write a moment later."""


@dataclass(frozen=True, slots=True)
class WriteResult:
    """The result of a write.

    `handle` is set where it was applied. `stops`: no other write would get through. `is_refused`:
    the tenant refuses this content, and a part of it may pass. `error` is what made it stop.
    `was_sent`: a request went out, whatever came of it.
    """

    handle: Handle | None = None
    because: str = ""
    result: Result = Result.FAILED
    stops: bool = False
    is_refused: bool = False
    error: errors.ReconcilerError | None = None
    was_sent: bool = False


@dataclass(frozen=True, slots=True)
class _Observation:
    """What a look at the object found; `is_known` where it, or its absence, was seen."""

    handle: Handle | None = None
    is_known: bool = False


class Attempt:
    """One write with all its retries."""

    def __init__(
        self,
        operations: Sequence[Operation],
        writer: Writer,
        handles: Mapping[Address, Handle],
        settings: Settings,
        stop: threading.Event,
    ) -> None:
        self._operations, self._writer, self._handles = operations, writer, handles
        self._settings, self._stop = settings, stop
        self._begun = settings.clock()
        self._deadline = self._begun + settings.patience
        self._waits = self._losses = 0
        self._is_in_doubt = self._was_sent = False

    def send(self) -> WriteResult:
        """Send the write until its result is known."""
        while True:
            try:
                handle = self._writer.write(self._operations, self._handles)
                return WriteResult(handle, result=Result.APPLIED, was_sent=True)
            except (errors.RequestError, errors.CannotTellError) as error:
                result = self._answered(error)
                if result:
                    return replace(result, error=error, was_sent=self._was_sent)

    def _answered(self, error: errors.RequestError | errors.CannotTellError) -> WriteResult | None:
        """Return the result after an error; None to send the write again."""
        if isinstance(error, errors.UnsentError):
            return self._unsent(error)
        if isinstance(error, errors.RateLimitedError):
            self._was_sent |= error.status is not None
            return self._busy(error)
        self._was_sent = True
        if isinstance(error, errors.ByHandError):
            return WriteResult(because=str(error), result=Result.MANUAL)
        if isinstance(error, errors.LostAnswerError | errors.UnreachableError):
            return self._lost(error)
        return self._refused(error)

    def _busy(self, error: errors.RateLimitedError) -> WriteResult | None:
        """Wait as the tenant asks.

        A 429 was not carried out; a 503 may come from something between us and the tenant.
        """
        self._is_in_doubt |= error.status == 503
        self._waits += 1
        wait = backoff(self._waits) if error.retry_after is None else error.retry_after
        patience = self._settings.patience
        if not error.is_stated:
            patience = min(patience, UNSTATED_PATIENCE)
        waited = self._settings.clock() - self._begun
        if waited + wait > patience:
            return self._unless_applied(WriteResult(because=_too_busy(error, waited), stops=True))
        if self._settings.wait(self._stop, wait):
            return self._interrupted("interrupted while the tenant was busy")
        return None

    def _unsent(self, error: errors.UnsentError) -> WriteResult | None:
        self._waits += 1
        wait = backoff(self._waits)
        if self._settings.clock() + wait > min(self._deadline, self._begun + OUTAGE):
            result = Result.FAILED if self._was_sent else Result.NOT_STARTED
            return self._unless_applied(WriteResult(because=str(error), result=result, stops=True))
        if self._settings.wait(self._stop, wait):
            return self._interrupted(f"interrupted: {error}")
        return None

    def _interrupted(self, why: str) -> WriteResult:
        if self._is_in_doubt:
            return self._unless_applied(WriteResult(because=f"{why}; {UNKNOWN}"))
        return WriteResult(because=why, result=Result.NOT_STARTED)

    def _lost(self, error: errors.ReconcilerError) -> WriteResult | None:
        self._is_in_doubt = True
        self._losses += 1
        try:
            observation = self._observe(POLLS if self._creates else POLLS[:1])
        except errors.RefusedError as refused:
            return WriteResult(because=f"{error}; then {refused}", stops=True)
        if observation.handle:
            return WriteResult(observation.handle, result=Result.APPLIED)
        if result := self._given_up(error, observation):
            return result
        if self._settings.wait(self._stop, backoff(self._losses + 1)):
            return WriteResult(because=f"interrupted after {error}; it had not taken effect")
        return None

    def _given_up(
        self, error: errors.ReconcilerError, observation: _Observation
    ) -> WriteResult | None:
        """Return a result where a retry is useless, or might create a second object."""
        is_last = self._losses > self._settings.lost_tries
        if not observation.is_known and (self._creates or is_last):
            return WriteResult(because=f"{error}; {UNKNOWN}", stops=True)
        if self._creates and _is_accepted(error):
            return WriteResult(because=f"{error}; it was accepted and is not shown yet")
        if is_last:
            return WriteResult(because=f"{error} ({self._losses} times; it did not take effect)")
        return None

    @property
    def _creates(self) -> bool:
        return self._operations[0].verb is Verb.CREATE

    def _refused(self, error: errors.ReconcilerError) -> WriteResult:
        status = error.status if isinstance(error, errors.RequestError) else None
        stops = status in (401, 403) or isinstance(error, errors.RefusedError)
        is_changed = isinstance(error, errors.PreconditionFailedError)
        why = f"changed since the plan: {error}" if is_changed else str(error)
        is_content = status is not None and not (stops or is_changed)
        is_taken = self._creates and isinstance(error, errors.ConflictError)
        if is_taken and (handle := self._observe(POLLS[:1]).handle):
            return WriteResult(handle, result=Result.APPLIED)  # something between us sent it twice
        self._is_in_doubt |= status in (404, 410) and self._operations[-1].verb is Verb.DELETE
        return self._unless_applied(WriteResult(because=why, stops=stops, is_refused=is_content))

    def _unless_applied(self, result: WriteResult) -> WriteResult:
        """Return `result`, unless an earlier try turns out to have taken effect."""
        if not self._is_in_doubt:
            return result
        try:
            handle = self._observe(POLLS).handle
        except errors.RefusedError as refused:
            return WriteResult(because=f"{result.because}; then {refused}", stops=True)
        return WriteResult(handle, result=Result.APPLIED) if handle else result

    def _observe(self, waits: Sequence[float]) -> _Observation:
        """Read the object until it is as wanted. Raises `RefusedError`."""
        is_known = False
        for wait in waits:
            if wait and self._settings.wait(self._stop, wait):
                break
            try:
                handle = self._writer.confirm(self._operations, self._handles)
            except errors.RefusedError:
                raise
            except (errors.CannotTellError, errors.RequestError):
                continue
            if handle:
                return _Observation(handle, is_known=True)
            is_known = True
        return _Observation(is_known=is_known)


def _too_busy(error: errors.RateLimitedError, waited: float) -> str:
    text = f"the tenant stayed busy for {waited:.0f} seconds"
    if error.is_stated and error.retry_after:
        text += f" and asks to wait {error.retry_after:.0f} more"
    return f"{text}: {error}"


def _is_accepted(error: errors.ReconcilerError) -> bool:
    """Return whether the tenant accepted the write and only its answer cannot be read."""
    status = error.status if isinstance(error, errors.RequestError) else None
    return status is not None and 200 <= status < 300
