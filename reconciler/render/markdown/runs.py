"""Findings, the end of an apply, and a run over many tenants as Markdown."""

from collections.abc import Iterable

from reconciler.diagnostics import Diagnostic, Severity
from reconciler.model import FleetReport, Outcome, Result, TenantOutcome, TenantRow, Verdict
from reconciler.render import bounded, facts, text, words
from reconciler.render.bounded import Row
from reconciler.render.escape import markdown
from reconciler.render.markdown import parts


def diagnostics(
    found: Iterable[Diagnostic], *, max_bytes: int = parts.MAX_BYTES, link: str | None = None
) -> str:
    found = list(found)
    errors = [item for item in found if item.severity is Severity.ERROR]
    others = [item for item in found if item.severity is not Severity.ERROR]
    headline = f"{words.count(len(errors), 'error')}, {words.count(len(others), 'warning')}"
    sections = [*parts.findings(errors, "error"), *parts.findings(others, "warning")]
    head = parts.Head("validate", "", headline)
    return bounded.fit(parts.page(head, sections, link), max_bytes)


def verdict(verdict: Verdict, *, max_bytes: int = parts.MAX_BYTES, link: str | None = None) -> str:
    sections = [
        bounded.details(f"{number} {result}", map(_row, of_result), noun="operation")
        for result, number in facts.results(verdict).items()
        if result is not Result.APPLIED
        and (of_result := [item for item in verdict.outcomes if item.result is result])
    ]
    left = [
        Row(f"- {parts.subject(item.address, item.label)}: {item.action}\n")
        for item in verdict.left
    ]
    if left:
        sections.append(bounded.details(f"{words.count(len(left), 'change')} left", left))
    if verdict.cannot_tell:
        why = [Row(f"- {markdown(text, limit=parts.LONGEST)}\n") for text in verdict.cannot_tell]
        sections.append(bounded.details("Cannot tell", why))
    sections += [
        *parts.evidence(facts.evidence_lines(verdict)),
        *parts.unobserved(facts.unseen(verdict)),
    ]
    head = parts.Head("apply", "", facts.verdict_headline(verdict))
    return bounded.fit(parts.page(head, sections, link), max_bytes)


def _row(outcome: Outcome) -> Row:
    return Row(f"- {markdown(words.happened(outcome), limit=parts.LONGEST)}\n")


def fleet(report: FleetReport, *, max_bytes: int = parts.MAX_BYTES, link: str | None = None) -> str:
    """Totals, and the tenants by outcome."""
    sections = parts.bullets("Stopped", [markdown(note) for note in report.notes])
    for outcome in TenantOutcome:
        rows = [row for row in report.rows if row.outcome is outcome]
        if rows:
            summary = f"{len(rows)} {outcome}"
            sections.append(bounded.details(summary, map(_tenant, rows), noun="tenant"))
    waiting = [row for row in report.rows if row.outcome is None]
    if waiting:
        sections.append(
            bounded.details(f"{len(waiting)} not ended", map(_tenant, waiting), noun="tenant")
        )
    head = parts.Head(f"fleet {report.command}", "", text.fleet_headline(report))
    return bounded.fit(parts.page(head, sections, link), max_bytes)


def _tenant(row: TenantRow) -> Row:
    changes = ", ".join(f"{count} {action}" for action, count in row.changes.items())
    details = [changes, row.reason, row.hint and f"→ {row.hint}"]
    described = "; ".join(fact for fact in details if fact)
    colon = f": {markdown(described, limit=parts.LONGEST)}" if described else ""
    return Row(f"- **{markdown(row.tenant)}** {markdown(row.folder)}{colon}\n")
