"""JUnit XML, for the test report of GitLab and of other forges.

A finding, a blocker or an item of drift is a test case. What stops a command, and drift, has
failed; what waits (pending, due) is skipped; everything else has passed, with its text beside it.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final
from xml.sax.saxutils import escape as escaped
from xml.sax.saxutils import quoteattr

from reconciler.diagnostics import Diagnostic, Position, Severity, in_order
from reconciler.model import (
    Change,
    DriftClass,
    DriftItem,
    DriftReport,
    FleetReport,
    Plan,
    TenantOutcome,
    TenantRow,
    Unmanaged,
)
from reconciler.render import escape, facts, words

PASSED, FAILED, SKIPPED = "passed", "failure", "skipped"

_RESULTS: Final = {
    DriftClass.CONFLICT: FAILED,
    DriftClass.DRIFT: FAILED,
    DriftClass.DIFFERENCE: FAILED,
    DriftClass.PENDING: SKIPPED,
    DriftClass.DUE: SKIPPED,
    DriftClass.UNMANAGED: PASSED,
}
LONGEST: Final = 1_000
_NOT_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Case:
    """One test case. `group` is what the report sorts by; `kind` the type of a failure."""

    group: str
    name: str
    result: str
    kind: str = ""
    text: str = ""


def diagnostics(findings: Iterable[Diagnostic], *, folder: str = "") -> str:
    cases = list(_findings(findings, folder))
    errors = sum(case.result == FAILED for case in cases)
    summary = _summary("files", f"{words.count(errors, 'error')} in the files", fits=not errors)
    return _document("validate", [*cases, summary])


def plan(document: Plan, *, folder: str = "") -> str:
    return _document(
        f"plan of {document.tenant.name}",
        [
            *(
                Case("guards", words.blocker(each), FAILED, each.guard, each.hint)
                for each in facts.guards(document)
            ),
            *_findings(document.diagnostics, folder),
            *(_change(each, folder) for each in facts.changes(document)),
            _summary("plan", facts.headline(document), fits=document.applyable),
        ],
    )


def drift(report: DriftReport, *, folder: str = "") -> str:
    is_three_way = report.base is not None
    return _document(
        f"drift of {report.tenant.name}",
        [
            *(_item(each, report, folder, is_three_way=is_three_way) for each in report.items),
            *_findings(report.diagnostics, folder),
            *(_unlisted(each) for each in report.unmanaged if each.unlisted),
            _summary("drift", facts.drift_headline(report), fits=report.complete),
        ],
    )


def fleet(report: FleetReport) -> str:
    """A tenant is a case: failed where it was not done, skipped where it was not to be."""
    return _document(f"fleet {report.command}", [_tenant(row) for row in report.rows])


def _tenant(row: TenantRow) -> Case:
    is_open = row.outcome in (None, TenantOutcome.NOT_STARTED, TenantOutcome.EXCLUDED)
    is_done = row.outcome in (TenantOutcome.CHANGED, TenantOutcome.UNCHANGED)
    result = SKIPPED if is_open else PASSED if is_done else FAILED
    outcome = str(row.outcome or row.state)
    text = "\n".join(filter(None, [row.folder, row.reason, row.hint]))
    return Case("tenants", f"{row.tenant}: {outcome}", result, row.cause or outcome, text)


def _summary(group: str, headline: str, *, fits: bool) -> Case:
    """Return the case that is always there, so that a report is never empty."""
    return Case(group, headline, PASSED if fits else FAILED, group)


def _findings(findings: Iterable[Diagnostic], folder: str) -> Iterator[Case]:
    for each in in_order(findings):
        result = FAILED if each.severity is Severity.ERROR else PASSED
        place = _place(folder, each.position)
        name = f"{place}: {each.summary}" if place else each.summary
        text = "\n".join(filter(None, [words.finding(each), each.hint]))
        yield Case(each.rule, name, result, each.rule, text)


def _place(folder: str, position: Position | None) -> str:
    """Return `desired-state/agents/support.yaml:12`; "" where there is no place."""
    if position is None:
        return ""
    file = "/".join(part for part in (folder.rstrip("/"), position.file) if part)
    return f"{file}:{position.line}"


def _change(change: Change, folder: str) -> Case:
    place = _place(folder, change.source)
    text = "\n".join(filter(None, [place, *map(words.short, change.fields)]))
    return Case("changes", f"{change.action} {change.address} {change.label}", PASSED, text=text)


def _item(item: DriftItem, report: DriftReport, folder: str, *, is_three_way: bool) -> Case:
    where = f" {item.path}" if item.path else ""
    drifted = words.drifted(item, three_way=is_three_way, now=report.created_at)
    text = "\n".join(filter(None, [drifted, _place(folder, item.source), *words.trail(item)]))
    name = f"{item.address} {words.known_as(item.address, item.label)}".rstrip() + where
    group, result = str(item.drift), _RESULTS[item.drift]
    return Case(group, name, result, group, text)


def _unlisted(item: Unmanaged) -> Case:
    return Case("unlisted", f"{item.address} {item.label}", PASSED, text=words.unlisted(item))


def _document(name: str, cases: Sequence[Case]) -> str:
    counts = {
        "tests": len(cases),
        "failures": sum(case.result == FAILED for case in cases),
        "errors": 0,
        "skipped": sum(case.result == SKIPPED for case in cases),
    }
    numbers = " ".join(f'{key}="{number}"' for key, number in counts.items())
    suite = _attribute("name", f"reconciler {name}")
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f"<testsuites {suite}>",
        f'  <testsuite {suite} {numbers} time="0">',
        *(line for case in cases for line in _case(case)),
        "  </testsuite>",
        "</testsuites>",
    ]
    return "\n".join(lines) + "\n"


def _case(case: Case) -> Iterator[str]:
    attributes = [
        _attribute("classname", f"reconciler.{case.group}"),
        _attribute("name", case.name),
        'time="0"',
    ]
    head = f"    <testcase {' '.join(attributes)}"
    body = list(_body(case))
    if not body:
        yield f"{head}/>"
        return
    yield f"{head}>"
    yield from (f"      {line}" for line in body)
    yield "    </testcase>"


def _body(case: Case) -> Iterator[str]:
    text = _text(case.text)
    if case.result == FAILED:
        message, kind = _attribute("message", case.name), _attribute("type", case.kind)
        yield f"<failure {message} {kind}>{text}</failure>"
    elif case.result == SKIPPED:
        yield f"<skipped>{text}</skipped>"
    elif case.text:
        yield f"<system-out>{text}</system-out>"


def _text(text: str) -> str:
    lines = (escape.visible(line) for line in escape.clipped(text, LONGEST).split("\n"))
    return escaped(_NOT_XML.sub("\N{REPLACEMENT CHARACTER}", "\n".join(lines)))


def _attribute(name: str, value: str) -> str:
    clean = _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", escape.visible(value))
    return f"{name}={quoteattr(escape.clipped(clean, LONGEST))}"
