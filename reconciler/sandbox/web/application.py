"""All doors on one port: SCIM below `/scim/v2`, everything else from Flask."""

from collections.abc import Mapping
from typing import Any

from flask import Flask
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from reconciler.sandbox.database import Database
from reconciler.sandbox.scim.application import application as scim_application


def wsgi(database: Database, tokens: Mapping[str, str], *, core: bool) -> Any:
    flask = Flask("reconciler.sandbox", static_folder=None)
    scim = scim_application(database, tokens, core=core)
    return DispatcherMiddleware(flask.wsgi_app, {"/scim": scim})
