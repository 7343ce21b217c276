"""The Agent Licensing page: the tenant's door for people, at `/` of the server.

    /                                agents and their licenses, one Save; filtered and paged
    /uc, /uc/sync                    UC Phone Licensing, and Sync UC Users
    /agents/add, /agents/ID[/delete] one agent
    /levels                          queue and skill levels as a matrix
    /trail                           who changed what
    /my-presence                     what an agent sees: the own presence, nothing else
    /extensions/NUMBER               who holds a number, for the warning while one types
    /sign-in, /sign-out              with the token of a role and a name for the audit trail

Rendered here, without a word from another host, and whole without its script. Every change goes
through the functions that the other doors use, so the same rules hold and the same trail is left.
"""

import hashlib
import secrets
from collections.abc import Mapping
from http import HTTPStatus

from flask import Blueprint, Flask, Response, make_response, redirect, request, url_for
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as AnyResponse

from reconciler.sandbox.database import Database
from reconciler.sandbox.page import (
    levels,
    licensing,
    people,
    presence,
    sign_in,
    trail,
    views,
    visitors,
)
from reconciler.sandbox.refusals import RefusedError
from reconciler.sandbox.web.answers import STATUS

POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


def install(flask: Flask, database: Database, tokens: Mapping[str, str]) -> None:
    """Hangs the page into the application. Who was signed in before a restart signs in again."""
    flask.secret_key = secrets.token_bytes(32)
    flask.config.update(
        SESSION_COOKIE_NAME=_cookie(tokens),
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Strict",
        MAX_FORM_MEMORY_SIZE=None,  # the whole body is bounded in front of every door
    )
    room = visitors.Room()
    page = Blueprint(
        "page",
        __name__,
        template_folder="templates",
        static_folder="static",
        static_url_path="/static",
    )
    for part in (licensing, people, levels):
        part.register(page, database, room)
    trail.register(page, database, room)
    presence.register(page, database, room)
    sign_in.register(page, database, room, tokens)
    page.after_request(_secured)
    page.register_error_handler(visitors.StrangerError, _to_sign_in)
    page.register_error_handler(visitors.ForbiddenError, _forbidden)
    page.register_error_handler(RefusedError, _refused)
    page.register_error_handler(HTTPException, _failed)
    page.context_processor(lambda: {"visitor": room.present(), **views.WORDS})
    flask.register_blueprint(page)


def _cookie(tokens: Mapping[str, str]) -> str:
    """Its own for each tenant: browsers do not tell the ports of one machine apart."""
    return "tenant_" + hashlib.sha256("".join(tokens.values()).encode()).hexdigest()[:12]


def _secured(response: Response) -> Response:
    response.headers.update(HEADERS)
    if request.endpoint != "page.static":
        response.headers["Cache-Control"] = "no-store"
    return response


def _to_sign_in(_error: visitors.StrangerError) -> AnyResponse:
    return redirect(url_for("page.sign_in"), HTTPStatus.SEE_OTHER)


def _forbidden(error: visitors.ForbiddenError) -> Response:
    return _refusal(HTTPStatus.FORBIDDEN, "This is not allowed", str(error))


def _refused(error: RefusedError) -> Response:
    status = next(code for kind, code in STATUS.items() if isinstance(error, kind))
    return _refusal(HTTPStatus(status), "This cannot be done", views.sentence(error.message))


def _failed(error: HTTPException) -> Response:
    status = HTTPStatus(error.code or 500)
    return _refusal(status, status.phrase, "Nothing was changed.")


def _refusal(status: HTTPStatus, title: str, message: str) -> Response:
    return make_response(views.render("refused", title=title, message=message), status)
