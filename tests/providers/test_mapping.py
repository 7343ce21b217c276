"""Mappings as data: packaged ones, a changed line, what is refused, scales and joined names."""

from typing import Any

import pytest

from reconciler.errors import SetupError
from reconciler.model import Tenant
from reconciler.providers.scim import ScimProvider, convert, mapping
from reconciler.providers.scim.capabilities import capabilities
from reconciler.providers.scim.discovery import discover
from tests.desired import read
from tests.providers import servers
from tests.providers.doors import ANA, Doors, transport

TENANT = (
    "tenant:\n  name: a\n  provider: {}\n  url: https://a.example\n"
    "  token_env: RECONCILER_TOKEN_A\n"
)


def found(text: str, provider: str = "scim") -> list[tuple[str, str]]:
    told = read(tenant=TENANT.format(provider) + text).diagnostics
    return [(str(one.position), one.rule) for one in told]


@pytest.mark.parametrize("name", mapping.NAMES)
def test_every_packaged_mapping_is_whole_and_says_where_it_is_from(name: str) -> None:
    assert list(mapping.contradictions(name)) == []
    assert mapping.of(name, "core").agent["email"]
    assert found(f"  mapping: {name}") == []


@pytest.mark.parametrize(
    ("text", "line", "rule"),
    [
        ("  mapping: nope", "6:3", "wrong-value"),
        ("  mapping: {agent: {emial: userName}}", "6:21", "unknown-key"),
        ("  mapping: {agent: {name: 'a b'}}", "6:21", "wrong-value"),
        ("  mapping:\n    agent:\n      name: nickName", "8:7", "mapping-contradictory"),
        (
            "  mapping:\n    agent:\n      skills: {path: skills, scale: [0.5, 5]}",
            "8:7",
            "mapping-contradictory",
        ),
        (
            "  mapping:\n    agent:\n      queues: {path: x, joined: ';', key: y}",
            "8:7",
            "mapping-contradictory",
        ),
        ("  mapping:\n    queue: none", "6:3", "mapping-contradictory"),
        ("  mapping: {agent: {email: none, extension: none}}", "6:13", "mapping-contradictory"),
        ("  page_size: 0", "6:3", "wrong-value"),
    ],
)
def test_an_unknown_or_contradictory_line_is_an_error_there(
    text: str, line: str, rule: str
) -> None:
    assert found(text) == [(f"tenant.yaml:{line}", rule)]


def test_a_mapping_is_for_scim_alone() -> None:
    assert found("  mapping: core", "xima") == [("tenant.yaml:6:3", "mapping-contradictory")]


def test_a_tenant_changes_one_line_of_a_mapping() -> None:
    fields = mapping.of({"from": "core", "agent": {"preferred_name": "none"}}, "core")
    assert "preferred_name" not in fields.agent
    assert fields.lacks == {"agent.preferred_name"}
    assert fields.agent.keys() >= {"email", "name", "extension", "queues"}


def test_a_mapping_in_code_is_judged_as_one_in_files() -> None:
    with pytest.raises(SetupError, match="cannot both stand at nickName"):
        mapping.of({"agent": {"name": "nickName"}}, "core")


@pytest.mark.parametrize(
    ("value", "level"), [(0.5, 1), (5.0, 10), ("3.5", 7), (0.0, 0), (3.4, 0), (None, 0), (9.5, 0)]
)
def test_a_value_between_two_levels_is_none_of_ours(value: Any, level: int) -> None:
    assert convert.level_of(value, (0.5, 5.0)) == level


@pytest.mark.parametrize("level", range(1, 11))
def test_a_level_is_written_as_the_value_that_stands_for_it(level: int) -> None:
    assert convert.level_of(convert.scaled(level, (0.5, 5.0)), (0.5, 5.0)) == level


def opened(tenant: servers.Plain, stated: dict[str, Any]) -> Doors:
    about = Tenant("odd", "scim", url=tenant.url, mapping=stated)
    return Doors(ScimProvider(transport(tenant.url), (), about))


def test_names_that_are_one_text_are_read_and_written_as_such() -> None:
    stated = {
        "agent": {"queues": {"path": "teamsString", "joined": ";"}},
        "queue": "unobserved",
        "members": {},
    }
    with servers.plain() as tenant:
        user = tenant.add("Users", {"userName": "ana@acme.example", "teamsString": "a; b"})
        doors = opened(tenant, stated)
        assert doors.fields(ANA)["queues"] == {"a": 0, "b": 0}
        doors.update(ANA, queues__a=None, queues__c=True)
        assert user["teamsString"] == "b; c"


def test_levels_are_written_in_the_scale_of_the_service() -> None:
    urn = "urn:ietf:params:scim:schemas:extension:genesys:purecloud:2.0:User"
    with servers.plain() as tenant:
        skills = {"routingSkills": [{"name": "spanish", "proficiency": 3.5}]}
        tenant.add("Users", {"userName": "ana@acme.example", urn: skills})
        doors = opened(tenant, {"from": "genesys"})
        assert doors.fields(ANA)["skills"] == {"spanish": 7}
        doors.provider.close()


def test_capabilities_are_what_the_mapping_says_and_the_service_announces() -> None:
    with servers.plain(described=[{"id": servers.USER, "attributes": [{"name": "userName"}]}]) as t:
        service = discover(transport(t.url), mapping.of("core", "core"))
        shown = capabilities(service)
    assert shown.observed["agent"] == {"email", "queues"}
    assert "licenses" not in shown.writable["agent"]
