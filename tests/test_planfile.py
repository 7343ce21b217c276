"""The plan document: to JSON and back, its schema, its digest, and what is refused of it."""

import copy
import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from reconciler import planfile
from reconciler.diagnostics import Diagnostic, Position, Severity
from reconciler.errors import SetupError, StalePlanError
from reconciler.evidence import grades
from reconciler.model import (
    Access,
    Action,
    Allowance,
    Attestation,
    Blocker,
    Change,
    ConfigRef,
    Coverage,
    DriftClass,
    DriftItem,
    DueWork,
    Execution,
    FieldChange,
    Forecast,
    Graded,
    Limit,
    LiveRef,
    Operation,
    Plan,
    Policy,
    RangeUse,
    SeatCost,
    Seats,
    TenantRef,
    Unmanaged,
    Unobserved,
    Verb,
    Waiver,
)
from reconciler.planfile import Cover
from reconciler.planfile.document import checksum
from reconciler.planfile.integrity import new_id

SCHEMA = json.loads((Path(__file__).parents[1] / "schemas/plan.schema.json").read_text())
NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
ANA, BO, CY = (f"agent/{name}@acme.example" for name in ("ana", "bo", "cy"))
Document = dict[str, Any]

SAID = Attestation(ANA, "extension", "4001", "sam", NOW - timedelta(days=12))
ONLY_FILES = Attestation(ANA, "skills.spanish", None, "origin/main", grades.NEVER, grades.BASE)
CHANGES = (
    Change(
        ANA,
        "agent",
        "4001 Ana Diaz",
        Action.UPDATE,
        (
            FieldChange("extension", "4001", "4002", SAID),
            FieldChange("skills.spanish", None, 7, ONLY_FILES),
        ),
        "files differ from tenant",
        Position("agents/support.yaml", 12, 1),
        "2819c223",
        'W/"7"',
    ),
    Change(
        BO,
        "agent",
        "4003 Bo Chen",
        Action.CREATE,
        (FieldChange("extension", None, "4003"), FieldChange("licenses.voice", None, True)),
        "declared, and the tenant does not have it",
        execution=Execution.MANUAL,
    ),
    Change(CY, "agent", "4009 Cy Roe", Action.DELETE, (), "unlisted", live_id="77"),
)
OPERATIONS = (
    Operation("op-1", ANA, "agent", Verb.UPDATE, {"extension": "4990"}, "parked"),
    Operation("op-2", BO, "agent", Verb.CREATE, {"extension": "4003", "licenses.voice": True}),
    Operation("op-3", CY, "agent", Verb.UPDATE, {"licenses.voice": None, "extension": "4991"}),
    Operation("op-4", CY, "agent", Verb.DELETE, {}, "", ("op-3",)),
    Operation(
        "op-5", ANA, "agent", Verb.UPDATE, {"extension": "4002", "skills.spanish": 7}, "", ("op-1",)
    ),
)
ITEM = DriftItem(
    ANA,
    "agent",
    "4001 Ana Diaz",
    DriftClass.DRIFT,
    "extension",
    "4001",
    "4001",
    "4002",
    Position("agents/support.yaml", 12, 1),
    NOW,
    "supervisor",
    NOW,
    'extension: "4002"',
)

ITEM_SAID = replace(ITEM, word=replace(SAID, value="4002", source="file: PBX export"))


def plan(**values: Any) -> Plan:
    """A plan with something in every list, that fits its digest."""
    made = Plan(
        tool_version="0.1.0",
        plan_id="",
        digest="",
        created_at=NOW,
        as_of=date(2026, 11, 24),
        expires_at=datetime(2026, 12, 2, tzinfo=UTC),
        tenant=TenantRef("acme", "sandbox", None),
        config=ConfigRef("3f2a", False, 6, "sha256:ab"),
        live=LiveRef(True, 61, 5),
        applyable=False,
        complete=True,
        summary={"agent": {"create": 1, "update": 1, "delete": 1, "unchanged": 37}},
        changes=CHANGES,
        operations=OPERATIONS,
        drift=(ITEM_SAID, replace(ITEM, source=None, first_seen=None, changed_at=None, actor=None)),
        unmanaged=(Unmanaged("agent/4107", "4107 Temp Desk", unlisted=True),),
        unobserved=(Unobserved("agent", "recording_mode", 3),),
        grades=(
            Graded("agent", "extension", 31, 9, 0, ("file: PBX export", "sam"), SAID.at),
            Graded("agent", "recording_mode", 0, 0, 3),
        ),
        costs=(SeatCost("voice", 1, False, "75.00", 3, "225.00", "USD"),),
        seats=(
            Seats("sms", None, 0, 0, 0, None, 0),
            Seats("web_chat", 10, 7, 8, 8, 2, 0, "voice"),
        ),
        coverage=(
            Coverage("queue/support", 9, 8, 9, 2, (BO,), (CY,)),
            Coverage("skill/spanish", 0, 0, 1, None),
        ),
        access=Access((BO,), (CY,)),
        extensions=(RangeUse("agents", "4000", "4999", 31, 32, 968, 1, "webrtc_agent", "delete"),),
        forecast=Forecast(15, 2),
        diagnostics=(
            Diagnostic("a-rule", Severity.ERROR, "wrong", "do it", ANA, Position("a.yaml", 3, 5)),
            Diagnostic("another-rule", Severity.WARNING, "odd"),
        ),
        blockers=(
            Blocker("agent.delete", 1, 0, "agent.delete=1", None, "too many", "look"),
            Blocker("a-rule", 1, 0, None, ANA, "wrong", "do it"),
        ),
        acknowledged=(
            Allowance("agent.suspend", 7, "the night shift closes", date(2026, 12, 1)),
            Allowance("license.remove", 9),
        ),
        policy=Policy(
            limits={"agent.suspend": Limit(count=2), "agent.update": Limit(percent=50)},
            protect=frozenset([ANA]),
            waivers=(Waiver("a-rule", BO, "moves in spring", date(2027, 3, 31)),),
            ignore=frozenset(["agent.name"]),
            live_calls="ignore",
            attestation_days=30,
            absent_percent=50,
            protect_fields={ANA: frozenset(["extension", "licenses"])},
        ),
        select=("agent/4001", BO),
        exclude=(CY,),
        due=DueWork(date(2026, 11, 20), (CY,), (ITEM,)),
    )
    return planfile.identified(replace(made, **values), bytes(5))


def sealed(document: Document) -> str:
    """The document as text, with a checksum that fits whatever it holds now."""
    with suppress(TypeError):
        document["checksum"] = checksum(document)
    return json.dumps(document)


@pytest.fixture
def document() -> Document:
    return planfile.document(plan())


# --- there and back ------------------------------------------------------------------------------


def test_a_plan_comes_back_as_it_was() -> None:
    """But for the column of a change and the rest of the policy, which no document holds."""
    assert planfile.parse(planfile.text(plan())) == plan()


def test_a_plan_is_read_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "plan.json"
    file.write_text(planfile.text(plan()), encoding="utf-8")
    assert planfile.read(file) == plan()


def test_the_keys_stand_in_the_order_of_the_contract(document: Document) -> None:
    assert list(document)[:13] == [
        *("format_version", "tool_version", "plan_id", "digest", "checksum", "created_at", "as_of"),
        *("expires_at", "tenant", "config", "live", "applyable", "complete"),
    ]
    assert list(document)[13:] == [
        *(
            "summary",
            "selection",
            "due",
            "changes",
            "operations",
            "drift",
            "unmanaged",
            "unobserved",
            "grades",
            "seats",
        ),
        *("costs", "coverage", "access", "extensions", "forecast", "diagnostics", "blockers"),
        *("acknowledged", "policy", "gone_files", "upcoming", "overdue"),
    ]
    assert list(document["changes"][0]) == [
        *("address", "kind", "label", "action", "reason", "source", "live_id", "precondition"),
        *("execution", "fields"),
    ]
    assert list(document["operations"][0]) == ["id", "address", "verb", "set", "why", "after"]
    assert list(document["extensions"][0])[:7] == [
        *("range", "from", "to", "used", "after", "free", "foreign")
    ]


def test_an_operation_that_waits_for_nothing_says_so(document: Document) -> None:
    assert document["operations"][0]["after"] == []


def test_moments_are_written_as_utc() -> None:
    zone = timezone(timedelta(hours=-7))
    assert planfile.document(plan())["created_at"] == "2026-11-24T09:00:00Z"
    shown = planfile.document(plan(created_at=NOW.astimezone(zone)))["created_at"]
    assert datetime.fromisoformat(shown) == NOW


def test_a_name_that_is_half_a_surrogate_pair_is_escaped() -> None:
    odd = plan(changes=(replace(CHANGES[0], label="4001 \ud800"),), operations=OPERATIONS[:1])
    written = planfile.text(odd)
    assert written.encode()
    assert planfile.parse(written).changes[0].label == "4001 \ud800"


# --- the schema ----------------------------------------------------------------------------------


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def test_a_document_fits_its_schema(document: Document) -> None:
    checker = jsonschema.FormatChecker()
    jsonschema.Draft202012Validator(SCHEMA, format_checker=checker).validate(document)


def test_every_key_of_a_document_is_in_the_schema(document: Document) -> None:
    assert set(document) == set(SCHEMA["properties"])
    for key, name in (
        ("changes", "change"),
        ("operations", "operation"),
        ("drift", "drift"),
        ("grades", "graded"),
        ("seats", "seats"),
        ("costs", "cost"),
        ("coverage", "coverage"),
        ("extensions", "range"),
        ("diagnostics", "diagnostic"),
        ("blockers", "blocker"),
        ("acknowledged", "acknowledged"),
    ):
        assert set(document[key][0]) == set(SCHEMA["$defs"][name]["properties"]), key
    of_field = SCHEMA["$defs"]["change"]["properties"]["fields"]["items"]["properties"]
    assert set(document["changes"][0]["fields"][0]) == set(of_field)
    for holder in (document["changes"][0]["fields"][0], document["drift"][0]):
        assert set(holder["word"]) == set(SCHEMA["$defs"]["word"]["properties"])
    assert set(document["policy"]) == set(SCHEMA["$defs"]["policy"]["properties"])


def test_every_object_of_the_schema_explains_itself() -> None:
    bare = [n for n, d in SCHEMA["$defs"].items() if d["type"] == "object" and "title" not in d]
    assert bare == []


Edit = Callable[[Document], Any]


def _misgraded(document: Document, **values: Any) -> None:
    document["changes"][0]["fields"][0]["word"].update(values)


MISFITS: dict[str, tuple[Edit, str]] = {
    "a missing list": (lambda d: d.pop("changes"), "it has no changes"),
    "a list that is none": (lambda d: d.update(changes={}), "changes is no array"),
    "an object that is none": (lambda d: d.update(tenant=[]), "tenant is no object"),
    "an unknown action": (
        lambda d: d["changes"][0].update(action="explode"),
        "changes[0].action is not one of create",
    ),
    "an unknown kind": (
        lambda d: d["changes"][0].update(kind="tenant"),
        "changes[0].kind is not one of",
    ),
    "an unknown verb": (
        lambda d: d["operations"][1].update(verb="PUT"),
        "operations[1].verb is not one of",
    ),
    "a list as a value": (
        lambda d: d["changes"][0]["fields"][0].update(after=["4002"]),
        "changes[0].fields[0].after is no boolean or integer or null or string",
    ),
    "a fraction as a value": (
        lambda d: d["operations"][0]["set"].update(extension=4.5),
        "operations[0].set.extension is no boolean",
    ),
    "a number as a text": (lambda d: d["seats"][1].update(purchased="10"), "seats[1].purchased"),
    "true as a number": (lambda d: d["forecast"].update(requests=True), "forecast.requests"),
    "a count below zero": (
        lambda d: d["coverage"][0].update(before=-1),
        "coverage[0].before is less than 0",
    ),
    "line zero": (lambda d: d["changes"][0]["source"].update(line=0), "changes[0].source.line"),
    "a day that is none": (lambda d: d.update(as_of="2026-13-01"), "month must be in 1..12"),
    "a day with a line break": (lambda d: d.update(as_of="2026-11-24\n"), "as_of does not look"),
    "a moment without a zone": (
        lambda d: d.update(expires_at="2026-12-01T09:00:00"),
        "expires_at does not look like",
    ),
    "a digest of another kind": (lambda d: d.update(digest="md5:00"), "digest does not look like"),
    "an id with a path": (lambda d: d.update(plan_id="../../etc"), "plan_id does not look like"),
    "a limit of words": (
        lambda d: d["policy"]["limits"].update({"agent.suspend": "many"}),
        "policy.limits.agent.suspend",
    ),
    "a grade that is none": (lambda d: _misgraded(d, grade="observed"), "word.grade is not one of"),
    "somebody who is a number": (lambda d: d["grades"][0].update(by=[7]), "grades[0].by[0]"),
    "a summary of texts": (lambda d: d["summary"]["agent"].update(create="1"), "summary.agent"),
}


@pytest.mark.parametrize("name", MISFITS)
def test_a_misshapen_document_is_refused_and_the_place_named(name: str, document: Document) -> None:
    edit, said = MISFITS[name]
    edit(document)
    with pytest.raises(SetupError, match="not a plan document") as refused:
        planfile.parse(sealed(document), "plan.json")
    assert said in str(refused.value)
    assert refused.value.hint


@pytest.mark.parametrize("name", [name for name in MISFITS if not name.startswith("a day")])
def test_what_we_refuse_the_published_schema_refuses_as_well(name: str, document: Document) -> None:
    MISFITS[name][0](document)
    assert not jsonschema.Draft202012Validator(SCHEMA).is_valid(document)


@pytest.mark.parametrize("values", [{"grade": "unobserved"}, {"source": "base"}, {"at": None}])
def test_a_word_that_does_not_fit_its_grade_is_refused(
    values: dict[str, Any], document: Document
) -> None:
    _misgraded(document, **values)
    with pytest.raises(SetupError, match=f"a word about {ANA} does not fit its grade"):
        planfile.parse(sealed(document))


def test_what_a_value_stands_on_is_written_only_where_there_is_something_to_say() -> None:
    bare = (FieldChange("extension", "4001", "4002"),)
    shown = planfile.document(plan(changes=(replace(CHANGES[0], fields=bare),), grades=()))
    assert "grades" not in shown
    assert list(shown["changes"][0]["fields"][0]) == ["path", "before", "after"]


def test_who_vouches_and_since_when_does_not_change_the_digest() -> None:
    bare = (FieldChange("extension", "4001", "4002"), FieldChange("skills.spanish", None, 7))
    silent = plan(changes=(replace(CHANGES[0], fields=bare), *CHANGES[1:]))
    assert silent.digest == plan().digest


def test_a_later_minor_version_may_add_keys(document: Document) -> None:
    document["format_version"] = "1.17"
    for place in (
        *(document, document["tenant"], document["changes"][0], document["operations"][0]),
        *(document["unmanaged"][0], document["seats"][0], document["coverage"][0]),
        *(document["extensions"][0], document["blockers"][0], document["policy"]),
    ):
        place["mood"] = {"deep": [1.5]}
    assert planfile.parse(sealed(document)) == plan()


def test_what_the_contract_does_not_show_may_be_left_out(document: Document) -> None:
    for key in ("acknowledged", "policy"):
        document.pop(key)
    document["operations"][1].pop("why")
    document["seats"][0].pop("requires")
    for key in ("address", "summary", "hint"):
        document["blockers"][0].pop(key)
    for key in ("purpose", "unlisted"):
        document["extensions"][0].pop(key)
    read = planfile.parse(sealed(document))
    assert read.policy == Policy()
    assert read.extensions[0].unlisted == "report"


@pytest.mark.parametrize("version", ["2.0", "0.9", "10.0", "1.0"])
def test_another_major_version_is_refused_by_its_name(version: str, document: Document) -> None:
    document["format_version"] = version
    with pytest.raises(SetupError, match=f"has format {version}"):
        planfile.parse(sealed(document))


def test_a_plan_of_an_older_minor_version_is_told_why_it_is_not_read(document: Document) -> None:
    document["format_version"] = "1.0"
    document.pop("checksum")
    with pytest.raises(SetupError, match=r"format 1\.0.*whose digest covers everything") as refused:
        planfile.parse(json.dumps(document), "plan.json")
    assert refused.value.hint == "plan again with this version"


# --- hostile -------------------------------------------------------------------------------------

HOSTILE = {
    "nothing": "",
    "text": "hello",
    "a number": "1",
    "null": "null",
    "a list": "[]",
    "an empty object": "{}",
    "half a document": '{"format_version": "1.0", "changes": [',
    "a thousand brackets": "[" * 100_000,
    "a thousand braces": '{"a":' * 100_000,
    "NaN": '{"format_version": NaN}',
    "infinity": '{"format_version": "1.0", "forecast": {"requests": Infinity}}',
    "a huge number": '{"format_version": ' + "9" * 10_000 + "}",
    "a key twice": '{"format_version": "1.0", "format_version": "1.0"}',
    "a version that is none": '{"format_version": 1}',
    "a version without numbers": '{"format_version": "latest"}',
    "a byte order mark": "\ufeff{}",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_document_is_refused_in_one_line(name: str) -> None:
    with pytest.raises(SetupError) as refused:
        planfile.parse(HOSTILE[name], "plan.json")
    assert "plan.json" in str(refused.value)
    assert "\n" not in str(refused.value)


OTHERS: tuple[Any, ...] = (None, True, -1, 1.5, "", "x" * 50, [], {}, [[]], {"a": {}})


def test_every_value_may_be_of_any_other_type(document: Document) -> None:
    """Nothing but a plan or a refusal comes of a document in which one value was exchanged."""
    for holder, key in list(_places(document)):
        was = holder[key]
        for instead in OTHERS:
            holder[key] = instead
            with suppress(SetupError, StalePlanError):
                planfile.parse(json.dumps(document))
        holder[key] = was


def test_no_value_may_be_exchanged_unless_the_checksum_is_written_again(document: Document) -> None:
    for holder, key in list(_places(document)):
        was = holder[key]
        for instead in (other for other in (f"{was}x", None, 7, True) if other is not was):
            holder[key] = instead
            with pytest.raises((SetupError, StalePlanError)):
                planfile.parse(json.dumps(document))
        holder[key] = was
    planfile.parse(json.dumps(document))


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    keys = value if isinstance(value, dict) else range(len(value))
    for key in list(keys):
        yield value, key
        if isinstance(value[key], dict | list):
            yield from _places(value[key])


@pytest.mark.parametrize("content", [b"\xff\xfe", b"\x80"])
def test_a_file_that_is_not_utf8_is_refused(content: bytes, tmp_path: Path) -> None:
    file = tmp_path / "plan.json"
    file.write_bytes(content)
    with pytest.raises(SetupError, match="cannot be read as a plan"):
        planfile.read(file)


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    for place in (tmp_path / "none.json", tmp_path):
        with pytest.raises(SetupError, match="cannot be read as a plan"):
            planfile.read(place)


def test_a_file_beyond_all_measure_is_refused_unread(tmp_path: Path) -> None:
    file = tmp_path / "plan.json"
    with file.open("wb") as sparse:
        sparse.truncate(300 * 1024 * 1024)
    with pytest.raises(SetupError, match="larger than 256 MB"):
        planfile.read(file)


# --- the digest ----------------------------------------------------------------------------------


def digest(**values: Any) -> str:
    return planfile.digest(plan(**values))


def test_the_digest_is_of_the_form_that_the_contract_shows() -> None:
    assert digest().startswith("sha256:")
    assert len(digest()) == 71


def test_the_digest_does_not_depend_on_order_nor_on_when_and_how_it_was_made() -> None:
    shuffled = tuple(
        replace(change, fields=change.fields[::-1], source=None) for change in CHANGES[::-1]
    )
    assert digest(changes=shuffled) == digest()
    assert digest(acknowledged=plan().acknowledged[::-1]) == digest()
    assert digest(
        created_at=NOW + timedelta(hours=1), tool_version="9", plan_id="other", seats=()
    ) == digest(config=ConfigRef(None, True, 1, ""))
    assert digest(select=(BO, "agent/4001")) == digest()


@pytest.mark.parametrize(
    "values",
    [
        {"tenant": TenantRef("other", "sandbox", None)},
        {"tenant": TenantRef("acme", "sandbox", "https://acme.example")},
        {"changes": CHANGES[:2]},
        {"changes": (replace(CHANGES[0], action=Action.RESTORE), *CHANGES[1:])},
        {"changes": (replace(CHANGES[0], address="agent/x@acme.example"), *CHANGES[1:])},
        {"changes": (replace(CHANGES[0], fields=CHANGES[0].fields[:1]), *CHANGES[1:])},
        {"acknowledged": (Allowance("agent.suspend", 8), Allowance("license.remove", 9))},
        {"acknowledged": (replace(plan().acknowledged[0], until=None), *plan().acknowledged[1:])},
        {"changes": (replace(CHANGES[0], live_id="77"), *CHANGES[1:])},
        {"changes": (replace(CHANGES[0], label="4001 Bo Chen"), *CHANGES[1:])},
        {"changes": (replace(CHANGES[0], precondition=None), *CHANGES[1:])},
        {"changes": (replace(CHANGES[0], execution=Execution.MANUAL), *CHANGES[1:])},
        {"as_of": date(2026, 11, 25)},
        {"expires_at": NOW + timedelta(days=70)},
        {"select": ()},
        {"exclude": ()},
        {"acknowledged": ()},
    ],
)
def test_the_digest_changes_with_what_a_plan_does(values: dict[str, Any]) -> None:
    assert digest(**values) != digest()


def test_a_level_of_one_is_not_a_membership_without_a_level() -> None:
    one, none = (
        replace(CHANGES[0], fields=(FieldChange("queues.support", None, level),))
        for level in (1, True)
    )
    assert digest(changes=(one,)) != digest(changes=(none,))


# --- edited --------------------------------------------------------------------------------------


def test_a_plan_that_nobody_edited_is_trusted(document: Document) -> None:
    planfile.verify(planfile.parse(sealed(document)))


def test_an_id_sorts_by_time_differs_by_chance_and_fits_its_digest_only(document: Document) -> None:
    first, again = new_id(NOW, bytes(5), "a"), new_id(NOW, bytes(4) + b"\x01", "a")
    later = new_id(NOW + timedelta(milliseconds=1), bytes(5), "a")
    assert first < again < later
    assert len(first) == 26
    assert new_id(NOW, bytes(5), "b")[:18] == first[:18]
    assert new_id(NOW, bytes(5), "b") != first


EDITS: dict[str, Edit] = {
    "another id": lambda d: d.update(plan_id="01JDQZ0000000000000000ABCD"),
    "an id of another alphabet": lambda d: d.update(plan_id="ULID"),
    "another time": lambda d: d.update(created_at="2026-11-24T09:00:01Z"),
    "a later expiry": lambda d: d.update(expires_at="2031-01-01T00:00:00Z"),
    "another day": lambda d: d.update(as_of="2026-11-25"),
    "another person's handle": lambda d: d["changes"][0].update(live_id="77"),
    "another person's name": lambda d: d["changes"][0].update(label="4009 Cy Roe"),
    "no precondition": lambda d: d["changes"][0].update(precondition=None),
    "a longer acknowledgement": lambda d: d["acknowledged"][0].update(until="2031-01-01"),
    "nothing selected": lambda d: d["selection"].update(select=[], exclude=[]),
    "another value": lambda d: d["changes"][0]["fields"][0].update(after="4003"),
    "another value before": lambda d: d["changes"][0]["fields"][0].update(before="4003"),
    "another address": lambda d: d["changes"][0].update(address="agent/x@acme.example"),
    "a change less": lambda d: d["changes"].pop(),
    "another tenant": lambda d: d["tenant"].update(name="other"),
    "an acknowledgement more": lambda d: d["acknowledged"].append(
        {"what": "agent.delete", "count": 1, "reason": "", "until": None}
    ),
    "a larger acknowledgement": lambda d: d["acknowledged"][0].update(count=8),
    "an operation with another value": lambda d: d["operations"][4]["set"].update(extension="1"),
    "an operation with one value more": lambda d: d["operations"][1]["set"].update(active=False),
    "an operation with a value less": lambda d: d["operations"][4]["set"].pop("skills.spanish"),
    "an operation for somebody else": lambda d: d["operations"].append(
        {"id": "op-6", "address": "agent/x@acme.example", "verb": "delete", "set": {}, "after": []}
    ),
    "no delete": lambda d: d["operations"].pop(3),
    "no create": lambda d: d["operations"][1].update(verb="update"),
    "a second create": lambda d: d["operations"][0].update(verb="create"),
    "a delete where none was": lambda d: d["operations"][0].update(verb="delete"),
    "a delete that sets a name": lambda d: d["operations"][2]["set"].update(name="Cy"),
    "an order without its edges' ends": lambda d: d["operations"][3].update(after=["op-9"]),
    "an order turned round": lambda d: d["operations"].reverse(),
    "one id for two": lambda d: d["operations"][4].update(id="op-1", after=[]),
}


@pytest.mark.parametrize("name", EDITS)
def test_an_edited_plan_is_refused(name: str, document: Document) -> None:
    edited = copy.deepcopy(document)
    EDITS[name](edited)
    with pytest.raises(StalePlanError, match="edited"):
        planfile.verify(planfile.parse(sealed(edited)))


def steps(*written: dict[str, Any]) -> Plan:
    """An exchange of licenses, and what the writes besides do to the queues of that person."""
    licenses = (FieldChange("licenses.sms", None, True), FieldChange("licenses.voice", True, None))
    change = replace(CHANGES[0], action=Action.UPDATE, fields=licenses)
    whole = {"licenses.sms": True, "licenses.voice": None}
    operations = tuple(
        Operation(f"op-{number}", change.address, change.kind, Verb.UPDATE, {**whole, **more})
        for number, more in enumerate(written, 1)
    )
    return plan(changes=(change,), operations=operations)


def test_who_steps_out_of_a_queue_and_comes_back_is_trusted() -> None:
    planfile.verify(steps({"queues.support": None}, {"queues.support": 5}))


@pytest.mark.parametrize(
    "written",
    [
        ({"queues.support": 5},),
        ({"queues.support": None},),
        ({"queues.support": 5}, {"queues.support": None}),
        ({"queues.support": 5}, {"queues.support": 6}),
        ({"queues.support": None}, {"queues.support": 5}, {"queues.support": 6}),
        ({"licenses.voice2": None}, {"licenses.voice2": True}),
        ({"preferred_name": None}, {"preferred_name": "Ana"}),
    ],
)
def test_no_other_membership_is_written_by_the_way(written: tuple[dict[str, Any], ...]) -> None:
    with pytest.raises(StalePlanError, match="operations do not fit"):
        planfile.verify(steps(*written))


def test_an_incomplete_plan_has_operations_for_a_part_of_its_changes() -> None:
    part = plan(complete=False, operations=OPERATIONS[:1])
    planfile.verify(part)
    with pytest.raises(StalePlanError):
        planfile.verify(plan(operations=OPERATIONS[:1]))


def test_a_blocked_plan_is_verified_as_well() -> None:
    """`--allow` may let it pass after all."""
    with pytest.raises(StalePlanError):
        planfile.verify(plan(applyable=False, operations=OPERATIONS[1:]))


# --- what is believed ----------------------------------------------------------------------------


def _properties(schema: Any, path: str = "") -> Iterator[str]:
    """The path of every property of the schema, as `COVERED` writes it."""
    if "$ref" in schema:
        schema = SCHEMA["$defs"][schema["$ref"].rpartition("/")[2]]
    for key, below in schema.get("properties", {}).items():
        place = f"{path}.{key}".lstrip(".")
        yield place
        yield from _properties(below, place)
    if "items" in schema:
        yield from _properties(schema["items"], f"{path}[]")


def _covers(path: str) -> set[str]:
    """The entries of `COVERED` for a property: its own, or one for all that is around it."""
    return {
        each
        for each in planfile.COVERED
        if path == each or path.startswith((f"{each}.", f"{each}["))
    }


def test_every_property_of_the_schema_is_classified_once() -> None:
    paths = set(_properties(SCHEMA))
    leaves = {
        path for path in paths if not any(o.startswith((f"{path}.", f"{path}[")) for o in paths)
    }
    assert {path: _covers(path) for path in leaves if len(_covers(path)) != 1} == {}
    assert planfile.COVERED.keys() <= paths


def test_the_digest_moves_with_just_what_is_said_to_be_under_it(document: Document) -> None:
    """Every scalar of the document is exchanged; only `DIGEST` ones change the digest."""
    for holder, key, path in list(_scalars(document)):
        was = holder[key]
        for instead in _others(was):
            holder[key] = instead
            try:
                found = planfile.parse(sealed(document))
            except SetupError:
                continue
            finally:
                holder[key] = was
            (entry,) = _covers(path)
            moved = planfile.digest(found) != planfile.digest(plan())
            assert moved is (planfile.COVERED[entry] is Cover.DIGEST), path


def _scalars(value: Any, path: str = "") -> Iterator[tuple[Any, Any, str]]:
    for key in list(value) if isinstance(value, dict) else range(len(value)):
        place = f"{path}.{key}".lstrip(".") if isinstance(value, dict) else f"{path}[]"
        if isinstance(value[key], dict | list):
            yield from _scalars(value[key], place)
        else:
            yield value, key, place


def _others(value: Any) -> list[Any]:
    """Values of the same and of other types; which of them fit is the schema's to say."""
    swapped = [f"{value}0", "agent/zed@acme.example", "2026-12-24", "2026-12-24T09:00:00Z", None]
    return [each for each in (*swapped, 3, 77, not value, "manual", "delete") if each != value]


def test_no_secret_is_in_a_document(document: Document) -> None:
    """Of the tenant the document has the name, provider and url; not even a variable's name."""
    assert set(document["tenant"]) == {"name", "provider", "url"}
