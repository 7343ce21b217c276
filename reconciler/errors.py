"""Exceptions of the package. A wrong input is a `Diagnostic`, not an exception.

    ReconcilerError                 shown as one line, never as a traceback
      SetupError                    exit 1: a missing folder, an unset token
      CannotTellError               exit 7: the tenant did not show enough to say anything
        UnreachableError            no connection, no answer in time, TLS
          BusyError                 nothing but 429 or 503 for as long as a read waits
        RefusedError                401, 403
        ImplausibleError            a redirect, HTML, half a page, counts that do not add up
      WriteForbiddenError           a write was tried through a transport that only reads
      StalePlanError                exit 5: stale, expired, foreign, edited or used plan
      LeaseHeldError                exit 6
      RequestError                  one request failed (status, request id, detail)
        ConflictError               409: uniqueness, seats
        PreconditionFailedError     412: the object has another version
        RateLimitedError            429 or 503, with the seconds to wait where told
        LostAnswerError             sent, and no answer came back: it may have taken effect
        UnsentError                 the tenant cannot be reached: nothing was sent
        ByHandError                 what is left of a write is a step for a person

A write answers with the `RequestError` branch, which `apply` turns into outcomes; a read raises
`CannotTellError`.
"""


class ReconcilerError(Exception):
    """Base of all failures that a person can act on; `hint` says how."""

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class SetupError(ReconcilerError):
    """Raised when a local prerequisite is missing: a folder, a token, an extra."""


class CannotTellError(ReconcilerError):
    """Raised when the tenant did not show enough to plan on."""


class UnreachableError(CannotTellError):
    """No connection, no answer in time, or a TLS failure."""


class BusyError(UnreachableError):
    """The tenant answers, and only to say that it takes no request now (429, 503)."""


class RefusedError(CannotTellError):
    """The tenant refuses the token (401) or what it asks for (403)."""


class ImplausibleError(CannotTellError):
    """The answer is not what a whole, well-formed reading looks like."""


class WriteForbiddenError(ReconcilerError):
    """A write was tried through a transport that only reads."""


class StalePlanError(ReconcilerError):
    """The plan does not fit: stale, expired, used, edited, or for another tenant."""


class LeaseHeldError(ReconcilerError):
    """Somebody else is applying to this tenant."""


class RequestError(ReconcilerError):
    """One request was answered with an error, or not at all."""

    def __init__(
        self,
        message: str,
        *,
        hint: str = "",
        status: int | None = None,
        request_id: str | None = None,
    ) -> None:
        super().__init__(message, hint=hint)
        self.status = status
        self.request_id = request_id


class ConflictError(RequestError):
    """409: a value is taken or a pool is empty."""


class PreconditionFailedError(RequestError):
    """412: the object has another version than the one we planned on."""


class RateLimitedError(RequestError):
    """429 or 503; `retry_after` is in seconds; `is_stated`: the tenant said so itself."""

    def __init__(
        self,
        message: str,
        *,
        retry_after: float | None = None,
        is_stated: bool = True,
        status: int | None = None,
        request_id: str | None = None,
    ) -> None:
        super().__init__(message, status=status, request_id=request_id)
        self.retry_after = retry_after
        self.is_stated = is_stated and retry_after is not None


class LostAnswerError(RequestError):
    """The request was sent and no usable answer came back: it may have taken effect."""


class UnsentError(RequestError):
    """The tenant cannot be reached, and nothing was sent: trying again is safe."""


class ByHandError(RequestError):
    """What the tenant takes was written; what is left is a step for a person, in its console."""
