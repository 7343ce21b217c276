"""`--notify`: who hears of a run, what they hear, and what never happens."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from reconciler import notices
from tests.notices.receiver import Receiver, receiving
from tests.running import Run

NOTICE = notices.Notice("acme: drift ended with 2", "one line")
SECRET = "a-secret-of-the-webhook"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving(Receiver()) as made:
        yield made


def people(folder: Path) -> set[str]:
    texts = [path.read_text() for path in folder.rglob("*.yaml")]
    names = {name for text in texts for name in re.findall(r"- name: (\w+ \w+)", text)}
    return names | {mail for text in texts for mail in re.findall(r"[\w.+-]+@[\w.]+", text)}


def test_an_apply_tells_what_it_did_without_people(
    company: Path, run: Run, receiver: Receiver
) -> None:
    assert run("apply", "--yes", "--notify", receiver.url).code == 0
    [text] = receiver.texts
    assert text.startswith("acme: apply ended with 0, done\n")
    assert "converged" in text
    assert "stops receiving support calls" in text
    assert sorted(name for name in people(company) if name in text) == []


def test_drift_is_told_within_a_bound(company: Path, run: Run, receiver: Receiver) -> None:
    assert run("drift", "--notify", receiver.url).code == 2
    [text] = receiver.texts
    assert text.splitlines()[0] == "acme: drift ended with 2, changes or drift"
    assert text.splitlines()[1].startswith("Drift: 18 differences")
    assert len(text.encode()) < 2_300
    assert "more lines)" in text
    assert sorted(name for name in people(company) if name in text) == []


def test_due_work_is_told_also_where_nothing_is_due(
    company: Path, run: Run, receiver: Receiver
) -> None:
    assert run("apply", "--yes", "--due", "--notify", receiver.url).code == 7
    assert run("apply", "--yes").code == 0
    assert run("apply", "--yes", "--due", "--notify", receiver.url).code == 0
    without, nothing = receiver.texts
    assert without.startswith("acme: apply ended with 7, cannot tell\n")
    assert nothing.startswith("acme: apply ended with 0, done\n")


def test_a_run_that_failed_is_told_with_its_reason(
    company: Path, run: Run, receiver: Receiver
) -> None:
    block = "{name: acme, provider: scim, url: 'http://127.0.0.1:9', token_env: RECONCILER_TOKEN}"
    (company / "desired-state" / "tenant.yaml").write_text(f"tenant: {block}\n")
    assert run("drift", "--notify", receiver.url).code == 1
    [text] = receiver.texts
    assert text.startswith("acme: drift ended with 1, invalid input")
    assert "RECONCILER_TOKEN is not set" in text


def test_several_are_told_and_the_variable_counts(
    company: Path, run: Run, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RECONCILER_NOTIFY", f"{receiver.url} {receiver.url}-2")
    run("drift")
    assert sorted(path[-2:] for path, _body in receiver.received) == ["-2", "ok"]


def test_a_plain_address_is_a_webhook_and_keeps_its_parameters(
    company: Path, run: Run, receiver: Receiver
) -> None:
    url = f"http://127.0.0.1:{receiver.port}/hook?key=a%26b"
    assert run("drift", "--notify", url).code == 2
    assert [path for path, _body in receiver.received] == ["/hook?key=a%26b"]


# --- bad input -----------------------------------------------------------------------------------

REFUSED = [
    f"file:///etc/{SECRET}",
    f"/etc/{SECRET}",
    "file:/etc/passwd",
    f"ftp://acme.example/{SECRET}",
    f"dbus://{SECRET}",
    f"syslog://{SECRET}",
    f"http://acme.example/{SECRET}",
    f"json://acme.example/{SECRET}",
    f"mailto://user:{SECRET}@acme.example",
    f"http://127.0.0.1.acme.example/{SECRET}",
    f"http://127.0.0.1@acme.example/{SECRET}",
    f"https://acme.example/{SECRET}?redirect=yes",
    f"jsons://acme.example/{SECRET}?verify=no",
    f"https://[::1/{SECRET}",
    f"https://acme.example:port/{SECRET}",
    f"https://acme.example/{SECRET}\n",
    "https://",
    "",
    "\udcff",
]


@pytest.mark.parametrize("url", REFUSED, ids=repr)
def test_an_address_that_is_not_taken_ends_the_command_before_it_begins(
    company: Path, run: Run, url: str
) -> None:
    ran = run("apply", "--yes", "--notify", url)
    assert ran.code == 64
    assert "--notify" in ran.err
    assert SECRET not in ran.out + ran.err
    assert not (company / ".reconciler").exists()


def test_an_address_that_its_service_cannot_have_ends_it_as_well(company: Path, run: Run) -> None:
    ran = run("apply", "--yes", "--notify", f"slack://{SECRET}")
    assert ran.code == 1
    assert "(slack) has an address" in ran.err
    assert SECRET not in ran.err
    assert not (company / ".reconciler").exists()


@pytest.mark.parametrize("status", [302, 307, 308, 404, 500])
def test_an_answer_that_is_no_yes_is_one_line_and_changes_no_exit_code(
    company: Path, run: Run, status: int
) -> None:
    with receiving(Receiver()) as elsewhere:
        target = elsewhere.url.replace("json:", "http:").replace("127.0.0.1", "localhost")
        with receiving(Receiver(status, target if status < 400 else "")) as receiver:
            ran = run("drift", "--notify", receiver.url)
    assert ran.code == 2
    assert len(receiver.received) == 1
    assert elsewhere.received == []
    [line] = [line for line in ran.err.splitlines() if "notice" in line]
    assert line.startswith("the notice (json) was not sent")
    assert SECRET not in ran.out + ran.err


def test_nobody_there_changes_no_exit_code_of_an_apply(company: Path, run: Run) -> None:
    ran = run("apply", "--yes", "--notify", f"json://127.0.0.1:1/{SECRET}")
    assert ran.code == 0
    assert "converged" in ran.out
    assert ran.err.count("was not sent") == 1
    assert SECRET not in ran.out + ran.err


@pytest.mark.parametrize(
    "receiver", [Receiver(silent=True), Receiver(dribbling=True)], ids=["silent", "dribbling"]
)
def test_a_slow_answer_is_given_up(receiver: Receiver) -> None:
    with receiving(receiver):
        problems = notices.send(notices.opened([receiver.url]), NOTICE, seconds=0.5)
    assert problems == ["the notice (json) was not sent: no answer within 0.5 s"]


def test_one_that_fails_keeps_nothing_from_the_others(receiver: Receiver) -> None:
    services = notices.opened([f"json://127.0.0.1:1/{SECRET}", receiver.url])
    [problem] = notices.send(services, NOTICE)
    assert problem.startswith("notice 1 of 2 (json) was not sent")
    assert receiver.texts == ["acme: drift ended with 2\none line"]


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("https://hooks.slack.com/services/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ", "Slack"),
        ("slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ", "Slack"),
        (
            "https://prod-1.westus.logic.azure.com:443/workflows/abc0123/triggers/manual/paths"
            "/invoke?api-version=2016-06-01&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig=signature",
            "Workflows",
        ),
        ("mailtos://user:password@acme.example?to=ops@acme.example", "Email"),
        ("https://hooks.acme.example/ccaas", "JSON"),
        ("jsons://hooks.acme.example/ccaas", "JSON"),
    ],
)
def test_the_services_are_known_by_their_address_and_follow_nobody(url: str, kind: str) -> None:
    [service] = notices.opened([notices.check(url)])
    assert type(service.plugin).__name__ == f"Notify{kind}"
    assert service.plugin.redirects is False


def test_the_files_cannot_name_an_address(company: Path, run: Run, receiver: Receiver) -> None:
    tenant = company / "desired-state" / "tenant.yaml"
    tenant.write_text(tenant.read_text() + f"  notify: '{receiver.url}'\n")
    assert run("drift").code == 1
    assert receiver.received == []


def test_without_the_extra_nothing_is_written_and_the_message_says_how_to_install_it(
    company: Path,
) -> None:
    script = (
        "import sys; sys.modules['apprise'] = None\n"
        "from reconciler import cli\n"
        "sys.exit(cli.run(['apply', '--yes', '--notify', 'https://acme.example/x']))"
    )
    command = [sys.executable, "-c", script]
    ended = subprocess.run(command, cwd=company, capture_output=True, timeout=60)
    assert ended.returncode == 1
    assert b"pip install 'ccaas-reconciler[notify]'" in ended.stderr
    assert not (company / ".reconciler").exists()
