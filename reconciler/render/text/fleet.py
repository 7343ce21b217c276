"""A run over many tenants as text: totals, then a line for each tenant that is not as before."""

from reconciler.model import FleetReport, TenantOutcome, TenantRow
from reconciler.render import words
from reconciler.render.text import lines

QUIET = frozenset({TenantOutcome.UNCHANGED, TenantOutcome.EXCLUDED})


def fleet(report: FleetReport, *, detail: bool = True) -> str:
    """Totals first. Unchanged and excluded tenants are only counted without `detail`."""
    rows = [row for row in report.rows if detail or row.outcome not in QUIET]
    table = [cells(row) for row in rows]
    result = [title(report), headline(report)]
    result += lines.section("Stopped", report.notes)
    result += lines.section("Tenants", lines.table(HEADS, table)) if table else []
    result += lines.section("Why", [line for row in rows for line in _why(row)])
    return lines.joined(result)


HEADS = ("tenant", "outcome", "changes", "seats", "coverage", "requests", "seconds")


def title(report: FleetReport) -> str:
    ended = "" if report.finished_at else ", not ended yet"
    return f"Fleet {report.command}, run {report.run}, engine {report.engine}{ended}"


def headline(report: FleetReport) -> str:
    """`1000 tenants: 990 unchanged, 7 changed, 3 failed; 4012 requests`."""
    counts = ", ".join(f"{number} {name}" for name, number in report.counts.items() if number)
    return (
        f"{words.count(len(report.rows), 'tenant')}: {counts or 'none'}; "
        f"{words.count(report.requests, 'request')}"
    )


def cells(row: TenantRow) -> list[object]:
    changes = ", ".join(f"{count} {action}" for action, count in row.changes.items())
    seats = ", ".join(f"{pool['license']} {pool['after']}" for pool in row.seats)
    coverage = ", ".join(f"{each['address']} {each['lowest']}" for each in row.coverage)
    outcome = str(row.outcome or row.state)
    return [row.tenant, outcome, changes, seats, coverage, row.requests, f"{row.seconds:.1f}"]


def _why(row: TenantRow) -> list[str]:
    if not row.reason or row.outcome is TenantOutcome.EXCLUDED:
        return []
    hint = f"  -> {row.hint}" if row.hint else ""
    return [f"{row.tenant} ({row.folder}): {row.reason}{hint}"]
