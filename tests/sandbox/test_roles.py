"""Who may do what, by token, at every door."""

import pytest
import requests

from tests.sandbox.tenant import Client, agent

READS = [
    ("GET", "/scim/v2/Users"),
    ("GET", "/scim/v2/Groups"),
    ("GET", "/scim/v2/Queues"),
    ("GET", "/scim/v2/Skills"),
    ("GET", "/scim/v2/LicensePools"),
    ("GET", "/scim/v2/DirectoryEntries"),
    ("GET", "/scim/v2"),
    ("GET", "/scim/v2/Users/unknown"),
    ("GET", "/scim/v2/Schemas"),
    ("GET", "/scim/v2/Schemas/urn:ietf:params:scim:schemas:core:2.0:User"),
    ("GET", "/scim/v2/ResourceTypes"),
    ("GET", "/scim/v2/ResourceTypes/User"),
    ("GET", "/scim/v2/Me"),
    ("POST", "/scim/v2/.search"),
    ("POST", "/scim/v2/Users/.search"),
    ("GET", "/audit"),
    ("GET", "/realtime"),
    ("GET", "/directory"),
    ("GET", "/rest/api/v1/agents"),
    ("GET", "/rest/api/v1/skills"),
]
WRITES = [
    ("POST", "/scim/v2/Users"),
    ("PUT", "/scim/v2/Users/unknown"),
    ("PATCH", "/scim/v2/Users/unknown"),
    ("DELETE", "/scim/v2/Users/unknown"),
    ("POST", "/scim/v2/Queues"),
    ("POST", "/scim/v2/Groups"),
    ("PATCH", "/scim/v2/Skills/unknown"),
    ("DELETE", "/scim/v2/Queues/unknown"),
    ("POST", "/directory/sync"),
]
OPERATES = [("PUT", "/directory"), ("GET", "/faults"), ("PUT", "/faults"), ("DELETE", "/faults")]
MAY = {
    "admin": {"read", "write", "operate"},
    "supervisor": {"read", "write"},
    "manager": {"read"},
    "agent": set(),
}
ROUTES = [
    (role, what, method, path)
    for role in MAY
    for what, routes in (("read", READS), ("write", WRITES), ("operate", OPERATES))
    for method, path in routes
]


@pytest.mark.parametrize(("role", "what", "method", "path"), ROUTES)
def test_a_role_may_do_what_is_its_own_and_nothing_else(
    lasting: Client, role: str, what: str, method: str, path: str
) -> None:
    body = {} if method in ("POST", "PUT", "PATCH") else None
    answer = Client(lasting.running, role).door(method, path, body)
    assert (answer.status_code == 403) == (what not in MAY[role]), answer.text


@pytest.mark.parametrize(("method", "path"), READS + WRITES + OPERATES)
@pytest.mark.parametrize(
    "authorization", [None, "", "Bearer", "Bearer nobody", "Basic YWRtaW46YWRtaW4="]
)
def test_without_a_known_token_there_is_nothing(
    lasting: Client, method: str, path: str, authorization: str | None
) -> None:
    headers = {} if authorization is None else {"Authorization": authorization}
    url = lasting.running.root + path
    answer = requests.request(method, url, json={}, headers=headers, timeout=30)
    assert answer.status_code == 401


@pytest.mark.parametrize("role", [*MAY, None])
def test_what_the_service_can_do_is_open_to_everybody(lasting: Client, role: str | None) -> None:
    """RFC 7644 section 4: whoever has no token yet learns here how to authenticate."""
    headers = {"Authorization": f"Bearer {lasting.running.tokens[role]}"} if role else {}
    url = lasting.running.url + "/ServiceProviderConfig"
    answer = requests.get(url, headers=headers, timeout=30)
    assert answer.status_code == 200
    assert set(lasting.running.tokens.values()).isdisjoint(answer.text)


@pytest.mark.parametrize("endpoint", ["LicensePools", "DirectoryEntries"])
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_what_is_read_only_nobody_writes(lasting: Client, endpoint: str, method: str) -> None:
    path = f"/{endpoint}" if method == "POST" else f"/{endpoint}/voice"
    assert lasting.send(method, path, {}).status_code == 403


def test_a_bulk_request_gives_no_rights(tenant: Client) -> None:
    operation = {"method": "POST", "path": "/Users", "data": agent("a@b.example"), "bulkId": "1"}
    body = {
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],
        "Operations": [operation],
    }
    answer = Client(tenant.running, "manager").post("/Bulk", body)
    assert answer.json()["Operations"][0]["status"] == "403"
    assert tenant.get("/Users")["totalResults"] == 0


@pytest.mark.parametrize(("role", "status"), [("admin", 200), ("agent", 200), ("manager", 403)])
def test_presence_is_the_agents_own_doing(tenant: Client, role: str, status: int) -> None:
    tenant.add_licensed("ana@acme.example", "voice", extension="4001")
    wanted = {"extension": "4001", "presence": "ready"}
    answer = Client(tenant.running, role).door("PUT", "/presence", wanted)
    assert answer.status_code == status


def test_a_role_is_not_taken_from_a_header_or_the_query(lasting: Client) -> None:
    headers = {"X-Role": "admin", "X-Forwarded-User": "admin", "X-HTTP-Method-Override": "GET"}
    client = Client(lasting.running, "agent")
    answer = client.send("GET", "/Users?role=admin&access_token=admin", headers=headers)
    assert answer.status_code == 403
