"""What nobody means well by: refused with a reason, never a crash, never a half answer."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.sandbox.tenant import AGENT, GROUP, PATCH, USER, Client, agent

DEEP = "[" * 200_000
HALF = '"a\\ud800b"'
LARGE = b"x" * 1_000_000


def nested(depth: int) -> str:
    return '{"a":' * depth + "1" + "}" * depth


BODIES = [
    ("POST", "/scim/v2/Users", DEEP, 400),
    ("PUT", "/presence", DEEP, 400),
    ("PUT", "/faults", DEEP, 400),
    ("POST", "/scim/v2/Users", f'{{"userName": "a@b.example", "name": {nested(900)}}}', 400),
    ("POST", "/scim/v2/Users", f'{{"schemas": ["{USER}"], "userName": {HALF}}}', 400),
    ("PUT", "/presence", f'{{"extension": {HALF}, "presence": "ready"}}', 400),
    ("PUT", "/directory", f'{{"entries": [{{"name": {HALF}}}]}}', 400),
    ("POST", "/scim/v2/Users", b"\xff\xfe", 400),
    ("POST", "/scim/v2/Users", b"", 400),
    ("POST", "/scim/v2/Bulk", b"{}", 400),
    ("PUT", "/presence", b"null", 400),
]


@pytest.mark.parametrize(("method", "path", "body", "status"), BODIES)
def test_a_body_that_is_no_document_is_refused(
    lasting: Client, method: str, path: str, body: str | bytes, status: int
) -> None:
    answer = lasting.door(method, path, data=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == status, answer.text[:300]


@pytest.mark.parametrize("megabytes", [3, 6])
def test_a_large_body_is_refused_even_without_a_length(lasting: Client, megabytes: int) -> None:
    def parts() -> Iterator[bytes]:
        yield from [LARGE] * megabytes

    assert lasting.send("POST", "/Users", data=parts()).status_code == 413


@pytest.mark.parametrize(
    "condition",
    [
        "not (" * 3000 + "userName pr" + ")" * 3000,
        "(" * 3000 + "userName pr",
        'userName eq "' + "a" * 100_000,
    ],
)
def test_a_filter_beyond_reason_is_refused(lasting: Client, condition: str) -> None:
    answer = lasting.post("/Users/.search", {"filter": condition})
    assert (answer.status_code, answer.json()["scimType"]) == (400, "invalidFilter")


@pytest.mark.parametrize("path", ["/Users/..%2f..%2fetc%2fpasswd", "/..%2f", "/Users/%00"])
def test_a_path_leads_nowhere_else(lasting: Client, path: str) -> None:
    assert lasting.send("GET", path).status_code == 404


@pytest.mark.parametrize("number", ["99999999999999999999999", "-1", "0"])
def test_numbers_beyond_reason_are_just_numbers(lasting: Client, number: str) -> None:
    assert lasting.get("/Users", startIndex=number, count=number)["totalResults"] == 0
    assert lasting.door("GET", "/audit", params={"since": number.strip("-")}).status_code == 200


@pytest.mark.parametrize(
    "value",
    [
        [{"value": "support", "level": 1.5}],
        [{"value": "support", "level": 10**30}],
        [{"value": "support", "level": 5}, {"value": "support", "level": 6}],
        [{"level": 5}],
        "support",
    ],
)
def test_a_membership_that_is_none_is_refused(tenant: Client, value: Any) -> None:
    tenant.add_target("Queue", "support")
    ana = tenant.add_licensed("ana@acme.example", "voice")
    operation = {"op": "add", "path": f"{AGENT}:queues", "value": value}
    assert tenant.patch(f"/Users/{ana}", operation).status_code == 400


def test_a_member_without_a_value_is_refused(tenant: Client) -> None:
    body = {"schemas": [GROUP], "displayName": "leads", "members": [{"display": "x"}]}
    assert tenant.post("/Groups", body).status_code == 400


def test_an_email_with_a_line_break_is_refused(tenant: Client) -> None:
    assert tenant.add_agent("ana@acme.example\nBcc: all@acme.example").status_code == 400


def test_a_password_is_never_kept_or_shown(tenant: Client) -> None:
    secret = "correct horse battery staple"
    created = tenant.post("/Users", agent("ana@acme.example") | {"password": secret}).json()
    shown = json.dumps([created, tenant.get("/Users"), tenant.door("GET", "/audit").json()])
    assert secret not in shown


def test_a_patch_that_fails_halfway_changes_nothing(tenant: Client) -> None:
    ana = tenant.add_licensed("ana@acme.example")
    before = tenant.get(f"/Users/{ana}")
    operations = [
        {"op": "replace", "path": "displayName", "value": "Ana"},
        {"op": "replace", "path": f"{AGENT}:extension", "value": "no digits"},
    ]
    body = {"schemas": [PATCH], "Operations": operations}
    assert tenant.send("PATCH", f"/Users/{ana}", body).status_code == 400
    assert tenant.get(f"/Users/{ana}") == before
