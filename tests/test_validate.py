"""Documents against schema and rules: sentences of golden folders, waivers, and hostile shapes."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import jsonschema
import jsonschema_rs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler import kinds
from reconciler.render import text
from reconciler.validate.schemas import published
from tests.conftest import Golden
from tests.desired import read, read_folder

CASES = Path(__file__).parent / "cases" / "validate"


@pytest.mark.parametrize("case", sorted(CASES.iterdir()), ids=lambda case: case.name)
def test_a_folder_is_told_what_is_wrong_with_it(case: Path, golden: Golden) -> None:
    golden(case / "expected.txt", text.diagnostics(read_folder(case / "desired").diagnostics))


WAIVED = "policy: {waivers: [{rule: RULE, address: ADDRESS, reason: moves, until: 2026-12-31}]}"
OUTSIDE = (
    "extension_ranges: {w: {purpose: webrtc_agent, range: 4000-4999}}\n"
    "agents: [{email: ana@acme.example, extension: 5001}]"
)


def waiver(rule: str, address: str) -> str:
    return WAIVED.replace("RULE", rule).replace("ADDRESS", address)


@pytest.mark.parametrize(
    "address", ["agent/ana@acme.example", "agent/Ana@acme.example", "agent/5001"]
)
def test_a_waiver_lifts_one_rule_for_one_address(address: str) -> None:
    assert read(OUTSIDE).rules == ["extension-outside-range"]
    assert read(OUTSIDE, waiver("extension-outside-range", address)).rules == []


def test_a_waiver_does_not_lift_another_rule_or_another_address() -> None:
    other = "agents: [{email: bo@acme.example, extension: 5002}]"
    waived = waiver("extension-outside-range", "agent/ana@acme.example")
    assert read(OUTSIDE, other, waived).rules == ["extension-outside-range"]
    waived = waiver("duplicate-extension", "agent/ana@acme.example")
    assert read(OUTSIDE, waived).rules == ["extension-outside-range"]


def test_a_waiver_holds_until_its_last_day_and_is_then_an_error() -> None:
    waived = waiver("extension-outside-range", "agent/ana@acme.example")
    assert read(OUTSIDE, waived, as_of=date(2026, 12, 31)).rules == []
    rules = read(OUTSIDE, waived, as_of=date(2027, 1, 1)).rules
    assert rules == ["extension-outside-range", "waiver-expired"]


@pytest.mark.parametrize(
    ("rule", "address"), [("no-such-rule", "agent/5001"), ("seats-exceeded", "license_pool/fax")]
)
def test_a_waiver_of_nothing_is_an_error(rule: str, address: str) -> None:
    assert "waiver-unknown" in read(OUTSIDE, waiver(rule, address)).rules


@pytest.mark.parametrize(
    "address", ["license_pool/sms", "extension_range/w", "queue/a", "skill/b", "profile/p"]
)
def test_any_declared_address_may_be_waived(address: str) -> None:
    declared = (
        "license_pools: {sms: {}}\nextension_ranges: {w: {purpose: uc_user, range: 10-19}}\n"
        "queues: {a: {}}\nskills: {b: {}}\nprofiles: {p: {}}"
    )
    assert read(declared, waiver("seats-exceeded", address)).rules == []


def test_nothing_is_said_to_be_missing_while_a_file_is_unreadable() -> None:
    found = read("queues: [", "agents: [{extension: 1, queues: [support]}]", tenant="")
    assert found.rules == ["yaml-syntax"]


def test_a_folder_that_names_no_tenant_is_told_so() -> None:
    assert read("agents: []", tenant="").rules == ["tenant-missing"]


def test_a_tenant_without_a_name_is_told_once() -> None:
    assert read(tenant="tenant: {provider: sandbox}").rules == ["missing-key"]


def test_one_mistake_in_a_choice_of_shapes_is_one_diagnostic() -> None:
    found = read(
        "queues: {a: {}}\nagents: [{extension: 1, phone: uc, queues: {a: {level: 5, untill: x}}}]"
    )
    assert [(one.rule, one.hint) for one in found.diagnostics] == [
        ("unknown-key", "did you mean `until`?")
    ]


@pytest.mark.parametrize(
    ("entry", "rule", "hint"),
    [
        ("name: ~", "null-not-allowed", "write a value"),
        ("recording_mode: automatc", "wrong-value", "did you mean `automatic`?"),
        ("recording_mode: Manuel", "wrong-value", "did you mean `manual`?"),
        ("preferred_name: ''", "wrong-value", "write some text"),
        ("queues: {support: often}", "wrong-value", "write a level from 1 to 10, default, none"),
    ],
)
def test_a_hint_says_what_to_write(entry: str, rule: str, hint: str) -> None:
    found = read(
        f"queues: {{support: {{}}}}\nagents: [{{extension: 1, email: a@x.example, {entry}}}]"
    ).diagnostics
    assert [one.rule for one in found] == [rule]
    assert found[0].hint.startswith(hint)


def test_bounds_are_told_also_where_a_value_may_be_cleared() -> None:
    hint = read("queues: {support: {priority: 12}}").diagnostics[0].hint
    assert hint == "write a whole number from 0 to 10"


def test_a_secret_in_the_wrong_place_is_not_repeated() -> None:
    found = read(tenant="tenant: {name: a, provider: sandbox, token_env: hunter2-secret}")
    assert found.rules == ["wrong-value"]
    assert "hunter2" not in str(found.diagnostics)


def test_a_list_for_an_extension_is_told_and_no_rule_stumbles_over_it() -> None:
    found = read("queues: {support: {extension: []}}\n")
    assert found.rules == ["wrong-type"]


@pytest.mark.parametrize("more", ["", ", email: a@x.example"])
def test_next_is_no_extension_of_a_plan(more: str) -> None:
    (found,) = read(f"agents: [{{name: Ana, extension: next{more}, phone: uc}}]").diagnostics
    assert (found.rule, str(found.position)) == ("wrong-value", "1.yaml:1:22")
    assert "resolved by the verbs that edit files" in found.hint


def test_a_refused_entry_does_not_hide_what_is_wrong_with_others() -> None:
    text = (
        "agents: [{extension: 4001.0, phone: uc}, {extension: 1, phone: uc, licences: []},"
        " {extension: 2, phone: uc, queues: [a]}]"
    )
    assert read(text).rules == ["wrong-value", "unknown-key", "dangling-reference"]


@pytest.mark.parametrize("name", ["0", "007", "7"])
def test_a_name_that_looks_like_a_number_is_a_name(name: str) -> None:
    found = read(f"queues: {{{name}: {{priority: x}}, a: {{}}}}").diagnostics
    assert [(one.rule, one.address) for one in found] == [("wrong-value", f"queue/{name}")]


def test_one_bad_agent_among_many_is_found_quickly() -> None:
    agents = ",\n".join(f"{{extension: {n}, phone: uc}}" for n in range(1000, 9000))
    assert read(f"agents: [{agents},\n{{extension: x, phone: uc}}]").rules == ["wrong-value"]


def test_the_published_schema_takes_extensions_with_and_without_quotes() -> None:
    validator = jsonschema.Draft202012Validator(published())
    agent = {"email": "a@x.example", "review_own_recordings": True, "until": "2027-03-31"}
    for extension in (4001, "4001", "0400"):
        assert validator.is_valid({"agents": [{**agent, "extension": extension}]})
    for extension in (4001.5, "4 001", -1, None, True):
        assert not validator.is_valid({"agents": [{**agent, "extension": extension}]})
    assert not validator.is_valid({"agents": [{**agent, "queues": {"support": 11}}]})


def test_the_published_schema_asks_for_the_keys_of_each_phone() -> None:
    validator = jsonschema.Draft202012Validator(published())
    both = {"email": "a@x.example", "extension": "4001"}
    for phone, missing in (("webrtc", "email"), ("webrtc", "extension"), ("uc", "extension")):
        whole = {**both, "phone": phone}
        assert validator.is_valid({"agents": [whole]})
        del whole[missing]
        assert not validator.is_valid({"agents": [whole]})
    assert validator.is_valid({"agents": [{"extension": "2001", "phone": "uc"}]})


@pytest.mark.parametrize("name", ["name", "email", "address", "license_name"])
def test_two_libraries_agree_on_every_character(name: str) -> None:
    """ECMA-262 and Python disagree on what a space is: a byte order mark, a next-line character."""
    part = {"$ref": f"#/$defs/{name}", "$defs": published()["$defs"]}
    fast, thorough = jsonschema_rs.validator_for(part), jsonschema.Draft202012Validator(part)
    lead = "queue/" if name == "address" else ""
    odd = [chr(code) for code in range(0x10000) if not chr(code).isalnum() and code >> 11 != 0x1B]
    disagreed = [
        text for text in odd if fast.is_valid(lead + text) != thorough.is_valid(lead + text)
    ]
    assert disagreed == []


def subschemas(schema: Any, path: str = "") -> list[tuple[str, dict[str, Any]]]:
    """Every key that a person can write, with its schema."""
    found = [
        (f"{path}.{key}", below)
        for key, below in schema.get("properties", {}).items()
        if isinstance(below, dict)
    ]
    inner = [*schema.get("anyOf", ()), *schema.get("$defs", {}).values()]
    inner += [
        schema[key]
        for key in ("items", "additionalProperties")
        if isinstance(schema.get(key), dict)
    ]
    for below in inner:
        found += subschemas(below, path + "." + below.get("title", ""))
    return found + [one for key, below in list(found) for one in subschemas(below, key)]


@pytest.mark.parametrize("path_and_key", subschemas(published()), ids=lambda one: one[0])
def test_every_key_has_a_title_a_description_and_a_true_example(
    path_and_key: tuple[str, dict[str, Any]],
) -> None:
    _, key = path_and_key
    name = key.get("$ref", "").rpartition("/")[2]
    whole = {**published()["$defs"].get(name, {}), **key}
    assert whole.get("title")
    assert whole.get("description")
    validator = jsonschema.Draft202012Validator({**key, "$defs": published()["$defs"]})
    assert whole.get("examples")
    for example in whole["examples"]:
        validator.validate(example)


shapes = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-2, 12), st.text(max_size=3)),
    lambda below: st.one_of(
        st.lists(below, max_size=2),
        st.dictionaries(
            st.sampled_from(
                ["email", "extension", "queues", "licenses", "profile", "level", "limits"]
            )
            | st.text(min_size=1, max_size=2),
            below,
            max_size=3,
        ),
    ),
    max_leaves=8,
)
keys = st.sampled_from(["agents", "queues", "profiles", "policy", "license_pools", "tenant", "x"])


@settings(max_examples=300, deadline=None)
@given(
    st.dictionaries(keys, shapes | st.lists(st.dictionaries(st.just("email"), shapes), max_size=2))
)
def test_whatever_is_written_gives_diagnostics_and_never_a_traceback(
    company: dict[str, Any],
) -> None:
    for finding in read(json.dumps(company), tenant="").diagnostics:
        assert finding.summary
        assert finding.hint


def test_the_schema_and_the_catalogue_name_the_same_things() -> None:
    definitions = published()["$defs"]
    ignored = definitions["policy"]["properties"]["ignore"]["items"]["enum"]
    compared = [kinds.KINDS[name] for name in ("agent", "queue", "skill")]
    assert ignored == [
        f"{kind.name}.{name}"
        for kind in compared
        for name in (*(field.name for field in kind.scalars), *kind.collections)
    ]
    assert definitions["recording_mode"]["enum"] == [
        *kinds.RECORDING_MODES,
        *kinds.RECORDING_MODES.values(),
    ]
    assert definitions["routing"]["enum"] == [*kinds.ROUTINGS, *kinds.ROUTINGS.values()]
    keys = {kind.key for kind in kinds.KINDS.values() if kind.key}
    assert set(published()["properties"]) == keys | {"tenant", "profiles", "policy"}
    agent = definitions["agent"]["properties"]
    assert {field.name for field in kinds.KINDS["agent"].scalars} - {"active"} <= set(agent)
    profile = definitions["profile"]["properties"]
    assert {*kinds.AGENT_SETTINGS, *kinds.KINDS["agent"].collections} <= set(profile)
    for kind in ("queue", "skill"):
        assert {field.name for field in kinds.KINDS[kind].scalars} <= set(
            definitions[kind]["properties"]
        )


@pytest.mark.parametrize(
    "what", ["agent.suspend", "protect:agent/ana@acme.example", "membership.remove"]
)
def test_whatever_a_plan_asks_for_can_be_acknowledged_in_the_files(what: str) -> None:
    allow = f"policy: {{allow: [{{what: '{what}', count: 1, reason: agreed}}]}}"
    assert read(allow).rules == []
