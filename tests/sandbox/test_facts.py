"""What follows from the settings: derived facts, wallboard, presence, audit trail, UC directory."""

from typing import Any

import pytest

from tests.sandbox.tenant import AGENT, Client, agent

FACTS = ("canSignIn", "usesSoftphone", "receivesQueueCalls", "inRealtimeReporting")


def facts(tenant: Client, id_: str) -> dict[str, bool]:
    extension = tenant.get(f"/Users/{id_}")[AGENT]
    return {name: extension[name] for name in FACTS}


def announce(tenant: Client, *entries: dict[str, Any]) -> Any:
    answer = tenant.door("PUT", "/directory", {"entries": list(entries)})
    assert answer.status_code == 200, answer.text
    return answer.json()["entries"]


def sync(tenant: Client) -> dict[str, list[str]]:
    answer = tenant.door("POST", "/directory/sync")
    assert answer.status_code == 200, answer.text
    found: dict[str, list[str]] = answer.json()
    return found


def by_extension(tenant: Client) -> dict[str, dict[str, Any]]:
    users = tenant.get("/Users").get("Resources", [])
    return {user[AGENT].get("extension", ""): user for user in users}


def trail(tenant: Client, **parameters: Any) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = tenant.door("GET", "/audit", params=parameters).json()[
        "entries"
    ]
    return entries


YARA = {"name": "Yara Haddad", "email": "yara@acme.example", "extension": "2001"}
ZOE = {"name": "Zoe Martin", "email": "zoe@acme.example", "extension": "2002"}


# --- what a license means


def test_without_a_license_an_agent_can_do_nothing(tenant: Client) -> None:
    ana = tenant.add_licensed("ana@acme.example")
    assert facts(tenant, ana) == dict.fromkeys(FACTS, False)


def test_a_license_alone_brings_no_queue_calls(tenant: Client) -> None:
    ana = tenant.add_licensed("ana@acme.example", "voice")
    assert facts(tenant, ana) == dict.fromkeys(FACTS, True) | {"receivesQueueCalls": False}


@pytest.mark.parametrize("kind", ["Queue", "Skill"])
def test_a_queue_or_a_skill_brings_calls(tenant: Client, kind: str) -> None:
    tenant.add_target(kind, "support")
    membership = {kind.lower() + "s": [{"value": "support"}]}
    ana = tenant.add_licensed("ana@acme.example", "voice", **membership)
    assert facts(tenant, ana) == dict.fromkeys(FACTS, True)


def test_a_suspended_agent_can_do_nothing(tenant: Client) -> None:
    ana = tenant.add_licensed("ana@acme.example", "voice")
    tenant.patch(f"/Users/{ana}", {"op": "replace", "path": "active", "value": False})
    assert facts(tenant, ana) == dict.fromkeys(FACTS, False)


def test_a_uc_agent_does_not_use_the_softphone(tenant: Client) -> None:
    announce(tenant, YARA)
    sync(tenant)
    yara = by_extension(tenant)["2001"]["id"]
    license_ = {"op": "add", "path": "entitlements", "value": [{"value": "voice"}]}
    assert tenant.patch(f"/Users/{yara}", license_).ok
    assert facts(tenant, yara)["canSignIn"] is True
    assert facts(tenant, yara)["usesSoftphone"] is False


# --- presence and wallboard


def test_who_cannot_sign_in_has_no_presence(tenant: Client) -> None:
    ana = tenant.add_licensed("ana@acme.example", extension="4001")
    ready = {"extension": "4001", "presence": "ready"}
    assert tenant.door("PUT", "/presence", ready).status_code == 409
    license_ = {"op": "add", "path": "entitlements", "value": [{"value": "voice"}]}
    tenant.patch(f"/Users/{ana}", license_)
    assert tenant.door("PUT", "/presence", ready).status_code == 200
    tenant.patch(f"/Users/{ana}", {"op": "remove", "path": "entitlements"})
    assert tenant.get(f"/Users/{ana}")[AGENT]["presence"] == "offline"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"extension": "4001", "presence": "asleep"}, 400),
        ({"extension": "4001"}, 400),
        ({"extension": 4001, "presence": "ready"}, 400),
        ({"extension": "4009", "presence": "ready"}, 404),
        ([], 400),
    ],
)
def test_a_wrong_presence_is_refused(tenant: Client, body: Any, status: int) -> None:
    tenant.add_licensed("ana@acme.example", "voice", extension="4001")
    assert tenant.door("PUT", "/presence", body).status_code == status


def test_presence_is_never_written_over_scim(tenant: Client) -> None:
    ana = tenant.add_licensed("ana@acme.example", "voice")
    change = {"op": "replace", "path": f"{AGENT}:presence", "value": "ready"}
    assert tenant.patch(f"/Users/{ana}", change).status_code == 400


def test_the_wallboard_counts_licensed_signed_in_and_available(tenant: Client) -> None:
    tenant.add_target("Queue", "support")
    tenant.add_target("Skill", "spanish")
    member = [{"value": "support"}]
    for number in (4001, 4002, 4003):
        email = f"a{number}@acme.example"
        tenant.add_licensed(email, "voice", extension=str(number), queues=member)
    for extension, presence in (("4001", "ready"), ("4002", "do_not_disturb")):
        wanted = {"extension": extension, "presence": presence}
        tenant.door("PUT", "/presence", wanted)
    rows = {row["name"]: row for row in tenant.door("GET", "/realtime").json()["targets"]}
    support = {"kind": "queue", "name": "support", "licensed": 3, "signed_in": 2, "available": 1}
    assert rows["support"] == support
    assert rows["spanish"]["licensed"] == 0


# --- audit trail


def test_the_trail_says_who_when_what_before_and_after(tenant: Client) -> None:
    ana = tenant.add_licensed("ana@acme.example", "voice", extension="4001")
    supervisor = Client(tenant.running, "supervisor")
    change = {"op": "replace", "path": f"{AGENT}:recordingMode", "value": "manual"}
    supervisor.patch(f"/Users/{ana}", change)
    entry = trail(tenant, address="agent/ana@acme.example")[-1]
    assert entry["at"].endswith("Z")
    assert {key: entry[key] for key in ("actor", "role", "door", "action", "kind", "id")} == {
        "actor": "supervisor",
        "role": "supervisor",
        "door": "scim",
        "action": "update",
        "kind": "agent",
        "id": ana,
    }
    assert entry["before"] == {"recording_mode": None}
    assert entry["after"] == {"recording_mode": "manual"}


def test_every_door_leaves_a_trail(tenant: Client) -> None:
    queue = tenant.add_target("Queue", "support").json()["id"]
    announce(tenant, YARA)
    sync(tenant)
    tenant.add_licensed("ana@acme.example", "voice", extension="4001")
    tenant.door("PUT", "/presence", {"extension": "4001", "presence": "ready"})
    tenant.send("DELETE", f"/Queues/{queue}")
    found = [(entry["door"], entry["action"], entry["address"]) for entry in trail(tenant)]
    assert found == [
        ("scim", "create", "queue/support"),
        ("sync", "create", "agent/yara@acme.example"),
        ("scim", "create", "agent/ana@acme.example"),
        ("api", "update", "agent/ana@acme.example"),
        ("scim", "delete", "queue/support"),
    ]


def test_what_was_refused_leaves_no_trail(tenant: Client) -> None:
    tenant.add_agent("ana@acme.example", extension="4001")
    before = trail(tenant)
    tenant.add_agent("bo@acme.example", extension="4001")
    tenant.post("/Users", agent("cy@acme.example", ("fax",)))
    assert trail(tenant) == before


def test_the_trail_is_read_in_parts(tenant: Client) -> None:
    for name in "abc":
        tenant.add_agent(f"{name}@acme.example")
    assert [entry["seq"] for entry in trail(tenant, since=1)] == [2, 3]
    assert [entry["seq"] for entry in trail(tenant, limit=1)] == [1]
    assert [entry["seq"] for entry in trail(tenant, newest="1", limit=2)] == [3, 2]
    assert tenant.door("GET", "/audit", params={"since": "x"}).status_code == 400


# --- the UC directory


def test_a_sync_pulls_users_in_and_leaves_groups_out(tenant: Client) -> None:
    announce(tenant, YARA, {"name": "All", "extension": "3001", "type": "group"})
    assert tenant.get("/DirectoryEntries")["totalResults"] == 0
    assert sync(tenant)["pulled"] == ["2001 Yara Haddad"]
    assert tenant.get("/DirectoryEntries")["totalResults"] == 2
    yara = by_extension(tenant)["2001"]
    assert (yara["displayName"], yara["userName"]) == ("Yara Haddad", "yara@acme.example")
    assert yara[AGENT]["phone"] == "uc"
    assert sync(tenant) == {"pulled": [], "updated": [], "suspended": [], "conflicts": []}


def test_an_agent_follows_the_directory(tenant: Client) -> None:
    entry = announce(tenant, YARA)[0]
    sync(tenant)
    before = by_extension(tenant)["2001"]
    announce(tenant, entry | {"name": "Yara Said", "email": "y@acme.example", "extension": "2009"})
    assert by_extension(tenant)["2001"] == before
    assert sync(tenant)["updated"] == ["2009 Yara Said"]
    after = by_extension(tenant)["2009"]
    assert (after["id"], after["displayName"], after["userName"]) == (
        before["id"],
        "Yara Said",
        "y@acme.example",
    )
    assert after["emails"] == [{"value": "y@acme.example", "type": "work"}]
    assert tenant.add_agent("ana@acme.example", extension="2001").status_code == 201


def test_two_users_of_the_directory_exchange_numbers(tenant: Client) -> None:
    yara, zoe = announce(tenant, YARA, ZOE)
    sync(tenant)
    announce(tenant, yara | {"extension": "2002"}, zoe | {"extension": "2001"})
    assert sync(tenant)["conflicts"] == []
    names = {number: user["displayName"] for number, user in by_extension(tenant).items()}
    assert names == {"2001": "Zoe Martin", "2002": "Yara Haddad"}


def test_who_leaves_the_directory_is_suspended(tenant: Client) -> None:
    tenant.add_target("Queue", "support")
    announce(tenant, YARA)
    sync(tenant)
    yara = by_extension(tenant)["2001"]["id"]
    license_ = {"op": "add", "path": "entitlements", "value": [{"value": "voice"}]}
    join = {"op": "add", "path": f"{AGENT}:queues", "value": [{"value": "support"}]}
    assert tenant.patch(f"/Users/{yara}", license_, join).ok
    announce(tenant)
    assert sync(tenant)["suspended"] == ["2001 Yara Haddad"]
    stored = tenant.get(f"/Users/{yara}")
    assert (stored["active"], stored.get("entitlements")) == (False, None)
    assert tenant.add_agent("yara@acme.example").status_code == 409


def test_whoever_takes_over_a_number_gets_it(tenant: Client) -> None:
    announce(tenant, YARA)
    sync(tenant)
    announce(tenant, ZOE | {"id": "another", "extension": "2001"})
    assert sync(tenant)["conflicts"] == []
    assert by_extension(tenant)["2001"]["displayName"] == "Zoe Martin"
    assert by_extension(tenant)[""]["active"] is False


def test_the_same_person_entered_anew_stays_one_agent(tenant: Client) -> None:
    announce(tenant, YARA)
    sync(tenant)
    announce(tenant, YARA | {"id": "another"})
    sync(tenant)
    assert [user["displayName"] for user in by_extension(tenant).values()] == ["Yara Haddad"]


def test_a_number_of_a_webrtc_agent_is_not_taken_by_the_directory(tenant: Client) -> None:
    tenant.add_agent("ana@acme.example", extension="2001")
    announce(tenant, YARA, ZOE)
    done = sync(tenant)
    assert done["pulled"] == ["2002 Zoe Martin"]
    expected = "2001 Yara Haddad: extension 2001 is already in use by another agent"
    assert done["conflicts"] == [expected]


@pytest.mark.parametrize(
    "entries",
    [
        "none",
        ["x"],
        [{"name": "Yara"}],
        [YARA | {"extension": "x"}],
        [YARA | {"type": "robot"}],
        [YARA | {"name": ""}],
        [YARA | {"name": 1}],
    ],
)
def test_a_wrong_directory_is_refused(tenant: Client, entries: Any) -> None:
    assert tenant.door("PUT", "/directory", {"entries": entries}).status_code == 400


def test_a_directory_with_one_number_twice_is_refused(tenant: Client) -> None:
    body = {"entries": [YARA, ZOE | {"extension": "2001"}]}
    assert tenant.door("PUT", "/directory", body).status_code == 409
