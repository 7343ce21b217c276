"""scim2-tester, which probes a service with random values in every attribute that it announces.

On a core service it finds nothing. On the tenant it finds what the tenant is for: values that are
not any value. The list below is whole; each entry has one reason.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from scim2_client.engines.wsgi import WSGISCIMClient
from scim2_tester import CheckResult, Status, check_server

from reconciler.sandbox import access, faults, pools, seeding
from reconciler.sandbox.database import Database
from reconciler.sandbox.facts import Actor
from reconciler.sandbox.web.application import tenant_application
from tests.sandbox.tenant import AGENT

DIGITS = "an extension is digits, and the tester sends a random word"
LEVEL = "a level is 1 to 10, and the tester sends any number"
PRIORITY = "a priority is 0 to 10, and the tester sends any number"
LICENSE = "a license has a pool, and the tester sends a random word"
SET_ONCE = "the phone kind is set once, and the tester picks one of the two at random"
READ_ONLY = "the tenant's own facts: nobody creates one, so the tester has nothing to look at"

WHOLE = (
    "object_query_with_attributes",
    "object_list_with_attributes",
    "search_with_attributes",
    "object_replacement",
    "check_remove_attribute",
)
"""Checks that begin with a resource in which every attribute has a random value."""

READ_ONLY_CHECKS = (
    *WHOLE,
    "object_creation",
    "object_query",
    "object_query_without_id",
    "object_deletion",
    "check_add_attribute",
    "check_replace_attribute",
)


def known() -> dict[tuple[str, str, str], str]:
    """Resource type, check and attribute, with the reason why the tenant will not have it."""
    findings = {(kind, check, ""): DIGITS for kind in ("User", "Queue", "Skill") for check in WHOLE}
    findings |= {
        (kind, check, ""): READ_ONLY
        for kind in ("LicensePool", "DirectoryEntry")
        for check in READ_ONLY_CHECKS
    }
    for check in ("check_add_attribute", "check_replace_attribute"):
        findings |= {
            ("User", check, "entitlements"): LICENSE,
            ("User", check, AGENT): DIGITS,
            ("User", check, f"{AGENT}:extension"): DIGITS,
            ("User", check, f"{AGENT}:queues"): LEVEL,
            ("User", check, f"{AGENT}:skills"): LEVEL,
        }
        for kind in ("Queue", "Skill"):
            findings |= {
                (kind, check, "extension"): DIGITS,
                (kind, check, "priority"): PRIORITY,
                (kind, check, "defaultLevel"): LEVEL,
            }
    return findings


BY_CHANCE = {
    ("User", check, f"{AGENT}:phone"): SET_ONCE
    for check in ("check_add_attribute", "check_replace_attribute")
}
"""Found when the tester happens to pick the other kind."""


@contextmanager
def service(folder: Path, *, core: bool) -> Iterator[WSGISCIMClient]:
    """A client of a tenant in this process, seen by an administrator."""
    database = Database(folder / "tenant.db")
    with database.write(Actor("seed", access.ADMIN, "seed")) as transaction:
        seeding.plant(transaction, {}, pools.HUNDRED_EACH)
        tokens = access.tokens(transaction)
    application: Any = tenant_application(database, tokens, core=core, faults=faults.NONE)
    headers = {"Authorization": f"Bearer {tokens[access.ADMIN]}"}
    yield WSGISCIMClient(application, "http://sandbox.example/scim/v2", headers)
    application.close()
    database.close()


def findings(results: list[CheckResult]) -> set[tuple[str, str, str]]:
    return {
        (str(result.resource_type), str(result.title), attribute(result))
        for result in results
        if result.status in (Status.DEVIATION, Status.ERROR, Status.CRITICAL)
    }


def attribute(result: CheckResult) -> str:
    return str(result.data.get("urn", "")) if isinstance(result.data, dict) else ""


def test_nothing_is_found_on_a_core_service(tmp_path: Path) -> None:
    with service(tmp_path, core=True) as client:
        results = check_server(client)
    assert len(results) > 100
    assert findings(results) == set()


def test_on_the_tenant_exactly_what_is_known_is_found(tmp_path: Path) -> None:
    with service(tmp_path, core=False) as client:
        results = check_server(client)
    assert findings(results) - set(BY_CHANCE) == set(known())
    assert {result.resource_type for result in results if result.status is Status.SUCCESS} >= {
        "User",
        "Group",
        "Queue",
        "Skill",
    }
