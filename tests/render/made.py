"""Plans, reports and verdicts made by hand, small and large, for the renderings."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from reconciler.diagnostics import Diagnostic, Position, Severity
from reconciler.evidence import grades
from reconciler.model import (
    Access,
    Action,
    Attestation,
    Blocker,
    Change,
    ConfigRef,
    Coverage,
    DriftClass,
    DriftItem,
    DriftReport,
    FieldChange,
    Forecast,
    Graded,
    LiveRef,
    Operation,
    Outcome,
    Plan,
    RangeUse,
    Result,
    Seats,
    TenantRef,
    Unmanaged,
    Unobserved,
    Value,
    Verb,
    Verdict,
)

CLOCK = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
ANA = "agent/ana.diaz+webrtc@acme.example"
BO = "agent/bo.chen@acme.example"
DEE = "agent/dee.kim@acme.example"


def fields(**values: tuple[Value, Value]) -> tuple[FieldChange, ...]:
    """`fields(licenses__voice=(None, True))`: two underscores stand for the dot of a path."""
    return tuple(
        FieldChange(path.replace("__", "."), before, after)
        for path, (before, after) in sorted(values.items())
    )


def change(address: str, label: str, action: Action, **values: tuple[Value, Value]) -> Change:
    return Change(
        address,
        address.partition("/")[0],
        label,
        action,
        fields(**values),
        "files differ from tenant",
        Position("agents/support.yaml", 12, 5),
    )


SMALL_CHANGES = (
    change(
        ANA,
        "4001 Ana Diaz",
        Action.UPDATE,
        extension=("4001", "4002"),
        licenses__sms=(True, None),
        licenses__web_chat=(None, True),
        queues__support=(5, 8),
        skills__spanish=(None, 7),
    ),
    change(BO, "4002 Bo Chen", Action.UPDATE, extension=("4002", "4001")),
    change(
        DEE,
        "4010 Dee Kim",
        Action.CREATE,
        active=(None, True),
        email=(None, "dee.kim@acme.example"),
        extension=(None, "4010"),
        licenses__voice=(None, True),
        name=(None, "Dee Kim"),
        queues__support=(None, True),
    ),
    change(
        "agent/eli@acme.example",
        "4011 Eli Roy",
        Action.SUSPEND,
        active=(True, False),
        licenses__voice=(True, None),
        queues__support=(3, None),
    ),
    change("agent/fay@acme.example", "4012 Fay Lin", Action.RESTORE, active=(False, True)),
    change("agent/gus@acme.example", "4013 Gus Ode", Action.DELETE),
)

SMALL_OPERATIONS = (
    Operation(
        "op-1",
        ANA,
        "agent",
        Verb.UPDATE,
        {"extension": "4990"},
        "parked: 4002 is held by agent/bo.chen@acme.example until op-2",
    ),
    Operation("op-2", BO, "agent", Verb.UPDATE, {"extension": "4001"}, "", ("op-1",)),
    Operation("op-3", ANA, "agent", Verb.UPDATE, {"extension": "4002"}, "", ("op-1", "op-2")),
)

WARNING = Diagnostic(
    "license-without-membership",
    Severity.WARNING,
    "4011 Eli Roy has a license and is in no queue and has no skill",
    "add a queue or take the license away",
    "agent/eli@acme.example",
    Position("agents/sales.yaml", 3, 5),
)


def plan(changes: Iterable[Change] = (), **values: object) -> Plan:
    changes = tuple(changes)
    made = Plan(
        tool_version="0.1.0",
        plan_id="01JDTEST",
        digest="sha256:" + "a" * 64,
        created_at=CLOCK,
        as_of=date(2026, 11, 24),
        expires_at=CLOCK.replace(month=12, day=1),
        tenant=TenantRef("acme", "sandbox", None),
        config=ConfigRef("3f2a9c1", False, 6, "sha256:" + "b" * 64),
        live=LiveRef(True, 61, 5),
        applyable=bool(changes),
        complete=True,
        summary=summary(changes),
        changes=changes,
        operations=(),
        forecast=Forecast(len(changes), len(changes) // 4),
    )
    return replace(made, **values)  # type: ignore[arg-type]  # any field of a plan


def summary(changes: Iterable[Change]) -> dict[str, dict[str, int]]:
    counted: dict[str, dict[str, int]] = {"agent": {"unchanged": 37}}
    for item in changes:
        by_action = counted.setdefault(item.kind, {})
        by_action[item.action] = by_action.get(item.action, 0) + 1
    return counted


def small() -> Plan:
    """Every action, an exchange of numbers, a blocker, a warning, and all tables."""
    return plan(
        SMALL_CHANGES,
        operations=SMALL_OPERATIONS,
        unmanaged=(
            Unmanaged("agent/4107", "4107 Temp Desk", unlisted=True),
            Unmanaged("agent/4999", "9999 Elsewhere"),
        ),
        unobserved=(Unobserved("agent", "recording_mode", 3), Unobserved("agent", "phone", 0)),
        seats=(
            Seats("voice", 25, 21, 22, 23, 3, 0),
            Seats("web_chat", 10, 9, 11, 11, 0, 1, "voice"),
            Seats("sms", 10, 4, 4, 4, 6, 0),
        ),
        coverage=(
            Coverage("queue/support", 9, 8, 9, 2, (DEE,), ("agent/eli@acme.example",)),
            Coverage("queue/billing", 2, 2, 2, 1),
            Coverage("skill/spanish", 1, 1, 2, None, (ANA,)),
        ),
        access=Access((DEE,), ("agent/eli@acme.example",)),
        extensions=(
            RangeUse("webrtc-agents", "4000", "4999", 31, 32, 968, 1, "webrtc_agent"),
            RangeUse("queues", "1000", "1999", 6, 6, 994, 0, "queue"),
        ),
        diagnostics=(WARNING,),
        blockers=(
            Blocker("agent.suspend", 7, 2, "agent.suspend=7"),
            Blocker(
                "protect", 1, 0, None, "queue/support", "queue/support is protected", "change it"
            ),
        ),
    )


def large(number: int = 2_000) -> Plan:
    """Alike and unlike changes mixed, so that grouping has something to do."""
    changes = [_large_change(at) for at in range(number)]
    return plan(
        changes,
        seats=tuple(
            Seats(name, 1500, 1200, 1300, 1400, 200, 0)
            for name in ("voice", "web_chat", "sms", "transcription")
        ),
        coverage=tuple(
            Coverage(f"queue/team-{at}", 20 + at, 15 + at, 22 + at, 5) for at in range(60)
        ),
        extensions=tuple(
            RangeUse(f"site-{at}", f"{at}000", f"{at}999", 400, 420, 580, at, "webrtc_agent")
            for at in range(1, 9)
        ),
        diagnostics=(WARNING,) * 40,
    )


def _large_change(at: int) -> Change:
    address, label = f"agent/person.{at}@acme.example", f"{40000 + at} Person Number {at}"
    if at % 4 == 0:
        return change(address, label, Action.UPDATE, licenses__voice=(None, True))
    if at % 4 == 1:
        return change(address, label, Action.UPDATE, preferred_name=(None, f"Number {at}"))
    if at % 4 == 2:
        return change(
            address, label, Action.SUSPEND, active=(True, False), queues__s=(at % 9, None)
        )
    return change(
        address,
        label,
        Action.CREATE,
        email=(None, address[6:]),
        extension=(None, str(40000 + at)),
        name=(None, label[6:]),
        queues__support=(None, 5),
    )


ITEMS = (
    DriftItem(
        ANA,
        "agent",
        "4001 Ana Diaz",
        DriftClass.DRIFT,
        "recording_mode",
        "automatic",
        "automatic",
        "disabled",
        Position("agents/support.yaml", 14, 5),
        CLOCK,
        "sam.supervisor@acme.example",
        CLOCK,
        "recording_mode: disabled",
    ),
    DriftItem(ANA, "agent", "4001 Ana Diaz", DriftClass.CONFLICT, "queues.support", 5, 8, None),
    DriftItem(BO, "agent", "4002 Bo Chen", DriftClass.PENDING, "preferred_name", None, "Bo", None),
    DriftItem(DEE, "agent", "4010 Dee Kim", DriftClass.DRIFT, None, True, True, None),
)


def report(items: Iterable[DriftItem] = ITEMS, **values: object) -> DriftReport:
    made = DriftReport(
        TenantRef("acme", "sandbox", None),
        ConfigRef("3f2a9c1", False, 6, "sha256:" + "b" * 64),
        date(2026, 11, 24),
        CLOCK,
        "last applied on 2026-11-20",
        True,
        tuple(items),
        (Unmanaged("agent/4107", "4107 Temp Desk", unlisted=True, actor="Kit Moss"),),
        (Unobserved("agent", "recording_mode", 3),),
        diagnostics=(WARNING,),
        tool_version="0.1.0",
    )
    return replace(made, **values)  # type: ignore[arg-type]  # any field of a report


def verdict() -> Verdict:
    one, two, three = SMALL_OPERATIONS
    return Verdict(
        (
            Outcome(one, Result.APPLIED),
            Outcome(two, Result.FAILED, "409: 4001 is taken"),
            Outcome(three, Result.SKIPPED, "op-2 failed"),
        ),
        converged=False,
        left=SMALL_CHANGES[:2],
    )


# --- a tenant that shows little ------------------------------------------------------------------

TWELVE_DAYS_AGO = CLOCK - timedelta(days=12)
VOUCHING = ("ana", "file: PBX export", "sam")
GRADES = (
    Graded("agent", "active", 40, 0, 0),
    Graded("agent", "name", 40, 0, 0),
    Graded("agent", "recording_mode", 0, 31, 9, VOUCHING, TWELVE_DAYS_AGO),
    Graded("agent", "review_own_recordings", 0, 0, 40),
    Graded("queue", "extension", 2, 0, 0),
)
UNSEEN = (
    Unobserved("agent", "recording_mode", 9),
    Unobserved("agent", "review_own_recordings", 40),
)


def attested(
    address: str, path: str, value: Value, *, by: str = "ana", days: int = 12
) -> Attestation:
    return Attestation(address, path, value, by, CLOCK - timedelta(days=days))


def stated_before(address: str, path: str, value: Value) -> Attestation:
    return Attestation(address, path, value, "origin/main", grades.NEVER, grades.BASE)


def standing_on(found: Change, *words: Attestation) -> Change:
    """The change, whose fields stand on these words."""
    by_path = {word.path: word for word in words}
    stands = tuple(replace(item, word=by_path.get(item.path)) for item in found.fields)
    return replace(found, fields=stands)


KNOWN_CHANGES = (
    standing_on(
        change(
            ANA,
            "4001 Ana Diaz",
            Action.UPDATE,
            licenses__sms=(True, None),
            licenses__web_chat=(None, True),
            name=("Ana Diaz", "Ana Diaz-Soto"),
            recording_mode=("manual", "automatic"),
        ),
        attested(ANA, "recording_mode", "manual"),
        attested(ANA, "licenses.sms", True, by="sam", days=1),
        attested(ANA, "licenses.web_chat", None, by="sam", days=1),
    ),
    standing_on(
        change(BO, "4002 Bo Chen", Action.UPDATE, recording_mode=("manual", "disabled")),
        stated_before(BO, "recording_mode", "manual"),
    ),
)
KNOWN_ITEMS = (
    replace(
        ITEMS[0], actor=None, changed_at=None, word=attested(ANA, "recording_mode", "disabled")
    ),
    DriftItem(
        BO,
        "agent",
        "4002 Bo Chen",
        DriftClass.PENDING,
        "recording_mode",
        "manual",
        "disabled",
        "manual",
        word=stated_before(BO, "recording_mode", "manual"),
    ),
)


def known_plan(changes: Iterable[Change] = KNOWN_CHANGES, **values: object) -> Plan:
    """Of a tenant of which half is attested or unobserved."""
    known = {"grades": GRADES, "unobserved": UNSEEN, "drift": KNOWN_ITEMS[:1]}
    return plan(changes, **{**known, **values})


def known_report(items: Iterable[DriftItem] = KNOWN_ITEMS, **values: object) -> DriftReport:
    return report(items, **{"grades": GRADES, "unobserved": UNSEEN, **values})


def known_verdict() -> Verdict:
    outcomes = tuple(Outcome(operation, Result.APPLIED) for operation in SMALL_OPERATIONS)
    return Verdict(outcomes, converged=True, unobserved=UNSEEN, grades=GRADES)
