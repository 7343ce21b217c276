"""OAuth client credentials: the client's id is a role, its secret is the token of that role."""

import secrets
import threading
from collections.abc import Mapping

from flask import Response, jsonify, request

from reconciler.sandbox import access
from reconciler.sandbox.facts import Actor
from reconciler.sandbox.misbehavior import Misbehavior

DOOR = "genesys"
HOUR = 3600


class Clients:
    """Mints access tokens and recognizes them until they are used up."""

    def __init__(self, tokens: Mapping[str, str], course: Misbehavior) -> None:
        self._tokens, self._course = tokens, course
        self._uses: dict[str, tuple[str, int]] = {}
        self._lock = threading.Lock()
        self._requests = 0

    def mint(self) -> Response:
        """RFC 6749 section 4.4; the rate limit of this endpoint is a 400, as on the platform."""
        with self._lock:
            self._requests += 1
            if self._requests <= self._course.faults.token_refusals:
                return _refused(400, "invalid_request", "rate limit exceeded")
        basic = request.authorization
        role = (basic.username or "") if basic else ""
        secret = (basic.password or "") if basic else ""
        expected = self._tokens.get(role, "")
        if not expected or not secrets.compare_digest(secret.encode(), expected.encode()):
            return _refused(401, "invalid_client", "client not found or the secret is wrong")
        if request.form.get("grant_type") != "client_credentials":
            return _refused(400, "unsupported_grant_type", "use client_credentials")
        token = secrets.token_urlsafe(32)
        with self._lock:
            self._uses[token] = (role, 0)
        return jsonify({"access_token": token, "token_type": "bearer", "expires_in": HOUR})

    def actor(self) -> Actor | None:
        """Who sends the current request; None without a token that is still good."""
        scheme, _, token = (request.headers.get("Authorization") or "").partition(" ")
        most = self._course.faults.token_requests
        with self._lock:
            role, uses = self._uses.get(token.strip(), ("", 0))
            if scheme.lower() != "bearer" or not role:
                return None
            if most is not None and uses >= most:
                del self._uses[token.strip()]
                return None
            self._uses[token.strip()] = (role, uses + 1)
        return Actor(role, role, DOOR)


def may(actor: Actor, *, writes: bool) -> bool:
    return access.may(actor.role, access.WRITE if writes else access.READ)


def _refused(status: int, error: str, description: str) -> Response:
    response = jsonify(
        {"error": error, "description": description, "error_description": description}
    )
    response.status_code = status
    return response
