"""One batch, sent until it is known what became of it."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from reconciler import errors, kinds
from reconciler.model import Address, Handle, Operation, Outcome, Result, Verb, Writer

TAKES_AWAY = frozenset({"licenses", "queues", "skills"})


@dataclass(frozen=True, slots=True)
class Settings:
    """How an apply runs. `patience` is how many seconds one write may wait for a busy tenant."""

    parallelism: int = 8
    live_calls: str = "skip"
    patience: float = 600.0
    lost_tries: int = 3
    sleep: Callable[[float], None] = field(default=time.sleep)
    clock: Callable[[], float] = field(default=time.monotonic)


class Attempt:
    """Sends one batch; `is_refused` afterwards says that the tenant refuses us altogether."""

    def __init__(self, writer: Writer, known: Mapping[Address, Handle], settings: Settings) -> None:
        self._writer, self._known, self._settings = writer, known, settings
        self.is_refused = False

    def on_call(self, batch: Sequence[Operation]) -> str | None:
        """The address of an agent in a live call from whom something would be taken away."""
        if self._settings.live_calls != "skip":
            return None
        for operation in batch:
            handle = self._known.get(operation.address)
            if handle and takes_away(operation) and self._writer.presence(handle) == "on_call":
                return operation.address
        return None

    def send(self, batch: Sequence[Operation]) -> tuple[Handle | None, str]:
        """The handle where it was applied, else None and why."""
        deadline = self._settings.clock() + self._settings.patience
        lost = 0
        while True:
            try:
                return self._writer.write(batch, self._known), ""
            except errors.RateLimitedError as error:
                if self._settings.clock() > deadline:
                    return None, f"the tenant stayed busy: {error}"
                self._settings.sleep(min(error.retry_after or 0.05, 60.0))
            except errors.LostAnswerError as error:
                lost += 1
                if handle := self._settled(batch):
                    return handle, ""
                if lost > self._settings.lost_tries:
                    return None, f"no usable answer, {lost} times: {error}"
            except (errors.RequestError, errors.CannotTellError) as error:
                return self._refused(batch, error, was_lost=lost > 0)

    def _refused(
        self,
        batch: Sequence[Operation],
        error: errors.RequestError | errors.CannotTellError,
        *,
        was_lost: bool,
    ) -> tuple[Handle | None, str]:
        """A clear no; after a lost answer it may only say that the first try took effect."""
        changed = isinstance(error, errors.PreconditionFailedError | errors.ConflictError)
        if changed and was_lost and (handle := self._settled(batch)):
            return handle, ""
        status = error.status if isinstance(error, errors.RequestError) else None
        self.is_refused = status in (401, 403) or isinstance(error, errors.RefusedError)
        return None, _said(error)

    def _settled(self, batch: Sequence[Operation]) -> Handle | None:
        """Reads the object, a few times: some tenants show a write a moment later."""
        for wait in (0.0, 0.2, 1.0):
            self._settings.sleep(wait)
            try:
                if handle := self._writer.settled(batch, self._known):
                    return handle
            except (errors.CannotTellError, errors.RequestError):
                continue
        return None


def takes_away(operation: Operation) -> bool:
    """Whether an agent loses sign-in, a license, a membership or the number."""
    if operation.kind != kinds.AGENT or operation.verb is Verb.CREATE:
        return False
    return operation.verb is Verb.DELETE or any(
        (value is None and kinds.split_path(path)[0] in TAKES_AWAY)
        or path == "extension"
        or (path == "active" and value is False)
        for path, value in operation.set.items()
    )


def _said(error: errors.ReconcilerError) -> str:
    if isinstance(error, errors.PreconditionFailedError):
        return f"changed by somebody else since it was read: {error}"
    return str(error)


def outcomes(
    batch: Sequence[Operation], result: Result, because: str = "", handle: Handle | None = None
) -> list[Outcome]:
    return [
        Outcome(
            operation,
            result,
            because,
            handle.id if handle else None,
            handle.version if handle else None,
        )
        for operation in batch
    ]
