"""A drift report as text: by class, an address at a time, each with the way to take it over."""

from collections.abc import Iterable, Iterator
from itertools import groupby

from reconciler import claims
from reconciler.model import DriftItem, DriftReport
from reconciler.render import facts, words
from reconciler.render.text.findings import warnings
from reconciler.render.text.lines import joined, section

NAMES = 10


def drift(report: DriftReport, *, detail: bool = True) -> str:
    """With `detail` also where it is stated, who changed it since when, and the edit."""
    return joined(
        [
            f"{words.tenant(report.tenant)} as of {report.as_of}, {words.files(report.config)}",
            *_classes(report, detail=detail),
            *section("In no file", _unmanaged(report, detail=detail)),
            *section("How well this is known", facts.evidence_lines(report)),
            *section("Unobserved", _unobserved(report)),
            *section("Warnings", warnings(report.diagnostics, detail=detail)),
            "",
            f"Drift: {facts.drift_headline(report)}",
        ]
    )


def _classes(report: DriftReport, *, detail: bool) -> Iterator[str]:
    for name, number in facts.drift_counts(report).items():
        items = [item for item in report.items if item.drift is name]
        title = f"{words.of_class(number, name)}: {claims.DRIFT[name]}"
        yield from section(title, _items(report, items, detail=detail))


def _items(report: DriftReport, items: Iterable[DriftItem], *, detail: bool) -> Iterator[str]:
    for address, group in groupby(items, key=lambda item: item.address):
        fields = list(group)
        yield f"{address}  {words.known_as(address, fields[0].label)}".rstrip()
        for item in fields:
            what = words.sides(item, three_way=report.base is not None, now=report.created_at)
            yield f"    {item.path}: {what}" if item.path else f"    {what}"
            yield from (f"      {line}" for line in (words.trail(item) if detail else ()))


def _unmanaged(report: DriftReport, *, detail: bool) -> Iterator[str]:
    bound = len(report.unmanaged) if detail else NAMES
    for item in report.unmanaged[:bound]:
        where = "  in a range of ours" if item.unlisted else ""
        who = f"  added by {item.actor}" if item.actor else ""
        yield f"{item.address}  {item.label}{where}{who}"
    if len(report.unmanaged) > bound:
        yield f"and {len(report.unmanaged) - bound} more"


def _unobserved(report: DriftReport) -> Iterator[str]:
    for unseen in facts.unseen(report):
        yield f"{unseen.kind} {unseen.field}: {words.count(unseen.count, 'value')}"
