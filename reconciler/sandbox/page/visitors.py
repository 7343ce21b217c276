"""Who is signed in. The cookie is signed and holds two random values: the visit and its CSRF token.

What a visit may do stands here, in memory, not in the browser: signing out ends it for good, and a
restart ends all.
"""

import secrets
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass, field

from flask import request, session

from reconciler.sandbox import access
from reconciler.sandbox.facts import Actor

SECONDS = 8 * 60 * 60
MOST = 1000
DOOR = "page"

_VISIT, _TOKEN = "visit", "csrf"


class StrangerError(Exception):
    """Nobody is signed in."""


class ForbiddenError(Exception):
    """Somebody is, and may not do this; or the form is not one of ours."""


@dataclass(slots=True)
class Visitor:
    """A person who is signed in. `agent` is the id of the agent who an agent is."""

    name: str
    role: str
    agent: str | None = None
    since: float = field(default_factory=time.monotonic)
    notices: list[str] = field(default_factory=list)

    @property
    def actor(self) -> Actor:
        return Actor(self.name, self.role, DOOR)

    @property
    def reads(self) -> bool:
        return access.may(self.role, access.READ)

    @property
    def writes(self) -> bool:
        return access.may(self.role, access.WRITE)

    def heard(self) -> list[str]:
        """The notices, each told once."""
        told, self.notices = self.notices, []
        return told


class Room:
    """Everybody who is signed in; the longest there leaves when it is full."""

    def __init__(self) -> None:
        self._visits: OrderedDict[str, Visitor] = OrderedDict()
        self._lock = threading.Lock()

    def enter(self, visitor: Visitor) -> None:
        """A new visit with a new CSRF token, whatever the browser held before."""
        self.leave()
        key = secrets.token_urlsafe(32)
        with self._lock:
            self._visits[key] = visitor
            while len(self._visits) > MOST:
                self._visits.popitem(last=False)
        session[_VISIT] = key

    def leave(self) -> None:
        with self._lock:
            self._visits.pop(session.get(_VISIT, ""), None)
        session.clear()

    def present(self) -> Visitor | None:
        with self._lock:
            visitor = self._visits.get(session.get(_VISIT, ""))
        if visitor is None or time.monotonic() - visitor.since > SECONDS:
            return None
        return visitor

    def reader(self) -> Visitor:
        return self._allowed(access.READ)

    def writer(self) -> Visitor:
        """Who may change licensing and sends one of our forms."""
        visitor = self._allowed(access.WRITE)
        check_form()
        return visitor

    def editor(self) -> Visitor:
        """Who may see a form that changes licensing."""
        return self._allowed(access.WRITE)

    def agent(self) -> Visitor:
        """Who has a presence of their own."""
        visitor = self._somebody()
        if visitor.agent is None:
            raise ForbiddenError("Only an agent has a presence.")
        return visitor

    def _allowed(self, what: str) -> Visitor:
        visitor = self._somebody()
        if not access.may(visitor.role, what):
            doing = "see" if what == access.READ else "change"
            raise ForbiddenError(f"The role {visitor.role} may not {doing} licensing.")
        return visitor

    def _somebody(self) -> Visitor:
        visitor = self.present()
        if visitor is None:
            raise StrangerError
        return visitor


def token() -> str:
    """The CSRF token of this browser, made on the first form."""
    if _TOKEN not in session:
        session[_TOKEN] = secrets.token_urlsafe(32)
    return str(session[_TOKEN])


def check_form() -> None:
    """The form was made for this browser, by us."""
    expected = session.get(_TOKEN, "")
    given = request.form.get("csrf", "")
    if not expected or not secrets.compare_digest(given.encode(), expected.encode()):
        raise ForbiddenError("The form is not from this page, or too old: go back and reload it.")
