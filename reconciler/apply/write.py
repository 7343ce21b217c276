"""One write, sent until it is known what became of it.

429, 503         waited for as long as the tenant asks, until patience ends
no usable answer the object is read: if it already is as wanted, it is applied; else it is sent
                 again, a new object only once it is certain that the tenant has none
412, 409, ...    after such a doubt the object is read, too; without one it is a clear no
not sent         tried again for a minute
401, 403, gone   no other write would get through either, so nothing more is started
"""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from reconciler import errors
from reconciler.apply.settings import Settings
from reconciler.model import Address, Handle, Operation, Result, Verb, Writer
from reconciler.providers.retry import backoff

UNSTATED_PATIENCE = 120.0
"""Seconds for which a tenant may refuse one write without saying how long to wait."""
OUTAGE = 60.0
"""Seconds for which a tenant that cannot be reached may be gone."""
POLLS = (0.0, 0.2, 0.5, 1.0, 2.0)
"""Seconds before each look: some tenants show a write a moment later."""


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of it. `handle` where it was applied; `stops`: nothing else will get through.

    `is_refused`: the tenant will not have this content; a part of it may pass. `error` is what made
    it stop. `was_sent`: a request went out, whatever came of it.
    """

    handle: Handle | None = None
    because: str = ""
    result: Result = Result.FAILED
    stops: bool = False
    is_refused: bool = False
    error: errors.ReconcilerError | None = None
    was_sent: bool = False


@dataclass(frozen=True, slots=True)
class _Look:
    """`is_known` where the object, or its absence, was seen."""

    handle: Handle | None = None
    is_known: bool = False


class Attempt:
    """One write and all its tries; made anew for each."""

    def __init__(
        self,
        operations: Sequence[Operation],
        writer: Writer,
        known: Mapping[Address, Handle],
        settings: Settings,
        stop: threading.Event,
    ) -> None:
        self._operations, self._writer, self._known = operations, writer, known
        self._settings, self._stop = settings, stop
        self._begun = settings.clock()
        self._deadline = self._begun + settings.patience
        self._waits = self._losses = 0
        self._is_in_doubt = self._was_sent = False

    def send(self) -> Sent:
        while True:
            try:
                handle = self._writer.write(self._operations, self._known)
                return Sent(handle, result=Result.APPLIED, was_sent=True)
            except (errors.RequestError, errors.CannotTellError) as error:
                sent = self._answered(error)
                if sent:
                    return replace(sent, error=error, was_sent=self._was_sent)

    def _answered(self, error: errors.RequestError | errors.CannotTellError) -> Sent | None:
        """What becomes of it after an error; None: it is sent again."""
        if isinstance(error, errors.UnsentError):
            return self._unsent(error)
        if isinstance(error, errors.RateLimitedError):
            self._was_sent |= error.status is not None
            return self._busy(error)
        self._was_sent = True
        if isinstance(error, errors.LostAnswerError | errors.UnreachableError):
            return self._lost(error)
        return self._refused(error)

    def _busy(self, error: errors.RateLimitedError) -> Sent | None:
        """A 429 was not carried out; a 503 may come from something between us and the tenant."""
        self._is_in_doubt |= error.status == 503
        self._waits += 1
        wait = backoff(self._waits) if error.retry_after is None else error.retry_after
        patience = self._settings.patience
        if not error.is_stated:
            patience = min(patience, UNSTATED_PATIENCE)
        waited = self._settings.clock() - self._begun
        if waited + wait > patience:
            return self._settled(Sent(because=_too_busy(error, waited), stops=True))
        if self._settings.wait(self._stop, wait):
            return self._interrupted("interrupted while the tenant was busy")
        return None

    def _unsent(self, error: errors.UnsentError) -> Sent | None:
        self._waits += 1
        wait = backoff(self._waits)
        if self._settings.clock() + wait > min(self._deadline, self._begun + OUTAGE):
            result = Result.FAILED if self._was_sent else Result.NOT_STARTED
            return self._settled(Sent(because=str(error), result=result, stops=True))
        if self._settings.wait(self._stop, wait):
            return self._interrupted(f"interrupted: {error}")
        return None

    def _interrupted(self, why: str) -> Sent:
        if self._is_in_doubt:
            return self._settled(Sent(because=f"{why}; whether it took effect is not known"))
        return Sent(because=why, result=Result.NOT_STARTED)

    def _lost(self, error: errors.ReconcilerError) -> Sent | None:
        self._is_in_doubt = True
        self._losses += 1
        try:
            look = self._look(POLLS if self._creates else POLLS[:1])
        except errors.RefusedError as refused:
            return Sent(because=f"{error}; then {refused}", stops=True)
        if look.handle:
            return Sent(look.handle, result=Result.APPLIED)
        if sent := self._given_up(error, look):
            return sent
        if self._settings.wait(self._stop, backoff(self._losses + 1)):
            return Sent(because=f"interrupted after {error}; it had not taken effect")
        return None

    def _given_up(self, error: errors.ReconcilerError, look: _Look) -> Sent | None:
        """Where sending again is of no use, or might make a second one."""
        is_last = self._losses > self._settings.lost_tries
        if not look.is_known and (self._creates or is_last):
            return Sent(because=f"{error}; whether it took effect is not known", stops=True)
        if self._creates and _is_accepted(error):
            return Sent(because=f"{error}; it was accepted and is not shown yet")
        if is_last:
            return Sent(because=f"{error} ({self._losses} times; it did not take effect)")
        return None

    @property
    def _creates(self) -> bool:
        return self._operations[0].verb is Verb.CREATE

    def _refused(self, error: errors.ReconcilerError) -> Sent:
        status = error.status if isinstance(error, errors.RequestError) else None
        stops = status in (401, 403) or isinstance(error, errors.RefusedError)
        is_changed = isinstance(error, errors.PreconditionFailedError)
        why = f"changed since the plan: {error}" if is_changed else str(error)
        is_content = status is not None and not (stops or is_changed)
        is_taken = self._creates and isinstance(error, errors.ConflictError)
        if is_taken and (handle := self._look(POLLS[:1]).handle):
            return Sent(handle, result=Result.APPLIED)  # something between us sent it twice
        self._is_in_doubt |= status in (404, 410) and self._operations[-1].verb is Verb.DELETE
        return self._settled(Sent(because=why, stops=stops, is_refused=is_content))

    def _settled(self, sent: Sent) -> Sent:
        """Where an earlier try may have taken effect, a look: then all is well."""
        if not self._is_in_doubt:
            return sent
        try:
            handle = self._look(POLLS).handle
        except errors.RefusedError as refused:
            return Sent(because=f"{sent.because}; then {refused}", stops=True)
        return Sent(handle, result=Result.APPLIED) if handle else sent

    def _look(self, waits: Sequence[float]) -> _Look:
        """Reads the object until it is as wanted. Raises `RefusedError`."""
        is_known = False
        for wait in waits:
            if wait and self._settings.wait(self._stop, wait):
                break
            try:
                handle = self._writer.settled(self._operations, self._known)
            except errors.RefusedError:
                raise
            except (errors.CannotTellError, errors.RequestError):
                continue
            if handle:
                return _Look(handle, is_known=True)
            is_known = True
        return _Look(is_known=is_known)


def _too_busy(error: errors.RateLimitedError, waited: float) -> str:
    text = f"the tenant stayed busy for {waited:.0f} seconds"
    if error.is_stated and error.retry_after:
        text += f" and asks to wait {error.retry_after:.0f} more"
    return f"{text}: {error}"


def _is_accepted(error: errors.ReconcilerError) -> bool:
    """Whether the tenant said yes, and only what it said besides cannot be read."""
    status = error.status if isinstance(error, errors.RequestError) else None
    return status is not None and 200 <= status < 300
