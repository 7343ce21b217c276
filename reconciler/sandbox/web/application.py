"""All doors on one port: SCIM below `/scim/v2`, everything else from Flask.

In front of both stand the limit on bodies and the faults; the faults can be set through a door.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from flask import Flask, Response
from werkzeug.exceptions import HTTPException
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from reconciler.sandbox import limits, page
from reconciler.sandbox.database import Database
from reconciler.sandbox.faults import Faults
from reconciler.sandbox.genesys import endpoints as genesys
from reconciler.sandbox.misbehavior import Application, Environ, Misbehavior, StartResponse
from reconciler.sandbox.refusals import RefusedError
from reconciler.sandbox.scim.application import application as scim_application
from reconciler.sandbox.web import answers, tenant, xima


def tenant_application(
    database: Database, tokens: Mapping[str, str], *, core: bool, faults: Faults
) -> Misbehavior:
    """The whole tenant as a WSGI application."""
    flask = Flask("reconciler.sandbox", static_folder=None)
    scim = scim_application(database, tokens, core=core)
    mounted = DispatcherMiddleware(flask.wsgi_app, {"/scim": scim})
    course = Misbehavior(_bounded(mounted), database, faults)
    for blueprint in (
        tenant.audit_and_realtime(database, tokens),
        tenant.presence(database, tokens),
        tenant.uc_directory(database, tokens),
        tenant.misbehavior(course, tokens),
        xima.endpoints(database, tokens),
        genesys.endpoints(database, tokens, course),
    ):
        flask.register_blueprint(blueprint)
    page.install(flask, database, tokens)
    flask.register_error_handler(RefusedError, answers.refused)
    flask.register_error_handler(answers.DeniedError, answers.denied)
    flask.register_error_handler(HTTPException, _not_here)
    return course


def _not_here(error: HTTPException) -> Response:
    return answers.error(error.code or 500, str(error.name))


def _bounded(application: Any) -> Application:
    """Refuses a body that is too large before anybody reads it. Waitress knows every length."""

    def bounded(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        if int(environ.get("CONTENT_LENGTH") or 0) <= limits.BODY:
            parts: Iterable[bytes] = application(environ, start_response)
            return parts
        return _too_large(start_response)

    return bounded


def _too_large(start_response: Callable[..., Any]) -> Iterable[bytes]:
    document = {
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"],
        "status": "413",
        "detail": f"a body is at most {limits.BODY} bytes",
    }
    body = json.dumps(document).encode()
    headers = [("Content-Type", "application/scim+json"), ("Content-Length", str(len(body)))]
    start_response("413 Content Too Large", headers)
    return [body]
