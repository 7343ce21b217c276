"""Live values into the files, with nothing touched but what they are about."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from difflib import unified_diff
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reconciler import diff, drift, edit, export
from reconciler.edit import nodes
from reconciler.errors import SetupError
from reconciler.model import (
    NO_LEVEL,
    Comparison,
    DriftReport,
    FieldValue,
    Reading,
    Resource,
)
from tests.desired import TODAY, Read, read_folder
from tests.make import agent, reading, resource, uc_agent

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
TENANT = "tenant: {name: acme, provider: sandbox}\n"
ROUTING = """\
queues:
  support: {default_level: 5}   # first line
  vip: {}
skills: {spanish: {}}
profiles:
  tier-1: {licenses: [voice], queues: [support], recording_mode: manual}
"""
ANA = """\
# Our people.
agents:
  - name: Ana Diaz   # since 2019
    extension: 4001
    email: ana.diaz@acme.example
    %s

  # The night shift.
  - {name: Bo Chen, extension: 4002, email: bo.chen@acme.example}  # alone
"""
LIVE_ANA = agent(4001, "Ana Diaz")
BO = agent(4002, "Bo Chen")


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder of YAML, and what taking over did to it."""

    path: Path

    def read(self) -> Read:
        found = read_folder(self.path)
        errors = {d.rule for d in found.diagnostics if d.severity == "error"}
        assert errors <= {"membership-without-license"}
        return found

    def texts(self) -> dict[str, str]:
        return {p.name: p.read_bytes().decode() for p in sorted(self.path.iterdir())}

    def compare(self, live: Reading) -> Comparison:
        return diff.compare(self.read().desired, live)

    def report(self, live: Reading) -> DriftReport:
        desired = self.read().desired
        return drift.report(desired, live, diff.compare(desired, live), None, now=NOW)

    def take(self, live: Reading, *unmanaged: Resource) -> edit.Taken:
        entries = {one.address: export.entry(one, TODAY)[0] or {} for one in unmanaged}
        report = self.report(live)
        return edit.take(self.path, self.read().desired, report.items, entries)


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    (tmp_path / "tenant.yaml").write_text(TENANT)
    (tmp_path / "routing.yaml").write_text(ROUTING)
    return Folder(tmp_path)


def live(*agents: Resource) -> Reading:
    targets = (resource("queue/support", default_level=5), resource("queue/vip"))
    return reading(*agents, *targets, resource("skill/spanish"))


def with_fields(one: Resource, **values: FieldValue) -> Resource:
    return replace(one, fields={**one.fields, **resource(one.address, **values).fields})


def changed(before: str, after: str) -> list[str]:
    lines = unified_diff(before.splitlines(), after.splitlines(), n=0, lineterm="")
    return [line for line in lines if line[0] in "+-" and not line.startswith(("+++", "---"))]


def taken(folder: Folder, entry: str, ana: Resource) -> list[str]:
    """The lines that change in the file of Ana; afterwards the plan is empty."""
    before = ANA % entry
    (folder.path / "agents.yaml").write_text(before)
    tenant = live(ana, BO)
    done = folder.take(tenant)
    assert done == edit.Taken(("agents.yaml",), ())
    assert folder.compare(tenant).changes == ()
    return changed(before, folder.texts()["agents.yaml"])


@pytest.mark.parametrize(
    ("entry", "values", "lines"),
    [
        (
            "preferred_name: 'Ana'  # short",
            {"preferred_name": "Annie"},
            ["-    preferred_name: 'Ana'  # short", "+    preferred_name: Annie  # short"],
        ),
        ("preferred_name: Ana", {"preferred_name": None}, None),
        ("preferred_name: Ana", {"preferred_name": "No"}, None),
        ("preferred_name: Ana", {"preferred_name": "two\nlines: \u202e # x"}, None),
        ("recording_mode: manual", {"recording_mode": None}, ["-    recording_mode: manual"]),
        (
            "profile: tier-1",
            {"recording_mode": "disabled", "licenses": ["voice"], "queues": {"support": 5}},
            ["+    recording_mode: disabled"],
        ),
        (
            "queues: [vip]",
            {"queues": {"vip": NO_LEVEL, "support": 5}},
            ["-    queues: [vip]", "+    queues: [vip, support]"],
        ),
        (
            "queues: [vip]",
            {"queues": {"vip": NO_LEVEL, "support": 8}},
            ["-    queues: [vip]", "+    queues: {vip: default, support: 8}"],
        ),
        (
            "queues: { vip: 3,support: 5 }",
            {"queues": {"vip": 3, "support": 9}},
            ["-    queues: { vip: 3,support: 5 }", "+    queues: { vip: 3,support: 9 }"],
        ),
        (
            "queues: { vip: 3,support: 5 }",
            {"queues": {"support": 5}},
            ["-    queues: { vip: 3,support: 5 }", "+    queues: { support: 5 }"],
        ),
        ("queues: {vip: 3}", {"queues": {}}, ["-    queues: {vip: 3}", "+    queues: {}"]),
        ("queues: [vip]", {"queues": {}}, ["-    queues: [vip]", "+    queues: []"]),
        ("queues: {vip: none}", {"queues": {"vip": 2}}, None),
        ("queues: {vip: {level: 3, until: 2027-02-28}}", {"queues": {"vip": 4}}, None),
        ("queues: {vip: {level: 3, until: 2026-02-28}}", {"queues": {"vip": 4}}, None),
        ("queues: []", {"queues": {"vip": 4}}, ["-    queues: []", "+    queues: {vip: 4}"]),
        ("licenses: [voice]", {"licenses": ["voice", "sms"]}, None),
        ("licenses: [voice, sms]", {"licenses": ["sms"]}, None),
        ("licenses: {voice: true}", {"licenses": ["sms"]}, None),
    ],
)
def test_a_live_value_is_written_where_it_belongs(
    folder: Folder, entry: str, values: Mapping[str, FieldValue], lines: list[str] | None
) -> None:
    found = taken(folder, entry, with_fields(LIVE_ANA, **values))
    assert found == lines or lines is None
    assert len(found) <= 2


@pytest.mark.parametrize(
    ("entry", "values", "lines"),
    [
        (
            "profile: tier-1",
            {"licenses": [], "queues": {}, "recording_mode": "manual"},
            ["+    licenses: {voice: none}", "+    queues: {support: none}"],
        ),
        (
            "profile: tier-1",
            {"licenses": ["voice", "sms"], "queues": {"vip": 2, "support": 5}},
            ["+    licenses: [sms]", "+    queues: {vip: 2}"],
        ),
        (
            "profile: [tier-1]\n    licenses: []",
            {"licenses": ["sms"], "queues": {"support": 5}},
            ["-    licenses: []", "+    licenses: {voice: none, sms: true}"],
        ),
        (
            "profile: tier-1\n    queues: [vip]",
            {"licenses": ["voice"], "queues": {"support": 5}},
            ["-    queues: [vip]"],
        ),
        (
            "profile: tier-1\n    queues: [support, vip]",
            {"licenses": ["voice"], "queues": {"vip": NO_LEVEL}},
            ["-    queues: [support, vip]", "+    queues: {vip: default, support: none}"],
        ),
        (
            "profile: tier-1\n    queues: {support: none, vip: 1}",
            {"licenses": ["voice"], "queues": {"support": 7, "vip": 1}},
            None,
        ),
    ],
)
def test_what_a_profile_gives_is_answered_on_the_agent(
    folder: Folder, entry: str, values: Mapping[str, FieldValue], lines: list[str] | None
) -> None:
    values = {"recording_mode": "manual", **values}
    found = taken(folder, entry, with_fields(LIVE_ANA, **values))
    assert found == lines or lines is None


@pytest.mark.parametrize(
    ("entry", "lines"),
    [
        (
            "queues:\n      # for now\n      vip: 3   # low\n      support: 8",
            ["-      vip: 3   # low", "+      vip: 4   # low"],
        ),
        (
            "queues:\n      vip: 4\n      # keep\n      spare: 1  # going\n      support: 8",
            ["-      spare: 1  # going"],
        ),
        ("queues:\n      vip: 4", ["+      support: 8"]),
        (
            "queues:\n      - vip   # low\n      - support",
            [
                "-      - vip   # low",
                "-      - support",
                "+      vip: default   # low",
                "+      support: 8",
            ],
        ),
        (
            "queues:\n    - vip\n    - support",
            [
                "-    queues:",
                "-    - vip",
                "-    - support",
                "+    queues: {vip: default, support: 8}",
            ],
        ),
    ],
)
def test_block_style_stays_block_style(folder: Folder, entry: str, lines: list[str]) -> None:
    routing = ROUTING.replace("  vip: {}\n", "  vip: {}\n  spare: {}\n")
    (folder.path / "routing.yaml").write_text(routing)
    before = ANA % entry
    (folder.path / "agents.yaml").write_text(before)
    tenant = live(with_fields(LIVE_ANA, queues={"vip": 4, "support": 8}), BO)
    folder.take(tenant)
    assert changed(before, folder.texts()["agents.yaml"]) == lines


def test_several_people_of_one_file_are_edited_at_once(folder: Folder) -> None:
    before = ANA % "recording_mode: manual"
    (folder.path / "agents.yaml").write_text(before)
    ana = with_fields(LIVE_ANA, recording_mode="disabled", extension="0400")
    bo = with_fields(BO, name="Bo C. Chen")
    folder.take(live(ana, bo))
    assert changed(before, folder.texts()["agents.yaml"]) == [
        "-    extension: 4001",
        '+    extension: "0400"',
        "-    recording_mode: manual",
        "+    recording_mode: disabled",
        "-  - {name: Bo Chen, extension: 4002, email: bo.chen@acme.example}  # alone",
        "+  - {name: Bo C. Chen, extension: 4002, email: bo.chen@acme.example}  # alone",
    ]


def test_a_new_key_stands_before_the_comment_of_the_next_entry(folder: Folder) -> None:
    found = taken(
        folder,
        "review_own_recordings: false  # audit",
        with_fields(LIVE_ANA, review_own_recordings=True),
    )
    assert found[1] == "+    review_own_recordings: true  # audit"
    (folder.path / "agents.yaml").write_text(ANA % "profile: tier-1  # a\n\n    # b")
    ana = with_fields(LIVE_ANA, licenses=["voice"], queues={"support": 5}, recording_mode="manual")
    folder.take(live(with_fields(ana, skills={"spanish": 3}, licenses=["voice", "sms"]), BO))
    text = folder.texts()["agents.yaml"]
    assert "    profile: tier-1  # a\n    licenses: [sms]\n\n    # b\n\n  # The night" in text


def test_queues_and_skills_are_taken_over_as_well(folder: Folder) -> None:
    tenant = reading(
        resource("queue/support", default_level=7, priority=4),
        resource("queue/vip"),
        resource("skill/spanish", default_level=None),
    )
    folder.take(tenant)
    assert changed(ROUTING, folder.texts()["routing.yaml"]) == [
        "-  support: {default_level: 5}   # first line",
        "+  support: {default_level: 7}   # first line",
    ]
    assert folder.compare(tenant).changes == ()


def test_who_is_gone_has_left(folder: Folder) -> None:
    before = ANA % "licenses: [voice]"
    (folder.path / "agents.yaml").write_text(before)
    folder.take(live(BO))
    assert changed(before, folder.texts()["agents.yaml"]) == ["+    until: 2026-11-23"]
    assert folder.compare(live(BO)).changes == ()


def test_who_is_suspended_stands_on_file_with_what_is_still_held(folder: Folder) -> None:
    tenant = live(with_fields(LIVE_ANA, active=False, licenses=[]), BO)
    before = ANA % "licenses: [voice]"
    (folder.path / "agents.yaml").write_text(before)
    folder.take(tenant)
    lines = changed(before, folder.texts()["agents.yaml"])
    assert lines == ["-    licenses: [voice]", "+    active: false"]
    assert folder.compare(tenant).changes == ()


def test_who_is_back_has_not_left(folder: Folder) -> None:
    before = ANA % "until: 2026-01-31"
    (folder.path / "agents.yaml").write_text(before)
    folder.take(live(LIVE_ANA, BO))
    assert changed(before, folder.texts()["agents.yaml"]) == ["-    until: 2026-01-31"]


@pytest.mark.parametrize(
    ("entry", "ana", "why"),
    [
        ("profile: tier-1", {"recording_mode": None}, "a profile states recording_mode"),
        ("queues: {support: 7}", {"queues": {"support": NO_LEVEL}}, "default level"),
        ("queues: &q [vip]", {"queues": {"support": 8}}, "anchor"),
    ],
)
def test_what_no_edit_can_say_is_told_and_the_file_stays(
    folder: Folder, entry: str, ana: dict[str, FieldValue], why: str
) -> None:
    before = ANA % entry
    (folder.path / "agents.yaml").write_text(before)
    same = {"licenses": ["voice"], "queues": {"support": 5}} if "profile" in entry else {}
    done = folder.take(live(with_fields(LIVE_ANA, **{**same, **ana}), BO))
    assert done.files == ()
    (finding,) = done.diagnostics
    assert finding.rule == "not-taken"
    assert why in finding.summary
    assert finding.position is not None
    assert folder.texts()["agents.yaml"] == before


def test_an_alias_is_not_edited(folder: Folder) -> None:
    text = "profiles: {night: {queues: &vip [vip]}}\n" + ANA % "queues: *vip"
    (folder.path / "agents.yaml").write_text(text)
    done = folder.take(live(with_fields(LIVE_ANA, queues={"support": 8}), BO))
    assert (done.files, [d.rule for d in done.diagnostics]) == ((), ["not-taken"])


def test_a_queue_that_is_gone_is_not_taken_over(folder: Folder) -> None:
    done = folder.take(reading(resource("queue/vip"), resource("skill/spanish")))
    assert done.files == ()
    assert "gone from the tenant" in done.diagnostics[0].summary


# --- newcomers -----------------------------------------------------------------------------------


def test_an_unmanaged_agent_is_appended_beside_its_neighbor(folder: Folder) -> None:
    before = ANA % "preferred_name: null"
    (folder.path / "agents.yaml").write_text(before)
    (folder.path / "uc.yaml").write_text("agents: [{extension: 2001, phone: uc}]\n")
    temp = agent(4107, "Temp: Desk", email="t@x.example", licenses=["voice"], queues={"vip": 3})
    una = uc_agent(2002, "Una Roe", licenses=[])
    tenant = live(
        with_fields(LIVE_ANA, preferred_name=None), BO, temp, uc_agent(2001, "Uwe Ott"), una
    )
    done = folder.take(tenant, temp, una)
    assert done == edit.Taken(("agents.yaml", "uc.yaml"), ())
    assert changed(before, folder.texts()["agents.yaml"]) == [
        '+  - name: "Temp: Desk"',
        '+    extension: "4107"',
        "+    email: t@x.example",
        "+    phone: webrtc",
        "+    licenses: [voice]",
        "+    queues: {vip: 3}",
    ]
    assert folder.texts()["uc.yaml"] == (
        "agents: [{extension: 2001, phone: uc}, {name: Una Roe, "
        'extension: "2002", email: una.roe@acme.example, phone: uc, licenses: []}]\n'
    )
    after = folder.compare(tenant)
    assert (after.changes, after.unmanaged) == ((), ())


def test_the_first_ones_of_a_kind_get_a_file(tmp_path: Path) -> None:
    (tmp_path / "tenant.yaml").write_text(TENANT)
    folder = Folder(tmp_path)
    new = (LIVE_ANA, BO, resource("queue/support", priority=5), resource("skill/no"))
    done = folder.take(reading(*new), *new)
    assert done.files == ("agents.yaml", "queues.yaml", "skills.yaml")
    assert folder.texts()["skills.yaml"] == 'skills:\n  "no": {}\n'
    after = folder.compare(reading(*new))
    assert (after.changes, after.unmanaged) == ((), ())


def test_an_unmanaged_queue_is_added_to_the_others(folder: Folder) -> None:
    night = resource("queue/night", priority=5)
    tenant = reading(*live().resources.values(), night)
    folder.take(tenant, night)
    assert changed(ROUTING, folder.texts()["routing.yaml"]) == ["+  night: {priority: 5}"]
    assert folder.compare(tenant).unmanaged == ()


# --- the bytes of a file -------------------------------------------------------------------------


@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("final", ["", "\r\n"])
def test_line_breaks_and_marks_of_a_file_stay(folder: Folder, mark: str, final: str) -> None:
    text = mark + "agents:\r\n- extension: 4001\r\n  email: ana.diaz@acme.example" + final
    (folder.path / "agents.yaml").write_bytes(text.encode())
    temp = agent(4005, "Temp", licenses=["voice"])
    tenant = live(with_fields(LIVE_ANA, extension="4003"), temp)
    folder.take(tenant, temp)
    after = folder.texts()["agents.yaml"]
    assert after.startswith(f'{mark}agents:\r\n- extension: "4003"\r\n  email: ana.diaz')
    assert after.endswith(final)
    assert "\n" not in after.replace("\r\n", "")
    assert folder.compare(tenant).changes == ()


def test_nothing_to_take_writes_nothing(folder: Folder) -> None:
    (folder.path / "agents.yaml").write_text(ANA % "phone: webrtc")
    assert folder.take(live(LIVE_ANA, BO)) == edit.Taken((), ())


def test_a_file_that_cannot_be_written_is_one_sentence(folder: Folder) -> None:
    (folder.path / "agents.yaml").write_text(ANA % "phone: webrtc")
    desired = folder.read().desired
    report = folder.report(live(with_fields(LIVE_ANA, extension="4003"), BO))
    (folder.path / "agents.yaml").unlink()
    (folder.path / "agents.yaml").mkdir()
    with pytest.raises(SetupError, match=r"agents\.yaml"):
        edit.take(folder.path, desired, report.items)


def test_an_item_of_somebody_whom_no_file_declares_is_told(folder: Folder) -> None:
    (folder.path / "agents.yaml").write_text(ANA % "phone: webrtc")
    items = folder.report(live(with_fields(LIVE_ANA, extension="4003"), BO)).items
    (folder.path / "agents.yaml").unlink()
    done = edit.take(folder.path, folder.read().desired, items)
    assert done.files == ()
    assert ["no entry" in finding.summary for finding in done.diagnostics] == [True]


# --- laws ----------------------------------------------------------------------------------------

STATED = st.sampled_from(
    [
        "",
        "queues: [vip]",
        "queues: []",
        "queues: {vip: 3}",
        "queues: {support: none, vip: default}",
        "queues:\n      vip: 3  # c\n      support: 2",
        "queues:\n      - support\n      - vip",
        "queues:\n    - vip",
        "licenses: [sms]",
        "licenses: {voice: none}",
        "licenses: []",
        "preferred_name: 'x'",
    ]
)
PROFILE = st.sampled_from(["", "profile: tier-1", "profile: [tier-1]"])
LIVE_FIELDS = st.fixed_dictionaries(
    {},
    optional={
        "preferred_name": st.none() | st.text(st.characters(exclude_categories=["Cs"]), min_size=1),
        "recording_mode": st.sampled_from(["manual", "disabled"]),
        "licenses": st.sets(st.sampled_from(["voice", "sms"])),
        "queues": st.fixed_dictionaries(
            {}, optional={"support": st.integers(1, 10), "vip": st.integers(0, 10)}
        ),
    },
)


@given(PROFILE, STATED, LIVE_FIELDS)
@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_after_taking_over_nothing_differs_and_the_rest_of_the_file_stands(
    folder: Folder, profile: str, stated: str, values: dict[str, FieldValue]
) -> None:
    before = ANA % "\n    ".join(part for part in (profile, stated) if part)
    before = before.replace("    \n", "")
    (folder.path / "agents.yaml").write_text(before)
    tenant = live(with_fields(LIVE_ANA, **values), BO)
    done = folder.take(tenant)
    assert done.diagnostics == ()
    assert folder.compare(tenant).changes == ()
    after = folder.texts()["agents.yaml"]
    for kept in ("# Our people.", "# since 2019", "# The night shift.", "  - {name: Bo Chen"):
        assert kept in after
    assert nodes.compose(after) is not None


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "agents:\n- until: 2026-01-31  # c\n  extension: 4001\n  phone: uc\n",
            "agents:\n- extension: 4001\n  phone: uc\n",
        ),
        (
            "agents:\n- until: 2026-01-31\n  # the number\n  extension: 4001\n  phone: uc\n",
            "agents:\n- # the number\n  extension: 4001\n  phone: uc\n",
        ),
        (
            "agents: [{extension: 4001, phone: uc, until: 2026-01-31}]\n",
            "agents: [{extension: 4001, phone: uc}]\n",
        ),
        (
            "agents: [{until: 2026-01-31, extension: 4001, phone: uc}]\n",
            "agents: [{extension: 4001, phone: uc}]\n",
        ),
        (
            "agents: [{until: 2026-01-31,\n  extension: 4001, phone: uc},"
            " {extension: 4002, phone: uc}]\n",
            "agents: [{extension: 4001, phone: uc}, {extension: 4002, phone: uc}]\n",
        ),
    ],
)
def test_a_key_is_taken_out_wherever_it_stands(folder: Folder, before: str, after: str) -> None:
    (folder.path / "agents.yaml").write_text(before)
    folder.take(live(uc_agent(4001, "Ana Diaz", email=None), BO))
    assert folder.texts()["agents.yaml"] == after
    assert folder.read().desired.resources["agent/4001"].fields["active"] is True
