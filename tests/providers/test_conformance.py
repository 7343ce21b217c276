"""What every SCIM tenant has to take and to show again, whatever it is made of."""

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from reconciler import errors, kinds
from reconciler.model import NO_LEVEL, Verb
from tests.providers import servers
from tests.providers.doors import (
    ANA,
    BILLING,
    BO,
    SUPPORT,
    Doors,
    embedded,
    opened,
    operation,
    plain,
)

ODD: dict[str, dict[str, Any]] = {
    "plain": {},
    "put only": {"patch": False},
    "announces a patch that is not there": {"lies": True},
    "pages of one": {"clamp": 1},
    "by cursor only": {"by_cursor": True, "clamp": 2},
    "a total that moves": {"moving_total": True, "clamp": 2},
    "no etags": {"etag": False},
    "no etags, put only": {"etag": False, "patch": False},
    "no filter": {"filter": False},
    "a filter that is ignored": {"ignores_filter": True, "clamp": 1},
    "announces nothing": {"schemas": False},
    "upper-case names": {"shouting": True},
    "upper-case names, put only": {"shouting": True, "patch": False},
    "no content": {"no_content": True},
    "a location and no body": {"location_only": True},
    "endpoints of another host": {"prefix": "https://inside.example/tenants/7"},
    "our extension": {"full": True},
    "our extension, upper case": {"full": True, "shouting": True},
    "our extension, put only": {"full": True, "patch": False},
    "our extension, put only, upper case": {"full": True, "patch": False, "shouting": True},
    "our extension, no etags": {"full": True, "etag": False},
}
KINDS = [*ODD, "scim2-server", "sandbox", "sandbox without our extension"]


@pytest.fixture(params=KINDS)
def doors(request: pytest.FixtureRequest) -> Iterator[Doors]:
    with ExitStack() as stack:
        name = request.param
        if name == "scim2-server":
            yield stack.enter_context(opened(stack.enter_context(servers.core())))
        elif name.startswith("sandbox"):
            yield stack.enter_context(embedded(core=name != "sandbox"))
        else:
            yield stack.enter_context(plain(**ODD[name]))[0]


def staffed(doors: Doors) -> None:
    """Two queues; Ana in one of them, with everything that the tenant takes."""
    for queue in (SUPPORT, BILLING):
        doors.create(queue)
    doors.create(ANA, **everything(doors))
    doors.read()


def everything(doors: Doors) -> dict[str, Any]:
    values = {
        "name": "Ana Diaz",
        "email": "ana@acme.example",
        "extension": "0400",
        "preferred_name": "Ana",
        "licenses__voice": True,
        "queues__support": True,
    }
    ours = {
        "phone": "webrtc",
        "no_answer_destination": "3001",
        "recording_mode": "automatic_pausing_prohibited",
        "review_own_recordings": False,
        "queues__support": 8,
    }
    return values if doors.is_core else {**values, **ours}


def test_an_empty_tenant_is_read_as_empty(doors: Doors) -> None:
    reading = doors.read()
    assert {r.kind for r in reading.resources.values()} <= {"license_pool"}
    assert {"email", "active", "extension", "licenses"} <= reading.capabilities.observed["agent"]


def test_what_was_created_is_read_back(doors: Doors) -> None:
    staffed(doors)
    reading = doors.read()
    fields, observed = reading.resources[ANA].fields, reading.capabilities.observed[kinds.AGENT]
    shown = {
        **dict.fromkeys(observed.intersection(kinds.AGENT_SETTINGS)),
        "name": "Ana Diaz",
        "email": "ana@acme.example",
        "extension": "0400",
        "preferred_name": "Ana",
        "active": True,
        "licenses": {"voice"},
        "queues": {"support": NO_LEVEL if doors.is_core else 8},
    }
    ours = {
        "phone": "webrtc",
        "no_answer_destination": "3001",
        "recording_mode": "automatic_pausing_prohibited",
        "review_own_recordings": False,
        "skills": {},
    }
    assert fields == (shown if doors.is_core else {**shown, **ours})


def test_every_field_is_updated(doors: Doors) -> None:
    staffed(doors)
    changed: dict[str, Any] = {
        "name": "Ana Maria Diaz",
        "email": "ana.diaz@acme.example",
        "extension": "4002",
        "preferred_name": "Anita",
    }
    if not doors.is_core:
        changed |= {
            "no_answer_destination": "3002",
            "recording_mode": "manual",
            "review_own_recordings": True,
        }
    doors.update(ANA, **changed)
    fields = doors.fields("agent/ana.diaz@acme.example")
    assert {name: fields[name] for name in changed} == changed


def test_one_field_leaves_the_others_as_they_are(doors: Doors) -> None:
    staffed(doors)
    before = dict(doors.fields(ANA))
    doors.update(ANA, extension="4002")
    assert doors.fields(ANA) == {**before, "extension": "4002"}


def test_values_are_cleared(doors: Doors) -> None:
    staffed(doors)
    cleared = ["preferred_name"] if doors.is_core else ["preferred_name", "no_answer_destination"]
    doors.update(ANA, **dict.fromkeys(cleared))
    fields = doors.fields(ANA)
    assert [fields[name] for name in cleared] == [None] * len(cleared)


def test_licenses_come_and_go(doors: Doors) -> None:
    staffed(doors)
    doors.update(ANA, licenses__sms=True)
    assert doors.fields(ANA)["licenses"] == {"voice", "sms"}
    doors.update(ANA, licenses__sms=None, licenses__web_chat=True)
    assert doors.fields(ANA)["licenses"] == {"voice", "web_chat"}


def test_memberships_come_change_and_go(doors: Doors) -> None:
    staffed(doors)
    core = doors.is_core
    doors.update(ANA, queues__billing=True)
    level = NO_LEVEL if core else 8
    assert doors.fields(ANA)["queues"] == {"support": level, "billing": NO_LEVEL}
    if not core:
        doors.update(ANA, queues__billing=3, queues__support=9)
        assert doors.fields(ANA)["queues"] == {"support": 9, "billing": 3}
    doors.update(ANA, queues__support=None)
    assert doors.fields(ANA)["queues"] == {"billing": NO_LEVEL if core else 3}


def test_nothing_is_left_when_everything_is_taken_away(doors: Doors) -> None:
    staffed(doors)
    doors.update(ANA, queues__support=None)
    doors.update(ANA, licenses__voice=None)
    fields = doors.fields(ANA)
    assert (fields["queues"], fields["licenses"]) == ({}, frozenset())


def test_somebody_leaves_and_comes_back(doors: Doors) -> None:
    staffed(doors)
    doors.update(ANA, queues__support=None)
    doors.update(ANA, active=False, licenses__voice=None)
    assert doors.fields(ANA)["active"] is False
    doors.update(ANA, active=True)
    assert doors.fields(ANA)["active"] is True


def test_two_people_exchange_their_numbers_by_way_of_a_third(doors: Doors) -> None:
    staffed(doors)
    doors.create(BO, name="Bo Chen", email="bo@acme.example", extension="4002")
    doors.read()
    doors.update(ANA, extension="4990")
    doors.update(BO, extension="0400")
    doors.update(ANA, extension="4002")
    assert doors.fields(ANA)["extension"] == "4002"
    assert doors.fields(BO)["extension"] == "0400"


def test_a_deleted_agent_is_gone(doors: Doors) -> None:
    staffed(doors)
    doors.update(ANA, queues__support=None)
    doors.delete(ANA)
    assert ANA not in doors.read().resources


def test_several_operations_on_one_agent_are_one_write_and_the_last_word_counts(
    doors: Doors,
) -> None:
    staffed(doors)
    doors.send(
        operation(ANA, Verb.UPDATE, {"preferred_name": "A", "extension": "4003"}),
        operation(ANA, Verb.UPDATE, {"preferred_name": "B"}),
    )
    fields = doors.fields(ANA)
    assert (fields["preferred_name"], fields["extension"]) == ("B", "4003")


def test_names_with_quotes_and_backslashes_are_names(doors: Doors) -> None:
    name = 'The "A\\B" team'
    doors.create(f"queue/{name}")
    doors.create(ANA, name='Ana "Quote" Diaz', email="ana@acme.example", extension="0400")
    doors.read()
    doors.update(ANA, licenses__voice=True)
    doors.update(ANA, **{f"queues.{name}": True})
    assert doors.fields(ANA)["queues"] == {name: NO_LEVEL}
    doors.update(ANA, **{f"queues.{name}": None})
    assert doors.fields(ANA)["queues"] == {}
    creating = operation(f"queue/{name}", Verb.CREATE, {})
    assert doors.provider.writer.confirm([creating], {}) == doors.known[f"queue/{name}"]


def test_a_create_whose_answer_was_lost_is_found_by_name(doors: Doors) -> None:
    staffed(doors)
    writer = doors.provider.writer
    creating = operation(ANA, Verb.CREATE, {"name": "Ana Diaz", "extension": "0400"})
    assert writer.confirm([creating], {}) == doors.known[ANA]
    other = operation(ANA, Verb.CREATE, {"name": "Somebody Else"})
    assert writer.confirm([other], {}) is None
    nobody = operation(BO, Verb.CREATE, {"name": "Bo Chen"})
    assert writer.confirm([nobody], {}) is None


def test_an_update_whose_answer_was_lost_is_seen_on_the_object(doors: Doors) -> None:
    staffed(doors)
    writer = doors.provider.writer
    done = operation(ANA, Verb.UPDATE, {"extension": "0400", "licenses.voice": True})
    assert writer.confirm([done], doors.known) == doors.known[ANA]
    undone = operation(ANA, Verb.UPDATE, {"extension": "4002"})
    assert writer.confirm([undone], doors.known) is None
    joined = operation(ANA, Verb.UPDATE, {"queues.support": True})
    assert writer.confirm([joined], doors.known) is not None
    left = operation(ANA, Verb.UPDATE, {"queues.support": None})
    assert writer.confirm([left], doors.known) is None


def test_a_delete_whose_answer_was_lost_is_seen_by_what_is_gone(doors: Doors) -> None:
    staffed(doors)
    gone = operation(ANA, Verb.DELETE, {})
    assert doors.provider.writer.confirm([gone], doors.known) is None
    doors.update(ANA, queues__support=None)
    handle = doors.known[ANA]
    doors.delete(ANA)
    assert doors.provider.writer.confirm([gone], {ANA: handle}) == handle


def test_an_email_that_is_taken_is_a_conflict(doors: Doors) -> None:
    staffed(doors)
    with pytest.raises(errors.ConflictError):
        doors.create(ANA, name="Ana Two", email="ana@acme.example", extension="4009")


def test_what_is_not_in_the_tenant_cannot_be_written(doors: Doors) -> None:
    doors.read()
    with pytest.raises(errors.RequestError, match="not in the tenant"):
        doors.update(ANA, extension="4001")
