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


def plan(shown: Plan, *, max_bytes: int = parts.MAX_BYTES, link: str | None = None) -> str:
    """At most `max_bytes` of UTF-8; `link` is where the whole plan can be read."""
    sections = [
        *parts.bullets("Risk", [markdown(text, limit=300) for text in facts.risks(shown)]),
        *parts.bullets(
            facts.OVERDUE, [markdown(words.dated(i)) for i in shown.overdue], noun="day"
        ),
        *parts.bullets(
            "Blocked", [_blocker(*pair) for pair in facts.blockers(shown)], noun="guard"
        ),
        *parts.bullets("Not due, so nothing is applied", list(_not_due(shown)), noun="difference"),
        *parts.bullets("Acknowledged", list(_acknowledged(shown)), noun="acknowledgement"),
        *_seats(shown),
        *_coverage(shown),
        *_changes(shown),
        *_extensions(shown),
        *_order(shown),
        *_upcoming(shown),
        *_drift(shown),
        *parts.findings(facts.warnings(shown), "warning"),
        *parts.evidence(facts.evidence_lines(shown)),
        *parts.left_alone(shown.unmanaged, facts.unseen(shown)),
    ]
    made = f"{words.tenant(shown.tenant)} as of {shown.as_of}, {words.files(shown.config)}"
    lines = (*_counts(shown), f"{markdown(made)}; {markdown(shown.digest)}")
    head = parts.Head("plan", shown.tenant.name, facts.headline(shown), lines)
    return bounded.fit(parts.page(head, sections, link), max_bytes)


def _counts(shown: Plan) -> Iterator[str]:
    """Kinds down, actions across; nothing for an empty plan."""
    if not facts.changes(shown):
        return
    heads = " | ".join(["kind", *facts.ACTIONS])
    rule = " | ".join([":--", *("--:" for _ in facts.ACTIONS)])
    lines = [
        " | ".join([markdown(kind), *(str(number) for number in counts.values())])
        for kind, counts in facts.summary(shown).items()
        if any(counts.values())
    ]
    yield "\n".join(f"| {line} |" for line in (heads, rule, *lines))


def _blocker(blocker: Blocker, found: Diagnostic | None) -> str:
    place = f"  {found.position}" if found and found.position else ""
    return markdown(f"{words.blocker(blocker)}{place}", limit=parts.LONGEST)


def _not_due(shown: Plan) -> Iterator[str]:
    for item in facts.not_due(shown):
        yield markdown(words.not_due(item), limit=parts.LONGEST)


def _acknowledged(shown: Plan) -> Iterator[str]:
    for allowed in shown.acknowledged:
        reason = f": {allowed.reason}" if allowed.reason else ""
        yield markdown(f"{allowed.what}={allowed.count}{reason}", limit=parts.LONGEST)


def _changes(shown: Plan) -> Iterator[Section]:
    found = facts.changes(shown)
    for action in BY_RISK:
        of_action = [change for change in found if change.action is action]
        if of_action:
            rows = (_row(group, shown.created_at) for group in facts.groups(of_action))
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


def _seats(shown: Plan) -> list[Section]:
    rows = [
        (
            *(row.license, words.value(row.purchased), row.assigned, row.after, row.peak),
            *(words.value(row.free), row.over),
        )
        for row in facts.seats(shown)
    ]
    title = f"Seats: {facts.seats_headline(shown)}"
    heads = ("license", "purchased", "assigned", "after", "peak", "free", "over")
    return parts.table(title, heads, rows, noun="license")


def _coverage(shown: Plan) -> list[Section]:
    rows = [
        (row.address, row.before, row.lowest, row.after, words.value(row.minimum))
        for row in facts.coverage(shown)
    ]
    title = f"Coverage: {words.count(len(rows), 'queue or skill')} affected"
    heads = ("queue or skill", "before", "lowest", "after", "minimum")
    return parts.table(title, heads, rows, noun="queue or skill")


def _extensions(shown: Plan) -> list[Section]:
    rows = [
        (row.range, f"{row.first}-{row.last}", row.used, row.after, row.free, row.foreign)
        for row in facts.extensions(shown)
    ]
    title = f"Extensions: {words.count(len(rows), 'range')} affected"
    heads = ("range", "numbers", "used", "after", "free", "foreign")
    return parts.table(title, heads, rows, noun="range")


def _order(shown: Plan) -> Iterator[Section]:
    told = facts.explained_operations(shown)
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


def _upcoming(shown: Plan) -> Iterator[Section]:
    rows = [Row(f"- {text}\n") for text in _days(shown.upcoming)]
    if rows:
        yield bounded.details(f"{facts.UPCOMING}: {len(rows)}", rows, noun="day")


def _drift(shown: Plan) -> Iterator[Section]:
    rows = [
        Row(f"- {markdown(said, limit=parts.LONGEST)}\n")
        for item in shown.drift
        if (said := words.drifted(item, three_way=True, now=shown.created_at))
    ]
    if rows:
        title = f"{words.count(len(rows), 'field')} {claims.SINCE_THE_LAST_APPLY}"
        yield bounded.details(title, rows, noun="field")
