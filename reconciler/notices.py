"""Send short notices to chat, mail or a webhook, through Apprise (extra `notify`).

Only the command line or `RECONCILER_NOTIFY` names an address: no file of a pull request can. An
address is a secret, so no message repeats it. Redirects are not followed, and sending takes a
bounded time.
"""

import logging
import queue
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import SplitResult, parse_qsl, quote, urlsplit, urlunsplit

from reconciler.errors import SetupError
from reconciler.providers import address

if TYPE_CHECKING:
    from apprise import NotifyBase

SECONDS: Final = 20.0
"""For all notices of a run together, however slowly a service answers."""
_HTTP: Final = {"http": "json", "https": "jsons"}
_PLAIN: Final = {"json": "jsons", "form": "forms", "xml": "xmls", "http": "https"}
"""Webhooks without TLS, and what to write instead; for loopback only."""
_SECURE: Final = frozenset({*_PLAIN.values(), "slack", "workflow", "workflows", "mailtos"})
KINDS: Final = (*sorted(_SECURE), "mailto (loopback only)")
_REFUSED: Final = ("redirect", "verify", "config", "attach")
"""Parameters that would let a notice go elsewhere, or to whoever answers."""


class NoticeAddressError(ValueError):
    """An address that no notice is sent to; the message does not repeat it."""


@dataclass(frozen=True, slots=True)
class Notice:
    title: str
    body: str


def check(url: str) -> str:
    """Return an address that a notice may be sent to. Raises `NoticeAddressError`."""
    parts = _split(url)
    scheme = parts.scheme.lower()
    if scheme in _PLAIN or scheme == "mailto":
        if not address.is_loopback(parts):
            secure = _PLAIN.get(scheme, "mailtos")
            raise NoticeAddressError(f"{scheme}: is for loopback only; write {secure}:")
    elif scheme not in _SECURE:
        raise NoticeAddressError(f"not a kind of notice; there are: {', '.join(KINDS)}")
    for name, _value in parse_qsl(parts.query, keep_blank_values=True):
        if name.lower() in _REFUSED:
            raise NoticeAddressError(f"the parameter {name.lower()}= is not taken")
    return url


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        _host, _port = parts.hostname, parts.port
    except ValueError:
        raise NoticeAddressError("this is not a URL") from None
    if not parts.scheme or not parts.netloc or not url.isprintable() or " " in url:
        raise NoticeAddressError("this is not a URL; write https://host/path, or slack://…")
    return parts


@dataclass(frozen=True, slots=True)
class Service:
    """One opened address; `label` is what may be said of it."""

    label: str
    plugin: "NotifyBase"


def opened(urls: Sequence[str]) -> tuple[Service, ...]:
    """Open the addresses; nothing is sent yet. Raises `SetupError` without the extra."""
    if not urls:
        return ()
    try:
        import apprise
    except ImportError as error:
        raise SetupError(
            f"notices need the package {error.name}, which is not installed",
            hint="pip install 'ccaas-reconciler[notify]'",
        ) from error
    for name in ("apprise", "urllib3"):  # their messages hold addresses
        logging.getLogger(name).addHandler(logging.NullHandler())
        logging.getLogger(name).propagate = False
    asset = apprise.AppriseAsset(http_redirects=False, storage_mode="memory", app_id="reconciler")
    return tuple(
        Service(_label(at, len(urls), url), _plugin(apprise, asset, at, url))
        for at, url in enumerate(urls, start=1)
    )


def _label(at: int, number: int, url: str) -> str:
    which = f"notice {at} of {number}" if number > 1 else "the notice"
    return f"{which} ({_split(url).scheme.lower()})"


def _plugin(apprise: Any, asset: Any, at: int, url: str) -> "NotifyBase":
    """Return what sends to an address: Slack and Teams know their own, any other is a webhook."""
    plugin: NotifyBase | None
    plugin = apprise.Apprise.instantiate(url, asset=asset, suppress_exceptions=True)
    if plugin is None and _split(url).scheme.lower() in _HTTP:
        webhook = _webhook(_split(url))
        plugin = apprise.Apprise.instantiate(webhook, asset=asset, suppress_exceptions=True)
    if plugin is None:
        raise SetupError(
            f"{_label(at, at, url)} has an address that its service cannot have",
            hint="see docs/notices-and-metrics.md for the form of each",
        )
    plugin.redirects = False
    return plugin


def _webhook(parts: SplitResult) -> str:
    """Return a plain URL as Apprise writes a JSON webhook, its own parameters kept."""
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    query = "&".join(f"-{quote(name, safe='')}={quote(value, safe='')}" for name, value in pairs)
    return urlunsplit((_HTTP[parts.scheme.lower()], parts.netloc, parts.path, query, ""))


def send(services: Sequence[Service], notice: Notice, *, seconds: float = SECONDS) -> list[str]:
    """Send a notice to all at once, and return what went wrong, a line each."""
    answers: queue.SimpleQueue[tuple[int, str]] = queue.SimpleQueue()
    for at, service in enumerate(services):
        work = threading.Thread(target=_sent, args=(at, service, notice, answers), daemon=True)
        work.start()
    end = time.monotonic() + seconds
    problems = dict.fromkeys(range(len(services)), f"no answer within {seconds:g} s")
    for at, problem in _until(end, answers, len(services)):
        problems[at] = problem
    return [
        f"{services[at].label} was not sent: {problem}"
        for at, problem in problems.items()
        if problem
    ]


def _until(
    end: float, answers: "queue.SimpleQueue[tuple[int, str]]", number: int
) -> Iterator[tuple[int, str]]:
    """Yield answers as they come, until all are there or the time is over."""
    for _ in range(number):
        try:
            yield answers.get(timeout=max(end - time.monotonic(), 0.001))
        except queue.Empty:
            return


def _sent(
    at: int, service: Service, notice: Notice, answers: "queue.SimpleQueue[tuple[int, str]]"
) -> None:
    """Send one notice. Whatever a plugin raises is a notice that was not sent, and no more."""
    try:
        is_sent = service.plugin.notify(body=notice.body, title=notice.title)
    except Exception as error:  # the type alone: a message may hold the address
        answers.put((at, f"{type(error).__name__}"))
        return
    answers.put((at, "" if is_sent else "the service cannot be reached, or did not take it"))
