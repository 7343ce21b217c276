"""Whatever is written in a file, on the command line or in the environment: a line, no traceback.

`CORPUS` and `COMMANDS` hold what was once found to fail, or what a reader would expect to.
"""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reconciler import cli
from tests.running import Run

TOKEN = "a-token-of-a-test"
KNOWN = {0, 1, 2, 3, 4, 5, 6, 7, 64}

TENANTS: dict[str, dict[str, Any]] = {
    "long label": {"url": f"https://{'a' * 64}.example"},
    "long host": {"url": "https://" + ".".join(["a" * 60] * 6)},
    "empty label": {"url": "https://a..b"},
    "only a dot": {"url": "https://./x"},
    "leading dot": {"url": "https://.example"},
    "not IDNA": {"url": "https://xn--a.example\u2024x"},
    "half of IPv6": {"url": "https://[::1"},
    "zone": {"url": "https://[fe80::1%eth0]/"},
    "odd IPv6": {"url": "https://[v1.x]/"},
    "no port": {"url": "https://127.0.0.1:/x"},
    "port zero": {"url": "https://127.0.0.1:0/x"},
    "large port": {"url": "https://127.0.0.1:99999/x"},
    "text as port": {"url": "https://127.0.0.1:x/x"},
    "percent": {"url": "https://127.0.0.1:9/%zz%00"},
    "backslash": {"url": "https://127.0.0.1:9\\@x"},
    "many slashes": {"url": "https://127.0.0.1:9" + "/" * 3000},
    "only a scheme": {"url": "https://"},
    "other scheme": {"url": "file:///etc/passwd"},
    "no scheme": {"url": "//127.0.0.1"},
    "percent host": {"url": "https://%31.test"},
    "NUL in ca_file": {"url": "https://127.0.0.1:9", "ca_file": "a\0b"},
    "folder as ca_file": {"url": "https://127.0.0.1:9", "ca_file": "."},
    "no certificate": {"url": "https://127.0.0.1:9", "ca_file": "d/a.yaml"},
    "long ca_file": {"url": "https://127.0.0.1:9", "ca_file": "n" * 300},
    "deep ca_file": {"url": "https://127.0.0.1:9", "ca_file": "n/" * 3000},
    "endless seed": {"provider": "sandbox", "seed": "/dev/zero"},
    "NUL in seed": {"provider": "sandbox", "seed": "a\0b"},
    "long seed": {"provider": "sandbox", "seed": "n" * 300},
    "folder as seed": {"provider": "sandbox", "seed": "."},
    "YAML as seed": {"provider": "sandbox", "seed": "d/a.yaml"},
    "odd zone": {"provider": "sandbox", "timezone": "../../etc/passwd"},
    "NUL in zone": {"provider": "sandbox", "timezone": "a\0b"},
    "long zone": {"provider": "sandbox", "timezone": "A" * 300},
    "folder as zone": {"provider": "sandbox", "timezone": "America"},
    "long name": {"provider": "sandbox", "name": "n" * 5000},
    "NUL in name": {"provider": "sandbox", "name": "a\0b"},
    "dots as name": {"provider": "sandbox", "name": ".."},
    "NUL in ledger_env": {"provider": "sandbox", "ledger_env": "RECONCILER_LEDGER\0"},
    "equals in ledger_env": {"provider": "sandbox", "ledger_env": "RECONCILER_LEDGER=X"},
    "NUL in token_env": {"url": "https://127.0.0.1:9", "token_env": "RECONCILER_TOKEN\0"},
}


def block(changes: dict[str, Any]) -> str:
    tenant = {"name": "acme", "provider": "scim", "token_env": "RECONCILER_TOKEN_X", **changes}
    if tenant["provider"] == "sandbox":
        del tenant["token_env"]
    return yaml.safe_dump({"tenant": tenant}, allow_unicode=False)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RECONCILER_TOKEN_X", TOKEN)
    monkeypatch.setenv("RECONCILER_HOSTS", "127.0.0.1, 127.0.0.1:9, 127.0.0.1:0")
    (tmp_path / "d").mkdir()
    return tmp_path


@pytest.mark.parametrize("name", TENANTS)
def test_an_odd_tenant_block_ends_with_a_line(place: Path, run: Run, name: str) -> None:
    (place / "d" / "a.yaml").write_text(block(TENANTS[name]))
    for arguments in (["plan", "d"], ["history", "--from", "d"], ["lock", "status", "--from", "d"]):
        ran = run(*arguments)
        assert ran.code in KNOWN
        assert "Traceback" not in ran.err
        assert ran.code in (0, 2) or ran.out + ran.err


COMMANDS: list[Sequence[str]] = [
    ["plan", "d", "-o", "n" * 300],
    ["plan", "d", "-o", "/proc/nowhere/x"],
    ["plan", "d", "-o", "."],
    ["plan", "d", "-o", "d/a.yaml/x"],
    ["plan", "d", "-o", "/dev/full"],
    ["export", "n" * 300, "--from", "d"],
    ["export", "d/a.yaml/x", "--from", "d"],
    ["export", "/proc/nowhere", "--from", "d"],
    ["import", "t.csv", "--desired", "d", "--output", "n" * 300],
    ["import", "t.csv", "--desired", "d", "--output", "d/a.yaml"],
    ["import", "t.csv", "--desired", "d", "--output", "/proc/nowhere"],
    ["import", "t.csv", "--desired", "n" * 5000, "--output", "out"],
    ["validate", "n" * 5000],
    ["validate", "\udcff"],
    ["validate", "\ud800"],
    ["validate", ""],
    ["show", ""],
    ["plan", "d", "--base", "\udcff"],
    ["plan", "d", "--base", "x" * 100_000],
    ["plan", "d", "--base", "a\0b"],
    ["plan", "d", "--select", "\ud800", "--exclude", "\0"],
    ["plan", "d", "--allow", "agent.suspend=" + "9" * 5000],
    ["plan", "d", "--allow", "agent.suspend=\u00b2"],
    ["plan", "d", "--allow", "\ud800=1"],
    ["plan", "d", "--as-of", "0001-01-01"],
    ["plan", "d", "--as-of", "9999-12-31"],
    ["plan", "d", "--as-of", "\ud800"],
    ["plan", "d", "--link", "\ud800", "--format", "markdown"],
    ["plan", "d", "--max-bytes", "9" * 5000],
    ["history", "--from", "d", "\ud800"],
    ["tenants", "n" * 5000],
    ["sandbox", "serve", "--port", "9" * 5000],
    ["sandbox", "serve", "--host", "a..b"],
    ["sandbox", "serve", "--host", "n" * 300],
    ["sandbox", "serve", "--host", "\ud800"],
    ["sandbox", "serve", "--database", "."],
    ["sandbox", "serve", "--database", "/proc/nowhere/x"],
    ["sandbox", "serve", "--database", "n" * 300],
    ["\ud800"],
    ["--\ud800"],
    ["\0"],
]


@pytest.mark.parametrize("arguments", COMMANDS, ids=lambda words: ascii(" ".join(words))[:60])
def test_an_odd_command_line_ends_with_a_line(
    place: Path, run: Run, arguments: Sequence[str]
) -> None:
    (place / "d" / "a.yaml").write_text(block({"provider": "sandbox"}))
    (place / "t.csv").write_text("name,email,extension\nAna,ana@acme.example,4001\n")
    ran = run(*arguments)
    assert ran.code in KNOWN
    assert "Traceback" not in ran.err


ODD = st.one_of(
    st.text(max_size=20),
    st.text(st.characters(max_codepoint=0x2FF), max_size=400),
    st.sampled_from(["\0", "..", "/", "/dev/zero", "n" * 300, "a..b", "\udcff", "-", "--", "~"]),
    st.sampled_from(["1e999", "-1", "0x", "9" * 400, "NaN", "null", "\u202e", "2026-02-30"]),
)
KEYS = st.sampled_from(
    (
        *("name", "url", "token_env", "timezone", "seed", "ca_file", "ledger_env", "provider"),
        *("request_interval", "mapping", "token_url", "client_id_env", "client_secret_env"),
    )
)
QUICK = settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@QUICK
@given(st.dictionaries(KEYS, ODD, max_size=4))
def test_any_tenant_block_ends_with_a_line(
    place: Path, run: Run, monkeypatch: pytest.MonkeyPatch, changes: dict[str, Any]
) -> None:
    monkeypatch.setenv("RECONCILER_HOSTS", "127.0.0.1:9")
    (place / "d" / "a.yaml").write_text(block({"url": "https://127.0.0.1:9", **changes}))
    ran = run("plan", "d")
    assert ran.code in KNOWN
    assert "Traceback" not in ran.err


VERBS = sorted(set(cli.VERBS) - {"sandbox", "lock"})
OPTIONS = st.sampled_from(
    (
        *("--from", "--base", "--as-of", "--allow", "--select", "--format", "-o", "--observed"),
        *("--by", "--previous", "--output", "--max-bytes", "--parallelism", "--since"),
    )
)


@QUICK
@given(
    st.sampled_from(VERBS),
    st.lists(ODD, max_size=2),
    st.dictionaries(OPTIONS, ODD, max_size=3),
)
def test_any_command_line_ends_with_a_line(
    place: Path, run: Run, verb: str, words: list[str], options: dict[str, str]
) -> None:
    (place / "d" / "a.yaml").write_text(block({"provider": "sandbox"}))
    ran = run(verb, *words, *(word for pair in options.items() for word in pair))
    assert ran.code in KNOWN
    assert "Traceback" not in ran.err


# --- the process ---------------------------------------------------------------------------------


def start(place: Path, *arguments: str, **more: Any) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", "reconciler", *arguments]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **more}
    return subprocess.Popen(command, cwd=place, **pipes)


def ended(process: "subprocess.Popen[bytes]") -> tuple[int, bytes, bytes]:
    out, err = process.communicate(timeout=60)
    return process.returncode, out or b"", err or b""


@pytest.mark.parametrize(
    "environ",
    [
        {"PYTHONIOENCODING": "ascii"},
        {"PYTHONIOENCODING": "ascii:strict"},
        {"PYTHONIOENCODING": "utf-16"},
        {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        {"HOME": "", "USER": "", "LOGNAME": ""},
        {"TZ": "Nowhere/Odd"},
        {"HTTPS_PROXY": "http://a..b", "HTTP_PROXY": "::::"},
        {"REQUESTS_CA_BUNDLE": "/nowhere"},
        {"COLUMNS": "x", "LINES": "-1", "TERM": "odd"},
        {"RECONCILER_HOSTS": "\u20ac, [::"},
        {"RECONCILER_LEDGER": "sqlite:////dev/full"},
        {"RECONCILER_LEDGER": "sqlite:////proc/nowhere/x"},
        {"RECONCILER_LEDGER": "sqlite:///d"},
    ],
    ids=str,
)
def test_an_odd_environment_ends_with_a_line(place: Path, environ: dict[str, str]) -> None:
    (place / "d" / "\u00fc.yaml").write_text(block({"url": "https://127.0.0.1:9"}))
    (place / "d" / "b.yaml").write_text("agents: [{name: \u0416\u00fc, email: x, extension: y}]\n")
    for arguments in (["--help"], ["plan", "d"]):
        code, out, err = ended(start(place, *arguments, env={**os.environ, **environ}))
        assert code in KNOWN, (arguments, err)
        assert b"Traceback" not in err
        assert b"Exception ignored" not in err
        assert out + err


@pytest.mark.parametrize("closed", [(1,), (0, 1, 2)], ids=str)
def test_closed_streams_are_no_trouble(place: Path, closed: tuple[int, ...]) -> None:
    (place / "d" / "a.yaml").write_text(block({"provider": "sandbox"}))
    close = " ".join(f"{number}{'<' if number == 0 else '>'}&-" for number in closed)
    for words in ("--help", "apply d --yes"):
        run = f'"{sys.executable}" -m reconciler {words} {close}'
        code, _out, err = ended(
            subprocess.Popen(["sh", "-c", run], cwd=place, stderr=subprocess.PIPE)
        )
        assert code in KNOWN
        assert b"Traceback" not in err
        assert b"Exception ignored" not in err


@pytest.mark.parametrize("words", ["--help", "apply d --yes"])
def test_a_full_or_broken_stdout_is_no_traceback(place: Path, words: str) -> None:
    (place / "d" / "a.yaml").write_text(block({"provider": "sandbox"}))
    for reader in ("> /dev/full", "| true"):
        script = f'"{sys.executable}" -m reconciler {words} {reader}'
        _code, _out, err = ended(
            subprocess.Popen(["sh", "-c", script], cwd=place, stderr=subprocess.PIPE)
        )
        assert b"Traceback" not in err
        assert b"Exception ignored" not in err


def test_a_current_directory_that_is_gone_is_a_line(place: Path) -> None:
    script = f'mkdir gone; cd gone; rmdir ../gone; "{sys.executable}" -m reconciler plan d'
    code, _out, err = ended(
        subprocess.Popen(
            ["sh", "-c", script], cwd=place, stderr=subprocess.PIPE, env={**os.environ}
        )
    )
    assert code == 1
    assert b"Traceback" not in err


@pytest.mark.parametrize("words", [["plan", "d"], ["apply", "d", "--yes"]], ids=" ".join)
@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)], ids=["TERM", "INT"]
)
def test_a_signal_before_the_first_write_ends_with_a_line(
    place: Path, number: signal.Signals, code: int, words: list[str]
) -> None:
    """The tenant takes the connection and never answers, so that the reading has begun."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}"
        (place / "d" / "a.yaml").write_text(block({"url": url}))
        process = start(place, *words, env={**os.environ, "RECONCILER_HOSTS": url[7:]})
        connection, _address = server.accept()
        with connection:
            process.send_signal(number)
            returned, out, err = ended(process)
        assert (returned, out, err.strip()) == (code, b"", b"interrupted")


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)], ids=["TERM", "INT"]
)
def test_a_signal_while_modules_are_imported_ends_with_a_line(
    place: Path, number: signal.Signals, code: int
) -> None:
    """A module that is imported early sends it, from within its own import."""
    (place / "click.py").write_text(f"import os\nos.kill(os.getpid(), {int(number)})\n")
    environ = {**os.environ, "PYTHONPATH": str(place)}
    process = start(place, "validate", "d", env=environ)
    assert ended(process) == (code, b"", b"interrupted\n")


def test_a_pipe_as_certificates_of_the_environment_is_refused(place: Path) -> None:
    os.mkfifo(place / "pipe")
    (place / "d" / "a.yaml").write_text(block({"url": "https://127.0.0.1:9"}))
    environ = {**os.environ, "REQUESTS_CA_BUNDLE": str(place / "pipe")}
    code, _out, err = ended(start(place, "plan", "d", env=environ))
    assert code == 1
    assert b"REQUESTS_CA_BUNDLE" in err
