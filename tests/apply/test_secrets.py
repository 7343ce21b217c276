"""A planted secret is found nowhere in what is written: streams, files, the ledger."""

import base64
import html
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from reconciler import scrubber
from tests.apply import broken, survival
from tests.running import Ran

TOKEN = "Zq7/planted+T0ken_9f-3c1b=x"
CLIENT = "Client.s3cret~planted-77"
PASSWORD = "l3dger&Passw0rd!"

Form = Callable[[str], str]
FORMS: dict[str, Form] = {
    "plain": str,
    "upper": str.upper,
    "bearer": lambda s: f"Bearer {s}",
    "percent": lambda s: quote(s, safe=""),
    "lower percent": lambda s: quote(s, safe="").replace("%2F", "%2f").replace("%3D", "%3d"),
    "all percent": lambda s: "".join(f"%{ord(c):02X}" for c in s),
    "base64": lambda s: base64.b64encode(s.encode()).decode(),
    "base64url": lambda s: base64.urlsafe_b64encode(s.encode()).decode().rstrip("="),
    "basic": lambda s: "Basic " + base64.b64encode(f"someone:{s}".encode()).decode(),
    "basic, first": lambda s: base64.b64encode(f"{s}:".encode()).decode(),
    "json": lambda s: json.dumps(s).replace("/", "\\/"),
    "unicode": lambda s: "".join(f"\\u{ord(c):04x}" for c in s),
    "html": lambda s: "".join(f"&#{ord(c)};" for c in s),
    "html entities": html.escape,
    "xml entities": lambda s: html.escape(s, quote=False),
    "mixed entities": lambda s: (
        s.replace("&", "&#38;").replace("/", "&sol;").replace("!", "&excl;")
    ),
    "hex": lambda s: s.encode().hex(),
    "lines": "\n".join,
    "list": lambda s: str([s[:9], [s[9:]]]),
    "object": lambda s: json.dumps({s[:9]: {s[9:]: 1}}),
    "spaced": lambda s: " ".join(s),
}


def leaks(text: str, secret: str) -> bool:
    """Whether a secret can be read off a text: any long part of it, in any of the forms."""
    folded = text.lower()
    plain = "".join(c for c in folded if c.isalnum())
    part = "".join(c for c in secret.lower() if c.isalnum())
    whole = [form(secret).lower() for name, form in FORMS.items() if name != "basic"]
    return part in plain or any(form in folded for form in whole)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("secret", [TOKEN, CLIENT, PASSWORD])
def test_every_form_of_a_secret_is_taken_out(form: str, secret: str) -> None:
    text = f"before {FORMS[form](secret)} behind"
    assert leaks(text, secret) or form == "basic"
    scrubbed = scrubber.Scrubber([secret]).text(text)
    assert not leaks(scrubbed, secret)
    assert scrubbed.startswith("before ")
    assert scrubbed.endswith(" behind")


@given(st.text(max_size=60), st.text(max_size=60))
@example("%", "\\u005a")
def test_other_text_stays_as_it_is(before: str, behind: str) -> None:
    text = before + behind
    scrub = scrubber.Scrubber([TOKEN])
    assert scrub.text(text) == text
    assert scrub.text(before + TOKEN + "\n" + behind) == before + scrubber.SHOWN + "\n" + behind


@given(st.binary(max_size=9), st.binary(max_size=9))
def test_base64_is_found_whatever_stands_around_it(before: bytes, behind: bytes) -> None:
    encoded = base64.b64encode(before + TOKEN.encode() + behind).decode()
    core = base64.b64encode(TOKEN.encode()).decode()[4:-4]
    assert core not in scrubber.Scrubber([TOKEN]).text(encoded)
    assert scrubber.SHOWN in scrubber.Scrubber([TOKEN]).text(encoded)


def test_secrets_are_the_values_of_our_variables_and_the_passwords_in_urls() -> None:
    environ = {
        "RECONCILER_TOKEN_ACME": f" {TOKEN}\n",
        "RECONCILER_CLIENT_SECRET": CLIENT,
        "RECONCILER_LEDGER_EU": f"postgresql://u:{quote(PASSWORD, safe='')}@db.example/ledger",
        "https_proxy": "http://me:pr0xy-Secret@proxy.example:3128",
        "HOME": "/home/of-somebody",
    }
    found = set(scrubber.secrets(environ))
    assert {TOKEN, CLIENT, PASSWORD, "pr0xy-Secret"} <= found
    assert "/home/of-somebody" not in found


def test_a_password_that_is_a_name_of_its_url_hides_nothing_else() -> None:
    environ = {"RECONCILER_LEDGER": "postgresql://reconciler:reconciler@db.example/ledger"}
    assert scrubber.of(environ).text("reconciler plan") == "reconciler plan"


# --- whole runs ----------------------------------------------------------------------------------


def written(root: Path, ran: Ran) -> dict[str, str]:
    """Everything that a run wrote, by where."""
    files = {
        str(path): path.read_bytes().decode("latin-1")
        for path in root.rglob("*")
        if path.is_file() and "tenant.db" not in path.name
    }
    return {**files, "stdout": ran.out, "stderr": ran.err}


def check_clean(root: Path, ran: Ran, *secrets: str) -> None:
    assert "Traceback" not in ran.err
    for place, text in written(root, ran).items():
        for secret in secrets:
            assert not leaks(text, secret), place


def command(root: Path, environ: dict[str, str], *arguments: str) -> Ran:
    ran = subprocess.run(
        [sys.executable, "-m", "reconciler", *arguments],
        cwd=root,
        env={**os.environ, **environ},
        capture_output=True,
        text=True,
        timeout=100,
    )
    return Ran(ran.returncode, ran.stdout, ran.stderr)


def bodies(form: Form, secret: str) -> list[Any]:
    planted = form(secret)
    half = len(secret) // 2
    return [
        {"detail": planted},
        {"scimType": planted, "detail": {"a": [planted, {planted: planted}]}},
        {"message": [secret[:half], [secret[half:]]], "Detail": {secret[:5]: {secret[5:]: None}}},
        {"schemas": [planted], "status": planted, "detail": planted * 20, planted: planted},
        [planted, {"detail": planted}],
        planted,
    ]


@pytest.mark.parametrize("form", ["plain", "base64", "percent", "unicode", "basic, first"])
def test_a_tenant_that_repeats_the_token_in_its_refusals_is_not_repeated(
    database: Path, tmp_path: Path, form: str
) -> None:
    root = tmp_path / "case"
    with survival.case(database, root) as case:
        token = case.running.tokens["admin"]
        answers = bodies(FORMS[form], token) * 9
        statuses = (400, 409, 412, 422, 404, 400)
        turns = iter(enumerate(answers))
        lock = []

        def spoil() -> broken.Answer | None:
            lock.append(1)
            if len(lock) % 3 == 0:
                return None
            number, body = next(turns, (0, answers[0]))
            return statuses[number % 6], json.dumps(body).encode()

        with broken.before(case, 2, spoil):
            environ = {
                "RECONCILER_TOKEN_ACME": token,
                "RECONCILER_CLIENT_SECRET_X": CLIENT,
                "RECONCILER_LEDGER": f"sqlite:///{root}/ledger.db",
            }
            ran = command(root, environ, *case.apply("--parallelism", "2"))
            assert "(secret)" in ran.out + ran.err
            check_clean(root, ran, token, CLIENT)
            again = command(root, environ, "history", "--from", str(case.files))
            check_clean(root, again, token)


PLACES = {
    "token_env": "tenant: {name: acme, provider: scim, url: 'https://x.test', token_env: SECRET}",
    "url": "tenant: {name: acme, provider: scim, url: 'https://SECRET@x.example/', token_env: A}",
    "host": "tenant: {name: acme, provider: scim, url: 'https://SECRET/', token_env: RECONCILER_T}",
    "key": "SECRET: 1",
    "value": "agents: [{name: A, email: SECRET, phone: SECRET, extension: SECRET}]",
    "syntax": "agents: [SECRET: SECRET: x",
    "ledger_env": "tenant: {name: acme, provider: sandbox, ledger_env: SECRET}",
    "seed": "tenant: {name: acme, provider: sandbox, seed: SECRET}",
    "ca_file": (
        "tenant: {name: a, provider: scim, url: 'https://127.0.0.1:9', "
        "token_env: RECONCILER_TOKEN_A, ca_file: SECRET}"
    ),
}


@pytest.mark.parametrize("place", PLACES)
def test_a_secret_in_a_file_is_not_quoted(tmp_path: Path, place: str) -> None:
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "a.yaml").write_text(PLACES[place].replace("SECRET", TOKEN))
    environ = {"RECONCILER_TOKEN_A": TOKEN}
    for arguments in (["validate", "d"], ["plan", "d"], ["validate", "d", "--format", "json"]):
        ran = command(tmp_path, environ, *arguments)
        assert "Traceback" not in ran.err
        assert not leaks(ran.out + ran.err, TOKEN), arguments


@pytest.mark.parametrize(
    "arguments",
    [
        [TOKEN],
        ["plan", f"--{TOKEN}"],
        ["plan", TOKEN],
        ["plan", "--allow", TOKEN],
        ["plan", "--as-of", TOKEN],
        ["show", TOKEN],
        ["import", TOKEN, "--output", "out"],
        ["apply", "--attest", TOKEN],
        ["validate", "--format", TOKEN],
    ],
)
def test_a_secret_on_the_command_line_is_not_quoted(tmp_path: Path, arguments: list[str]) -> None:
    ran = command(tmp_path, {"RECONCILER_TOKEN_A": TOKEN}, *arguments)
    assert ran.code in (1, 64)
    assert not leaks(ran.out + ran.err, TOKEN)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://u:SECRET@127.0.0.1:1/x",
        "postgresql://127.0.0.1:1/x?password=SECRET",
        "postgresql://u:SECRET@[::bad/x",
        "SECRET",
        "mysql://u:SECRET@h/x",
    ],
)
def test_an_error_of_the_ledgers_variable_does_not_quote_its_password(
    tmp_path: Path, url: str
) -> None:
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "a.yaml").write_text("tenant: {name: acme, provider: sandbox}\n")
    environ = {"RECONCILER_LEDGER": url.replace("SECRET", quote(PASSWORD, safe=""))}
    ran = command(tmp_path, environ, "history", "--from", "d")
    assert ran.code == 1, ran
    check_clean(tmp_path, ran, PASSWORD)
