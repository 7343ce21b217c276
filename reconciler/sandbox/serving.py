"""The tenant alone in a process: says where it is, then waits to be told to stop."""

import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from reconciler.sandbox.running import Running

SIGNALS = (signal.SIGTERM, signal.SIGINT)


def run(start: Callable[[], Running], *, speak: str = "scim") -> None:
    """Blocks until a signal. Nothing is printed before the port accepts connections."""
    stop_requested = threading.Event()
    with _signals(stop_requested), start() as running:
        _announce(running, speak)
        stop_requested.wait()


def _announce(running: Running, speak: str) -> None:
    """The tenant block's values: of SCIM a token a role, of Genesys Cloud one client."""
    if speak == "genesys":
        sys.stdout.write(f"url={running.root}\nlogin_url={running.root}\n")
        sys.stdout.write(f"client_id=admin\nclient_secret={running.tokens['admin']}\n")
        sys.stdout.flush()
        return
    sys.stdout.write(f"url={running.url}\n")
    for role, token in running.tokens.items():
        sys.stdout.write(f"{role}_token={token}\n")
    sys.stdout.flush()


@contextmanager
def _signals(stop_requested: threading.Event) -> Iterator[None]:
    before = {number: signal.signal(number, lambda *_: stop_requested.set()) for number in SIGNALS}
    try:
        yield
    finally:
        for number, previous in before.items():
            signal.signal(number, previous)
