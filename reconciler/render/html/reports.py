"""A plan, a drift report, two sides compared, and a run over many tenants, each as a page."""

from reconciler.diagnostics import in_order
from reconciler.model import Action, Coverage, DriftReport, FleetReport, Plan, SideComparison
from reconciler.render import facts, sides, text, words
from reconciler.render.html import page, pictures

BY_RISK = (Action.DELETE, Action.SUSPEND, Action.UPDATE, Action.RESTORE, Action.CREATE)
MANY = 20
SHORT = 40
"""Above so many changes, so many groups of alike ones are told in short first."""


def plan(plan: Plan) -> str:
    """What it means, what it takes in pictures, and every change."""
    found = facts.changes(plan)
    changes = sorted(found, key=lambda change: BY_RISK.index(change.action))
    alike = [group for group in facts.groups(found, facts.roughly) if len(group.changes) > 1]
    groups = alike if len(found) > MANY else []
    affected = sorted(facts.coverage(plan), key=lambda row: not facts.is_low(row))
    return page.render(
        "plan.html",
        plan=plan,
        blockers=facts.blockers(plan),
        headline=facts.headline(plan),
        counts=facts.counts(found),
        unchanged=facts.unchanged(plan),
        risks=facts.risks(plan),
        groups=groups[:SHORT],
        untold=len(found) - sum(len(group.changes) for group in groups[:SHORT]),
        changes=changes,
        seats=[(pool, pictures.seats(pool)) for pool in plan.seats],
        affected=_pictured(affected),
        steady=_pictured([row for row in plan.coverage if row not in affected]),
        strips=pictures.strips(plan),
        order=facts.explained_operations(plan),
        warnings=facts.warnings(plan),
        unlisted=[item for item in plan.unmanaged if item.unlisted],
        others=[item for item in plan.unmanaged if not item.unlisted],
        unobserved=facts.unseen(plan),
        made=f"{words.tenant(plan.tenant)} as of {plan.as_of}, {words.files(plan.config)}",
    )


def drift(report: DriftReport) -> str:
    """The fields by class, and what nobody manages or sees."""
    counts = facts.drift_counts(report)
    return page.render(
        "drift.html",
        report=report,
        headline=facts.drift_headline(report),
        counts=counts,
        drifted=facts.drifted(report),
        classes=[
            (name, [item for item in report.items if item.drift is name])
            for name, number in counts.items()
            if number
        ],
        three_way=report.base is not None,
        warnings=in_order(report.diagnostics),
        unlisted=[item for item in report.unmanaged if item.unlisted],
        others=[item for item in report.unmanaged if not item.unlisted],
        unobserved=facts.unseen(report),
        made=f"{words.tenant(report.tenant)} as of {report.as_of}, {words.files(report.config)}",
    )


def compared(made: SideComparison) -> str:
    """What is on one side only, and which fields differ."""
    parts = sides.parts(made)
    return page.render(
        "compare.html",
        report=made,
        headline=sides.headline(made),
        classes=[
            ("only in A", parts.only_left),
            ("only in B", parts.only_right),
            ("differs", parts.fields),
        ],
        unobserved=sides.unobserved(made),
        warnings=in_order(made.diagnostics),
    )


def fleet(report: FleetReport) -> str:
    """Totals, and a table that can be filtered."""
    counts = {name: number for name, number in report.counts.items() if number}
    return page.render(
        "fleet.html",
        report=report,
        counts=report.counts,
        choices=list(counts.items()),
        headline=text.fleet_headline(report),
        rows=[(row, text.fleet_cells(row)) for row in report.rows],
    )


def _pictured(rows: list[Coverage]) -> list[tuple[Coverage, pictures.Picture]]:
    return [(row, pictures.coverage(row)) for row in rows]
