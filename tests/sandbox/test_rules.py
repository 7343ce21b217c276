"""The rules of the tenant, each asked over HTTP to let something pass and to refuse something."""

from typing import Any

import pytest

from tests.sandbox.tenant import AGENT, Client, agent, detail


def extension_patch(path: str, value: Any) -> dict[str, Any]:
    return {"op": "replace", "path": f"{AGENT}:{path}", "value": value}


def entitle(*licenses: str) -> dict[str, Any]:
    return {"op": "add", "path": "entitlements", "value": [{"value": name} for name in licenses]}


def enroll(kind: str, name: str, level: int | None = None) -> dict[str, Any]:
    value = {"value": name} if level is None else {"value": name, "level": level}
    return {"op": "add", "path": f"{AGENT}:{kind}", "value": [value]}


def directory(tenant: Client, *entries: dict[str, str]) -> None:
    tenant.door("PUT", "/directory", {"entries": list(entries)}).raise_for_status()
    tenant.door("POST", "/directory/sync").raise_for_status()


YARA = {"name": "Yara Haddad", "email": "yara@acme.example", "extension": "2001"}


# --- one holder of an extension and of an e-mail


def test_two_agents_cannot_share_an_extension(tenant: Client) -> None:
    assert tenant.add_agent("ana@acme.example", extension="4001").status_code == 201
    answer = tenant.add_agent("bo@acme.example", extension="4001")
    assert answer.status_code == 409
    assert answer.json()["scimType"] == "uniqueness"
    assert tenant.add_agent("bo@acme.example", extension="04001").status_code == 201


def test_two_agents_cannot_share_an_email_whatever_the_case(tenant: Client) -> None:
    assert tenant.add_agent("ana@acme.example").status_code == 201
    assert tenant.add_agent("ANA@acme.example").status_code == 409


def test_a_work_email_counts_as_an_email(tenant: Client) -> None:
    tenant.add_agent("ana@acme.example")
    body = agent("bo@acme.example") | {"emails": [{"value": "Ana@acme.example", "type": "work"}]}
    assert tenant.post("/Users", body).status_code == 409


def test_an_agent_and_a_queue_cannot_share_an_extension(tenant: Client) -> None:
    assert tenant.add_target("Queue", "support", extension="1001").status_code == 201
    assert tenant.add_agent("ana@acme.example", extension="1001").status_code == 409
    tenant.add_agent("bo@acme.example", extension="1002")
    assert tenant.add_target("Skill", "spanish", extension="1002").status_code == 409


@pytest.mark.parametrize(
    ("email", "extension"), [("Yara@acme.example", "4001"), ("ana@acme.example", "2001")]
)
def test_what_the_uc_directory_holds_is_taken(tenant: Client, email: str, extension: str) -> None:
    directory(tenant, YARA)
    answer = tenant.add_agent(email, extension=extension)
    assert answer.status_code == 409
    assert "UC directory" in detail(answer)


def test_a_freed_extension_can_be_taken_again(tenant: Client) -> None:
    ana = tenant.add_licensed("ana@acme.example", extension="4001")
    bo = tenant.add_licensed("bo@acme.example", extension="4002")
    assert tenant.patch(f"/Users/{ana}", extension_patch("extension", "4009")).ok
    assert tenant.patch(f"/Users/{bo}", extension_patch("extension", "4001")).ok
    assert tenant.send("DELETE", f"/Users/{bo}").status_code == 204
    assert tenant.add_agent("cy@acme.example", extension="4001").status_code == 201


def test_the_work_email_follows_the_sign_in_email(tenant: Client) -> None:
    body = agent("ana@acme.example") | {"emails": [{"value": "ana@acme.example", "type": "work"}]}
    ana = tenant.post("/Users", body).json()["id"]
    rename = {"op": "replace", "path": "userName", "value": "ana.diaz@acme.example"}
    assert tenant.patch(f"/Users/{ana}", rename).ok
    assert tenant.get(f"/Users/{ana}")["emails"][0]["value"] == "ana.diaz@acme.example"
    assert tenant.add_agent("ana@acme.example").status_code == 201


# --- license pools


def test_the_last_seat_is_given_and_the_next_refused(tenant: Client) -> None:
    for name in ("ana", "bo", "cy"):
        tenant.add_licensed(f"{name}@acme.example", "voice")
    answer = tenant.post("/Users", agent("di@acme.example", ("voice",)))
    assert answer.status_code == 409
    assert detail(answer) == "no free seat of Voice: 3 of 3 are assigned"
    assert tenant.get("/Users")["totalResults"] == 3


def test_a_released_seat_is_free_again(tenant: Client) -> None:
    ids = [tenant.add_licensed(f"{name}@acme.example", "voice") for name in ("ana", "bo", "cy")]
    assert tenant.patch(f"/Users/{ids[0]}", {"op": "remove", "path": "entitlements"}).ok
    di = tenant.add_licensed("di@acme.example")
    assert tenant.patch(f"/Users/{di}", entitle("voice")).ok
    assert tenant.send("DELETE", f"/Users/{di}").status_code == 204
    assert tenant.get("/LicensePools/voice")["assigned"] == 2


def test_a_license_comes_with_the_one_it_requires(tenant: Client) -> None:
    ana = tenant.add_licensed("ana@acme.example")
    answer = tenant.patch(f"/Users/{ana}", entitle("web_chat"))
    assert answer.status_code == 400
    assert detail(answer) == "Web Chat requires Voice on the same agent"
    assert tenant.patch(f"/Users/{ana}", entitle("web_chat", "voice")).ok


def test_a_license_that_another_requires_stays(tenant: Client) -> None:
    ana = tenant.add_licensed("ana@acme.example", "voice", "sms")
    path = 'entitlements[value eq "voice"]'
    assert tenant.patch(f"/Users/{ana}", {"op": "remove", "path": path}).status_code == 400


def test_an_unknown_license_is_refused(tenant: Client) -> None:
    answer = tenant.post("/Users", agent("ana@acme.example", ("fax",)))
    assert (answer.status_code, answer.json()["scimType"]) == (400, "invalidValue")


# --- queues and skills


def test_licensed_before_enrolled(tenant: Client) -> None:
    tenant.add_target("Queue", "support")
    ana = tenant.add_licensed("ana@acme.example")
    assert tenant.patch(f"/Users/{ana}", enroll("queues", "support")).status_code == 400
    both = (entitle("voice"), enroll("queues", "support"))
    assert tenant.patch(f"/Users/{ana}", *both).ok


def test_the_last_license_goes_after_the_memberships(tenant: Client) -> None:
    tenant.add_target("Queue", "support")
    ana = tenant.add_licensed("ana@acme.example", "voice", queues=[{"value": "support"}])
    remove = {"op": "remove", "path": "entitlements"}
    leave = {"op": "remove", "path": f"{AGENT}:queues"}
    assert tenant.patch(f"/Users/{ana}", remove).status_code == 400
    assert tenant.patch(f"/Users/{ana}", leave, remove).ok


@pytest.mark.parametrize(("kind", "name"), [("queues", "nowhere"), ("skills", "support")])
def test_members_only_of_what_exists(tenant: Client, kind: str, name: str) -> None:
    tenant.add_target("Queue", "support")
    ana = tenant.add_licensed("ana@acme.example", "voice")
    answer = tenant.patch(f"/Users/{ana}", enroll(kind, name))
    assert answer.status_code == 400
    assert f"no {kind[:-1]} {name}" in detail(answer)


@pytest.mark.parametrize(
    ("level", "status"), [(1, 204), (10, 204), (None, 204), (0, 400), (11, 400)]
)
def test_a_level_is_1_to_10_or_none(tenant: Client, level: int | None, status: int) -> None:
    tenant.add_target("Queue", "support")
    ana = tenant.add_licensed("ana@acme.example", "voice")
    assert tenant.patch(f"/Users/{ana}", enroll("queues", "support", level)).status_code == status


def test_queues_and_skills_share_one_namespace(tenant: Client) -> None:
    assert tenant.add_target("Queue", "support").status_code == 201
    answer = tenant.add_target("Skill", "support")
    assert (answer.status_code, answer.json()["scimType"]) == (409, "uniqueness")
    assert tenant.add_target("Skill", "Support").status_code == 201


def test_a_queue_with_members_stays(tenant: Client) -> None:
    queue = tenant.add_target("Queue", "support").json()["id"]
    ana = tenant.add_licensed("ana@acme.example", "voice", queues=[{"value": "support"}])
    assert tenant.send("DELETE", f"/Queues/{queue}").status_code == 409
    assert tenant.patch(f"/Users/{ana}", {"op": "remove", "path": f"{AGENT}:queues"}).ok
    assert tenant.send("DELETE", f"/Queues/{queue}").status_code == 204


def test_a_new_name_of_a_queue_reaches_its_members(tenant: Client) -> None:
    queue = tenant.add_target("Queue", "support").json()["id"]
    ana = tenant.add_licensed("ana@acme.example", "voice", queues=[{"value": "support"}])
    before = tenant.get(f"/Users/{ana}")["meta"]["version"]
    assert tenant.patch(f"/Queues/{queue}", {"op": "replace", "path": "name", "value": "help"}).ok
    after = tenant.get(f"/Users/{ana}")
    assert after[AGENT]["queues"] == [{"value": "help"}]
    assert after["meta"]["version"] != before


# --- who owns a field


def test_the_phone_is_set_once(tenant: Client) -> None:
    ana = tenant.add_licensed("ana@acme.example", phone="webrtc")
    for operation in (extension_patch("phone", "uc"), {"op": "remove", "path": f"{AGENT}:phone"}):
        answer = tenant.patch(f"/Users/{ana}", operation)
        assert (answer.status_code, answer.json()["scimType"]) == (400, "mutability")
    assert tenant.patch(f"/Users/{ana}", extension_patch("phone", "webrtc")).ok


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "replace", "path": "displayName", "value": "Y"},
        {"op": "replace", "path": "userName", "value": "y@acme.example"},
        {"op": "replace", "path": 'emails[type eq "work"].value', "value": "y@acme.example"},
        extension_patch("extension", "2002"),
        extension_patch("recordingMode", "manual"),
        extension_patch("noAnswerDestination", "3001"),
    ],
)
def test_what_the_uc_directory_owns_is_refused(tenant: Client, operation: dict[str, Any]) -> None:
    directory(tenant, YARA)
    yara = tenant.get("/Users")["Resources"][0]["id"]
    answer = tenant.patch(f"/Users/{yara}", operation)
    assert (answer.status_code, answer.json()["scimType"]) == (400, "mutability")


def test_what_the_uc_directory_does_not_own_is_taken(tenant: Client) -> None:
    directory(tenant, YARA)
    tenant.add_target("Queue", "support")
    yara = tenant.get("/Users")["Resources"][0]["id"]
    answer = tenant.patch(
        f"/Users/{yara}",
        {"op": "replace", "path": "nickName", "value": "Y"},
        extension_patch("reviewOwnRecordings", True),
        entitle("voice"),
        enroll("queues", "support", 3),
    )
    assert answer.status_code == 204


def test_a_uc_agent_is_added_from_the_directory_only(tenant: Client) -> None:
    directory(tenant, YARA)
    yara = tenant.get("/Users")["Resources"][0]["id"]
    tenant.send("DELETE", f"/Users/{yara}")
    stranger = tenant.add_agent("zoe@acme.example", extension="2002", phone="uc")
    assert stranger.status_code == 400
    wrong = tenant.add_agent("zoe@acme.example", extension="2001", phone="uc")
    assert wrong.status_code == 400
    added = tenant.add_agent("yara@acme.example", extension="2001", phone="uc")
    assert (added.status_code, added.json()["displayName"]) == (201, "Yara Haddad")


# --- a little is enough, too much is refused


def test_a_user_name_is_enough_for_an_agent(tenant: Client) -> None:
    created = tenant.add_agent("ana@acme.example").json()
    assert created["active"] is True
    assert created[AGENT]["phone"] == "webrtc"
    assert "extension" not in created[AGENT]


def test_a_name_is_enough_for_a_queue(tenant: Client) -> None:
    created = tenant.add_target("Queue", "support").json()
    assert set(created) == {"schemas", "id", "meta", "name"}


@pytest.mark.parametrize(
    "settings", [{"extension": "40a1"}, {"extension": "1" * 16}, {"recordingMode": "sometimes"}]
)
def test_a_value_of_the_wrong_kind_is_refused(tenant: Client, settings: dict[str, str]) -> None:
    answer = tenant.add_agent("ana@acme.example", **settings)
    assert (answer.status_code, answer.json()["scimType"]) == (400, "invalidValue")


@pytest.mark.parametrize(
    "settings", [{"priority": 11}, {"defaultLevel": 0}, {"routing": "random"}, {"extension": "x"}]
)
def test_a_queue_with_a_wrong_value_is_refused(tenant: Client, settings: dict[str, Any]) -> None:
    assert tenant.add_target("Queue", "support", **settings).status_code == 400


@pytest.mark.parametrize(
    "change",
    [
        {"userName": "a" * 255},
        {"displayName": "a" * 1025},
        {"title": "a" * 70_000},
        {"userName": "   "},
    ],
)
def test_a_value_beyond_its_limit_is_refused(tenant: Client, change: dict[str, str]) -> None:
    assert tenant.post("/Users", agent("ana@acme.example") | change).status_code == 400


@pytest.mark.parametrize("path", ["/scim/v2/Users", "/directory", "/presence", "/faults"])
def test_a_body_beyond_the_limit_is_refused_whatever_the_door(tenant: Client, path: str) -> None:
    method = "POST" if path.startswith("/scim") else "PUT"
    answer = tenant.door(method, path, {"userName": "a" * (2 * 1024 * 1024)})
    assert answer.status_code == 413


def test_a_name_may_hold_what_would_break_a_page(tenant: Client) -> None:
    name = "<script>alert(1)</script> \u202e'; DROP TABLE agent; -- @all"
    created = tenant.post("/Users", agent("ana@acme.example") | {"displayName": name}).json()
    assert tenant.get(f"/Users/{created['id']}")["displayName"] == name
    found = tenant.get("/Users", filter='displayName eq "\'; DROP TABLE agent; --"')
    assert found["totalResults"] == 0
    assert tenant.get("/Users")["totalResults"] == 1
