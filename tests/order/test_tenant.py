"""The judge is not blind: it sees every kind of breach, and only what got worse."""

from typing import Any

import pytest

from reconciler.model import Operation, Verb
from tests.order.tenant import Flat, Judge, Tenant, Terms, owned

TERMS = Terms(
    {"voice": 1}, {"web_chat": "voice"}, directory=(("eve@uc.example", "2001"),), last="4001"
)


def person(**fields: Any) -> Flat:
    flat = {path.replace("__", "."): value for path, value in fields.items()}
    return {"kind": "agent", "email": "ana@acme.example", "extension": "4001", **flat}


START = Tenant(
    TERMS,
    {
        "queue/a": {"kind": "queue"},
        "ana": person(licenses__voice=True, queues__a=5),
        "bo": person(email="bo@acme.example", extension="4002"),
    },
)


@pytest.mark.parametrize(
    ("handle", "values", "words"),
    [
        ("bo", {"extension": "4001"}, "I1: ('extension', '4001') has 2 holders"),
        ("bo", {"email": "ANA@acme.example"}, "I1: ('email', 'ana@acme.example') has 2 holders"),
        ("bo", {"extension": "2001"}, "I1: ('extension', '2001') has 2 holders"),
        ("bo", {"licenses.voice": True}, "I2: 2 seats of voice"),
        ("bo", {"queues.a": 5}, "I3: bo is a member without a license"),
        ("bo", {"licenses.web_chat": True}, "I3: bo has web_chat without its base"),
        ("ana", {"queues.b": 5}, "I3: ana is in queue/b, which is not there"),
        ("ana", {"queues.a": None}, "I4: queue/a has 0, not 1"),
    ],
)
def test_a_breach_is_seen(handle: str, values: Flat, words: str) -> None:
    now = START.copy()
    now.apply(Operation("op-1", "agent/x", "agent", Verb.UPDATE, values), handle)  # type: ignore[arg-type]
    assert list(Judge(START, {"queue/a": 1}).breaches(now)) == [words]


def test_what_was_broken_before_is_no_breach() -> None:
    bad = START.copy()
    bad.objects["bo"] |= {"extension": "4001", "licenses.voice": True}
    bad.objects["ana"].pop("licenses.voice")
    assert list(Judge(bad, {}).breaches(bad)) == []


def test_writes_to_what_the_directory_owns_are_seen() -> None:
    writes = [Operation("op-1", "agent/eve", "agent", Verb.UPDATE, {"name": "Eve"})]
    assert list(owned(writes, {"agent/eve"})) == ["I5: agent/eve writes ['name']"]
    assert list(owned(writes, set())) == []
