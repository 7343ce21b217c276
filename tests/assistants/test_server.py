"""The server for assistants, as the official client sees it, over a tenant behind a proxy."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import yaml

from reconciler import sandbox
from reconciler.assistants import folders
from reconciler.render import pseudonyms
from tests.assistants.client import calls, refusal, tools
from tests.conftest import ROOT
from tests.faults.proxy import Exchange, Proxy, proxy

VARIABLE = "RECONCILER_TOKEN_ACME"
READING = [
    ("validate", {}),
    ("plan", {}),
    ("plan", {"select": ["agent/4001"]}),
    ("show", {"plan": "plan.json"}),
    ("drift", {}),
    ("explain", {"address": "4001"}),
    ("coverage", {}),
    ("free_extensions", {"range": "webrtc-agents", "count": 3}),
]


@dataclass
class Requests:
    """What reached the tenant; lets everything pass."""

    methods: list[str] = field(default_factory=list)

    def is_due(self, exchange: Exchange) -> bool:
        self.methods.append(exchange.method)
        return False


@dataclass
class Tenant:
    place: Path
    token: str
    requests: Requests
    proxy: Proxy

    @property
    def environ(self) -> dict[str, str]:
        return {VARIABLE: self.token}


@pytest.fixture(scope="module")
def tenant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tenant]:
    place = tmp_path_factory.mktemp("customer")
    shutil.copytree(ROOT / "desired-state", place / "desired-state")
    with sandbox.start(seed="acme") as running, proxy(running.url) as between:
        requests = Requests()
        between.server.course = requests  # type: ignore[assignment]  # the one method of it
        point(place, between.url)
        made = Tenant(place, running.tokens["admin"], requests, between)
        command = [sys.executable, "-m", "reconciler", "plan", "-o", "plan.json"]
        subprocess.run(command, cwd=place, env=made.environ, check=True, capture_output=True)
        requests.methods.clear()
        yield made


def point(place: Path, url: str) -> None:
    block = {"name": "acme", "provider": "scim", "url": url, "token_env": VARIABLE}
    text = yaml.safe_dump({"tenant": block})
    (place / "desired-state" / "tenant.yaml").write_text(text)


@pytest.fixture(scope="module")
def answers(tenant: Tenant) -> list[tuple[bool, str]]:
    """Every tool once, redacted."""
    return calls(tenant.place, READING, "desired-state", "plan.json", environ=tenant.environ)


def people(place: Path) -> set[str]:
    texts = [path.read_text() for path in (place / "desired-state").rglob("*.yaml")]
    names = {name for text in texts for name in re.findall(r"- name: (\w+ \w+)", text)}
    return names | {mail for text in texts for mail in re.findall(r"[\w.+-]+@[\w.]+", text)}


def test_every_tool_answers(answers: list[tuple[bool, str]]) -> None:
    assert [is_error for is_error, _text in answers] == [False] * len(READING)
    validate, plan, one, show, drift, explain, coverage, free = (text for _, text in answers)
    assert "desired-state is valid" in validate
    assert "can be applied" in plan
    assert "0 unchanged" not in one
    assert "can be applied" in show
    assert "18 differences" in drift
    assert "agents/support.yaml:6" in explain
    assert "queue/support" in coverage
    assert free.splitlines()[:1] == ["4000"]


def test_only_reads_reach_the_tenant(tenant: Tenant, answers: list[tuple[bool, str]]) -> None:
    assert set(tenant.requests.methods) == {"GET"}
    assert not (tenant.place / ".reconciler").exists()


def test_names_and_tokens_are_in_no_answer(tenant: Tenant, answers: list[tuple[bool, str]]) -> None:
    whole = "\n".join(text for _is_error, text in answers)
    assert len(people(tenant.place)) > 40
    assert sorted(name for name in people(tenant.place) if name in whole) == []
    assert tenant.token not in whole


def test_names_are_shown_where_the_command_line_says_so(tenant: Tenant) -> None:
    [(is_error, text)] = calls(
        tenant.place, [("explain", {"address": "4001"})], "--no-redact", environ=tenant.environ
    )
    assert not is_error
    assert "Ana Diaz" in text or any(name in text for name in people(tenant.place))


def test_a_pseudonym_that_an_answer_showed_can_be_asked_about(
    tenant: Tenant, answers: list[tuple[bool, str]]
) -> None:
    address = answers[5][1].split()[0]
    assert address.endswith("@redacted.invalid")
    offline = [("explain", {"address": address, "offline": True})]
    [(is_error, text)] = calls(tenant.place, offline, environ=tenant.environ)
    assert not is_error
    assert text.startswith(address)


def test_apply_is_no_tool(tenant: Tenant) -> None:
    error = refusal(tenant.place, "apply")
    assert "unknown tool 'apply'" in str(error)
    listed = tools(tenant.place)
    assert not {tool.name for tool in listed} & {"apply", "export", "hire", "lock", "import"}
    assert all(tool.annotations.read_only_hint for tool in listed)


def test_an_answer_is_bounded_and_keeps_its_headline(tenant: Tenant) -> None:
    arguments = ["desired-state", "--max-bytes", "1024"]
    [(is_error, text)] = calls(tenant.place, [("plan", {})], *arguments, environ=tenant.environ)
    assert not is_error
    assert len(text.encode()) <= 1024
    assert "changes:" in text.splitlines()[0]
    assert "cut:" in text.splitlines()[-1]


# --- bad input -----------------------------------------------------------------------------------


@pytest.fixture
def place(tmp_path: Path) -> Path:
    shutil.copytree(ROOT / "desired-state", tmp_path / "desired-state")
    return tmp_path


def test_no_path_leads_out_of_the_named_folders(place: Path) -> None:
    (place / "other").mkdir()
    (place / "other" / "a.yaml").write_text("agents: [{name: Secret Person}]\n")
    (place / "desired-state" / "way").symlink_to(place / "other")
    (place / "desired-state" / "loop").symlink_to("loop")
    paths = ["/etc", "..", "desired-state/../other", "other", "desired-state/way", "a\0b", "~"]
    wanted = [("validate", {"folder": path}) for path in (*paths, "desired-state/loop")]
    wanted += [("show", {"plan": path}) for path in ("/etc/passwd", "../x", "/dev/zero", "nowhere")]
    for (is_error, text), (_, arguments) in zip(calls(place, wanted), wanted, strict=True):
        assert is_error, arguments
        assert "Secret" not in text
        assert "root:" not in text
        assert "desired-state" in text or "cannot be read" in text


def test_a_link_among_the_files_is_not_followed_out(place: Path) -> None:
    (place / "secret.yaml").write_text("agents: [{name: Secret Person, odd: 1}]\n")
    (place / "desired-state" / "a.yaml").symlink_to(place / "secret.yaml")
    [(is_error, text)] = calls(place, [("validate", {})])
    assert is_error
    assert "outside of this folder" in text
    assert "Secret" not in text


def test_invalid_files_are_an_error_with_places_and_without_names(place: Path) -> None:
    (place / "desired-state" / "a.yaml").write_text(
        "agents:\n  - {name: Zoe Quill, email: zoe.quill(at)acme.example, extension: x, odd: 1}\n"
    )
    (place / "desired-state" / "b.yaml").write_text("agents: [{name: Kit Marlow, Kit Marlow: [}]\n")
    for is_error, text in calls(place, [("validate", {}), ("plan", {}), ("coverage", {})]):
        assert is_error
        assert "a.yaml:2" in text
        assert "b.yaml:1" in text
        assert not re.search("Zoe|zoe|Kit", text), text


def test_a_folder_that_is_too_large_is_refused_before_it_is_read(tmp_path: Path) -> None:
    (tmp_path / "d").mkdir()
    for number in range(folders.MOST_ENTRIES + 1):
        os.mknod(tmp_path / "d" / f"{number}.txt")
    named = folders.Folders.named([Path("d")], tmp_path)
    with pytest.raises(folders.SetupError, match="too large for this server"):
        named.folder("")


def test_a_large_file_is_too_large_as_well(tmp_path: Path) -> None:
    (tmp_path / "d").mkdir()
    with (tmp_path / "d" / "a.yaml").open("wb") as file:
        file.truncate(folders.MOST_BYTES + 1)
    with pytest.raises(folders.SetupError, match="too large for this server"):
        folders.Folders.named([Path("d")], tmp_path).folder("d")


def test_a_wrong_argument_is_a_sentence(place: Path) -> None:
    wanted = [
        ("plan", {"yes": True}),
        ("explain", {}),
        ("explain", {"address": 4001}),
        ("explain", {"address": "agent/nobody@acme.example", "offline": True}),
        ("free_extensions", {"range": "nowhere", "live": False}),
        ("free_extensions", {"range": "webrtc-agents", "count": 10**9, "live": False}),
        ("free_extensions", {"range": "webrtc-agents", "count": True}),
        ("plan", {"as_of": "tomorrow"}),
        ("plan", {"select": [1]}),
    ]
    results = calls(place, wanted)
    assert all(is_error for is_error, _text in results)
    texts = [text for _is_error, text in results]
    assert texts[0] == "plan takes no argument 'yes'; it takes folder, as_of, select"
    assert texts[1] == "explain needs the argument address"
    assert "type string" in texts[2]
    assert "no file declares" in texts[3]
    assert "webrtc-agents" in texts[4]
    assert "from 1 to 1000" in texts[5]
    assert "type integer" in texts[6]
    assert "2027-01-05" in texts[7]
    assert "type array" in texts[8]


@contextmanager
def silent() -> Iterator[str]:
    """A tenant that takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}/scim/v2"


def test_a_tenant_that_does_not_answer_is_an_error_and_the_server_goes_on(place: Path) -> None:
    with silent() as url:
        point(place, url)
        wanted = [("plan", {}), ("validate", {})]
        environ = {VARIABLE: "token-of-a-test"}
        results = calls(place, wanted, "--timeout", "2", environ=environ)
    assert results[0][0]
    assert "no answer within 2 s" in results[0][1]
    assert not results[1][0]


def test_a_tenant_that_cannot_be_reached_is_an_error(place: Path) -> None:
    with silent() as url:
        closed = url
    point(place, closed)
    wanted = [(name, {}) for name in ("plan", "drift", "coverage")]
    wanted += [("explain", {"address": "4001"}), ("free_extensions", {"range": "webrtc-agents"})]
    for is_error, text in calls(place, wanted, environ={VARIABLE: "token-of-a-test"}):
        assert is_error
        assert "127.0.0.1" in text
        assert "token-of-a-test" not in text


def test_a_missing_token_names_the_variable(place: Path) -> None:
    point(place, "https://acme.example/scim/v2")
    [(is_error, text)] = calls(place, [("plan", {})])
    assert is_error
    assert VARIABLE in text


def test_files_that_change_cannot_send_the_token_to_another_host(tenant: Tenant) -> None:
    """The operator set no `RECONCILER_HOSTS`: the hosts are those of the start."""
    with silent() as elsewhere:
        results = calls(
            tenant.place,
            [("coverage", {}), ("plan", {})],
            environ=tenant.environ,
            between=lambda: point(tenant.place, elsewhere),
        )
        point(tenant.place, tenant.proxy.url)
    assert not results[0][0]
    assert results[1][0]
    assert "RECONCILER_HOSTS" in results[1][1]


def test_the_tenant_of_a_trusted_folder_counts_for_hosts_and_pseudonyms(tenant: Tenant) -> None:
    trusted = tenant.place / "trusted"
    shutil.copytree(tenant.place / "desired-state", trusted / "desired-state")
    untrusted = tenant.place / "proposed"
    shutil.copytree(tenant.place / "desired-state", untrusted)
    block = {"name": "other", "provider": "scim", "url": "https://other.example/scim"}
    block["token_env"] = "RECONCILER_TOKEN_OTHER"
    (untrusted / "tenant.yaml").write_text(yaml.safe_dump({"tenant": block}))
    arguments = ("proposed", "--tenant-from", "trusted/desired-state")
    wanted = [("explain", {"address": "4001"}), ("drift", {})]
    (failed, explain), (also_failed, drift) = calls(
        tenant.place, wanted, *arguments, environ=tenant.environ
    )
    assert not failed, explain
    assert not also_failed, drift
    name = explain.splitlines()[0].split("  ")[1].removeprefix("4001 ")
    assert name == pseudonyms.people("acme", ()).name("Ana Diaz")


def test_the_server_ends_when_its_client_goes(place: Path) -> None:
    command = [sys.executable, "-m", "reconciler", "mcp"]
    ended = subprocess.run(command, cwd=place, input=b"", capture_output=True, timeout=60)
    assert (ended.returncode, ended.stdout) == (0, b"")


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)], ids=["TERM", "INT"]
)
def test_a_signal_in_the_middle_of_a_call_ends_the_server(
    place: Path, number: signal.Signals, code: int
) -> None:
    hello = {"protocolVersion": "2025-06-18", "capabilities": {}}
    hello |= {"clientInfo": {"name": "test", "version": "1"}}
    messages = [
        {"id": 1, "method": "initialize", "params": hello},
        {"method": "notifications/initialized"},
        {"id": 2, "method": "tools/call", "params": {"name": "plan", "arguments": {}}},
    ]
    with socket.create_server(("127.0.0.1", 0)) as server:
        point(place, f"http://127.0.0.1:{server.getsockname()[1]}/scim/v2")
        process = subprocess.Popen(
            [sys.executable, "-m", "reconciler", "mcp"],
            cwd=place,
            env={**os.environ, VARIABLE: "token-of-a-test"},
            **dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE),
        )
        assert process.stdin
        for message in messages:
            process.stdin.write(json.dumps({"jsonrpc": "2.0", **message}).encode() + b"\n")
            process.stdin.flush()
        connection, _address = server.accept()
        with connection:
            process.send_signal(number)
            _out, err = process.communicate(timeout=60)
    assert (process.returncode, err.strip()) == (code, b"interrupted")


def test_nonsense_on_stdin_is_no_traceback(place: Path) -> None:
    command = [sys.executable, "-m", "reconciler", "mcp"]
    nonsense = b"{\n\xff\xfe\nnull\n[]\n{}\n"
    ended = subprocess.run(command, cwd=place, input=nonsense, capture_output=True, timeout=60)
    assert ended.returncode == 0
    assert b"Traceback" not in ended.stderr


def test_a_missing_folder_is_a_line(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "reconciler", "mcp", "nowhere"]
    ended = subprocess.run(command, cwd=tmp_path, input=b"", capture_output=True, timeout=60)
    assert ended.returncode == 1
    assert b"nowhere" in ended.stderr


def test_without_the_extra_the_message_says_how_to_install_it(place: Path) -> None:
    script = (
        "import sys; sys.modules['mcp'] = None\n"
        "from reconciler import cli\n"
        "sys.exit(cli.run(['mcp']))"
    )
    command = [sys.executable, "-c", script]
    ended = subprocess.run(command, cwd=place, capture_output=True, timeout=60)
    assert ended.returncode == 1
    assert b"pip install 'ccaas-reconciler[mcp]'" in ended.stderr
