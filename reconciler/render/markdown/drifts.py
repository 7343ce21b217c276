"""A drift report as Markdown."""

from collections.abc import Iterator

from reconciler import claims
from reconciler.model import DriftClass, DriftReport
from reconciler.render import bounded, facts, words
from reconciler.render.bounded import Row, Section
from reconciler.render.escape import markdown
from reconciler.render.markdown import parts


def drift(report: DriftReport, *, max_bytes: int = parts.MAX_BYTES, link: str | None = None) -> str:
    """At most `max_bytes` of UTF-8; `link` is where the whole report can be read."""
    sections = [
        *_classes(report),
        *parts.evidence(facts.evidence_lines(report)),
        *parts.left_alone(report.unmanaged, facts.unseen(report)),
        *parts.findings(report.diagnostics, "warning"),
    ]
    made = f"{words.tenant(report.tenant)} as of {report.as_of}, {words.files(report.config)}"
    head = parts.Head("drift", report.tenant.name, facts.drift_headline(report), (markdown(made),))
    return bounded.fit(parts.page(head, sections, link), max_bytes)


def _classes(report: DriftReport) -> Iterator[Section]:
    for name, number in facts.drift_counts(report).items():
        rows = [_row(group, report) for group in facts.drift_groups(report, name)]
        if rows:
            yield bounded.details(_title(name, number), rows, noun="item")


def _title(name: DriftClass, number: int) -> str:
    return f"{words.of_class(number, name)}: {claims.DRIFT[name]}"


def _row(group: facts.DriftGroup, report: DriftReport) -> Row:
    first, number = group[0], len(group)
    path = f"{first.path}: " if first.path else ""
    sides = words.sides(first, three_way=report.base is not None, now=report.created_at)
    what = markdown(f"{path}{sides}", limit=parts.LONGEST)
    if number > 1:
        names = words.listed([item.label for item in group], parts.NAMES)
        who = f"**{words.count(number, first.kind)}** alike ({markdown(names, limit=300)})"
        return Row(f"- {who}: {what}\n", number)
    trail = "; ".join(markdown(line) for line in words.trail(first))
    more = f" ({trail})" if trail else ""
    return Row(f"- {parts.subject(first.address, first.label)}: {what}{more}\n")
