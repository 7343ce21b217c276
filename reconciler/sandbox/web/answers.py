"""What the JSON doors have in common: who is asking, and how a refusal is said."""

import json
from collections.abc import Mapping
from typing import Any

from flask import Response, jsonify, request

from reconciler.sandbox import access
from reconciler.sandbox.facts import Actor
from reconciler.sandbox.refusals import (
    ConflictError,
    InvalidError,
    MissingError,
    ReadOnlyError,
    RefusedError,
    StaleError,
)

STATUS: Mapping[type[RefusedError], int] = {
    InvalidError: 400,
    ReadOnlyError: 400,
    ConflictError: 409,
    MissingError: 404,
    StaleError: 412,
}


class DeniedError(Exception):
    """401 without a valid token, 403 without the right."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


def actor(tokens: Mapping[str, str], door: str, what: str) -> Actor:
    """Who sent the current request, if they may do `what`."""
    found = access.bearer(request.headers.get("Authorization"), tokens, door)
    if found is None:
        raise DeniedError(401, "a bearer token is missing or not known")
    if not access.may(found.role, what):
        raise DeniedError(403, f"{found.role} may not do this")
    return found


def body() -> dict[str, Any]:
    """The JSON object in the current request."""
    try:
        content = request.get_json(force=True, silent=True)
        json.dumps(content, ensure_ascii=False).encode()  # half of a surrogate pair is no text
    except (RecursionError, UnicodeEncodeError):
        content = None
    if not isinstance(content, dict):
        raise InvalidError("the body is not a JSON object")
    return content


def number(name: str, default: int, *, most: int) -> int:
    """A whole number of the query string, cut to a range."""
    text = request.args.get(name, "")
    if text and not text.isdecimal():
        raise InvalidError(f"{name} is a whole number", name)
    return min(int(text), most) if text else default


def refused(error: RefusedError) -> Response:
    status = next(code for kind, code in STATUS.items() if isinstance(error, kind))
    return _error(status, error.message, error.field)


def denied(error: DeniedError) -> Response:
    response = _error(error.status, error.message, None)
    if error.status == 401:
        response.headers["WWW-Authenticate"] = 'Bearer realm="sandbox"'
    return response


def error(status: int, message: str) -> Response:
    return _error(status, message, None)


def _error(status: int, message: str, field: str | None) -> Response:
    response = jsonify({"error": message} if field is None else {"error": message, "field": field})
    response.status_code = status
    return response
