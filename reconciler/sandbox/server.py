"""The tenant as a running server: database, doors, and waitress in a thread of its own."""

import logging
import socket
import sqlite3
import tempfile
import threading
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from sqlalchemy.exc import DatabaseError
from waitress import wasyncore  # type: ignore[import-untyped]  # waitress has no types
from waitress.adjustments import Adjustments  # type: ignore[import-untyped]  # the same
from waitress.task import ThreadedTaskDispatcher  # type: ignore[import-untyped]  # the same

from reconciler.sandbox import access, connections, limits, pools, seeding
from reconciler.sandbox import faults as faulty
from reconciler.sandbox.database import Database
from reconciler.sandbox.errors import StartError
from reconciler.sandbox.facts import Actor
from reconciler.sandbox.running import Running
from reconciler.sandbox.web.application import tenant_application

THREADS = 16
BACKLOG = 128
LOOK_UP_SECONDS = 1.0


def start(
    path: Path | None,
    *,
    seed: str | Path | None,
    purchases: pools.Purchases | None,
    faults: Path | Mapping[str, object] | None,
    core: bool,
    host: str,
    port: int,
) -> Running:
    """Opens or seeds the database and listens; whatever was opened is closed if that fails."""
    course = _faults(faults)
    with ExitStack() as opened:
        database = _open(path or _temporary(opened))
        opened.callback(database.close)
        tokens = _prepare(database, seed, purchases or pools.HUNDRED_EACH)
        application = tenant_application(database, tokens, core=core, faults=course)
        opened.callback(application.close)
        waitress = _listen(application, host, port)
        stopping = threading.Event()
        thread = threading.Thread(
            target=_watch, args=(waitress, stopping), name="sandbox", daemon=True
        )
        thread.start()
        opened.callback(_end, waitress, thread, stopping)
        opened.callback(application.hurry)
        port = int(waitress.effective_port)
        return Running(f"http://{_in_url(host)}:{port}", port, tokens, opened.pop_all().close)


def _faults(given: Path | Mapping[str, object] | None) -> faulty.Faults:
    if given is None:
        return faulty.NONE
    return faulty.load(given) if isinstance(given, Path) else faulty.parse(dict(given))


def _temporary(opened: ExitStack) -> Path:
    folder = opened.enter_context(tempfile.TemporaryDirectory(prefix="sandbox-"))
    return Path(folder) / "tenant.db"


def _open(path: Path) -> Database:
    try:
        return Database(path)
    except (OSError, ValueError, sqlite3.Error, DatabaseError) as error:
        reason = getattr(error, "orig", None) or error
        raise StartError(f"cannot open the database {path}: {reason}") from error


def _prepare(
    database: Database, seed: str | Path | None, purchases: pools.Purchases
) -> Mapping[str, str]:
    """The tokens. A database without any is new, and is seeded; another is left as it is."""
    with database.read() as transaction:
        known = access.tokens(transaction)
    if known:
        return known
    content = seeding.load(seed) if seed is not None else {}
    with database.write(Actor("seed", access.ADMIN, "seed")) as transaction:
        if not access.tokens(transaction):
            seeding.plant(transaction, content, purchases)
        return access.tokens(transaction)


def _listen(application: Any, host: str, port: int) -> Any:
    """Waitress on a socket that is bound already: bound by waitress, a failure would leak it."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        bound = socket.create_server((host, port), family=family, backlog=BACKLOG)
    except (OSError, OverflowError) as error:
        raise StartError(f"cannot listen on {host}:{port}: {error}") from error
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # a busy moment is no warning
    dispatcher = ThreadedTaskDispatcher()
    dispatcher.set_thread_count(THREADS)
    return connections.Server(
        application,
        _sock=bound,
        dispatcher=dispatcher,
        adj=Adjustments(
            sockets=[bound],
            threads=THREADS,
            ident="sandbox",
            max_request_body_size=2 * limits.BODY,
            **connections.SETTINGS,
        ),
        sockinfo=(bound.family, bound.type, bound.proto, bound.getsockname()),
        bind_socket=False,
    )


def _watch(waitress: Any, stopping: threading.Event) -> None:
    """What `waitress.run()` does, until told to stop."""
    while not stopping.is_set():
        wasyncore.loop(LOOK_UP_SECONDS, use_poll=True, map=waitress._map, count=1)


def _end(waitress: Any, thread: threading.Thread, stopping: threading.Event) -> None:
    """Lets the workers finish, ends the loop that watches the sockets, then closes these.

    In this order: whoever pulls a trigger that is closed writes into a stranger's file.
    """
    waitress.task_dispatcher.shutdown()
    stopping.set()
    waitress.pull_trigger()
    thread.join()
    wasyncore.close_all(waitress._map, ignore_all=True)


def _in_url(host: str) -> str:
    return f"[{host}]" if ":" in host else host
