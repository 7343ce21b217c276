"""A drift report, or two sides compared, as a page."""

from reconciler.diagnostics import in_order
from reconciler.model import DriftReport, SideComparison
from reconciler.render import facts, sides, words
from reconciler.render.html import page


def drift(report: DriftReport) -> str:
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
