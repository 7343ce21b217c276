"""A plan as text: risk, what stops it, what changes, what it takes, and one line last."""

from collections.abc import Iterable, Iterator

from reconciler import claims
from reconciler.model import Change, Dated, DueWork, Execution, Plan
from reconciler.render import escape, facts, words
from reconciler.render.text.findings import warnings
from reconciler.render.text.lines import joined, section, table

NAMES = 10
"""So many resources of a group are named."""


def plan(shown: Plan, *, detail: bool = True) -> str:
    """With `detail` every field of every change, else one line for changes of the same fields."""
    return joined(
        [
            *_title(shown, detail=detail),
            *section("Risk", _risks(shown, detail=detail)),
            *section(facts.OVERDUE, map(words.dated, shown.overdue)),
            *section("Blocked", _blockers(shown)),
            *section("Not due, so nothing is applied", map(words.not_due, facts.not_due(shown))),
            *section("Acknowledged", _acknowledged(shown)),
            *section("Changes", _changes(shown, detail=detail)),
            *(section("Order", _order(shown)) if detail else []),
            *_tables(shown),
            *section(facts.UPCOMING, map(words.dated, shown.upcoming)),
            *section("How well this is known", facts.evidence_lines(shown)),
            *section("Left alone", _left_alone(shown, detail=detail)),
            *section(claims.CHANGED_BY_HAND, _drift(shown, detail=detail)),
            *section("Warnings", warnings(facts.warnings(shown), detail=detail)),
            "",
            f"Plan: {facts.headline(shown)}",
        ]
    )


def nothing_due(tenant: str, work: DueWork) -> str:
    """That no date asks for anything, and how much differs for another reason."""
    others = words.count(len(work.others), "other difference")
    more = f"; {others}: see `reconciler plan`" if work.others else ""
    return f"Nothing is due in {escape.terminal(tenant)} since {work.since}{more}"


def _title(shown: Plan, *, detail: bool) -> Iterator[str]:
    yield f"{words.tenant(shown.tenant)} as of {shown.as_of}, {words.files(shown.config)}"
    if detail:
        yield f"{shown.plan_id}, {shown.digest}, expires {words.moment(shown.expires_at)}"


def _blockers(shown: Plan) -> Iterator[str]:
    """A rule's with the place that it found; it is not repeated among the warnings."""
    for blocker, found in facts.blockers(shown):
        what, *ways = words.blocker(blocker).split("  -> ")
        yield f"{what}  {found.position}" if found and found.position else what
        yield from (f"  -> {way}" for way in ways)


def _risks(shown: Plan, *, detail: bool) -> Iterator[str]:
    sentences = facts.risks(shown)
    bound = len(sentences) if detail else NAMES
    yield from sentences[:bound]
    if len(sentences) > bound:
        yield f"and {len(sentences) - bound} more"


def _acknowledged(shown: Plan) -> Iterator[str]:
    for allowed in shown.acknowledged:
        reason = f": {allowed.reason}" if allowed.reason else ""
        yield f"{allowed.what}={allowed.count}{reason}"


def _changes(shown: Plan, *, detail: bool) -> Iterator[str]:
    found = facts.changes(shown)
    if not detail:
        for group in facts.groups(found, facts.roughly):
            yield _brief(group)
        return
    for group in facts.groups(found):
        yield from _heads(group)
        yield from (
            f"    {name}: {what}" for name, what in words.fields(group.fields, shown.created_at)
        )


def _brief(group: facts.Group) -> str:
    what = ", ".join(words.short(field) for field in group.first.fields)
    if len(group.changes) == 1:
        change = group.first
        return f"{_subject(change)}  {_deed(change)}" + (f"  {what}" if what else "")
    return f"{_many(group)}: {what}  ({_names(group)})"


def _heads(group: facts.Group) -> Iterator[str]:
    change = group.first
    if len(group.changes) == 1:
        place = f"  {change.source.file}:{change.source.line}" if change.source else ""
        yield f"{_subject(change)}  {_deed(change)}, {change.reason}{place}"
        return
    yield f"{_many(group)} alike, {change.reason}"
    yield from (f"    {item.address}  {item.label}" for item in group.changes[:NAMES])
    if len(group.changes) > NAMES:
        yield f"    and {len(group.changes) - NAMES} more"


def _subject(change: Change) -> str:
    label = words.known_as(change.address, change.label)
    return f"{words.SIGNS[change.action]} {change.address}  {label}".rstrip()


def _many(group: facts.Group) -> str:
    change = group.first
    number = words.count(len(group.changes), change.kind)
    return f"{words.SIGNS[change.action]} {number}  {_deed(change)}"


def _names(group: facts.Group) -> str:
    return words.listed([change.label for change in group.changes], NAMES)


def _deed(change: Change) -> str:
    return f"{change.action}{f' {claims.BY_HAND}' if change.execution is Execution.MANUAL else ''}"


def _order(shown: Plan) -> Iterator[str]:
    return map(words.ordered, facts.explained_operations(shown))


def _tables(shown: Plan) -> Iterator[str]:
    yield from section("Seats", _seats(shown))
    yield from section("Coverage", _coverage(shown))
    yield from section("Extensions", _extensions(shown))


def _seats(shown: Plan) -> Iterator[str]:
    heads = ("license", "purchased", "assigned", "after", "peak", "free", "over")
    rows = [
        (
            *(row.license, words.value(row.purchased), row.assigned, row.after, row.peak),
            *(words.value(row.free), row.over),
        )
        for row in facts.seats(shown)
    ]
    return table(heads, rows)


def _coverage(shown: Plan) -> Iterator[str]:
    heads = ("queue or skill", "before", "lowest", "after", "minimum", "join", "leave")
    rows = [
        (
            *(row.address, row.before, row.lowest, row.after, words.value(row.minimum)),
            *(len(row.join), len(row.leave)),
        )
        for row in facts.coverage(shown)
    ]
    return table(heads, rows)


def _extensions(shown: Plan) -> Iterator[str]:
    heads = ("range", "from", "to", "used", "after", "free", "foreign")
    rows = [
        (row.range, row.first, row.last, row.used, row.after, row.free, row.foreign)
        for row in facts.extensions(shown)
    ]
    return table(heads, rows)


def _drift(shown: Plan, *, detail: bool) -> Iterator[str]:
    bound = len(shown.drift) if detail else NAMES
    for item in shown.drift[:bound]:
        yield words.drifted(item, three_way=True, now=shown.created_at)
    if len(shown.drift) > bound:
        yield f"and {len(shown.drift) - bound} more"


def _left_alone(shown: Plan, *, detail: bool) -> Iterator[str]:
    unlisted = [item for item in shown.unmanaged if item.unlisted]
    bound = len(unlisted) if detail else NAMES
    for item in unlisted[:bound]:
        yield f"{item.address}  {item.label}  in a range of ours, in no file"
    if len(unlisted) > bound:
        yield f"and {len(unlisted) - bound} more in a range of ours, in no file"
    others = len(shown.unmanaged) - len(unlisted)
    if others:
        yield f"{others} more in the tenant, in no file"
    for unseen in facts.unseen(shown):
        yield f"{unseen.kind} {unseen.field}: unobserved, {words.count(unseen.count, 'value')}"


def upcoming(items: Iterable[Dated]) -> str:
    """The days that come up, for `validate`."""
    return joined(section(facts.UPCOMING, map(words.dated, items))[1:])
