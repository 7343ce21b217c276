"""Where a token may travel, and what may not be said of it."""

import pytest

from reconciler.errors import SetupError
from reconciler.model import Tenant
from reconciler.providers import address


def root(url: str | None, **environ: str) -> str:
    return address.root(Tenant("acme", "scim", url=url), environ)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://acme.example/scim/v2/", "https://acme.example/scim/v2"),
        ("HTTPS://acme.example", "HTTPS://acme.example"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("http://127.9.9.9", "http://127.9.9.9"),
        ("http://localhost:1/scim", "http://localhost:1/scim"),
        ("http://[::1]:8080", "http://[::1]:8080"),
    ],
)
def test_https_everywhere_and_http_on_loopback(url: str, expected: str) -> None:
    assert root(url) == expected


@pytest.mark.parametrize(
    "url",
    [
        None,
        "",
        "acme.example/scim",
        "https://",
        "http://acme.example",
        "http://127.0.0.1.acme.example",
        "http://localhost.acme.example",
        "http://0.0.0.0",
        "http://[::ffff:10.0.0.1]",
        "ftp://127.0.0.1",
        "https://u:secret@acme.example",
        "https://u@acme.example",
        "https://acme.example?secret",
        "https://acme.example#secret",
        "https://acme.example\\@other.example",
        "https://acme.example/a b",
        "https://acme.example/\n",
        "https://acme.example:no",
        "https://[acme",
    ],
)
def test_any_other_url_is_refused_without_its_secrets(url: str | None) -> None:
    with pytest.raises(SetupError) as raised:
        root(url)
    assert "secret" not in f"{raised.value}{raised.value.hint}"


@pytest.mark.parametrize(
    ("listed", "url", "allowed"),
    [
        ("acme.example", "https://acme.example/scim", True),
        ("acme.example", "https://ACME.example:443", True),
        ("other.example, Acme.Example", "https://acme.example", True),
        ("other.example acme.example:8443", "https://acme.example:8443", True),
        ("acme.example", "https://acme.example:8443", False),
        ("acme.example", "https://acme.example.other.example", False),
        ("acme.example", "https://sub.acme.example", False),
        ("acme.example:443", "https://acme.example", True),
        ("127.0.0.1:80", "http://127.0.0.1", True),
        ("", "https://acme.example", False),
        (" , ", "https://acme.example", False),
    ],
)
def test_where_hosts_are_listed_no_other_gets_a_token(listed: str, url: str, allowed: bool) -> None:
    if allowed:
        assert root(url, RECONCILER_HOSTS=listed)
        return
    with pytest.raises(SetupError, match="RECONCILER_HOSTS"):
        root(url, RECONCILER_HOSTS=listed)


def token(name: str | None, **environ: str) -> str:
    return address.token(Tenant("acme", "scim", token_env=name), environ)


def test_a_token_comes_from_a_variable_of_ours() -> None:
    assert token("RECONCILER_TOKEN", RECONCILER_TOKEN=" abcdefgh \n") == "abcdefgh"
    assert token("RECONCILER_TOKEN_acme", RECONCILER_TOKEN_acme="abcdefgh") == "abcdefgh"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        (None, "does not begin with RECONCILER_TOKEN"),
        ("AWS_SECRET_ACCESS_KEY", "AWS_SECRET_ACCESS_KEY does not begin with"),
        ("RECONCILER_TOKENS!", "does not begin"),
        ("XRECONCILER_TOKEN", "does not begin"),
        ("RECONCILER_TOKEN_UNSET", "RECONCILER_TOKEN_UNSET is not set"),
        ("RECONCILER_TOKEN_EMPTY", "RECONCILER_TOKEN_EMPTY is not set"),
        ("RECONCILER_TOKEN_ODD", "does not hold a token"),
        ("RECONCILER_TOKEN_SHORT", "fewer than 8 characters"),
    ],
)
def test_no_other_variable_is_read(name: str | None, said: str) -> None:
    environ = {
        "AWS_SECRET_ACCESS_KEY": "very-secret",
        "RECONCILER_TOKEN_EMPTY": "  ",
        "RECONCILER_TOKEN_ODD": "very secret",
        "RECONCILER_TOKEN_SHORT": "1234567",
    }
    with pytest.raises(SetupError, match=said) as raised:
        token(name, **environ)
    assert "secret" not in str(raised.value)


def test_a_token_in_place_of_a_variable_name_is_not_repeated() -> None:
    with pytest.raises(SetupError) as raised:
        token("eyJhbGciOiJIUzI1NiJ9.secret")
    assert "secret" not in f"{raised.value}{raised.value.hint}"
    assert "token_env does not begin" in str(raised.value)
