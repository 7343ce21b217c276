"""A plan as Markdown."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from reconciler import claims
from reconciler.diagnostics import Diagnostic
from reconciler.model import Action, Blocker, Dated, Execution, Plan
from reconciler.render import bounded, facts, words
from reconciler.render.bounded import Row, Section
from reconciler.render.escape import markdown
from reconciler.render.markdown import parts

BY_RISK = (Action.DELETE, Action.SUSPEND, Action.UPDATE, Action.RESTORE, Action.CREATE)


def plan(plan: Plan, *, max_bytes: int = parts.MAX_BYTES, link: str | None = None) -> str:
    """At most `max_bytes` of UTF-8; `link` is where the whole plan can be read."""
    sections = [
        *parts.bullets("Risk", [markdown(text, limit=300) for text in facts.risks(plan)]),
        *parts.bullets(facts.OVERDUE, [markdown(words.dated(i)) for i in plan.overdue], noun="day"),
        *parts.bullets("Blocked", [_blocker(*pair) for pair in facts.blockers(plan)], noun="guard"),
        *parts.bullets("Not due, so nothing is applied", list(_not_due(plan)), noun="difference"),
        *parts.bullets("Acknowledged", list(_acknowledged(plan)), noun="acknowledgement"),
        *_seats(plan),
        *_coverage(plan),
        *_changes(plan),
        *_extensions(plan),
        *_order(plan),
        *_upcoming(plan),
        *_drift(plan),
        *parts.findings(facts.warnings(plan), "warning"),
        *parts.evidence(facts.evidence_lines(plan)),
        *parts.left_alone(plan.unmanaged, facts.unseen(plan)),
    ]
    made = f"{words.tenant(plan.tenant)} as of {plan.as_of}, {words.files(plan.config)}"
    lines = (*_counts(plan), f"{markdown(made)}; {markdown(plan.digest)}")
    head = parts.Head("plan", plan.tenant.name, facts.headline(plan), lines)
    return bounded.fit(parts.page(head, sections, link), max_bytes)


def _counts(plan: Plan) -> Iterator[str]:
    """Kinds down, actions across; nothing for an empty plan."""
    if not facts.changes(plan):
        return
    heads = " | ".join(["kind", *facts.ACTIONS])
    rule = " | ".join([":--", *("--:" for _ in facts.ACTIONS)])
    lines = [
        " | ".join([markdown(kind), *(str(number) for number in counts.values())])
        for kind, counts in facts.summary(plan).items()
        if any(counts.values())
    ]
    yield "\n".join(f"| {line} |" for line in (heads, rule, *lines))


def _blocker(blocker: Blocker, diagnostic: Diagnostic | None) -> str:
    place = f"  {diagnostic.position}" if diagnostic and diagnostic.position else ""
    return markdown(f"{words.blocker(blocker)}{place}", limit=parts.LONGEST)


def _not_due(plan: Plan) -> Iterator[str]:
    for item in facts.not_due(plan):
        yield markdown(words.not_due(item), limit=parts.LONGEST)


def _acknowledged(plan: Plan) -> Iterator[str]:
    for allowed in plan.acknowledged:
        reason = f": {allowed.reason}" if allowed.reason else ""
        yield markdown(f"{allowed.what}={allowed.count}{reason}", limit=parts.LONGEST)


def _changes(plan: Plan) -> Iterator[Section]:
    found = facts.changes(plan)
    for action in BY_RISK:
        of_action = [change for change in found if change.action is action]
        if of_action:
            rows = (_row(group, plan.created_at) for group in facts.groups(of_action))
            title = f"{words.SIGNS[action]} {words.count(len(of_action), 'change')}: {action}"
            yield bounded.details(title, rows)


def _row(group: facts.Group, now: datetime) -> Row:
    first, number = group.first, len(group.changes)
    what = parts.what(words.fields(group.fields, now))
    told = f": {what}" if what else ""
    hand = f", {claims.BY_HAND}" if first.execution is Execution.MANUAL else ""
    if number == 1:
        who = f"{parts.subject(first.address, first.label)}{parts.place(first.source)}"
    else:
        names = words.listed([change.label for change in group.changes], parts.NAMES)
        who = f"**{words.count(number, first.kind)}** alike ({markdown(names, limit=300)})"
    return Row(f"- {who}{hand}{told}\n", number)


def _seats(plan: Plan) -> list[Section]:
    rows = [
        (
            *(row.license, words.value(row.purchased), row.assigned, row.after, row.peak),
            *(words.value(row.free), row.over),
        )
        for row in facts.seats(plan)
    ]
    title = f"Seats: {facts.seats_headline(plan)}"
    heads = ("license", "purchased", "assigned", "after", "peak", "free", "over")
    return parts.table(title, heads, rows, noun="license")


def _coverage(plan: Plan) -> list[Section]:
    rows = [
        (row.address, row.before, row.lowest, row.after, words.value(row.minimum))
        for row in facts.coverage(plan)
    ]
    title = f"Coverage: {words.count(len(rows), 'queue or skill')} affected"
    heads = ("queue or skill", "before", "lowest", "after", "minimum")
    return parts.table(title, heads, rows, noun="queue or skill")


def _extensions(plan: Plan) -> list[Section]:
    rows = [
        (row.range, f"{row.first}-{row.last}", row.used, row.after, row.free, row.foreign)
        for row in facts.extensions(plan)
    ]
    title = f"Extensions: {words.count(len(rows), 'range')} affected"
    heads = ("range", "numbers", "used", "after", "free", "foreign")
    return parts.table(title, heads, rows, noun="range")


def _order(plan: Plan) -> Iterator[Section]:
    told = facts.explained_operations(plan)
    if told:
        rows = [
            Row(f"- {markdown(words.ordered(operation), limit=parts.LONGEST)}\n")
            for operation in told
        ]
        yield bounded.details(
            f"Order: {words.count(len(told), 'operation')} to know about", rows, noun="operation"
        )


def _days(items: Iterable[Dated]) -> Iterator[str]:
    yield from (markdown(words.dated(item), limit=parts.LONGEST) for item in items)


def _upcoming(plan: Plan) -> Iterator[Section]:
    rows = [Row(f"- {text}\n") for text in _days(plan.upcoming)]
    if rows:
        yield bounded.details(f"{facts.UPCOMING}: {len(rows)}", rows, noun="day")


def _drift(plan: Plan) -> Iterator[Section]:
    rows = [
        Row(f"- {markdown(said, limit=parts.LONGEST)}\n")
        for item in plan.drift
        if (said := words.drifted(item, three_way=True, now=plan.created_at))
    ]
    if rows:
        title = f"{words.count(len(rows), 'field')} {claims.SINCE_THE_LAST_APPLY}"
        yield bounded.details(title, rows, noun="field")
