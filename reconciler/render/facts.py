"""What a plan, a report and an apply say, counted once for all renderings."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from reconciler import claims
from reconciler import plan as planning
from reconciler.diagnostics import Diagnostic, Position, in_order
from reconciler.evidence import grades
from reconciler.model import (
    Action,
    Attestation,
    Blocker,
    Change,
    Coverage,
    DriftClass,
    DriftItem,
    DriftReport,
    Execution,
    FieldChange,
    Grade,
    Operation,
    Plan,
    RangeUse,
    Result,
    Seats,
    Unobserved,
    Verdict,
)
from reconciler.render import words
from reconciler.render.escape import clipped

ACTIONS = (Action.CREATE, Action.UPDATE, Action.SUSPEND, Action.RESTORE, Action.DELETE)
ALIKE = 3
"""So many changes of one kind that do the same are told as one."""

GradedDocument = Plan | DriftReport | Verdict
"""What says how well its values are known."""

NOT_COMPARED = frozenset({"phone-is-set-once", "who-is-this"})
OVERDUE = "Due, and still to apply"
UPCOMING = "Coming up in the next 30 days"
_WHO = frozenset({"name", "email", "extension"})


@dataclass(frozen=True, slots=True)
class Group:
    """Changes that do the same to several resources, or one change on its own."""

    changes: tuple[Change, ...]
    fields: tuple[FieldChange, ...]

    @property
    def first(self) -> Change:
        return self.changes[0]


def changes(plan: Plan) -> tuple[Change, ...]:
    return tuple(change for change in plan.changes if change.action is not Action.NO_OP)


def counts(of: Iterable[Change]) -> dict[Action, int]:
    """Every action, the ones that do not occur as well."""
    counted = Counter(change.action for change in of)
    return {action: counted[action] for action in ACTIONS}


def unchanged(plan: Plan) -> int:
    return sum(by_action.get("unchanged", 0) for by_action in plan.summary.values())


def risks(plan: Plan) -> tuple[str, ...]:
    """Who stops and who starts, in plain language, the worst first."""
    return planning.sentences(plan)


def not_due(plan: Plan) -> tuple[DriftItem, ...]:
    """What differs for another reason than a date, in a plan of due work."""
    return plan.due.others if plan.due else ()


def by_others(plan: Plan) -> tuple[DriftItem, ...]:
    """What was changed by hand and is reverted, and what keeps due work from being applied."""
    return (*plan.drift, *not_due(plan))


def by_hand(plan: Plan) -> int:
    return sum(change.execution is Execution.MANUAL for change in changes(plan))


def headline(plan: Plan) -> str:
    """The one line that everybody reads: what happens to how many, and whether it may."""
    found = changes(plan)
    happens = ", ".join(f"{number} {action}" for action, number in counts(found).items())
    parts = [f"{words.count(len(found), 'change')}: {happens}; {unchanged(plan)} unchanged"]
    if by_hand(plan):
        parts.append(f"{by_hand(plan)} {claims.BY_HAND}")
    if len(found) > by_hand(plan):
        parts.append(
            f"about {words.count(plan.forecast.requests, 'request')}, {plan.forecast.seconds} s"
        )
    if found and plan.grades:
        parts.append(unknown(plan))
    if plan.due:
        parts.append(f"due since {plan.due.since}")
    parts.append(_standing(plan, found))
    return "; ".join(parts)


def groups(of: Iterable[Change], key: Callable[[Change], object] | None = None) -> list[Group]:
    """In the order of their first change; alike changes below `ALIKE` stay on their own."""
    key = key or _alike
    buckets: dict[object, list[Change]] = {}
    for change in of:
        buckets.setdefault(key(change), []).append(change)
    found = []
    for bucket in buckets.values():
        if len(bucket) >= ALIKE:
            found.append(Group(tuple(bucket), shared(bucket)))
        else:
            found.extend(Group((change,), change.fields) for change in bucket)
    return found


def shared(alike: Sequence[Change]) -> tuple[FieldChange, ...]:
    """The fields that all of them change in the same way."""
    others = [frozenset(map(_field_key, change.fields)) for change in alike[1:]]
    return tuple(
        field for field in alike[0].fields if all(_field_key(field) in other for other in others)
    )


def roughly(change: Change) -> object:
    """Alike for a summary: the same fields, whatever their values."""
    return (change.kind, change.action, change.execution, tuple(map(words.short, _what(change))))


def unseen(of: GradedDocument) -> tuple[Unobserved, ...]:
    """What the tenant does not show and no grade counts, so that nothing is said twice."""
    graded = {(each.kind, each.field): each.unobserved for each in of.grades}
    left = [replace(u, count=u.count - graded.get((u.kind, u.field), 0)) for u in of.unobserved]
    return tuple(each for each in left if each.count > 0)


def unknown(of: GradedDocument) -> str:
    """`31 values attested, 9 unobserved`; empty where the tenant shows everything."""
    return evidence(of).bound


def evidence(of: GradedDocument) -> claims.Evidence:
    """How far the reading went that a plan, a report or the end of an apply stands on."""
    match of:
        case Plan():
            is_complete = of.live.complete
        case DriftReport():
            is_complete = of.complete
        case Verdict():
            is_complete = True
    return claims.Evidence(is_complete, attested(of), unobserved(of))


def attested(of: GradedDocument) -> int:
    return sum(each.attested for each in of.grades)


def unobserved(of: GradedDocument) -> int:
    return sum(each.unobserved for each in of.grades) + sum(each.count for each in unseen(of))


def evidence_lines(of: GradedDocument) -> list[str]:
    """How well each field is known; of a plan also how many of its values before rest on words."""
    now = None if isinstance(of, Verdict) else of.created_at
    rests = list(_grounds(of)) if isinstance(of, Plan) else []
    return [*words.evidence_lines(of.grades, now), *rests]


def _grounds(plan: Plan) -> Iterator[str]:
    fields = [field for change in changes(plan) for field in change.fields]
    counted = Counter(grades.grade(field.word) for field in fields)
    grounds = (
        (counted[Grade.ATTESTED], "what somebody vouches for"),
        (counted[Grade.UNOBSERVED], "what only the files said"),
    )
    told = ", ".join(f"{number} on {ground}" for number, ground in grounds if number)
    if told:
        yield f"{words.count(len(fields), 'changed value')}: {told}"


def seats(plan: Plan) -> list[Seats]:
    """The pools that the plan touches, and those that are over."""
    return [pool for pool in plan.seats if pool.over or {pool.after, pool.peak} != {pool.assigned}]


def seats_headline(plan: Plan) -> str:
    """`1 license affected, 2 over the limit`: a pool may be over and not touched."""
    touched = sum({pool.after, pool.peak} != {pool.assigned} for pool in plan.seats)
    over = sum(pool.over > 0 for pool in plan.seats)
    return f"{words.count(touched, 'license')} affected, {over} over the limit"


def coverage(plan: Plan) -> list[Coverage]:
    return [
        row
        for row in plan.coverage
        if row.join or row.leave or {row.lowest, row.after} != {row.before}
    ]


def is_low(row: Coverage) -> bool:
    """Below the minimum (one where none is stated), and below what there was."""
    needed = 1 if row.minimum is None else row.minimum
    return row.lowest < min(needed, row.before)


def extensions(plan: Plan) -> list[RangeUse]:
    """The ranges whose use changes; numbers may also only move inside one."""
    return [use for use in plan.extensions if use.after != use.used]


def blockers(plan: Plan) -> list[tuple[Blocker, Diagnostic | None]]:
    """Each with the finding of a rule that it is; None where a guard stops the plan."""
    found = {
        (diagnostic.rule, diagnostic.address, diagnostic.summary): diagnostic
        for diagnostic in plan.diagnostics
    }
    return [
        (blocker, found.get((blocker.guard, blocker.address, blocker.summary)))
        for blocker in plan.blockers
    ]


def blocked(plan: Plan) -> str:
    """`blocked by 1 guard and 2 findings`: what stops the plan, by who says so."""
    own = len(guards(plan))
    counted = ((own, "guard"), (len(plan.blockers) - own, "finding"))
    return "blocked by " + " and ".join(words.count(*part) for part in counted if part[0])


def guards(plan: Plan) -> list[Blocker]:
    """The blockers that no finding tells."""
    return [blocker for blocker, finding in blockers(plan) if finding is None]


def warnings(plan: Plan) -> list[Diagnostic]:
    """The findings that no blocker tells, in order."""
    told = {(blocker.guard, blocker.address, blocker.summary) for blocker in plan.blockers}
    found = in_order(plan.diagnostics)
    return [one for one in found if (one.rule, one.address, one.summary) not in told]


def place(plan: Plan, blocker: Blocker) -> Position | None:
    """Where the files say what a guard stops: the first change of its class that has a place."""
    kind, _, action = blocker.guard.partition(".")
    of_class = (
        change.source
        for change in plan.changes
        if change.address == blocker.address
        or (blocker.address is None and (change.kind, change.action) == (kind, action))
    )
    return next((source for source in of_class if source), None)


def explained_operations(plan: Plan) -> list[Operation]:
    """Operations whose place in the order needs a word: a change that takes several of them, for a
    parked value or an exchange of seats.
    """
    times = Counter(operation.address for operation in plan.operations)
    return [o for o in plan.operations if o.why and times[o.address] > 1]


def drift_counts(report: DriftReport) -> dict[DriftClass, int]:
    """Items by class; a two-way report knows differences only, a three-way one has none."""
    counted = Counter(item.drift for item in report.items)
    known = (
        (DriftClass.DIFFERENCE,)
        if report.base is None
        else (DriftClass.CONFLICT, DriftClass.DRIFT, DriftClass.PENDING, DriftClass.DUE)
    )
    return {name: counted[name] for name in known} | {
        name: number for name, number in sorted(counted.items()) if name not in known
    }


def drifted(report: DriftReport) -> int:
    """Items for which the tenant is not as it should be; what the next apply does does not
    count.
    """
    harmless = (DriftClass.PENDING, DriftClass.DUE, DriftClass.UNMANAGED)
    return sum(item.drift not in harmless for item in report.items)


def drift_headline(report: DriftReport) -> str:
    happens = ", ".join(
        words.of_class(number, name) for name, number in drift_counts(report).items()
    )
    unlisted = sum(found.unlisted for found in report.unmanaged)
    parts = [happens, f"{len(report.unmanaged)} unmanaged ({unlisted} unlisted)"]
    if unknown(report):
        bounded = "as far as the tenant shows: " * bool(report.grades)
        parts.append(f"{bounded}{unknown(report)}")
    base = report.base and clipped(report.base, 80)
    parts.append(f"compared with {base}" if base else "no base: two-way")
    if skipped := not_compared(report):
        parts.append(f"{skipped} not compared")
    if not report.complete:
        parts.append("incomplete reading: cannot tell more")
    return "; ".join(parts)


def not_compared(report: DriftReport) -> int:
    """Declared people of whom nobody can tell who they are in the tenant."""
    return len({d.address for d in report.diagnostics if d.rule in NOT_COMPARED})


DriftGroup = list[DriftItem]


def drift_groups(report: DriftReport, name: DriftClass) -> list[DriftGroup]:
    """Items of one class; those with the same sides in many resources are one group."""
    buckets: dict[object, DriftGroup] = {}
    for item in report.items:
        if item.drift is name:
            sides = (item.base, item.desired, item.live)
            key = (item.kind, item.path, sides, _standing_on(item.word))
            buckets.setdefault(key, []).append(item)
    groups: list[DriftGroup] = []
    for bucket in buckets.values():
        groups.extend([bucket] if len(bucket) >= ALIKE else [[item] for item in bucket])
    return groups


def results(verdict: Verdict) -> dict[Result, int]:
    counted = Counter(outcome.result for outcome in verdict.outcomes)
    return {result: counted[result] for result in Result}


def verdict_headline(verdict: Verdict) -> str:
    happened = ", ".join(f"{number} {result}" for result, number in results(verdict).items())
    left = len(verdict.left)
    end = claims.end_of_apply(
        evidence(verdict),
        is_converged=verdict.converged,
        left=left,
        is_doubtful=bool(verdict.cannot_tell),
    )
    return f"{happened}; {end}"


def summary(plan: Plan) -> Mapping[str, Mapping[Action, int]]:
    """Counts by kind and action, from the changes themselves."""
    kinds_found = sorted({change.kind for change in changes(plan)} | set(plan.summary))
    return {
        kind: counts(change for change in changes(plan) if change.kind == kind)
        for kind in kinds_found
    }


def _standing(plan: Plan, changes: Sequence[Change]) -> str:
    if others := not_due(plan):
        return f"stopped: {words.count(len(others), 'difference')} not due"
    if plan.blockers:
        return blocked(plan)
    if not changes and plan.complete:
        return claims.nothing_to_do(evidence(plan))
    return claims.may_run(is_complete=plan.complete, is_applyable=plan.applyable)


def _alike(change: Change) -> object:
    said = tuple(map(_field_key, _what(change)))
    return (change.kind, change.action, change.execution, change.reason, said)


def _field_key(field: FieldChange) -> object:
    return (field.path, field.before, field.after, _standing_on(field.word))


def _standing_on(word: Attestation | None) -> object:
    """What is said of a word: the same for all that one person vouched for on one day."""
    return word and (word.source, word.by, word.at.date())


def _what(change: Change) -> tuple[FieldChange, ...]:
    """Of a new resource, who it is does not count: everybody has a name of their own."""
    if change.action is not Action.CREATE:
        return change.fields
    return tuple(field for field in change.fields if field.path not in _WHO)
