"""Findings and the end of an apply as Markdown."""

from collections.abc import Iterable

from reconciler.diagnostics import Diagnostic, Severity
from reconciler.model import Outcome, Result, Verdict
from reconciler.render import bounded, facts, words
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
