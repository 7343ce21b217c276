"""A run over many tenants as Markdown: totals, what failed, and a table of the rest."""

from reconciler.model import FleetReport, TenantOutcome, TenantRow
from reconciler.render import bounded, text
from reconciler.render.bounded import Row
from reconciler.render.escape import markdown
from reconciler.render.markdown import parts


def fleet(report: FleetReport, *, max_bytes: int = parts.MAX_BYTES, link: str | None = None) -> str:
    sections = parts.bullets("Stopped", [markdown(note) for note in report.notes])
    for outcome in TenantOutcome:
        rows = [row for row in report.rows if row.outcome is outcome]
        if rows:
            summary = f"{len(rows)} {outcome}"
            sections.append(bounded.details(summary, map(_row, rows), noun="tenant"))
    waiting = [row for row in report.rows if row.outcome is None]
    if waiting:
        sections.append(
            bounded.details(f"{len(waiting)} not ended", map(_row, waiting), noun="tenant")
        )
    head = parts.Head(f"fleet {report.command}", "", text.fleet_headline(report))
    return bounded.fit(parts.page(head, sections, link), max_bytes)


def _row(row: TenantRow) -> Row:
    changes = ", ".join(f"{count} {action}" for action, count in row.changes.items())
    facts = [changes, row.reason, row.hint and f"→ {row.hint}"]
    described = "; ".join(fact for fact in facts if fact)
    colon = f": {markdown(described, limit=parts.LONGEST)}" if described else ""
    return Row(f"- **{markdown(row.tenant)}** {markdown(row.folder)}{colon}\n")
