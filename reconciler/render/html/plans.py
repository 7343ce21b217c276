"""A plan as a page: what it means, what it takes in pictures, and every change."""

from reconciler.model import Action, Coverage, Plan
from reconciler.render import facts, words
from reconciler.render.html import page, pictures

BY_RISK = (Action.DELETE, Action.SUSPEND, Action.UPDATE, Action.RESTORE, Action.CREATE)
MANY = 20
SHORT = 40
"""Above so many changes, so many groups of alike ones are told in short first."""


def plan(shown: Plan) -> str:
    found = facts.changes(shown)
    changes = sorted(found, key=lambda change: BY_RISK.index(change.action))
    alike = [group for group in facts.groups(found, facts.roughly) if len(group.changes) > 1]
    groups = alike if len(found) > MANY else []
    affected = sorted(facts.coverage(shown), key=lambda row: not facts.is_low(row))
    return page.render(
        "plan.html",
        plan=shown,
        blockers=facts.blockers(shown),
        headline=facts.headline(shown),
        counts=facts.counts(found),
        unchanged=facts.unchanged(shown),
        risks=facts.risks(shown),
        groups=groups[:SHORT],
        untold=len(found) - sum(len(group.changes) for group in groups[:SHORT]),
        changes=changes,
        seats=[(pool, pictures.seats(pool)) for pool in shown.seats],
        affected=_pictured(affected),
        steady=_pictured([row for row in shown.coverage if row not in affected]),
        strips=pictures.strips(shown),
        order=facts.explained_operations(shown),
        warnings=facts.warnings(shown),
        unlisted=[item for item in shown.unmanaged if item.unlisted],
        others=[item for item in shown.unmanaged if not item.unlisted],
        unobserved=facts.unseen(shown),
        made=f"{words.tenant(shown.tenant)} as of {shown.as_of}, {words.files(shown.config)}",
    )


def _pictured(rows: list[Coverage]) -> list[tuple[Coverage, pictures.Picture]]:
    return [(row, pictures.coverage(row)) for row in rows]
