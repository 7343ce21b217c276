"""Desired laid over live against the rules that see more there, and those that need a plan.

What the tenant broke before is a warning, and an error only where the plan makes it worse. Not
worse is a finding that the tenant as it is gives as well, in the same words; where the rule says
how large the breach is, one that is no larger.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from reconciler import rules
from reconciler.diagnostics import Diagnostic, Severity
from reconciler.model import Comparison, Desired, Graph, Reading
from reconciler.rules import laid
from reconciler.validate.judged import lifted

NOT_COMPARED = frozenset({"phone-is-set-once"})
"""Of whom this is said, nothing else can be told."""
ALSO_OFFLINE = frozenset(rule.ID for rule in rules.OFFLINE)


def live(
    desired: Desired,
    reading: Reading,
    comparison: Comparison,
    graph: Graph,
    told: Sequence[Diagnostic] = (),
) -> list[Diagnostic]:
    """Findings of the live rules that are not in `told` already."""
    found = _found(rules.LIVE, laid.after(desired, reading, comparison))
    if found:
        found = list(_softened(found, _before(desired, reading, comparison, found)))
    planned = rules.planned(desired, reading, comparison, graph)
    found += [finding for rule in rules.NEEDS_A_PLAN for finding in rule.check(planned)]
    known = {(d.rule, d.address, d.severity) for d in told}
    touched = _touched(comparison)
    skipped = {d.address for d in told if d.rule in NOT_COMPARED}
    return [
        finding
        for finding in lifted(desired, found)
        if (finding.rule, finding.address, finding.severity) not in known
        and finding.address not in skipped
        and _is_ours(finding, desired, touched)
    ]


def _found(among: Iterable[rules.Rule], view: rules.View) -> list[Diagnostic]:
    return [finding for rule in among for finding in rule.check(view)]


def _before(
    desired: Desired, reading: Reading, comparison: Comparison, after: list[Diagnostic]
) -> list[Diagnostic]:
    """What the tenant as it is gives: the same as `after`, where nothing changes."""
    if not comparison.changes:
        return after
    return _found(rules.LIVE, laid.before(desired, reading, comparison))


def _softened(found: Iterable[Diagnostic], before: Iterable[Diagnostic]) -> Iterator[Diagnostic]:
    said, sizes = set(), dict[tuple[str, str | None], int]()
    for finding in before:
        said.add((finding.rule, finding.address, finding.summary))
        sizes[finding.rule, finding.address] = finding.size
    for finding in found:
        same = (finding.rule, finding.address, finding.summary) in said
        smaller = 0 < finding.size <= sizes.get((finding.rule, finding.address), 0)
        yield replace(finding, severity=Severity.WARNING) if same or smaller else finding


def _touched(comparison: Comparison) -> frozenset[str]:
    return frozenset(change.address for change in comparison.changes)


def _is_ours(finding: Diagnostic, desired: Desired, touched: frozenset[str]) -> bool:
    """Warnings about what stands in no file are nobody's to mend here."""
    if finding.severity is Severity.ERROR or finding.address is None:
        return True
    address = finding.address
    return address in touched or address in desired.resources or not address.startswith("agent/")
