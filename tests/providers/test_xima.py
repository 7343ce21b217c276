"""Xima's two lists, as documented and otherwise: taken where harmless, refused where not."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from reconciler import errors, providers, sandbox
from reconciler.model import FieldValue, Operation, Reading, Tenant, Verb
from reconciler.providers.rate_limiter import RateLimiter
from reconciler.providers.transport import Limits, Transport
from reconciler.providers.xima import INTERVAL, XimaProvider, rosters, statuses
from tests.providers import servers
from tests.providers.clock import Clock
from tests.providers.test_bad_tenants import answering

AGENTS, SKILLS = "/rest/api/v1/agents", "/rest/api/v1/skills"
NO_SKILLS: Any = {"skills": []}


@contextmanager
def xima(agents: Any, skills: Any = NO_SKILLS) -> Iterator[tuple[XimaProvider, list[str]]]:
    """A tenant that answers these two bodies, whatever they are."""
    bodies = {AGENTS: agents, SKILLS: skills}

    def answer(path: str) -> tuple[int, dict[str, str], bytes]:
        body = bodies[path]
        if isinstance(body, int):
            return body, {}, b""
        return 200, {}, body if isinstance(body, bytes) else json.dumps(body).encode()

    with answering(answer) as (url, seen):
        yield opened(url), seen


def opened(url: str) -> XimaProvider:
    clock = Clock()
    transport = Transport(
        url,
        servers.TOKEN,
        read_only=True,
        media="application/json",
        judge=statuses.of_read,
        limits=Limits(connect=2, read=10, whole=10),
        limiter=RateLimiter(clock=clock, sleep=clock.sleep, interval=INTERVAL),
    )
    return XimaProvider(transport)


def read(agents: Any, skills: Any = NO_SKILLS) -> Reading:
    with xima(agents, skills) as (provider, _):
        reading = provider.read()
        provider.close()
    return reading


def listed(*agents: tuple[str, str]) -> Mapping[str, Any]:
    return {"agents": [{"agent": agent, "type": kind} for agent, kind in agents]}


def shown(reading: Reading) -> dict[str, dict[str, FieldValue]]:
    return {address: dict(found.fields) for address, found in reading.resources.items()}


def test_an_agent_is_a_name_a_number_and_a_phone() -> None:
    reading = read(listed(("Ana Diaz(4001)", "XIMA"), ("Yara Haddad(2001)", "UC")))
    assert shown(reading) == {
        "agent/4001": {
            "name": "Ana Diaz",
            "extension": "4001",
            "phone": "webrtc",
            "active": True,
        },
        "agent/2001": {"name": "Yara Haddad", "extension": "2001", "phone": "uc", "active": True},
    }
    assert reading.requests == 2
    assert reading.notes == ()


@pytest.mark.parametrize(
    ("text", "name", "number"),
    [
        ("John (JJ) Spector(104)", "John (JJ) Spector", "104"),
        ("John Spector (JJ)(104)", "John Spector (JJ)", "104"),
        ("((a))(0400)", "((a))", "0400"),
        ("jspector(2)", "jspector", "2"),
        ("Ana Diaz (4001) ", "Ana Diaz", "4001"),
        ("(4001)", "", "4001"),
        ("Ana Diaz", "Ana Diaz", ""),
        ("Ana Diaz(4001", "Ana Diaz(4001", ""),
        ("Sales (Test)", "Sales", "Test"),
        ("x" * 300 + "(4001)", "x" * 300, "4001"),
        ("", "", ""),
        (")", ")", ""),
    ],
)
def test_the_last_bracket_is_the_extension(text: str, name: str, number: str) -> None:
    assert rosters.parted(text) == (name, number)


@pytest.mark.parametrize("kind", ["XIMA", "Xima", "xima"])
def test_the_type_has_no_case(kind: str) -> None:
    assert shown(read(listed(("Ana(4001)", kind))))["agent/4001"]["phone"] == "webrtc"


@pytest.mark.parametrize("kind", ["SIP", "", None, 3])
def test_an_unknown_type_leaves_the_phone_unobserved(kind: Any) -> None:
    reading = read(listed(("Ana(4001)", kind)))
    assert "phone" not in shown(reading)["agent/4001"]
    assert [note.rule for note in reading.notes] == ["unknown-phone-kind"]


@pytest.mark.parametrize("odd", ["Ana Diaz", "Ana Diaz(40O1)", "Ana(4001", "Ana()", "Ana(+49)"])
def test_who_has_no_number_of_digits_is_told_and_compared_with_nobody(odd: str) -> None:
    reading = read(listed((odd, "XIMA"), ("Bo(4002)", "XIMA")))
    assert list(reading.resources) == ["agent/4002"]
    assert [note.rule for note in reading.notes] == ["agent-without-extension"]
    assert reading.numberless == {rosters.parted(odd)[0]}


def test_a_number_that_two_people_hold_is_refused() -> None:
    with pytest.raises(errors.ImplausibleError, match=r"extension 4001 twice: 4001 Ana.*4001 Bo"):
        read(listed(("Ana(4001)", "XIMA"), ("Bo(4001)", "XIMA")))
    with pytest.raises(errors.ImplausibleError, match=r"\(uc\) and 4001 Ana \(webrtc\)"):
        read(listed(("Ana(4001)", "UC"), ("Ana(4001)", "XIMA")))


def test_an_entry_that_stands_there_twice_counts_once() -> None:
    reading = read(listed(("Ana(4001)", "XIMA"), ("Ana(4001)", "Xima")))
    assert list(reading.resources) == ["agent/4001"]


@pytest.mark.parametrize("wrapped", [True, False])
def test_lists_come_with_and_without_an_object_around_them(wrapped: bool) -> None:
    names = [{"name": "Support"}, {"name": "español"}, {"name": "Support"}]
    agents = [{"agent": "Ana(4001)", "type": "XIMA"}]
    reading = read(
        {"agents": agents} if wrapped else agents, {"skills": names} if wrapped else names
    )
    assert list(reading.resources) == ["agent/4001", "queue/Support", "queue/español"]
    assert [note.rule for note in reading.notes] == ["skill-listed-twice"]


def test_an_empty_list_is_a_list() -> None:
    assert read({"agents": []}).resources == {}


@pytest.mark.parametrize(
    "agents",
    [
        {},
        {"agents": None},
        {"agents": "Ana(4001)"},
        {"agents": {"agent": "Ana(4001)"}},
        {"agents": ["Ana(4001)"]},
        {"agents": [{"type": "UC"}]},
        {"agents": [{"agent": 4001}]},
        {"agents": [None]},
        "Ana(4001)",
        None,
        b"<html>please sign in</html>",
        b'{"agents": [{"agent": "Ana(4001)"',
        b"",
    ],
)
def test_half_a_list_is_no_list(agents: Any) -> None:
    with pytest.raises(errors.ImplausibleError):
        read(agents)


@pytest.mark.parametrize("skills", [{}, {"skills": [{}]}, ["Support"], b"<html>"])
def test_agents_without_skills_are_half_a_reading(skills: Any) -> None:
    with pytest.raises(errors.ImplausibleError):
        read(listed(("Ana(4001)", "XIMA")), skills)


@pytest.mark.parametrize(
    ("status", "error", "words", "tries"),
    [
        (401, errors.RefusedError, "does not know the token", 1),
        (403, errors.RefusedError, "may not read this", 1),
        (404, errors.ImplausibleError, "no Xima API at this address", 1),
        (302, errors.ImplausibleError, "redirects", 1),
        (429, errors.UnreachableError, "wants fewer requests", 9),
        (509, errors.UnreachableError, "used up what Xima lets it send", 1),
        (500, errors.UnreachableError, "Xima fails: 500", 3),
        (503, errors.UnreachableError, "Xima fails: 503", 9),
        (505, errors.UnreachableError, "Xima fails: 505", 1),
    ],
)
def test_each_status_has_words_of_its_own(
    status: int, error: type[errors.CannotTellError], words: str, tries: int
) -> None:
    with xima(status) as (provider, seen):
        with pytest.raises(error, match=words) as told:
            provider.read()
        provider.close()
    assert told.value.hint
    assert len(seen) == tries


def test_it_sends_two_gets_and_nothing_else() -> None:
    with xima(listed(("Ana(4001)", "XIMA"))) as (provider, seen):
        provider.read()
        add = Operation("op", "queue/new", "queue", Verb.CREATE, {})
        with pytest.raises(errors.WriteForbiddenError, match="done by a person"):
            provider.writer.write([add], {})
        assert provider.writer.confirm([add], {}) is None
        provider.close()
    bearer = f"Bearer {servers.TOKEN}"
    assert seen == [f"GET {AGENTS} {bearer}", f"GET {SKILLS} {bearer}"]


class SleptError(Exception):
    """Ends a test where it would have waited."""


def asleep(waits: list[float]) -> Callable[[float], None]:
    def sleep(seconds: float) -> None:
        waits.append(seconds)
        raise SleptError

    return sleep


@pytest.mark.parametrize(("stated", "expected"), [(None, 3), (7, 7)])
def test_it_waits_three_seconds_or_what_the_files_say(
    stated: int | None, expected: int, tmp_path: Path
) -> None:
    waits: list[float] = []
    with xima(listed(("Ana(4001)", "XIMA"))) as (other, seen):
        root = other._transport.root
        tenant = Tenant("x", "xima", root, "RECONCILER_TOKEN_X", request_interval=stated)
        limiter = RateLimiter(sleep=asleep(waits), interval=3 if stated is None else stated)
        environ = {"RECONCILER_TOKEN_X": servers.TOKEN}
        provider = providers.open(
            tenant, environ=environ, root=tmp_path, read_only=True, limiter=limiter
        )
        with pytest.raises(SleptError):
            provider.reader.read()
        provider.close()
        other.close()
    assert len(seen) == 1
    assert expected - 1 < waits[0] <= expected


def test_the_sandbox_answers_as_documented() -> None:
    with sandbox.start(seed="acme") as running:
        transport = Transport(
            running.root,
            running.tokens["manager"],
            read_only=True,
            media="application/json",
            judge=statuses.of_read,
        )
        reading = XimaProvider(transport).read()
        transport.close()
    assert shown(reading)["agent/4001"]["name"] == "Ana Diaz"
    assert {"queue/support", "queue/spanish"} <= reading.resources.keys()
