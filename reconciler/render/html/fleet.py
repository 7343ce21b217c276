"""A run over many tenants as a page: totals, and a table that can be filtered."""

from reconciler.model import FleetReport
from reconciler.render import text
from reconciler.render.html import page


def fleet(report: FleetReport) -> str:
    counts = {name: number for name, number in report.counts.items() if number}
    return page.render(
        "fleet.html",
        report=report,
        counts=report.counts,
        choices=list(counts.items()),
        headline=text.fleet_headline(report),
        rows=[(row, text.fleet_cells(row)) for row in report.rows],
    )
