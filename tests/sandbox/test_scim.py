"""SCIM as clients use it: discovery, versions, PATCH paths, PUT, Bulk, filters, pages."""

from typing import Any

import pytest

from reconciler import sandbox
from reconciler.sandbox.facts import AGENT_SETTINGS
from tests.sandbox.tenant import AGENT, BULK, GROUP, USER, Client, agent


def values(items: list[dict[str, Any]]) -> dict[str, Any]:
    return {item["value"]: item.get("level") for item in items}


def test_the_service_announces_the_extension_and_the_resource_types(tenant: Client) -> None:
    types = {item["name"]: item for item in tenant.get("/ResourceTypes")["Resources"]}
    assert set(types) == {"User", "Group", "Queue", "Skill", "LicensePool", "DirectoryEntry"}
    urns = dict.fromkeys(setting.urn for setting in AGENT_SETTINGS if setting.urn)
    extensions = {item["schema"]: item["required"] for item in types["User"]["schemaExtensions"]}
    assert extensions == dict.fromkeys(urns, False)
    assert types["DirectoryEntry"]["endpoint"] == "/DirectoryEntries"
    schema = tenant.get(f"/Schemas/{AGENT}")
    attributes = {item["name"]: item for item in schema["attributes"]}
    assert attributes["extension"]["uniqueness"] == "server"
    assert attributes["phone"]["canonicalValues"] == ["webrtc", "uc"]
    assert attributes["presence"]["mutability"] == "readOnly"


def test_a_core_service_announces_users_and_groups_only() -> None:
    with sandbox.start(core=True) as running:
        client = Client(running)
        types = client.get("/ResourceTypes")["Resources"]
        assert [item["name"] for item in types] == ["User", "Group"]
        assert client.send("GET", "/Queues").status_code == 404
        body = agent("ana@acme.example") | {"phoneNumbers": [{"value": "4001", "type": "work"}]}
        created = client.post("/Users", body).json()
        assert AGENT not in created
        assert created["phoneNumbers"] == [{"value": "4001", "type": "work"}]


def test_what_the_tenant_has_no_use_for_comes_back_as_it_came(tenant: Client) -> None:
    more = {
        "name": {"givenName": "Ana", "familyName": "Diaz"},
        "title": "Lead",
        "emails": [{"value": "ana@home.example", "type": "home"}],
        "externalId": "4711",
    }
    created = tenant.post("/Users", agent("ana@acme.example") | more).json()
    stored = tenant.get(f"/Users/{created['id']}")
    assert {key: stored[key] for key in more} == more


# --- versions


def test_a_write_with_an_old_version_is_refused(tenant: Client) -> None:
    ana = tenant.add_licensed("ana@acme.example")
    version = tenant.get(f"/Users/{ana}")["meta"]["version"]
    rename = {"op": "replace", "path": "displayName", "value": "Ana"}
    answer = tenant.patch(f"/Users/{ana}", rename, version=version)
    assert answer.headers["ETag"] != version
    again = {"op": "replace", "path": "displayName", "value": "Anna"}
    assert tenant.patch(f"/Users/{ana}", again, version=version).status_code == 412
    headers = {"If-Match": version}
    assert tenant.send("DELETE", f"/Users/{ana}", headers=headers).status_code == 412
    assert tenant.patch(f"/Users/{ana}", again, version=answer.headers["ETag"]).ok


def test_a_change_that_changes_nothing_keeps_the_version(tenant: Client) -> None:
    ana = tenant.add_licensed("ana@acme.example", "voice")
    before = tenant.get(f"/Users/{ana}")
    again = {"op": "add", "path": "entitlements", "value": [{"value": "voice"}]}
    assert tenant.patch(f"/Users/{ana}", again).headers["ETag"] == before["meta"]["version"]


def test_presence_keeps_the_version(tenant: Client) -> None:
    ana = tenant.add_licensed("ana@acme.example", "voice", extension="4001")
    before = tenant.get(f"/Users/{ana}")
    tenant.door("PUT", "/presence", {"extension": "4001", "presence": "on_call"})
    after = tenant.get(f"/Users/{ana}")
    assert after[AGENT]["presence"] == "on_call"
    assert after["meta"] == before["meta"]


def test_an_unchanged_resource_is_not_sent_again(tenant: Client) -> None:
    ana = tenant.add_licensed("ana@acme.example")
    headers = {"If-None-Match": tenant.get(f"/Users/{ana}")["meta"]["version"]}
    assert tenant.send("GET", f"/Users/{ana}", headers=headers).status_code == 304


# --- PATCH and PUT


def test_patch_reaches_into_the_extension(tenant: Client) -> None:
    for name in ("support", "billing"):
        tenant.add_target("Queue", name)
    ana = tenant.add_licensed("ana@acme.example", "voice", queues=[{"value": "support"}])
    path = f"/Users/{ana}"
    add = {"op": "add", "path": f"{AGENT}:queues", "value": [{"value": "billing", "level": 3}]}
    assert tenant.patch(path, add).ok
    level = {"op": "replace", "path": f'{AGENT}:queues[value eq "billing"].level', "value": 9}
    assert tenant.patch(path, level).ok
    assert values(tenant.get(path)[AGENT]["queues"]) == {"support": None, "billing": 9}
    leave = {"op": "remove", "path": f'{AGENT}:queues[value eq "support"]'}
    whole = {"op": "replace", "value": {AGENT: {"extension": "4001"}}}
    assert tenant.patch(path, leave, whole).ok
    after = tenant.get(path)[AGENT]
    assert (values(after["queues"]), after["extension"]) == ({"billing": 9}, "4001")


def test_patch_clears_what_can_be_cleared(tenant: Client) -> None:
    ana = tenant.add_licensed("ana@acme.example", extension="4001", noAnswerDestination="3001")
    path = f"/Users/{ana}"
    assert tenant.patch(path, {"op": "remove", "path": f"{AGENT}:noAnswerDestination"}).ok
    assert "noAnswerDestination" not in tenant.get(path)[AGENT]


def test_put_replaces_but_keeps_phone_and_sign_in_unless_told(tenant: Client) -> None:
    ana = tenant.add_licensed("ana@acme.example", "voice", extension="4001")
    path = f"/Users/{ana}"
    assert tenant.patch(path, {"op": "replace", "path": "active", "value": False}).ok
    answer = tenant.send("PUT", path, agent("ana@acme.example") | {"displayName": "Ana"})
    assert answer.status_code == 200, answer.text
    stored = tenant.get(path)
    assert (stored["displayName"], stored["active"]) == ("Ana", False)
    assert "entitlements" not in stored
    assert stored[AGENT]["phone"] == "webrtc"
    assert "extension" not in stored[AGENT]


def test_what_get_returned_can_be_put_back(tenant: Client) -> None:
    tenant.add_target("Queue", "support")
    ana = tenant.add_licensed(
        "ana@acme.example", "voice", extension="4001", queues=[{"value": "support", "level": 2}]
    )
    before = tenant.get(f"/Users/{ana}")
    assert tenant.send("PUT", f"/Users/{ana}", before).status_code == 200
    assert tenant.get(f"/Users/{ana}") == before


# --- groups


def test_a_group_has_members_that_exist(tenant: Client) -> None:
    ana = tenant.add_licensed("ana@acme.example")
    body = {"schemas": [GROUP], "displayName": "leads", "members": [{"value": ana}]}
    group = tenant.post("/Groups", body).json()
    assert group["members"][0]["$ref"] == f"{tenant.running.url}/Users/{ana}"
    member = tenant.get(f"/Users/{ana}")["groups"][0]
    assert (member["value"], member["display"]) == (group["id"], "leads")
    stranger = {"op": "add", "path": "members", "value": [{"value": "unknown"}]}
    assert tenant.patch(f"/Groups/{group['id']}", stranger).status_code == 400


def test_who_is_deleted_leaves_the_groups(tenant: Client) -> None:
    ana = tenant.add_licensed("ana@acme.example")
    body = {"schemas": [GROUP], "displayName": "leads", "members": [{"value": ana}]}
    group = tenant.post("/Groups", body).json()["id"]
    tenant.send("DELETE", f"/Users/{ana}")
    assert "members" not in tenant.get(f"/Groups/{group}")


def test_one_member_of_a_group_is_removed_by_filter(tenant: Client) -> None:
    ids = [tenant.add_licensed(f"{name}@acme.example") for name in ("ana", "bo")]
    body = {"schemas": [GROUP], "displayName": "leads", "members": [{"value": i} for i in ids]}
    group = tenant.post("/Groups", body).json()["id"]
    leave = {"op": "remove", "path": f'members[value eq "{ids[0]}"]'}
    assert tenant.patch(f"/Groups/{group}", leave).ok
    assert [item["value"] for item in tenant.get(f"/Groups/{group}")["members"]] == [ids[1]]


# --- bulk


def test_a_bulk_request_does_each_operation_on_its_own(tenant: Client) -> None:
    operations = [
        {
            "method": "POST",
            "path": "/Users",
            "bulkId": str(number),
            "data": agent(email, ("voice",)),
        }
        for number, email in enumerate(f"{name}@acme.example" for name in "abcd")
    ]
    answer = tenant.post("/Bulk", {"schemas": [BULK], "Operations": operations})
    statuses = [item["status"] for item in answer.json()["Operations"]]
    assert statuses == ["201", "201", "201", "409"]
    assert tenant.get("/Users")["totalResults"] == 3


def test_too_many_bulk_operations_are_refused(tenant: Client) -> None:
    operation = {"method": "DELETE", "path": "/Users/unknown"}
    answer = tenant.post("/Bulk", {"schemas": [BULK], "Operations": [operation] * 1001})
    assert answer.status_code == 413


# --- search


@pytest.fixture
def three(tenant: Client) -> Client:
    for number, name in enumerate(("ana", "bo", "cy"), start=4001):
        body = agent(f"{name}@acme.example", extension=str(number)) | {"displayName": name.title()}
        tenant.post("/Users", body).raise_for_status()
    return tenant


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ('userName eq "ANA@acme.example"', ["ana"]),
        (f'{USER}:userName eq "ana@acme.example"', ["ana"]),
        (f'{AGENT}:extension eq "4002"', ["bo"]),
        (f'{AGENT}:extension eq "4002" and active eq true', ["bo"]),
        (f'{AGENT}:extension eq "4002" or userName sw "cy"', ["bo", "cy"]),
        (f'not ({AGENT}:extension eq "4002")', ["ana", "cy"]),
        ('displayName co "a"', ["ana"]),
        (f'{AGENT}:phone eq "webrtc"', ["ana", "bo", "cy"]),
        (f"{AGENT}:queues pr", []),
        ("entitlements pr", []),
    ],
)
def test_filters_find_what_they_say(three: Client, condition: str, expected: list[str]) -> None:
    found = three.get("/Users", filter=condition)["Resources" if expected else "schemas"]
    names = [item["displayName"].lower() for item in found] if expected else []
    assert names == expected
    assert three.get("/Users", filter=condition)["totalResults"] == len(expected)


@pytest.mark.parametrize("condition", ['userName eq "', "nothing eq 1", 'userName foo "x"'])
def test_a_wrong_filter_is_refused(three: Client, condition: str) -> None:
    answer = three.send("GET", "/Users", params={"filter": condition})
    assert (answer.status_code, answer.json()["scimType"]) == (400, "invalidFilter")


def test_pages_hold_each_resource_once_in_a_stable_order(three: Client) -> None:
    pages = [three.get("/Users", startIndex=start, count=1) for start in (1, 2, 3, 4)]
    names = [item["displayName"] for page in pages for item in page.get("Resources", [])]
    assert names == ["Ana", "Bo", "Cy"]
    assert {page["totalResults"] for page in pages} == {3}
    assert [page["itemsPerPage"] for page in pages] == [1, 1, 1, 0]
    assert three.get("/Users", count=0)["totalResults"] == 3


def test_sorting_and_choosing_attributes(three: Client) -> None:
    found = three.get("/Users", sortBy="userName", sortOrder="descending", attributes="userName")
    assert [item["userName"][:2] for item in found["Resources"]] == ["cy", "bo", "an"]
    assert "active" not in found["Resources"][0]


def test_a_search_may_be_a_post(three: Client) -> None:
    schemas = ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"]
    body = {"schemas": schemas, "filter": 'userName sw "bo"'}
    assert three.post("/Users/.search", body).json()["totalResults"] == 1


def test_the_root_finds_every_kind(three: Client) -> None:
    three.add_target("Queue", "support")
    found = three.send("GET", "", params={"startIndex": 3, "count": 3}).json()
    kinds = [item["meta"]["resourceType"] for item in found["Resources"]]
    assert kinds == ["User", "Queue", "LicensePool"]
    assert found["totalResults"] == 7


def test_a_queue_is_found_by_its_name(three: Client) -> None:
    three.add_target("Queue", "support")
    assert three.get("/Queues", filter='name eq "support"')["totalResults"] == 1
    assert three.get("/Queues", filter='name eq "Support"')["totalResults"] == 0
    assert three.get("/Skills", filter='name eq "support"')["totalResults"] == 0
