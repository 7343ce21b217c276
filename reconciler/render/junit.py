"""JUnit XML, which build services show as tests: a tenant is a test case."""

from xml.sax.saxutils import quoteattr

from reconciler.model import FleetReport, TenantOutcome, TenantRow
from reconciler.render import escape

ERRORS = frozenset({TenantOutcome.FAILED, TenantOutcome.CANNOT_TELL})
FAILURES = frozenset({TenantOutcome.BLOCKED, TenantOutcome.CANCELLED})
SKIPPED = frozenset({TenantOutcome.NOT_STARTED, TenantOutcome.EXCLUDED, None})


def fleet(report: FleetReport) -> str:
    """Failed and unreadable tenants are errors, blocked ones failures, others passed or skipped."""
    counted = {
        "tests": len(report.rows),
        "errors": sum(row.outcome in ERRORS for row in report.rows),
        "failures": sum(row.outcome in FAILURES for row in report.rows),
        "skipped": sum(row.outcome in SKIPPED for row in report.rows),
        "time": f"{report.seconds:.3f}",
    }
    attributes = " ".join(f'{name}="{value}"' for name, value in counted.items())
    suite = f"<testsuite name={_attribute(f'fleet {report.command}')} {attributes}>"
    cases = "\n".join(map(_case, report.rows))
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{suite}\n{cases}\n</testsuite>\n'


def _case(row: TenantRow) -> str:
    name, folder = _attribute(row.tenant), _attribute(row.folder)
    opening = f'<testcase classname={folder} name={name} time="{row.seconds:.3f}"'
    element = _element(row.outcome)
    if not element:
        return f"{opening}/>"
    kind = _attribute(row.cause or str(row.outcome or row.state))
    hint = f" -> {row.hint}" if row.hint else ""
    message = _attribute(f"{row.reason}{hint}" or str(row.outcome))
    type_of = "" if element == "skipped" else f" type={kind}"
    return f"{opening}><{element} message={message}{type_of}/></testcase>"


def _element(outcome: TenantOutcome | None) -> str:
    if outcome in ERRORS:
        return "error"
    if outcome in FAILURES:
        return "failure"
    return "skipped" if outcome in SKIPPED else ""


def _attribute(text: str) -> str:
    return quoteattr(escape.visible(text))
