"""What is read of records that real services write, and of what they announce."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest

from reconciler import errors, kinds, read
from reconciler.model import Capabilities, Reading, Resource
from reconciler.providers.scim import ScimProvider, attributes, convert
from reconciler.providers.scim.discovery import _below, discover
from reconciler.providers.scim.service import Service, Type
from tests.providers import servers
from tests.providers.doors import ANA, Doors, opened, plain, transport

CORE = Service({"User": Type("/Users", servers.USER)})
FULL = Service({"User": Type("/Users", servers.USER)}, agent=servers.AGENT)


def fields(record: dict[str, Any], service: Service = CORE) -> Mapping[str, Any]:
    return convert.agents(service)({"id": "1", **record}).fields


# --- users ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("record", "email", "address"),
    [
        ({"userName": "Ana@Acme.example"}, "ana@acme.example", ANA),
        ({"userName": "ana", "emails": [{"value": "Ana@acme.example"}]}, "ana@acme.example", ANA),
        (
            {
                "userName": "ana",
                "emails": [
                    {"value": "ana@home.example", "type": "home", "primary": True},
                    {"value": "ana@acme.example", "type": "Work"},
                ],
            },
            "ana@acme.example",
            ANA,
        ),
        ({"userName": "Ana", "phoneNumbers": [{"value": "4001"}]}, None, "agent/4001"),
        ({"userName": "Ana"}, None, "agent/ana"),
        ({"userName": 17}, None, "agent/17"),
        ({}, None, "agent/1"),
    ],
)
def test_an_agent_is_known_by_email_then_number_then_user_name(
    record: dict[str, Any], email: str | None, address: str
) -> None:
    agent = convert.agents(CORE)({"id": "1", **record})
    assert (agent.fields.get("email"), agent.address) == (email, address)


@pytest.mark.parametrize(
    ("phones", "extension"),
    [
        ([], None),
        ([{"value": "4001", "type": "work"}], "4001"),
        ([{"value": "0400"}], "0400"),
        ([{"value": 4001, "type": "work"}], "4001"),
        ([{"value": "tel:4001", "type": "work"}], "4001"),
        ([{"value": "tel:4001;phone-context=acme.example", "type": "work"}], "4001"),
        ([{"value": "tel:+15551234;ext=0400;isub=1", "type": "work"}], "0400"),
        ([{"value": "+15550001", "type": "mobile"}], None),
        ([{"value": "1", "type": "mobile"}, {"value": "4001", "type": "WORK"}], "4001"),
        (
            [
                {"value": "4001", "type": "work"},
                {"value": "4002", "type": "work", "primary": True},
            ],
            "4002",
        ),
        ({"value": "4001", "type": "work"}, "4001"),
        ("4001", None),
    ],
)
def test_the_work_number_is_the_extension(phones: Any, extension: str | None) -> None:
    assert fields({"phoneNumbers": phones})["extension"] == extension


@pytest.mark.parametrize(
    ("value", "after"),
    [
        (None, "4002"),
        ("4001", "4002"),
        ("tel:4001", "tel:4002"),
        ("tel:4001;phone-context=acme.example", "tel:4002;phone-context=acme.example"),
        ("tel:+15551234;ext=4001;isub=1", "tel:+15551234;ext=4002;isub=1"),
    ],
)
def test_another_extension_is_written_as_the_tenant_writes_it(
    value: str | None, after: str
) -> None:
    assert convert.renumbered(value, "4002") == after


@pytest.mark.parametrize(
    ("record", "name"),
    [
        ({"displayName": "Ana Diaz", "name": {"formatted": "Other"}}, "Ana Diaz"),
        ({"name": {"formatted": "Ana M. Diaz"}}, "Ana M. Diaz"),
        ({"name": {"givenName": "Ana", "familyName": "Diaz"}}, "Ana Diaz"),
        ({}, None),
    ],
)
def test_a_name_is_the_display_name_or_made_of_its_parts(
    record: dict[str, Any], name: str | None
) -> None:
    assert fields(record)["name"] == name


@pytest.mark.parametrize(
    ("value", "active"),
    [
        (True, True),
        (False, False),
        ("True", True),
        ("False", False),
        ("FALSE", False),
        (" true ", True),
        ("no", None),
        (0, None),
        (None, None),
        ({}, None),
    ],
)
def test_sign_in_is_true_or_false_also_as_text_or_unobserved(value: Any, active: Any) -> None:
    assert fields({"active": value}).get("active") is active
    assert "active" not in fields({})


def test_a_full_record_is_read_in_whatever_case() -> None:
    ours = {
        "EXTENSION": "0400",
        "recordingmode": "Automatic (Pausing Prohibited)",
        "QUEUES": [{"value": "support", "level": "8"}, {"value": "billing"}, {"level": 3}, "x"],
        "skills": None,
        "reviewOwnRecordings": "yes",
    }
    record = {"USERNAME": "ana@acme.example", servers.AGENT.upper(): ours, "Entitlements": None}
    assert fields(record, FULL) == {
        **dict.fromkeys(kinds.AGENT_SETTINGS),
        "email": "ana@acme.example",
        "name": None,
        "preferred_name": None,
        "licenses": frozenset(),
        "extension": "0400",
        "phone": None,
        "no_answer_destination": None,
        "recording_mode": "automatic_pausing_prohibited",
        "review_own_recordings": None,
        "queues": {"support": 8, "billing": 0, "x": 0},
        "skills": {},
    }


def test_an_entitlement_may_be_a_bare_name_and_an_odd_one_is_no_license() -> None:
    with plain() as (doors, tenant):
        odd = [
            {"value": "voice"},
            {"value": "gold"},
            {"value": None},
            {"x": 1},
            "sms",
            {"value": {}},
        ]
        tenant.add("Users", {"userName": "ana@acme.example", "entitlements": odd})
        assert doors.fields(ANA)["licenses"] == {"voice", "sms"}


def test_licenses_of_the_files_and_of_the_tenant_count_besides_those_we_know() -> None:
    with servers.plain() as tenant:
        held = [{"value": "fax"}, {"value": "gold"}, {"value": "voice"}]
        tenant.add("Users", {"userName": "ana@acme.example", "entitlements": held})
        provider = ScimProvider(transport(tenant.url), ["fax"])
        assert provider.reader.read().resources[ANA].fields["licenses"] == {"fax", "voice"}
        provider.close()


def test_people_who_share_an_email_are_known_by_their_user_names() -> None:
    with plain() as (doors, tenant):
        shared = [{"value": "desk@acme.example", "type": "work"}]
        for name in ("ana", "Bo", "desk@acme.example"):
            tenant.add("Users", {"userName": name, "emails": shared})
        reading = doors.read()
        assert {"agent/ana", "agent/bo", "agent/desk@acme.example"} <= reading.resources.keys()
        assert "email" not in reading.resources["agent/bo"].fields
        assert [note.rule for note in reading.notes] == ["shared-email", "shared-email"]


# --- listings ------------------------------------------------------------------------------------


def test_two_queues_of_one_name_are_told() -> None:
    with plain() as (doors, tenant):
        for _ in range(2):
            tenant.add("Groups", {"displayName": "support"})
        with pytest.raises(
            errors.ImplausibleError, match=r"queue/support twice \(ids id-1 and id-3"
        ):
            doors.read()


def test_a_group_without_a_name_is_no_queue() -> None:
    with plain() as (doors, tenant):
        tenant.add("Groups", {"members": []})
        assert doors.read().resources == {}


@pytest.mark.parametrize("identifier", [None, "", ".", ".."])
def test_a_resource_without_a_usable_id_is_told(identifier: str | None) -> None:
    with plain() as (doors, tenant):
        tenant.add("Users", {"userName": "ana@acme.example"})["id"] = identifier
        with pytest.raises(errors.ImplausibleError, match="without an id"):
            doors.read()


def test_users_that_are_not_there_are_no_empty_tenant() -> None:
    with plain(schemas=False) as (doors, tenant):
        del tenant.tables["Users"]
        with pytest.raises(errors.ImplausibleError, match="/Users answers 404 instead of a list"):
            doors.read()


def test_groups_that_are_not_there_leave_memberships_unobserved() -> None:
    with plain(schemas=False) as (doors, tenant):
        del tenant.tables["Groups"]
        tenant.add("Users", {"userName": "ana@acme.example"})
        reading = doors.read()
        assert "queues" not in reading.resources[ANA].fields
        assert reading.capabilities.observed.keys() == {"agent"}
        assert reading.capabilities.creates == {"agent"}


def test_groups_that_are_announced_have_to_be_there() -> None:
    with plain() as (doors, tenant):
        del tenant.tables["Groups"]
        with pytest.raises(errors.ImplausibleError, match="/Groups answers 404"):
            doors.read()


def test_a_listing_is_read_with_a_request_a_page() -> None:
    """Besides: discovery, a look for our extension, groups, inactive people, three single ones."""
    with plain(clamp=7) as (doors, tenant):
        for number in range(20):
            tenant.add("Users", {"userName": f"u{number}@acme.example"})
        reading = doors.read()
        assert len(reading.resources) == 20
        assert reading.requests == 3 + 1 + 3 + 1 + 1 + 3
        assert doors.read().requests == 3 + 1 + 1 + 3


def test_a_deletion_between_two_pages_hides_nobody() -> None:
    """The listing is whole in number then, and one record slipped onto a page that was read."""
    with plain(clamp=5) as (doors, tenant):
        for number in range(10):
            tenant.add("Users", {"userName": f"u{number}@acme.example"})
        usual = tenant._page

        def page(records: list[dict[str, Any]], query: dict[str, list[str]]) -> dict[str, Any]:
            shown = usual(records, query)
            if tenant.lists == 1:
                del tenant.tables["Users"]["id-3"]
            return shown

        tenant._page = page  # type: ignore[method-assign]  # somebody acts in between
        emails = {r.fields["email"] for r in doors.read().resources.values()}
        assert emails == {user["userName"] for user in tenant.tables["Users"].values()}


# --- discovery -----------------------------------------------------------------------------------


@contextmanager
def announcing(**answers: Any) -> Iterator[Doors]:
    """A plain tenant that answers differently on its discovery endpoints."""
    with servers.plain() as tenant:
        usual = tenant._discovery
        tenant._discovery = lambda name: answers.get(name) or usual(name)  # type: ignore[method-assign]  # the odd answer
        with opened(tenant.url) as doors:
            yield doors


def service_of(**answers: Any) -> Service:
    with announcing(**answers) as doors:
        return doors.provider.writer._service


TYPES = [
    {"name": "User", "endpoint": "/Users", "schema": servers.USER},
    {"name": "Group", "endpoint": "/Groups", "schema": servers.GROUP},
]
NOT_THERE = (404, {"status": "404"})


@pytest.mark.parametrize(
    ("answer", "names"),
    [
        ((200, servers.listing(TYPES)), {"User", "Group"}),
        ((200, TYPES), {"User", "Group"}),
        ((200, TYPES[0]), {"User"}),
        ((200, servers.listing([])), {"User", "Group"}),
        ((200, servers.listing([{**TYPES[0], "name": "Person"}])), {"User"}),
        ((200, servers.listing([{**TYPES[0], "schema": servers.USER.upper()}])), {"User"}),
        ((200, servers.listing([{"id": "Group", "endpoint": "/Groups"}])), {"User", "Group"}),
        (NOT_THERE, {"User", "Group"}),
        ((501, None), {"User", "Group"}),
        ((400, {"detail": "what?"}), {"User", "Group"}),
    ],
)
def test_resource_types_come_in_many_forms(answer: Any, names: set[str]) -> None:
    assert service_of(ResourceTypes=answer).types.keys() == names


@pytest.mark.parametrize(
    ("endpoint", "path"),
    [
        ("/Users", "/Users"),
        ("Users", "/Users"),
        ("/Users/", "/Users"),
        ("https://inside.example/scim/v2/Users", "/Users"),
        ("https://inside.example/other/Users", "/Users"),
        ("/scim/v2/Users", "/Users"),
        ("/scim/v2x/Users", "/scim/v2x/Users"),
    ],
)
def test_an_endpoint_is_looked_for_below_our_own_root(endpoint: str, path: str) -> None:
    assert _below("https://acme.example/scim/v2", endpoint) == path


@pytest.mark.parametrize(
    ("answer", "patch", "etag"),
    [
        ((200, {"patch": {"supported": True}}), True, True),
        ((200, {"Patch": {"Supported": "true"}, "etag": {"supported": False}}), True, False),
        ((200, servers.listing([{"patch": {"supported": True}}])), True, True),
        ((200, {"patch": {"supported": False}}), False, True),
        ((200, {"patch": None}), False, True),
        ((200, {}), False, True),
        (NOT_THERE, False, True),
    ],
)
def test_a_feature_counts_as_there_when_it_is_announced(
    answer: Any, patch: bool, etag: bool
) -> None:
    service = service_of(ServiceProviderConfig=answer)
    assert (service.can_patch, service.has_etags) == (patch, etag)


@pytest.mark.parametrize("schemas", [[{"id": servers.AGENT.upper()}], []])
def test_the_extension_is_written_as_it_is_announced(schemas: list[Any]) -> None:
    urn = servers.AGENT.upper()
    types = [{**TYPES[0], "schemaExtensions": [{"schema": urn}]}]
    answers = {"ResourceTypes": (200, servers.listing(types)), "Schemas": (200, schemas)}
    assert service_of(**answers).agent == urn


@pytest.mark.parametrize("is_listed", [True, False])
@pytest.mark.parametrize("extensions", [None, [], [{"schema": attributes.ENTERPRISE}]])
def test_the_enterprise_extension_counts_where_it_is_announced(
    extensions: list[Any] | None, is_listed: bool
) -> None:
    user = TYPES[0] | ({} if extensions is None else {"schemaExtensions": extensions})
    schema = {"id": attributes.ENTERPRISE, "attributes": [{"name": "costCenter"}]}
    answers = {
        "ResourceTypes": (200, servers.listing([user])),
        "Schemas": (200, servers.listing([schema] if is_listed else [])),
    }
    is_announced = bool(extensions) or (extensions is None and is_listed)
    user_type = service_of(**answers).user
    assert user_type.shows(f"{attributes.ENTERPRISE}:costCenter") is is_announced
    assert user_type.takes(f"{attributes.ENTERPRISE}:costCenter") is is_announced


def test_schemas_alone_announce_the_extension_and_our_types() -> None:
    schemas = [{"id": servers.AGENT}, {"id": f"{servers.OURS}Queue"}]
    answers = {"ResourceTypes": NOT_THERE, "Schemas": (200, servers.listing(schemas))}
    service = service_of(**answers)
    assert service.agent == servers.AGENT
    assert service.types["Queue"].endpoint == "/Queues"
    assert "Skill" not in service.types


def test_an_extension_that_is_not_of_users_is_not_announced() -> None:
    types = [{**TYPES[0], "schemaExtensions": [{"schema": "urn:acme:Other"}]}]
    answers = {
        "ResourceTypes": (200, servers.listing(types)),
        "Schemas": (200, servers.listing([{"id": servers.AGENT}])),
    }
    assert service_of(**answers).agent is None


@pytest.mark.parametrize(
    "answer", [(401, {}), (403, {"detail": "no"}), (200, "nothing"), (200, 17)]
)
@pytest.mark.parametrize("name", ["ServiceProviderConfig", "ResourceTypes", "Schemas"])
def test_a_refusal_or_something_else_than_scim_is_no_missing_endpoint(
    name: str, answer: Any
) -> None:
    with pytest.raises(errors.CannotTellError), announcing(**{name: answer}):
        pass


def test_discovery_is_paged_like_any_listing() -> None:
    with servers.plain() as tenant:
        door = transport(tenant.url)
        calls = []
        usual = tenant.answer

        def answer(method: str, path: str, headers: Any, body: Any) -> tuple[int, Any]:
            if path.startswith("/ResourceTypes"):
                calls.append(path)
                return 200, servers.listing([TYPES[len(calls) - 1]], 2)
            return usual(method, path, headers, body)

        tenant.answer = answer  # type: ignore[method-assign]  # the odd answer
        assert discover(door).types.keys() == {"User", "Group"}
        assert calls == ["/ResourceTypes", "/ResourceTypes?startIndex=2"]
        door.close()


# --- readings that contradict themselves ---------------------------------------------------------


class RateLimitHeaders:
    """A provider that gives these readings, one after the other."""

    def __init__(self, *readings: Reading) -> None:
        self.left = list(readings)
        self.reader = self

    def read(self) -> Reading:
        return self.left.pop(0)


def reading(*queues: str) -> Reading:
    ana = Resource(ANA, "agent", {"queues": {"support": 8}})
    listed = {f"queue/{name}": Resource(f"queue/{name}", "queue", {}) for name in queues}
    observed = {"agent": frozenset({"queues"}), "queue": frozenset[str]()}
    return Reading({ANA: ana, **listed}, Capabilities(observed, observed))


def test_agents_in_a_queue_that_is_not_listed_mean_half_a_reading() -> None:
    provider: Any = RateLimitHeaders(reading("billing"), reading())
    with pytest.raises(errors.ImplausibleError, match="queue/support, and does not list it"):
        read.live(provider)


def test_a_queue_that_was_made_while_we_read_is_found_on_the_second_look() -> None:
    provider: Any = RateLimitHeaders(reading(), reading("support"))
    assert "queue/support" in read.live(provider).resources


def test_a_tenant_that_lists_no_queues_at_all_contradicts_nothing() -> None:
    seen = reading()
    observed = {"agent": frozenset({"queues"})}
    unlisted = Reading(seen.resources, Capabilities(observed, observed))
    provider: Any = RateLimitHeaders(unlisted)
    assert read.live(provider) == unlisted


def test_an_email_is_read_in_lower_case_and_composed() -> None:
    """So that a tenant that keeps decomposed letters shows the same person as the files."""
    assert convert.email({"userName": "JOSE\u0301@acme.example"}) == "jos\u00e9@acme.example"
