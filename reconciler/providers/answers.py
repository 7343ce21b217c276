"""What came back of a request, as a value, and what it means: for a read, for a write.

`Answer` is a whole answer, whatever its status. `Silence` is everything else: nothing, a part of an
answer, or one without end. A read that tells nothing raises `CannotTellError`, a write that was not
done, or perhaps was, the `RequestError` branch (see `errors`).
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from reconciler import errors
from reconciler.providers.rate_limit_headers import NOTHING, RateLimitHeaders

BUSY = frozenset({429, 503})
PASSING = BUSY | {408, 425, 500, 502, 504}
"""Worth another try when reading."""
ERROR = "urn:ietf:params:scim:api:messages:2.0:error"
"""The schema of an error (RFC 7644 section 3.12), in lower case."""
MISSING = frozenset({404, 405, 501})
"""Clear words that there is no such endpoint or method."""


@dataclass(frozen=True, slots=True)
class Answer:
    """`body` is parsed JSON, None where there is none, `Unparsed` where it is something else.

    `refusals` counts the tries that ended like this one, over `waited` seconds.
    """

    status: int
    body: Any
    headers: Mapping[str, str]
    rate_limit: RateLimitHeaders = NOTHING
    refusals: int = 1
    waited: float = 0.0

    @property
    def request_id(self) -> str | None:
        return request_id(self.headers)

    def header(self, name: str) -> str | None:
        return next((v for n, v in self.headers.items() if n.lower() == name), None)


@dataclass(frozen=True, slots=True)
class Unparsed:
    """A body that is not JSON."""

    is_html: bool

    def __str__(self) -> str:
        return "HTML" if self.is_html else "something that is not JSON"


TRY_AGAIN = "check `url:` and the network, then try again"


@dataclass(frozen=True, slots=True)
class Silence:
    """No whole answer. `was_sent`: the tenant may have taken it in all the same.

    `status` stands where an answer began. `is_final`: another try would end alike. `wait` is how
    long the tenant wants nobody to send, and `is_stated` whether it said so itself.
    """

    text: str
    hint: str = TRY_AGAIN
    was_sent: bool = True
    is_final: bool = False
    status: int | None = None
    request_id: str | None = None
    wait: float | None = None
    is_stated: bool = False
    cause: Exception | None = None


def request_id(headers: Mapping[str, str]) -> str | None:
    """The tenant's own name of the request, to be quoted to its support."""
    lower = {name.lower(): value for name, value in headers.items()}
    for name in ("x-request-id", "x-correlation-id", "request-id", "x-trace-id", "cf-ray"):
        if value := lower.get(name):
            return printable(value)[:100]
    return None


def printable(text: str) -> str:
    """Without what would steer a terminal."""
    return "".join(letter if letter.isprintable() else " " for letter in text)


def detail(answer: Answer) -> str:
    """The tenant's own words (RFC 7644 section 3.12), bounded."""
    if isinstance(answer.body, Mapping):
        lower = {str(name).lower(): value for name, value in answer.body.items()}
        words = [lower.get("scimtype"), lower.get("detail") or lower.get("message")]
        return printable(", ".join(str(word) for word in words if word))[:500] or "no detail"
    return str(answer.body) if isinstance(answer.body, Unparsed) else "no detail"


def scim_type(answer: Answer) -> str:
    body = answer.body if isinstance(answer.body, Mapping) else {}
    return str(next((v for n, v in body.items() if str(n).lower() == "scimtype"), ""))


# --- reads ---------------------------------------------------------------------------------------


def of_read(answer: Answer, path: str) -> Answer:
    """The answer, or why it tells us nothing. A clear no (404) is an answer."""
    status = answer.status
    text = f"{status} from {path}{_with_id(answer.request_id)}"
    if status in (401, 403):
        why = "the token is not accepted" if status == 401 else "the token may not read this"
        raise errors.RefusedError(
            f"{why}: {text}: {detail(answer)}", hint="check the token and what it may see"
        )
    if 300 <= status < 400:
        raise errors.ImplausibleError(
            f"the tenant redirects: {text}", hint="correct `url:`; a redirect is not followed"
        )
    if status in BUSY:
        raise _busy(answer, text)
    if status in PASSING or (status >= 500 and status not in MISSING):
        raise errors.UnreachableError(
            f"the tenant does not answer: {text}: {detail(answer)}", hint="try again later"
        )
    if isinstance(answer.body, Unparsed) and 200 <= status < 300:
        raise errors.ImplausibleError(
            f"the tenant answers {answer.body}: {text}", hint="check `url:`"
        )
    if status < 300 and is_error(answer):
        raise errors.ImplausibleError(
            f"the tenant answers an error as if it were none: {text}: {detail(answer)}",
            hint="try again; something between us and the tenant may hide the status",
        )
    return answer


def is_error(answer: Answer) -> bool:
    """Whether the body is an error, whatever the status says."""
    if not isinstance(answer.body, Mapping):
        return False
    schemas = next((v for n, v in answer.body.items() if str(n).lower() == "schemas"), ())
    return isinstance(schemas, list) and ERROR in (str(schema).lower() for schema in schemas)


def _busy(answer: Answer, text: str) -> errors.BusyError:
    """A tenant that refused every try. Its own words last: they may name the limit."""
    meaning = "too many requests" if answer.status == 429 else "not available"
    tries = f"{answer.refusals} tries in {answer.waited:.0f} seconds"
    wait = answer.rate_limit.wait
    asks = f"; it asks to wait {wait:.0f} seconds" if wait is not None else ""
    return errors.BusyError(
        f"the tenant answers nothing but {answer.status} ({meaning}), {tries}{asks}: "
        f"{text}: {detail(answer)}",
        hint="try again later; see what else uses the tenant's API, or slow this down with "
        "`request_interval:` in the tenant block",
    )


def of_silent_read(silence: Silence) -> NoReturn:
    text = silence.text + _with_id(silence.request_id)
    if silence.wait is not None:
        raise errors.BusyError(text, hint=silence.hint)
    if silence.status is not None:
        raise errors.ImplausibleError(
            f"{text} (status {silence.status})", hint=silence.hint
        ) from silence.cause
    raise errors.UnreachableError(text, hint=silence.hint) from silence.cause


# --- writes --------------------------------------------------------------------------------------


def of_write(answer: Answer) -> Answer:
    """The answer of a write that was done; everything else raises."""
    status, number = answer.status, answer.request_id
    if 200 <= status < 300 and not isinstance(answer.body, Unparsed) and not is_error(answer):
        return answer
    text = f"{status}: {detail(answer)}{_with_id(number)}"
    if status == 409:
        raise errors.ConflictError(text, status=status, request_id=number)
    if status == 412 or (status == 400 and scim_type(answer).lower() == "invalidvers"):
        raise errors.PreconditionFailedError(text, status=status, request_id=number)
    if _may_have_been_done(status):
        raise errors.LostAnswerError(text, status=status, request_id=number)
    hint = "correct `url:`; a redirect is not followed" if 300 <= status < 400 else ""
    raise errors.RequestError(text, hint=hint, status=status, request_id=number)


def of_busy_write(answer: Answer, held: float) -> NoReturn:
    """A write that was refused for now; it may be sent again in `held` seconds."""
    raise errors.RateLimitedError(
        f"{answer.status}: {detail(answer)}{_with_id(answer.request_id)}",
        retry_after=held,
        is_stated=answer.rate_limit.wait is not None,
        status=answer.status,
        request_id=answer.request_id,
    )


def _may_have_been_done(status: int) -> bool:
    return status == 408 or 200 <= status < 300 or (status >= 500 and status not in MISSING)


def of_silent_write(silence: Silence) -> NoReturn:
    text = silence.text + _with_id(silence.request_id)
    if silence.wait is not None:
        raise errors.RateLimitedError(text, retry_after=silence.wait, is_stated=silence.is_stated)
    kind = errors.LostAnswerError if silence.was_sent else errors.UnsentError
    raise kind(
        text, hint=silence.hint, status=silence.status, request_id=silence.request_id
    ) from silence.cause


def _with_id(number: str | None) -> str:
    return f" (request {number})" if number else ""


def paused(seconds: float, *, is_stated: bool) -> Silence:
    reason = "asks to wait" if is_stated else "refuses requests; the next try is in"
    return Silence(
        f"the tenant {reason} {seconds:.0f} seconds",
        "try again then; see what else uses the tenant's API meanwhile",
        was_sent=False,
        is_final=True,
        wait=seconds,
        is_stated=is_stated,
    )


def parsed(content: bytes) -> Any:
    if not content.strip():
        return None
    try:
        return json.loads(content, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        return Unparsed(content.lstrip()[:1] == b"<")


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)
