"""Every offline rule: the samples of its own docstring, and the corners that samples leave out."""

import re
from dataclasses import replace
from datetime import date
from textwrap import dedent

import pytest

from reconciler import rules
from reconciler.diagnostics import Severity
from reconciler.rules import Rule, duplicate_email, duplicate_extension
from tests.desired import read

SAMPLES = re.compile(r"Passes:\n\n(.*?)\n\nFails:\n\n(.*)\Z", re.DOTALL)


def samples(rule: Rule) -> tuple[str, str]:
    found = SAMPLES.search((rule.__doc__ or "").strip("\n"))
    assert found, f"{rule.ID} has no samples"
    return dedent(found[1]), dedent(found[2])


def sample_of(rule: Rule, number: int) -> str:
    """A sample in a company that declares what samples take for granted."""
    sample = samples(rule)[number]
    return sample if "queues: {support" in sample else f"queues: {{support: {{}}}}\n{sample}"


@pytest.mark.parametrize("rule", rules.OFFLINE, ids=lambda rule: rule.ID)
def test_the_passing_sample_passes(rule: Rule) -> None:
    assert rule.ID not in read(sample_of(rule, 0)).rules


@pytest.mark.parametrize("rule", rules.OFFLINE, ids=lambda rule: rule.ID)
def test_the_failing_sample_fails_with_a_place_and_a_hint(rule: Rule) -> None:
    found = [one for one in read(sample_of(rule, 1)).diagnostics if one.rule == rule.ID]
    assert len(found) == 1
    assert found[0].severity is rule.SEVERITY
    assert found[0].position is not None
    assert found[0].address
    assert found[0].hint


def test_the_ids_are_those_of_the_design() -> None:
    warnings = {rule.ID for rule in rules.OFFLINE if rule.SEVERITY is Severity.WARNING}
    assert warnings == {"extension-range-full", "license-without-membership", "webrtc-email-format"}
    assert len({rule.ID for rule in rules.OFFLINE}) == len(rules.OFFLINE)
    assert all(rule.ID in rules.IDS for rule in rules.LIVE)


def the_only(rule: str, *texts: str, as_of: date = date(2026, 11, 24)) -> str:
    """The summary of the only finding of a rule."""
    found = [one.summary for one in read(*texts, as_of=as_of).diagnostics if one.rule == rule]
    assert len(found) == 1, found
    return found[0]


@pytest.mark.parametrize(
    ("entry", "missing"),
    [
        ("email: ana@acme.example", ["extension"]),
        ("extension: 4001", ["email"]),
        ("extension: 5001", ["email"]),
        ("extension: 2001, phone: webrtc", ["email"]),
        ("extension: 4001, from: 2030-01-01", ["email"]),
        ("extension: 4001, until: 2020-01-01", []),
        ("extension: 4001, email: ana@acme.example", []),
        ("extension: 2001", []),
        ("email: ana@acme.example, phone: uc", ["extension"]),
    ],
)
def test_an_agent_has_the_keys_of_its_phone(entry: str, missing: list[str]) -> None:
    ranges = (
        "extension_ranges: {w: {purpose: webrtc_agent, range: 4000-4999},"
        " u: {purpose: uc_user, range: 2000-2999}}"
    )
    rule = rules.agent_keys_missing.ID
    found = [one for one in read(ranges, f"agents: [{{{entry}}}]").diagnostics if one.rule == rule]
    assert [str(one.position) for one in found] == ["2.yaml:1:10"] * len(missing)
    assert all(f"without `{key}`" in one.summary for key, one in zip(missing, found, strict=True))


def test_both_places_of_a_second_declaration_are_named() -> None:
    texts = "queues: {a: {}}", "agents: []\nqueues: {a: {}}"
    found = read(*texts).diagnostics
    assert [(one.rule, str(one.position)) for one in found] == [
        ("duplicate-address", "2.yaml:2:10")
    ]
    assert "1.yaml:1:10" in found[0].summary


@pytest.mark.parametrize(
    "text",
    [
        "license_pools: {sms: {}}",
        "extension_ranges: {a: {purpose: queue, range: 10-19}}",
        "skills: {a: {}}",
        "profiles: {a: {}}",
        "agents: [{email: ana@acme.example, extension: 4001}]",
        "agents: [{extension: 4001, phone: uc, from: 2030-01-01}]",
        "policy: {live_calls: skip}",
        "policy: {limits: {agent: {suspend: 2}}}",
    ],
)
def test_any_kind_declared_in_two_files_is_told(text: str) -> None:
    assert read(text, text).rules == ["duplicate-address"]


def test_a_second_tenant_is_told() -> None:
    assert read("tenant: {name: other, provider: sandbox}").rules == ["duplicate-address"]


def test_two_people_with_one_email_are_told_apart_by_extension() -> None:
    first = "agents: [{email: ana@acme.example, extension: 4001}]"
    second = "agents: [{email: ANA@acme.example, extension: 4002}]"
    assert read(first, second).rules == ["duplicate-address", "duplicate-email"]


NFC, NFD = "jos\u00e9@acme.example", "jose\u0301@acme.example"


def test_emails_that_look_alike_are_one() -> None:
    agents = (f"agents: [{{email: {e}, extension: 400{n}}}]" for n, e in enumerate((NFC, NFD)))
    assert read(*agents).rules == ["duplicate-address", "duplicate-email"]


@pytest.mark.parametrize(
    ("character", "name"),
    [
        ("\u200b", "U+200B ZERO WIDTH SPACE"),
        ("\u202e", "U+202E RIGHT-TO-LEFT OVERRIDE"),
        ("\u00ad", "U+00AD SOFT HYPHEN"),
        ("\ufe0f", "U+FE0F VARIATION SELECTOR-16"),
        ("\u3164", "U+3164 HANGUL FILLER"),
        ("\U000e0041", "U+E0041 TAG LATIN CAPITAL LETTER A"),
        ("\u2028", "U+2028 LINE SEPARATOR"),
    ],
)
@pytest.mark.parametrize("key", ["email", "previously: {email", "replaces: {email"])
def test_an_invisible_character_in_an_email_is_named(character: str, name: str, key: str) -> None:
    own = "" if key == "email" else "email: ana@acme.example, "
    escape = f"\\U{ord(character):08x}"
    value = f'{key}: "an{escape}a@acme.example"{"}" * key.count("{")}'
    (found,) = read(f"agents: [{{extension: 4001, {own}{value}}}]").diagnostics
    assert (found.rule, found.severity) == ("wrong-value", Severity.ERROR)
    assert name in found.summary
    assert found.position


def test_two_queues_that_look_alike_have_one_name() -> None:
    assert read("queues: {caf\u00e9: {}, cafe\u0301: {}}").rules == ["duplicate-address"]


def test_a_queue_and_an_agent_do_not_share_an_extension() -> None:
    text = "queues: {a: {extension: 4001}}\nagents: [{email: ana@acme.example, extension: 4001}]"
    assert "agent/ana@acme.example" in the_only("duplicate-extension", text)


@pytest.mark.parametrize(("start", "count"), [("2027-03-31", 1), ("2027-04-01", 0)])
def test_a_number_passes_on_when_its_holder_has_left(start: str, count: int) -> None:
    text = (
        "agents:\n- {email: a@x.example, extension: 4001, until: 2027-03-31}\n"
        f"- {{email: b@x.example, extension: 4001, from: {start}}}\n"
    )
    assert read(text).rules.count("duplicate-extension") == count


@pytest.mark.parametrize(
    ("one", "other", "count"),
    [("10-19", "19-29", 1), ("10-19", "20-29", 0), ("10-19", "100-199", 0), ("10-19", "12-13", 1)],
)
def test_ranges_share_no_number(one: str, other: str, count: int) -> None:
    text = (
        f"extension_ranges:\n  a: {{purpose: queue, range: {one}}}\n"
        f"  b: {{purpose: queue, range: {other}}}\n"
    )
    assert read(text).rules.count("extension-range-overlap") == count


@pytest.mark.parametrize("ends", ["99-100", "200-100"])
def test_a_range_has_ends_of_one_length_in_their_order(ends: str) -> None:
    text = f"extension_ranges: {{a: {{purpose: queue, range: {ends}}}}}"
    assert read(text).rules == ["extension-range-overlap"]


@pytest.mark.parametrize(
    ("entry", "count"),
    [
        ("extension: 4001", 0),
        ("extension: 2001", 0),
        ("extension: 3001", 1),
        ("extension: 40001", 1),
        ("extension: '0400'", 1),
        ("extension: 4001, phone: uc", 1),
        ("extension: 2001, phone: webrtc", 1),
        ("email: ana@acme.example", 0),
    ],
)
def test_an_agent_lives_in_a_range_of_its_phone(entry: str, count: int) -> None:
    ranges = (
        "extension_ranges: {w: {purpose: webrtc_agent, range: 4000-4999},"
        " u: {purpose: uc_user, range: 2000-2999}, g: {purpose: uc_group, range: 3000-3999}}"
    )
    assert read(ranges, f"agents: [{{{entry}}}]").rules.count("extension-outside-range") == count


def test_a_queue_lives_in_a_range_of_queues_if_there_is_one() -> None:
    queue = "queues: {a: {extension: 5001}}"
    elsewhere = "extension_ranges: {w: {purpose: webrtc_agent, range: 4000-4999}}"
    own = "extension_ranges: {q: {purpose: queue, range: 1000-1999}}"
    assert read(queue, elsewhere).rules == []
    assert read(queue, own).rules == ["extension-outside-range"]


def test_a_full_range_counts_its_free_numbers() -> None:
    ranges = "extension_ranges: {w: {purpose: webrtc_agent, range: 400-439}}"
    agents = "agents: [" + ", ".join(f"{{extension: {400 + n}}}" for n in range(39)) + "]"
    assert the_only("extension-range-full", ranges, agents) == "range w has 1 of 40 numbers free"


def test_a_misspelt_name_is_offered_the_right_one() -> None:
    found = read(
        "skills: {spanish: {}}\nagents: [{extension: 1, phone: uc, skills: [spansh]}]"
    ).diagnostics[0]
    assert found.hint.startswith("did you mean `spanish`?")
    assert str(found.position) == "1.yaml:2:45"


@pytest.mark.parametrize(
    "text",
    [
        "agents: [{extension: 1, profile: gone}]",
        "agents: [{extension: 1, profile: [gone]}]",
        "agents: [{extension: 1, queues: {gone: none}}]",
        "agents: [{extension: 1, licenses: [gone]}]",
        "agents: [{extension: 1, from: 2030-01-01, skills: {gone: 3}}]",
        "profiles: {a: {queues: [gone]}}",
        "license_pools: {sms: {requires: gone}}",
    ],
)
def test_every_kind_of_name_is_looked_up(text: str) -> None:
    assert "gone" in the_only("dangling-reference", text)


def test_a_license_of_the_product_needs_no_pool_and_another_one_does() -> None:
    assert read("agents: [{extension: 1, phone: uc, licenses: [sms, voice]}]").rules == []
    agent = "agents: [{extension: 1, phone: uc, licenses: [fax]}]"
    assert read("license_pools: {fax: {}}", agent).rules == []


def test_nothing_is_concluded_from_what_the_files_leave_out() -> None:
    text = (
        "queues: {a: {}}\nagents: [{extension: 1, phone: uc, queues: [a]},"
        " {extension: 2, phone: uc, licenses: [voice]}]"
    )
    assert read(text).rules == []


def test_who_has_left_breaks_no_rule_on_licenses() -> None:
    pools = "license_pools: {voice: {purchased: 0}}"
    agent = "agents: [{extension: 1, licenses: [voice], queues: [], skills: [], until: 2026-01-31}]"
    assert read(pools, agent).rules == []


def test_seats_count_who_is_in_force_and_not_who_waits() -> None:
    pools = "license_pools: {voice: {purchased: 1}}"
    agents = (
        "agents:\n- {extension: 1, phone: uc, licenses: [voice]}\n"
        "- {extension: 2, phone: uc, licenses: [voice], from: 2027-01-01}\n"
    )
    assert read(pools, agents).rules == []
    summary = the_only("seats-exceeded", pools, agents, as_of=date(2027, 1, 1))
    assert summary == "license voice: 2 assigned, 1 purchased"


@pytest.mark.parametrize(
    "text",
    [
        "queues: {a: {default_level: 0}}",
        "skills: {a: {default_level: 11}}",
        "queues: {a: {}}\nagents: [{extension: 1, phone: uc, queues: {a: 0}}]",
        "queues: {a: {}}\nagents: [{extension: 1, phone: uc, queues: {a: -1}}]",
        "queues: {a: {}}\n"
        "agents: [{extension: 1, phone: uc, queues: {a: {level: 99, until: 2020-01-01}}}]",
        "skills: {a: {}}\nprofiles: {p: {skills: {a: 11}}}\n"
        "agents: [{extension: 1, phone: uc, profile: p}]",
    ],
)
def test_a_level_is_judged_wherever_it_is_stated_and_once(text: str) -> None:
    assert read(text).rules == ["level-out-of-range"]


def test_a_profile_may_bring_what_the_uc_directory_owns() -> None:
    text = (
        "profiles: {p: {recording_mode: manual}}\nagents: [{extension: 1, phone: uc, profile: p}]"
    )
    assert "recording_mode" in the_only("uc-owned-field", text)


def test_a_uc_agent_and_its_directory_entry_are_one_holder_and_others_are_not() -> None:
    files = read(
        "agents:\n- {extension: 2001, phone: uc, email: ana@acme.example}\n"
        "- {extension: 4001, email: bo@acme.example}\n"
    ).desired
    entry = {"extension": "2001", "email": "ana@acme.example"}
    stated = rules.stated(files)
    own = replace(stated, directory={"directory_entry/2001": entry})
    other = replace(stated, directory={"directory_entry/4001": {"extension": "4001"}})
    assert list(duplicate_extension.check(own)) == list(duplicate_email.check(own)) == []
    assert [found.rule for found in duplicate_extension.check(other)] == ["duplicate-extension"]


def test_who_left_yesterday_is_no_holder_even_of_a_number_that_the_tenant_still_shows() -> None:
    files = read(
        "agents:\n- {email: a@x.example, extension: 4001, until: 2026-11-23}\n"
        "- {email: b@x.example, extension: 4001, from: 2026-01-01}\n"
    ).desired
    live = {address: {"extension": "4001"} for address in files.resources}
    assert list(duplicate_extension.check(replace(rules.stated(files), agents=live))) == []
