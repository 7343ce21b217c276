"""The tenant as files: what is written reads back as the tenant, and plans to nothing."""

from dataclasses import replace

import pytest
import yaml as pyyaml
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler import diff, export, kinds, scalars
from reconciler.diagnostics import has_errors
from reconciler.export import Exported
from reconciler.model import Comparison, Reading, Resource, Tenant
from reconciler.render import yaml
from tests.desired import TODAY, Read, read
from tests.make import FULL, agent, reading, resource, uc_agent
from tests.test_evidence import DAY, KNOWN, LISTED, NOW, weighed, words

TENANT = Tenant("acme", "sandbox", timezone="America/Denver")
ANA = agent(4001, "Ana Diaz", licenses=["voice"], queues={"support": 5}, skills={})
SUPPORT = resource("queue/support", extension="1001", priority=5, default_level=None)


def exported(live: Reading, group_by: str = "none") -> Exported:
    first = export.export(live, TENANT, TODAY, group_by=group_by)
    return export.with_waivers(first, read_back(first).diagnostics, TODAY)


def read_back(written: Exported) -> Read:
    return read(*map(yaml.text, written.files.values()), tenant="")


def planned(live: Reading, group_by: str = "none") -> Comparison:
    """The comparison of a tenant with its own export, which has no error."""
    written = read_back(exported(live, group_by))
    assert [d for d in written.diagnostics if d.severity == "error"] == []
    return diff.compare(written.desired, live)


def test_an_export_reads_like_this() -> None:
    live = reading(
        ANA,
        agent("0400", "No", email="no@acme.example", licenses=[], queues=["vip"], skills={"b": 2}),
        uc_agent(2001, "Una Roe", recording_mode="manual", licenses=["voice"]),
        agent(4003, "Gus Ode", active=False, licenses=[], queues={}, skills={}),
        SUPPORT,
        resource("queue/vip"),
        resource("skill/b", default_level=4),
        resource("license_pool/web_chat", purchased=10, requires="voice", assigned=3),
    )
    files = exported(live).files
    assert list(files) == [
        "tenant.yaml",
        "license_pools.yaml",
        "extension_ranges.yaml",
        "queues.yaml",
        "skills.yaml",
        "agents.yaml",
        "policy.yaml",
    ]
    assert "\n".join(yaml.text(files[name]) for name in list(files)[:6]) == EXPECTED


EXPECTED = """\
tenant:
  name: acme
  provider: sandbox
  timezone: America/Denver

license_pools:
  web_chat:
    purchased: 10
    requires: voice

extension_ranges:
  queues:
    purpose: queue
    range: "1000-1999"
  uc-users:
    purpose: uc_user
    range: "2000-2999"
  webrtc-agents:
    purpose: webrtc_agent
    range: "0000-0999"
  webrtc-agents-2:
    purpose: webrtc_agent
    range: "4000-4999"

queues:
  support:
    extension: "1001"
    priority: 5
    default_level: null
  vip: {}

skills:
  b:
    default_level: 4

agents:
  - name: Ana Diaz
    extension: "4001"
    email: ana.diaz@acme.example
    licenses: [voice]
    queues:
      support: 5
    skills: []
  - name: Gus Ode
    extension: "4003"
    email: gus.ode@acme.example
    active: false
  - name: "No"
    extension: "0400"
    email: no@acme.example
    licenses: []
    queues: [vip]
    skills:
      b: 2
  - name: Una Roe
    extension: "2001"
    email: una.roe@acme.example
    licenses: [voice]
"""


def test_what_breaks_a_rule_is_waived_with_the_reason() -> None:
    twin = agent(4001, "Bo Chen", licenses=[], queues={"support": 11})
    live = reading(ANA, twin, SUPPORT, resource("license_pool/voice", purchased=0))
    waivers = exported(live).files["policy.yaml"]["policy"]["waivers"]
    assert {(w["rule"], w["address"]) for w in waivers} == {
        ("duplicate-extension", twin.address),
        ("level-out-of-range", twin.address),
        ("membership-without-license", twin.address),
        ("seats-exceeded", "license_pool/voice"),
    }
    assert all("in the tenant on 2026-11-24" in waiver["reason"] for waiver in waivers)
    assert planned(live).changes == ()


def test_a_tenant_in_order_needs_no_waiver() -> None:
    assert "policy.yaml" not in exported(reading(ANA, SUPPORT)).files


def test_a_suspended_agent_is_exported_as_one_who_has_left() -> None:
    live = reading(agent(4003, "Gus Ode", active=False, licenses=[], queues={}, skills={}))
    found = planned(live)
    assert (found.changes, found.unchanged) == ((), {"agent": 1})


def left_out(live: Reading) -> list[str]:
    assert planned(live).changes == ()
    return [finding.summary for finding in exported(live).diagnostics]


def test_a_suspended_agent_who_still_holds_something_is_exported_as_such() -> None:
    live = reading(replace(ANA, fields={**ANA.fields, "active": False}), SUPPORT)
    (entry,) = exported(live).files["agents.yaml"]["agents"]
    assert (entry["active"], entry["licenses"], entry["queues"]) == (
        False,
        ["voice"],
        {"support": 5},
    )
    assert planned(live).changes == ()


def test_a_suspended_agent_with_something_that_no_file_can_say_is_left_out() -> None:
    live = reading(agent(4003, "Gus Ode", active=False, licenses=["odd one"], queues={}))
    (message,) = left_out(live)
    assert "cannot sign in, and holds something that a file cannot say" in message


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("extension", "+15551234"),
        ("extension", "x12"),
        ("email", "ana diaz@acme.example"),
        ("name", "half \ud800"),
        ("preferred_name", ""),
        ("recording_mode", "Sometimes"),
        ("no_answer_destination", "voicemail"),
    ],
)
def test_what_a_file_cannot_say_is_left_out_and_told(field: str, value: str) -> None:
    odd = replace(ANA, fields={**ANA.fields, field: value})
    (said,) = left_out(reading(odd, SUPPORT))
    assert field in said


@pytest.mark.parametrize("name", ["<<", " vip", "two\nlines", "half \udc00"])
def test_a_queue_whose_name_is_none_is_left_out_with_the_memberships(name: str) -> None:
    member = replace(ANA, fields={**ANA.fields, "queues": {name: 5, "support": 5}})
    said = left_out(reading(member, SUPPORT, resource(f"queue/{name}")))
    assert len(said) == 2
    assert "queues" not in exported(reading(member)).files.get("agents.yaml", {})["agents"][0]


def test_an_agent_without_any_key_is_left_out() -> None:
    nobody = resource("agent/7f", name="Nobody", active=True)
    assert "neither an e-mail nor an extension" in left_out(reading(nobody))[0]


def test_a_uc_agent_needs_its_number() -> None:
    assert "UC agent" in left_out(reading(uc_agent("x7", "Una Roe")))[0]


def test_a_default_level_that_would_give_a_member_a_level_is_left_out() -> None:
    queue = resource("queue/support", default_level=5)
    member = agent(4001, "Ana Diaz", licenses=["voice"], queues=["support"])
    (said,) = left_out(reading(member, queue))
    assert "default_level" in said
    levelled = reading(ANA, queue)
    assert left_out(levelled) == []
    assert exported(levelled).files["queues.yaml"]["queues"]["support"] == {"default_level": 5}


def test_a_license_that_is_no_product_gets_a_pool() -> None:
    live = reading(agent(4001, "Ana Diaz", licenses=["fax", "voice"]))
    assert exported(live).files["license_pools.yaml"] == {"license_pools": {"fax": {}}}
    assert planned(live).changes == ()


def test_a_tenant_that_shows_little_is_exported_as_far_as_it_shows() -> None:
    live = resource("agent/4001", name="Ana Diaz", extension="4001")
    files = exported(reading(live, resource("skill/support"))).files
    assert files["agents.yaml"] == {"agents": [{"name": "Ana Diaz", "extension": "4001"}]}


def test_many_agents_are_written_into_several_files() -> None:
    live = reading(*(agent(number, f"P{number}") for number in range(10_000, 14_001)))
    files = export.export(live, TENANT, TODAY, group_by="none").files
    assert [name for name in files if name.startswith("agents")] == [
        "agents-001.yaml",
        "agents-002.yaml",
        "agents-003.yaml",
    ]
    assert sum(len(content.get("agents", ())) for content in files.values()) == 4_001


def test_one_agent_is_written_as_in_an_export() -> None:
    content, told = export.entry(ANA, TODAY)
    (entry,) = exported(reading(ANA)).files["agents.yaml"]["agents"]
    assert {**entry, "phone": "webrtc"} == content
    assert told == ()


# --- texts ---------------------------------------------------------------------------------------

ODD = [
    *("0400", "007", "1_000", "1e5", "0x1F", "0o17", ".inf", "12:30", "2027-01-05", "+1", "-", "="),
    *("yes", "NO", "On", "y", "null", "Null", "~", "", "true", "none", "default", "<<", "!!str x"),
    *("@ana", "*ana", "&ana", "`ana`", "%ana", "|", ">", "? a", "- a", "a: b", "a:", "a #b", "#"),
    *("'", '"', "\\", "[a]", "{a}", "a, b", " a", "a ", "two\nlines", "tab\there", "cr\rlf\r\n"),
    *("\u202e", "\ufeffa", "\u2028", "\x85", "\x00", "\x7f", "é", "日本", "😀", "a\u0301", "½"),
    "x" * 5_000,
]


@pytest.mark.parametrize("text", ODD)
def test_an_odd_text_reads_back_as_itself_and_as_text(text: str) -> None:
    document = yaml.text({text: [text, {text: text}], "plain": {"list": [text]}})
    assert pyyaml.safe_load(document) == {text: [text, {text: text}], "plain": {"list": [text]}}


@given(st.text(st.characters(exclude_categories=["Cs"])))
@settings(deadline=None)
def test_any_text_reads_back_as_itself(text: str) -> None:
    written = yaml.text({text: text, "list": [text]})
    assert pyyaml.safe_load(written) == {text: text, "list": [text]}
    assert written.isascii() or scalars.is_plain(text) or '"' in written


NAMES = st.text(min_size=1, max_size=8) | st.sampled_from(ODD)
LEVELS = st.integers(0, 12)


@st.composite
def tenants(draw: st.DrawFn) -> Reading:
    queues = draw(st.lists(NAMES, unique=True, max_size=3))
    people = [draw(people_named(number, queues)) for number in range(draw(st.integers(0, 4)))]
    targets = [
        resource(f"queue/{name}", default_level=draw(st.none() | st.integers(1, 10)))
        for name in queues
    ]
    unique = {one.address: one for one in (*people, *targets)}
    return reading(*unique.values(), capabilities=FULL)


@st.composite
def people_named(draw: st.DrawFn, number: int, queues: list[str]) -> Resource:
    name = draw(NAMES)
    made = draw(st.sampled_from([agent, uc_agent]))
    active = draw(st.booleans())
    return made(
        4000 + number,
        name,
        email=f"p{number}@acme.example",
        preferred_name=draw(st.none() | NAMES),
        active=active,
        licenses=draw(st.sets(st.sampled_from(["voice", "fax", "odd one"]))),
        queues=draw(st.dictionaries(st.sampled_from(queues), LEVELS) if queues else st.just({})),
        skills={},
    )


def test_a_queue_with_an_invisible_name_exports_to_files_that_validate() -> None:
    assert planned(reading(resource("queue/\ufeff"), resource("queue/\x85a"))).changes == ()


@given(tenants(), st.sampled_from(export.GROUPINGS))
@settings(max_examples=80, deadline=None)
def test_any_tenant_exports_to_files_that_validate_and_plan_to_nothing(
    live: Reading, group_by: str
) -> None:
    found = planned(live, group_by)
    assert found.changes == ()
    assert not has_errors(found.diagnostics)
    assert kinds.AGENT not in {one.kind for one in found.unobserved}


# --- a tenant that shows little ------------------------------------------------------------------

HALF = "1 attested (by sam; oldest on 2026-11-12), 1 unobserved"
BO = resource(
    "agent/4002", name="Bo Chen", extension="4002", phone="webrtc", active=True, id="agent:4002"
)


def commented(by: str = "sam") -> dict[str, str]:
    """The files of a tenant of which one person vouched for Ana, and nobody for Bo."""
    said = [replace(word, by=by) for word in words(ANA.address, KNOWN, at=NOW - 12 * DAY)]
    live = weighed(said, LISTED, BO, resource("queue/support"))
    made = export.export(live, replace(TENANT, provider="xima"), TODAY, group_by="none")
    return {
        name: yaml.text(content, comment=yaml.evidence_comment(made.grades.get(name, ())))
        for name, content in made.files.items()
    }


def test_what_is_attested_is_exported_and_the_head_says_so() -> None:
    agents = commented()["agents.yaml"]
    head = [line for line in agents.splitlines() if line.startswith("#")]
    assert head[0].startswith("# What the tenant shows is observed; what is attested")
    assert (
        "#   agent recording_mode: 1 attested (by sam; oldest on 2026-11-12), 1 unobserved" in head
    )
    assert "#   agent skills: 2 unobserved" in head
    assert "#   observed now: agent extension, name, phone (6 values)" in head
    entries = pyyaml.safe_load(agents)["agents"]
    assert (entries[0]["recording_mode"], entries[0]["licenses"]) == ("manual", ["voice"])
    assert set(entries[1]) == {"name", "extension"}


def test_every_file_with_something_unobserved_says_so() -> None:
    files = commented()
    assert "#   queue routing: 1 unobserved" in files["queues.yaml"]
    assert "default_level" not in files["queues.yaml"]
    assert not files["tenant.yaml"].startswith("#")


@pytest.mark.parametrize("by", ["Eve\nagents: []", "Eve\x85x: 1", "Eve\u2028- y", "\x00", "\ud800"])
def test_no_name_leaves_the_comment(by: str) -> None:
    assert pyyaml.safe_load(commented(by)["agents.yaml"]) == pyyaml.safe_load(
        commented()["agents.yaml"]
    )


def test_a_tenant_that_shows_everything_gets_no_comment() -> None:
    made = exported(reading(ANA, SUPPORT))
    assert not any(made.grades.values())
