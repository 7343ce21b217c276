"""What is wrong is one clear line and the right exit code, and nothing is written."""

import pytest

from tests.genesys.stand_in import ID, SECRET, STATE, StandIn
from tests.running import Run

RANGE = """\
extension_ranges:
  webrtc: {purpose: webrtc_agent, range: 4000-4999}
"""


def refused(run: Run, genesys: StandIn, code: int, *words: str) -> None:
    before = len(genesys.trail())
    ran = run("apply", "--yes")
    text = ran.out + ran.err
    assert ran.code == code, text
    assert all(word in text for word in words), text
    assert len(genesys.trail()) == before


@pytest.mark.parametrize("value", [None, ""])
def test_a_secret_that_is_not_there_is_named(
    run: Run, genesys: StandIn, monkeypatch: pytest.MonkeyPatch, value: str | None
) -> None:
    if value is None:
        monkeypatch.delenv(SECRET)
    else:
        monkeypatch.setenv(SECRET, value)
    refused(run, genesys, 1, f"{SECRET} is not set")


def test_a_secret_in_the_files_is_not_repeated(run: Run, genesys: StandIn) -> None:
    genesys.declare(STATE, RECONCILER_CLIENT_SECRET_ACME="hunter2-hunter2-hunter2")
    ran = run("plan")
    assert ran.code == 1
    assert "hunter2" not in ran.out + ran.err


def test_an_unknown_client_is_exit_7(
    run: Run, genesys: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(ID, "stranger")
    refused(run, genesys, 7, "the login host refuses the client")


def test_a_client_without_a_permission_is_told_which(
    run: Run, genesys: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(ID, "agent")
    monkeypatch.setenv(SECRET, genesys.running.tokens["agent"])
    refused(run, genesys, 7, "missing the following permission(s)")


def test_a_license_that_the_tenant_does_not_have_is_exit_1(run: Run, genesys: StandIn) -> None:
    genesys.declare(STATE, sandbox_voice="cloudCX9")
    refused(run, genesys, 1, "license voice is mapped to cloudCX9")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("spanish: 5", "spanish: 6", "has levels 1 to 5 for skills"),
        ("queues: [support], skills", "queues: {support: 8}, skills", "has no levels for queues"),
    ],
)
def test_a_level_that_the_tenant_cannot_keep_is_an_error_at_its_line(
    run: Run, genesys: StandIn, old: str, new: str, words: str
) -> None:
    genesys.declare(STATE.replace(old, new, 1))
    ran = run("validate")
    assert ran.code == 1
    assert words in ran.out + ran.err
    assert "all.yaml:15" in ran.out + ran.err


@pytest.mark.parametrize(
    ("pools", "words"),
    [
        ([["4002", "4003"]], "is in no extension pool of the tenant"),
        ([["4000", "4999"], ["4001", "4001"]], "is in the extension pools 4000-4999, 4001-4001"),
    ],
)
def test_an_extension_of_no_pool_or_of_two_is_an_error_at_its_line(
    run: Run, genesys: StandIn, pools: list[list[str]], words: str
) -> None:
    genesys.faults(extension_pools=pools)
    refused(run, genesys, 4, f"extension 4001 of agent/ana@acme.example {words}", "all.yaml:14")


@pytest.mark.parametrize(
    ("pools", "number"),
    [
        ([["4001", "4999"]], "4000"),
        ([["4000", "4998"]], "4999"),
        ([["4000", "4499"], ["4501", "4999"]], "4500"),
        ([["40000", "49999"]], "4000"),
    ],
)
def test_a_range_that_the_pools_do_not_hold_is_an_error_at_its_line(
    run: Run, genesys: StandIn, pools: list[list[str]], number: str
) -> None:
    genesys.declare(RANGE + "agents: []\n")
    genesys.faults(extension_pools=pools)
    words = f"extension_range/webrtc has {number}, which no extension pool"
    refused(run, genesys, 4, words, "all.yaml:12")


def test_a_range_that_two_pools_hold_together_is_fine(run: Run, genesys: StandIn) -> None:
    genesys.declare(RANGE + STATE)
    genesys.faults(extension_pools=[["4500", "4999"], ["4000", "4499"]])
    assert run("plan").code == 0


def test_members_that_do_not_add_up_are_exit_7(run: Run, genesys: StandIn) -> None:
    assert run("apply", "--yes").code == 0
    genesys.faults(short_members=True)
    refused(run, genesys, 7, "lists", "counts")


def test_a_total_that_moves_is_exit_7_or_read_again(run: Run, genesys: StandIn) -> None:
    assert run("apply", "--yes").code == 0
    genesys.faults(moving_total=True)
    assert run("plan").code in (0, 7)
