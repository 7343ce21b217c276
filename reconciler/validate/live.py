"""Check the desired state merged with the live tenant, by the live rules and the plan rules.

What the tenant broke before is a warning, and an error only where the plan makes it worse. Not
worse is a finding that the tenant as it is gives as well, in the same words; where the rule says
how large the breach is, one that is no larger.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from reconciler import rules
from reconciler.diagnostics import Diagnostic, Severity
from reconciler.model import Comparison, Desired, Graph, Reading
from reconciler.rules import tenant_views
from reconciler.validate.offline_rules import lifted

NOT_COMPARED = frozenset({"phone-is-set-once"})
"""Of whom this is said, nothing else can be told."""


def live(
    desired: Desired,
    reading: Reading,
    comparison: Comparison,
    graph: Graph,
    diagnostics: Sequence[Diagnostic] = (),
) -> list[Diagnostic]:
    """Findings of the live rules that are not in `told` already."""
    findings = _findings(rules.LIVE, tenant_views.after(desired, reading, comparison))
    if findings:
        findings = list(_softened(findings, _before(desired, reading, comparison, findings)))
    planned = rules.plan_view(desired, reading, comparison, graph)
    findings += [finding for rule in rules.NEEDS_A_PLAN for finding in rule.check(planned)]
    reported = {(d.rule, d.address, d.severity) for d in diagnostics}
    touched = _touched(comparison)
    skipped = {d.address for d in diagnostics if d.rule in NOT_COMPARED}
    return [
        finding
        for finding in lifted(desired, findings)
        if (finding.rule, finding.address, finding.severity) not in reported
        and finding.address not in skipped
        and _is_ours(finding, desired, touched)
    ]


def _findings(among: Iterable[rules.Rule], view: rules.View) -> list[Diagnostic]:
    return [finding for rule in among for finding in rule.check(view)]


def _before(
    desired: Desired, reading: Reading, comparison: Comparison, after: list[Diagnostic]
) -> list[Diagnostic]:
    """Findings for the tenant as it is; those of `after` where nothing changes."""
    if not comparison.changes:
        return after
    return _findings(rules.LIVE, tenant_views.before(desired, reading, comparison))


def _softened(findings: Iterable[Diagnostic], before: Iterable[Diagnostic]) -> Iterator[Diagnostic]:
    keys, sizes = set(), dict[tuple[str, str | None], int]()
    for finding in before:
        keys.add((finding.rule, finding.address, finding.summary))
        sizes[finding.rule, finding.address] = finding.size
    for finding in findings:
        same = (finding.rule, finding.address, finding.summary) in keys
        smaller = 0 < finding.size <= sizes.get((finding.rule, finding.address), 0)
        yield replace(finding, severity=Severity.WARNING) if same or smaller else finding


def _touched(comparison: Comparison) -> frozenset[str]:
    return frozenset(change.address for change in comparison.changes)


def _is_ours(finding: Diagnostic, desired: Desired, touched: frozenset[str]) -> bool:
    """Whether a finding can be mended in the files; warnings about the undeclared cannot."""
    if finding.severity is Severity.ERROR or finding.address is None:
        return True
    address = finding.address
    return address in touched or address in desired.resources or not address.startswith("agent/")
