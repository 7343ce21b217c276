"""Where a token may travel: the variable it comes from, and the hosts it may be sent to.

The YAML of a pull request names `url` and `token_env`; neither may send a secret anywhere that the
operator did not allow. See design section 9, HTTP.
"""

import ipaddress
import re
from collections.abc import Mapping
from contextlib import suppress
from urllib.parse import SplitResult, urlsplit

from reconciler.errors import SetupError
from reconciler.model import Tenant
from reconciler.scrubber import SHORTEST

HOSTS = "RECONCILER_HOSTS"
TOKEN = re.compile(r"RECONCILER_TOKEN[A-Za-z0-9_]*\Z")
ODD_IN_HOST = re.compile(r"[^\w.:-]")
SAYABLE = re.compile(r"[A-Z][A-Z0-9_]{0,40}\Z")
"""Looks like the name of a variable, and not like a token that was pasted in its place."""


def root(tenant: Tenant, environ: Mapping[str, str]) -> str:
    """The tenant's URL without a trailing slash. Raises `SetupError` where it may not be used."""
    if not tenant.url:
        raise SetupError(f"tenant {tenant.name} has no url", hint="add `url:` to the tenant block")
    return checked(tenant.url, "url", environ)


def checked(url: str, key: str, environ: Mapping[str, str]) -> str:
    """A URL of the tenant block that a secret may be sent to, without a trailing slash.

    `key` is what the block calls it. Raises `SetupError`.
    """
    parts = _split(url, key)
    if parts.username or parts.password:
        raise SetupError(
            f"the tenant's {key} holds a user name", hint="a token comes from token_env"
        )
    if parts.query or parts.fragment:
        raise SetupError(
            f"the tenant's {key} holds a query or fragment", hint="end it with the path"
        )
    if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(parts)):
        raise SetupError(
            f"{url} is not https, so no token is sent to it",
            hint="use https; plain http is for loopback only",
        )
    _check_host(parts, environ)
    return url.rstrip("/")


def _split(url: str, key: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname, parts.port
        if host and "[" not in parts.netloc:
            host.encode("idna")  # raises for an empty label, or one of more than 63 letters
    except ValueError:
        host = None
    if not host or ODD_IN_HOST.search(host) or re.search(r"[\s\\\x00-\x20\x7f]", url):
        raise SetupError(f"the tenant's {key} is not a URL", hint="write https://host/path")
    return parts


def is_loopback(parts: SplitResult) -> bool:
    host = parts.hostname or ""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _check_host(parts: SplitResult, environ: Mapping[str, str]) -> None:
    listed = environ.get(HOSTS)
    if listed is None:
        return
    allowed = {host.lower() for host in re.split(r"[,\s]+", listed) if host}
    host = (parts.hostname or "").lower()
    default = 443 if parts.scheme == "https" else 80
    names = {f"{host}:{parts.port or default}"}
    if parts.port in (None, default):
        names.add(host)
    if not names & allowed:
        raise SetupError(
            f"{host} is not in {HOSTS}, so no token is sent to it",
            hint=f"an operator adds it to {HOSTS}; a pull request cannot",
        )


def hosts_of(tenant: Tenant) -> frozenset[str]:
    """The hosts that a tenant block names, as they stand in `RECONCILER_HOSTS`."""
    urls = [url for url in (tenant.url, tenant.token_url, tenant.login_url) if url]
    with suppress(SetupError):
        urls.append(login_host(tenant))
    hosts = set()
    for url in urls:
        with suppress(SetupError):
            parts = _split(url, "url")
            default = 443 if parts.scheme == "https" else 80
            hosts.add(f"{(parts.hostname or '').lower()}:{parts.port or default}")
    return frozenset(hosts)


def login_host(tenant: Tenant) -> str:
    """The address of the login host that belongs to an API host: `api.` becomes `login.`. Raises
    `SetupError` where the host does not begin so.
    """
    parts = _split(tenant.url or "", "url")
    if not parts.netloc.lower().startswith("api."):
        raise SetupError(
            f"the login host of {parts.netloc} is not known",
            hint="add `login_url:` to the tenant block",
        )
    return f"{parts.scheme}://login.{parts.netloc[len('api.') :]}"


def token(tenant: Tenant, environ: Mapping[str, str]) -> str:
    """The bearer token. Raises `SetupError` where the variable is misnamed, unset or unusable."""
    name = tenant.token_env or ""
    if not TOKEN.match(name):
        said = f" {name}" if SAYABLE.match(name) else ""
        raise SetupError(
            f"token_env{said} does not begin with RECONCILER_TOKEN",
            hint="it holds the name of a variable; no other one is ever read",
        )
    value = environ.get(name, "").strip()
    if not value:
        raise SetupError(f"{name} is not set", hint="export it; the files hold its name only")
    if not is_token(value):
        raise SetupError(f"{name} does not hold a token", hint="it has spaces or odd characters")
    expect_long(name, value)
    return value


def expect_long(name: str, value: str) -> None:
    """Raises `SetupError` for a secret that could not be told from other text in a message."""
    if len(value) < SHORTEST:
        raise SetupError(
            f"{name} holds fewer than {SHORTEST} characters",
            hint="a secret so short could not be kept out of messages: ask for a longer one",
        )


def is_token(value: str) -> bool:
    """Whether a text can stand in an HTTP header as a secret."""
    return value.isascii() and value.isprintable() and " " not in value
