"""What goes over the wire when something is written: how much, and under which condition."""

from typing import Any

import pytest

from reconciler import errors
from reconciler.model import Handle, Verb
from tests.providers import servers
from tests.providers.doors import ANA, BILLING, BO, SUPPORT, Doors, opened, operation, plain

FULL = {"full": True}


def agent(doors: Doors, address: str = ANA, **values: Any) -> None:
    name = address.partition("/")[2]
    doors.create(address, name=name.partition("@")[0], email=name, **values)


def requests_of(tenant: servers.Plain, doors: Doors, **values: Any) -> list[str]:
    """The methods that one update takes."""
    before = len(tenant.requests)
    doors.update(ANA, **values)
    return [method for method, _ in tenant.requests[before:]]


@pytest.mark.parametrize(
    ("odd", "values", "methods"),
    [
        (FULL, {"extension": "4002", "queues__support": 8, "licenses__voice": True}, ["PATCH"]),
        (FULL, {"email": "other@acme.example"}, ["GET", "PATCH"]),
        (FULL | {"patch": False}, {"extension": "4002"}, ["GET", "PUT"]),
        ({}, {"preferred_name": "Ana"}, ["PATCH"]),
        ({}, {"extension": "4002"}, ["GET", "PATCH"]),
    ],
)
def test_an_update_takes_as_few_requests_as_it_can(
    odd: dict[str, Any], values: dict[str, Any], methods: list[str]
) -> None:
    with plain(**odd) as (doors, tenant):
        agent(doors, extension="0400")
        doors.read()
        assert requests_of(tenant, doors, **values) == methods


def test_a_create_takes_one_request_with_everything_in_it() -> None:
    with plain(**FULL) as (doors, tenant):
        doors.create(SUPPORT, extension="1001", priority=5)
        agent(doors, extension="0400", licenses__voice=True, queues__support=8)
        assert [method for method, _ in tenant.writes] == ["POST", "POST"]
        _, body = tenant.bodies[-1]
        assert body == {
            "schemas": [servers.USER, servers.AGENT],
            "userName": "ana@acme.example",
            "displayName": "ana",
            "name": {"formatted": "ana", "givenName": "ana"},
            "active": True,
            "emails": [{"value": "ana@acme.example", "type": "work", "primary": True}],
            "entitlements": [{"value": "voice"}],
            servers.AGENT: {"extension": "0400", "queues": [{"value": "support", "level": 8}]},
        }


def test_three_hundred_joiners_of_a_group_are_one_write() -> None:
    with plain() as (doors, tenant):
        doors.create(SUPPORT)
        people = [f"agent/p{number}@acme.example" for number in range(300)]
        for address in people:
            tenant.add("Users", {"userName": address.removeprefix("agent/")})
        doors.read()
        before = len(tenant.requests)
        doors.send(*(operation(a, Verb.UPDATE, {"queues.support": True}) for a in people))
        assert [method for method, _ in tenant.requests[before:]] == ["PATCH"]
        doors.send(*(operation(a, Verb.UPDATE, {"queues.support": None}) for a in people[:299]))
        assert [len(g["members"]) for g in tenant.tables["Groups"].values()] == [1]


def test_a_group_is_created_with_its_members_in_one_write() -> None:
    with plain() as (doors, tenant):
        agent(doors)
        doors.read()
        doors.send(
            operation(SUPPORT, Verb.CREATE, {}),
            operation(ANA, Verb.UPDATE, {"queues.support": True}),
        )
        assert [path for _, path in tenant.writes] == ["/Users", "/Groups"]
        assert doors.fields(ANA)["queues"] == {"support": 0}


def test_who_joins_and_leaves_again_in_one_write_has_left() -> None:
    with plain() as (doors, tenant):
        agent(doors)
        doors.create(SUPPORT)
        doors.read()
        doors.send(
            operation(ANA, Verb.UPDATE, {"queues.support": True}),
            operation(ANA, Verb.UPDATE, {"queues.support": None}),
        )
        (group,) = tenant.tables["Groups"].values()
        assert not group.get("members")


def test_the_first_write_carries_the_version_that_was_read_and_the_next_the_new_one() -> None:
    with plain() as (doors, _):
        agent(doors)
        doors.read()
        read = doors.known[ANA]
        doors.update(ANA, preferred_name="A")
        assert doors.known[ANA].version not in (None, read.version)
        doors.update(ANA, preferred_name="B")
        doors.known[ANA] = read
        with pytest.raises(errors.PreconditionFailedError):
            doors.update(ANA, preferred_name="C")
        assert doors.fields(ANA)["preferred_name"] == "B"


@pytest.mark.parametrize("patch", [True, False])
def test_an_object_that_was_changed_since_is_not_written_whole(patch: bool) -> None:
    with plain(patch=patch) as (doors, tenant):
        agent(doors, extension="0400")
        doors.read()
        tenant.touch("Users", next(iter(tenant.tables["Users"].values())))
        with pytest.raises(errors.PreconditionFailedError):
            doors.update(ANA, extension="4002")
        assert len(tenant.writes) == 1


@pytest.mark.parametrize("strange", ["7", 'W/"7"\r\nX-Other: 1', "ä", '"ä"'])
def test_a_version_that_is_no_entity_tag_is_not_sent(strange: str) -> None:
    with plain() as (doors, tenant):
        agent(doors)
        doors.read()
        doors.known[ANA] = Handle(doors.known[ANA].id, strange)
        doors.update(ANA, preferred_name="A")
        assert tenant.conditions[-1] is None


def test_a_service_that_says_it_has_no_etags_is_sent_none() -> None:
    with plain(etag=False) as (doors, tenant):
        agent(doors)
        doors.read()
        doors.known[ANA] = Handle(doors.known[ANA].id, 'W/"7"')
        doors.update(ANA, preferred_name="A")
        assert tenant.conditions[-1] is None


def test_a_patch_that_misses_its_target_is_made_again_from_the_object_itself() -> None:
    """Somebody took the license and the level's membership away since the tenant was read."""
    with plain(full=True, etag=False) as (doors, tenant):
        doors.create(SUPPORT)
        agent(doors, licenses__voice=True, licenses__sms=True, queues__support=8)
        doors.read()
        (user,) = tenant.tables["Users"].values()
        user["entitlements"] = [{"value": "sms"}]
        user[servers.AGENT]["queues"] = []
        doors.update(ANA, licenses__voice=None, queues__support=9, preferred_name="A")
        fields = doors.fields(ANA)
        assert (fields["licenses"], fields["queues"]) == ({"sms"}, {"support": 9})


def test_what_seems_done_already_is_looked_at_before_nothing_is_sent() -> None:
    with plain(full=True, etag=False) as (doors, tenant):
        agent(doors)
        doors.read()
        (user,) = tenant.tables["Users"].values()
        user["entitlements"] = [{"value": "voice"}]
        doors.update(ANA, licenses__voice=None)
        assert doors.fields(ANA)["licenses"] == frozenset()


def test_after_a_lost_answer_the_object_itself_is_remembered() -> None:
    with plain(**FULL) as (doors, tenant):
        agent(doors)
        doors.read()
        (user,) = tenant.tables["Users"].values()
        user["entitlements"] = [{"value": "voice"}]
        added = operation(ANA, Verb.UPDATE, {"licenses.voice": True})
        assert doors.provider.writer.confirm([added], doors.known)
        assert requests_of(tenant, doors, licenses__voice=None) == ["PATCH"]
        assert doors.fields(ANA)["licenses"] == frozenset()


FOREIGN: dict[str, Any] = {
    "favouriteColour": "green",
    "entitlements": [{"value": "beta-program", "type": "other"}, {"value": "voice", "x": 1}],
    "phoneNumbers": [
        {"value": "+15550001", "type": "mobile"},
        {"value": "tel:+15551234;ext=0400", "type": "work", "display": "0400"},
    ],
    "emails": [
        {"value": "ana@home.example", "type": "home"},
        {"value": "ana@acme.example", "type": "work", "primary": True},
    ],
}


@pytest.mark.parametrize("patch", [True, False])
def test_what_is_not_ours_stays_as_it_was(patch: bool) -> None:
    with plain(patch=patch) as (doors, tenant):
        user = tenant.add("Users", {"userName": "ana@acme.example", **FOREIGN})
        fields = doors.fields(ANA)
        assert (fields["licenses"], fields["extension"]) == ({"voice"}, "0400")
        doors.update(ANA, extension="4002", email="a@acme.example", licenses__sms=True)
        doors.read()
        doors.update("agent/a@acme.example", licenses__voice=None)
        (user,) = tenant.tables["Users"].values()
        assert user["favouriteColour"] == "green"
        assert user["userName"] == "a@acme.example"
        assert user["entitlements"] == [
            {"value": "beta-program", "type": "other"},
            {"value": "sms"},
        ]
        assert user["phoneNumbers"] == [
            {"value": "+15550001", "type": "mobile"},
            {"value": "tel:+15551234;ext=4002", "type": "work"},
        ]
        assert user["emails"] == [
            {"value": "ana@home.example", "type": "home"},
            {"value": "a@acme.example", "type": "work", "primary": True},
        ]


@pytest.mark.parametrize("patch", [True, False])
def test_a_user_name_that_is_no_email_stays_when_the_email_changes(patch: bool) -> None:
    with plain(patch=patch) as (doors, tenant):
        tenant.add("Users", {"userName": "adiaz", "emails": [{"value": "Ana@acme.example"}]})
        doors.read()
        doors.update(ANA, email="ana.diaz@acme.example")
        (user,) = tenant.tables["Users"].values()
        assert user["userName"] == "adiaz"
        assert user["emails"] == [{"value": "ana.diaz@acme.example"}]


@pytest.mark.parametrize("patch", [True, False])
def test_nested_groups_and_strangers_stay_members(patch: bool) -> None:
    with plain(patch=patch) as (doors, tenant):
        agent(doors)
        agent(doors, BO)
        nested = {"value": "id-of-a-group", "type": "Group", "display": "Night shift"}
        stranger = {"value": "nobody-we-see", "$ref": "https://other.example/Users/1"}
        members = [nested, {"value": "id-1"}, stranger]
        tenant.add("Groups", {"displayName": "support", "members": members})
        assert doors.fields(ANA)["queues"] == {"support": 0}
        doors.update(ANA, queues__support=None)
        doors.update(BO, queues__support=True)
        (group,) = tenant.tables["Groups"].values()
        assert nested in group["members"]
        assert stranger in group["members"]
        assert doors.fields(BO)["queues"] == {"support": 0}


def described(**known: dict[str, Any]) -> list[dict[str, Any]]:
    """A user schema with these attributes besides the ones that every service has."""
    usual = {name: {} for name in ("userName", "displayName", "active", "entitlements", "emails")}
    attributes = [{"name": name, **facts} for name, facts in {**usual, **known}.items()]
    return [{"id": servers.USER, "attributes": attributes}]


def test_a_whole_put_that_would_lose_a_hidden_attribute_is_refused() -> None:
    hidden = {"mutability": "readWrite", "returned": "never"}
    secret = {"mutability": "writeOnly", "returned": "never"}
    schemas = described(password=secret, pin=hidden)
    with plain(patch=False, described=schemas) as (doors, tenant):
        agent(doors)
        doors.read()
        with pytest.raises(errors.RequestError, match="pin"):
            doors.update(ANA, name="Ana Maria")
        assert len(tenant.writes) == 1


def test_a_password_is_no_reason_to_refuse_a_whole_put() -> None:
    secret = {"mutability": "writeOnly", "returned": "never"}
    with plain(patch=False, described=described(password=secret)) as (doors, _):
        agent(doors)
        doors.read()
        doors.update(ANA, name="Ana Maria")
        assert doors.fields(ANA)["name"] == "Ana Maria"


def test_what_a_service_does_not_announce_is_neither_observed_nor_written() -> None:
    schemas = described(nickName={"mutability": "readOnly"})
    with plain(described=schemas) as (doors, _):
        agent(doors)
        reading = doors.read()
        observed = reading.capabilities.observed["agent"]
        writable = reading.capabilities.writable["agent"]
        assert "extension" not in observed | writable | reading.resources[ANA].fields.keys()
        assert "preferred_name" in observed
        assert "preferred_name" not in writable


def test_a_service_without_active_says_nothing_of_sign_in() -> None:
    schemas = [{"id": servers.USER, "attributes": [{"name": "userName"}, {"name": "displayName"}]}]
    with plain(described=schemas) as (doors, tenant):
        agent(doors)
        reading = doors.read()
        assert reading.capabilities.observed["agent"] == {"email", "name", "queues"}
        assert "active" not in reading.resources[ANA].fields
        (user,) = tenant.tables["Users"].values()
        assert "active" not in user


def test_a_name_that_a_service_requires_is_made_of_ours() -> None:
    with plain(described=described(name={"required": True})) as (doors, tenant):
        doors.create(ANA, name="Ana Maria Diaz", email="ana@acme.example")
        (user,) = tenant.tables["Users"].values()
        assert user["name"] == {
            "formatted": "Ana Maria Diaz",
            "givenName": "Ana Maria",
            "familyName": "Diaz",
        }


def test_a_reading_door_sends_no_write() -> None:
    with servers.plain() as tenant:
        with opened(tenant.url, read_only=True) as doors:
            doors.read()
            with pytest.raises(errors.WriteForbiddenError):
                agent(doors)
        assert tenant.writes == []


def test_a_membership_in_what_is_no_queue_cannot_be_written() -> None:
    with plain() as (doors, tenant):
        agent(doors)
        doors.read()
        with pytest.raises(errors.RequestError, match="queue/billing is not in the tenant"):
            doors.update(ANA, queues__billing=True)
        doors.known[BILLING] = Handle("id-1")
        with pytest.raises(errors.RequestError, match=r"agent/bo@acme\.example is not in"):
            doors.update(BO, queues__billing=True)
        assert len(tenant.writes) == 1


def test_presence_is_read_from_the_agent_itself() -> None:
    with plain(**FULL) as (doors, tenant):
        agent(doors, extension="0400")
        doors.read()
        (user,) = tenant.tables["Users"].values()
        assert doors.provider.writer.presence(doors.known[ANA]) is None
        user[servers.AGENT]["presence"] = "on_call"
        assert doors.provider.writer.presence(doors.known[ANA]) == "on_call"
        assert doors.provider.writer.presence(Handle("nobody")) is None


def test_presence_of_a_core_tenant_is_unobserved_without_asking() -> None:
    with plain() as (doors, tenant):
        before = len(tenant.requests)
        assert doors.provider.writer.presence(Handle("id-1")) is None
        assert len(tenant.requests) == before


def members_of(tenant: servers.Plain) -> set[str]:
    (group,) = tenant.tables["Groups"].values()
    return {member["value"] for member in group.get("members", [])}


@pytest.mark.parametrize("patch", [True, False])
def test_a_version_that_moved_by_our_own_hand_is_taken_up(patch: bool) -> None:
    """Some tenants count a user's groups among what makes the user's version."""
    with plain(touching=True, patch=patch) as (doors, tenant):
        agent(doors, extension="4001")
        agent(doors, BO, extension="4002")
        doors.create(SUPPORT)
        doors.read()
        doors.update(ANA, queues__support=True)
        doors.update(ANA, extension="4009")
        assert doors.fields(ANA)["extension"] == "4009"
        doors.delete(BO)
        doors.update(ANA, queues__support=None)
        assert members_of(tenant) == set()


@pytest.mark.parametrize("patch", [True, False])
@pytest.mark.parametrize("group", [True, False])
def test_a_version_that_moved_by_anybody_else_is_not(patch: bool, group: bool) -> None:
    with plain(touching=True, patch=patch) as (doors, tenant):
        agent(doors, extension="4001")
        doors.create(SUPPORT)
        doors.read()
        if group:
            doors.update(ANA, queues__support=True)
        (user,) = tenant.tables["Users"].values()
        user["active"] = False
        tenant.touch("Users", user)
        with pytest.raises(errors.PreconditionFailedError):
            doors.update(ANA, extension="4009")
        assert doors.fields(ANA)["extension"] == "4001"
