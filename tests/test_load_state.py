"""Documents to desired state: profiles, days, identity, policy, and layouts that change nothing."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from reconciler import load, validate
from reconciler.model import NO_LEVEL, Declared, Identity, Limit, Tenant, Term
from tests.desired import TODAY, Read, read, read_folder

ROOT = Path(__file__).parents[1]
ROUTING = "queues: {support: {default_level: 5}, vip: {}}\nskills: {spanish: {default_level: 6}}\n"


def agent(entry: str, profiles: str = "{}", as_of: date = TODAY) -> Read:
    return read(
        ROUTING,
        f"profiles: {profiles}\nagents:\n- {{email: ana@acme.example, {entry}}}\n",
        as_of=as_of,
    )


def test_what_is_not_mentioned_is_not_there() -> None:
    assert agent("name: Ana").agent.fields == {
        "name": "Ana",
        "email": "ana@acme.example",
        "active": True,
    }


def test_the_company_of_the_repository_is_clean() -> None:
    found = read_folder(ROOT / "desired-state")
    assert found.diagnostics == []
    agents = [one for one in found.desired.resources.values() if one.kind == "agent"]
    assert len(agents) == 40
    assert {one.fields["phone"] for one in agents} == {"webrtc", "uc"}


def test_scalars_are_typed_and_labels_become_our_words() -> None:
    fields = agent(
        "extension: 0400, review_own_recordings: yes, preferred_name: null,"
        " recording_mode: Automatic (Pausing Prohibited)"
    ).agent.fields
    assert fields["extension"] == "0400"
    assert fields["review_own_recordings"] is True
    assert fields["preferred_name"] is None
    assert fields["recording_mode"] == "automatic_pausing_prohibited"


def test_a_later_profile_overrides_and_the_agent_overrides_all() -> None:
    fields = agent(
        "profile: [a, b], no_answer_destination: 3003",
        "{a: {recording_mode: manual, no_answer_destination: 3001, phone: webrtc},"
        " b: {recording_mode: disabled, no_answer_destination: 3002}}",
    ).agent.fields
    assert fields["recording_mode"] == "disabled"
    assert fields["no_answer_destination"] == "3003"
    assert fields["phone"] == "webrtc"


def test_collections_add_up_and_the_last_word_has_the_level() -> None:
    fields = agent(
        "profile: [a, b], licenses: [sms], queues: {vip: 9}",
        "{a: {licenses: [voice], queues: {support: 3, vip: 1}}, b: {queues: {support: 4}}}",
    ).agent.fields
    assert fields["licenses"] == frozenset({"voice", "sms"})
    assert fields["queues"] == {"support": 4, "vip": 9}


def test_none_takes_one_away_and_an_empty_list_takes_all() -> None:
    profiles = "{a: {licenses: [voice, sms], queues: [support, vip], skills: [spanish]}}"
    fields = agent("profile: a, licenses: {sms: none}, queues: {vip: none}, skills: []", profiles)
    assert fields.agent.fields["licenses"] == frozenset({"voice"})
    assert fields.agent.fields["queues"] == {"support": 5}
    assert fields.agent.fields["skills"] == {}


def test_an_empty_list_in_a_profile_takes_nothing_away() -> None:
    found = agent("profile: [a, b]", "{a: {queues: [vip]}, b: {queues: []}}")
    assert found.agent.fields["queues"] == {"vip": NO_LEVEL}


@pytest.mark.parametrize("written", ["[support]", "{support: default}", "{support: {}}"])
def test_a_name_or_default_has_the_default_level(written: str) -> None:
    assert agent(f"queues: {written}").agent.fields["queues"] == {"support": 5}


def test_where_no_default_level_is_stated_there_is_no_level() -> None:
    assert agent("queues: [vip]").agent.fields["queues"] == {"vip": NO_LEVEL}


@pytest.mark.parametrize(
    ("day", "queues", "not_yet"),
    [
        (date(2027, 1, 4), {}, {"queues.support"}),
        (date(2027, 1, 5), {"support": 8}, set()),
        (date(2027, 2, 28), {"support": 8}, set()),
        (date(2027, 3, 1), {}, set()),
    ],
)
def test_a_membership_holds_from_its_first_to_its_last_day(
    day: date, queues: dict[str, int], not_yet: set[str]
) -> None:
    entry = "queues: {support: {level: 8, from: 2027-01-05, until: 2027-02-28}}"
    found = agent(entry, as_of=day)
    assert found.agent.fields["queues"] == queues
    assert found.desired.not_yet.get(found.agent.address, frozenset()) == not_yet


def test_before_the_first_day_an_agent_waits() -> None:
    found = agent("from: 2027-01-05, queues: [vip]", as_of=date(2027, 1, 4)).desired
    assert "agent/ana@acme.example" in found.waiting
    assert "agent/ana@acme.example" not in found.resources
    assert found.terms == {"agent/ana@acme.example": Term(date(2027, 1, 5), None)}


def test_on_the_last_day_an_agent_works_and_the_day_after_is_suspended() -> None:
    entry = "name: Ana, until: 2027-03-31, licenses: [voice], queues: [vip]"
    assert agent(entry, as_of=date(2027, 3, 31)).agent.fields["active"] is True
    fields = agent(entry, as_of=date(2027, 4, 1)).agent.fields
    assert fields["active"] is False
    assert fields["name"] == "Ana"
    assert (fields["licenses"], fields["queues"], fields["skills"]) == (frozenset(), {}, {})


def test_who_has_left_gives_up_a_number_that_somebody_else_now_has() -> None:
    texts = (
        "agents:\n- {email: ana@acme.example, extension: 4001, until: 2026-01-31}\n"
        "- {email: bo@acme.example, extension: 4001}\n"
        "- {email: cy@acme.example, extension: 4003, until: 2026-01-31}\n"
    )
    resources = read(texts).desired.resources
    assert resources["agent/ana@acme.example"].fields["extension"] is None
    assert resources["agent/bo@acme.example"].fields["extension"] == "4001"
    assert resources["agent/cy@acme.example"].fields["extension"] == "4003"
    assert read(texts).diagnostics == []


@pytest.mark.parametrize(
    ("extension", "phone"), [("4001", "webrtc"), ("2001", "uc"), ("3001", None), ("40001", None)]
)
def test_the_purpose_of_the_range_decides_on_the_phone(extension: str, phone: str | None) -> None:
    ranges = (
        "extension_ranges: {w: {purpose: webrtc_agent, range: 4000-4999},"
        " u: {purpose: uc_user, range: 2000-2999}, g: {purpose: uc_group, range: 3000-3999}}\n"
    )
    found = read(ranges, f"agents: [{{extension: {extension}}}]")
    assert found.agent.fields.get("phone") == phone


def test_emails_are_lower_case_and_an_agent_without_one_goes_by_extension() -> None:
    found = read("agents: [{email: Ana@Acme.example}, {extension: '2001'}]").desired
    assert set(found.resources) == {"agent/ana@acme.example", "agent/2001"}
    assert found.resources["agent/ana@acme.example"].fields["email"] == "ana@acme.example"


def test_earlier_selves_and_predecessors_are_kept() -> None:
    entry = "previously: {email: Roe@acme.example}, replaces: {extension: 4001}"
    assert agent(entry).desired.identities == {
        "agent/ana@acme.example": Identity({"email": "roe@acme.example"}, {"extension": "4001"})
    }


def test_a_kind_with_no_entries_anywhere_is_stated_empty() -> None:
    assert read("agents: []\nqueues: {}", "queues: {a: {}}").desired.stated_empty == {"agent"}


def test_an_empty_list_beside_a_full_one_means_nothing() -> None:
    full = "agents: [{extension: 1}]"
    alone, beside = read(full), read(full, "agents: []")
    assert alone.desired.config.hash == beside.desired.config.hash
    assert read("agents: []").desired.config.hash != read("queues: {}").desired.config.hash


def test_a_license_may_be_stated_by_name() -> None:
    assert agent("licenses: {voice: true}").agent.fields["licenses"] == frozenset({"voice"})


def test_minimums_belong_to_queues_and_skills_and_are_no_field() -> None:
    found = read("queues: {a: {min_agents: 2}}\nskills: {b: {min_agents: 1}}").desired
    assert found.minimums == {"queue/a": 2, "skill/b": 1}
    assert found.resources["queue/a"].fields == {}


def test_a_policy_is_read_from_all_files() -> None:
    policy = read(
        "policy: {limits: {agent: {suspend: 2}}, protect: [queue/a, agent/4001]}",
        "policy: {live_calls: ignore}",
        "policy: {limits: {agent: {update: 50%}}, protect: [agent/Bo@acme.example],"
        " ignore: [agent.preferred_name], attestation_days: 30}",
        "policy: {allow: [{what: agent.suspend, count: 7, reason: x, until: 2027-01-31}]}",
        "queues: {a: {}}\nagents: [{email: ana@acme.example, extension: 4001}]",
    ).desired.policy
    assert policy.limits == {"agent.suspend": Limit(count=2), "agent.update": Limit(percent=50)}
    assert policy.protect == {"queue/a", "agent/ana@acme.example", "agent/bo@acme.example"}
    assert policy.ignore == {"agent.preferred_name"}
    assert (policy.live_calls, policy.attestation_days) == ("ignore", 30)
    assert [(one.what, one.count, one.until) for one in policy.allow] == [
        ("agent.suspend", 7, date(2027, 1, 31))
    ]


def test_a_resource_knows_where_each_of_its_fields_stands() -> None:
    found = read("agents:\n- email: ana@acme.example\n  queues:\n    support: 8\n", ROUTING)
    origin = found.agent.origin
    assert origin is not None
    assert str(origin.at()) == "1.yaml:2:3"
    assert str(origin.at("queues", "support")) == "1.yaml:4:5"
    assert str(origin.at("skills")) == "1.yaml:2:3"


def test_everything_declared_is_proof_also_who_waits_and_who_has_left() -> None:
    found = read(
        "policy: {protect: [agent/4001]}\nagents:\n- {email: a@x.example, extension: 4001}\n"
        "- {email: b@x.example, from: 2030-01-01}\n- {email: c@x.example, until: 2020-01-01}"
    ).desired
    declared = load.declared(found, "HEAD")
    assert isinstance(declared, Declared)
    assert declared.addresses == {"agent/a@x.example", "agent/b@x.example", "agent/c@x.example"}
    assert declared.extensions == {"4001"}
    assert declared.protect == {"agent/a@x.example"}
    assert declared.fields["agent/a@x.example"] == {
        "email": "a@x.example",
        "extension": "4001",
        "active": True,
    }


def test_the_tenant_is_found_before_the_rest_is_read(tmp_path: Path) -> None:
    (tmp_path / "agents.yaml").write_text("agents: [\n")
    (tmp_path / "b.yaml").write_text("{agents: [], 'tenant' : {name: acme, provider: sandbox}}\n")
    found = load.tenant(tmp_path)
    assert found == Tenant("acme", "sandbox")


def test_a_folder_without_a_readable_tenant_has_none(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("tenant: acme\n")
    assert load.tenant(tmp_path) is None


@pytest.mark.parametrize(
    ("zone", "day"),
    [
        ("America/Denver", 23),
        ("UTC", 24),
        ("Pacific/Auckland", 24),
        ("Mars/Base", 24),
        ("../x", 24),
    ],
)
def test_today_is_a_day_in_the_timezone_of_the_tenant(zone: str, day: int) -> None:
    moment = datetime(2026, 11, 24, 5, 0, tzinfo=UTC)
    assert load.today(Tenant("acme", "sandbox", timezone=zone), now=moment) == date(2026, 11, day)


def test_the_days_on_which_something_begins_or_has_ended_are_told_in_order() -> None:
    text = (
        "agents:\n"
        "  - {extension: 4001, until: 2026-12-01, queues: {a: {level: 3, from: 2026-11-28}}}\n"
        "  - {extension: 4002, from: 2026-12-24, until: 9999-12-31}\n"
        "policy: {allow: [{what: agent.suspend, count: 1, until: 2026-11-30}]}\n"
    )
    documents, _ = validate.schema(load.parsed([("a.yaml", text)]).documents)
    days = load.dates(documents, TODAY, date(2026, 12, 24))
    assert days == [date(2026, 11, 28), date(2026, 12, 2), date(2026, 12, 24)]
    assert load.dates(documents, date(2026, 12, 24), date(9999, 12, 31)) == [date(9999, 12, 31)]
