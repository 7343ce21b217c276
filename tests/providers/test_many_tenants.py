"""One provider, many SCIM services: plan, apply, plan again is empty on each of them."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.providers import servers
from tests.running import Run

ODD = {
    "plain": {},
    "put only, with an attribute nobody knows": {
        "patch": False,
        "extra": {"favouriteColour": "green", "urn:acme:params:2.0:Badge": {"number": 7}},
    },
    "pages of seven": {"clamp": 7},
    "no etags": {"etag": False},
    "no filter": {"filter": False},
    "no schemas and no resource types": {"schemas": False},
    "attribute names in upper case": {"shouting": True},
    "answers without content": {"no_content": True},
    "groups that touch their users": {"touching": True},
}

FIRST = """
tenant: {{name: odd, provider: scim, url: "{url}", token_env: RECONCILER_TOKEN_ODD}}
queues: {{support: {{}}, billing: {{}}}}
agents:
  - {{name: Ana Diaz, extension: "0400", email: ana@acme.example, preferred_name: Ana,
      licenses: [voice], queues: [support, billing]}}
  - {{name: Bo Chen, extension: 4002, email: bo@acme.example, licenses: [voice, web_chat],
      queues: [support]}}
"""
SECOND = """
tenant: {{name: odd, provider: scim, url: "{url}", token_env: RECONCILER_TOKEN_ODD}}
queues: {{support: {{}}, billing: {{}}}}
agents:
  - {{name: Ana Maria Diaz, extension: 4002, email: ana@acme.example, preferred_name: null,
      licenses: [voice, sms], queues: [billing]}}
  - {{name: Bo Chen, extension: "0400", email: bo@acme.example, licenses: [voice],
      queues: [support]}}
  - {{name: Eva "Quote" Ng, extension: 4003, email: eva@acme.example, licenses: [voice],
      queues: [support]}}
policy: {{limits: {{license: {{remove: 5}}, membership: {{remove: 5}}}}}}
"""


@contextmanager
def opened(name: str) -> Iterator[tuple[str, servers.Plain | None]]:
    if name == "scim2-server":
        with servers.core() as url:
            yield url, None
        return
    with servers.plain(**ODD[name]) as tenant:
        yield tenant.url, tenant


def state(folder: Path, text: str, url: str) -> None:
    folder.mkdir(exist_ok=True)
    (folder / "all.yaml").write_text(text.format(url=url))


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RECONCILER_TOKEN_ODD", servers.TOKEN)
    return tmp_path / "desired-state"


@pytest.mark.parametrize("name", [*ODD, "scim2-server"])
def test_plan_apply_plan_again_is_empty(name: str, here: Path, run: Run) -> None:
    with opened(name) as (url, _):
        for text in (FIRST, SECOND):
            state(here, text, url)
            applied = run("apply", "--yes")
            assert applied.code == 0, applied.out + applied.err
            again = run("plan", "--format", "json", "--detailed-exitcode")
            assert again.json["changes"] == []
            assert again.code == 0


def test_a_whole_put_keeps_attributes_that_nobody_knows(here: Path, run: Run) -> None:
    name = "put only, with an attribute nobody knows"
    with opened(name) as (url, tenant):
        assert tenant
        state(here, FIRST, url)
        run("apply", "--yes")
        state(here, SECOND, url)
        run("apply", "--yes")
        for user in tenant.tables["Users"].values():
            assert user["favouriteColour"] == "green"
            assert user["urn:acme:params:2.0:Badge"] == {"number": 7}


def test_foreign_members_and_nested_groups_stay(here: Path, run: Run) -> None:
    with servers.plain() as tenant:
        state(here, FIRST, tenant.url)
        run("apply", "--yes")
        support = next(g for g in tenant.tables["Groups"].values() if g["displayName"] == "support")
        foreign = [{"value": "id-of-a-group", "type": "Group"}, {"value": "stranger"}]
        support["members"] += foreign
        state(here, SECOND, tenant.url)
        assert run("apply", "--yes").code == 0
        assert all(member in support["members"] for member in foreign)


def test_planning_sends_nothing_but_reads(here: Path, run: Run) -> None:
    with servers.plain() as tenant:
        state(here, FIRST, tenant.url)
        for command in (("plan",), ("drift",), ("export", "out")):
            run(*command)
        assert tenant.writes == []


def test_a_thousand_agents_are_read_with_one_request_a_page(here: Path, run: Run) -> None:
    """Besides: one for an extension that no schema has, one for inactive people, three single."""
    with servers.plain() as tenant:
        for number in range(1000):
            tenant.add("Users", {"userName": f"u{number}@acme.example", "active": True})
        state(here, FIRST, tenant.url)
        assert run("plan").code == 0
        assert sum(path.startswith("/Users") for _, path in tenant.requests) == 1 + 5 + 1 + 3


@pytest.mark.parametrize(
    ("odd", "words"),
    [
        ({"total_off": 1}, "also when read again"),
        ({"total_off": -3}, "also when read again"),
        ({"clamp": 7, "ignores_start": True}, "was asked for its resources from 8 on"),
    ],
)
def test_a_listing_that_does_not_add_up_is_no_listing(
    odd: dict[str, Any], words: str, here: Path, run: Run
) -> None:
    with servers.plain(**odd) as tenant:
        for number in range(20):
            tenant.add("Users", {"userName": f"u{number}@acme.example", "active": True})
        state(here, FIRST, tenant.url)
        ran = run("plan")
        assert ran.code == 7
        assert words in ran.err
        assert ran.out == ""
