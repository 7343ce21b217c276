"""Workflow commands: annotations on the lines of a pull request, within what GitHub shows.

GitHub shows ten annotations of one type per step. Beyond that the last one counts the rest.
`folder` is where the YAML files are below the root of the repository.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from reconciler.diagnostics import Diagnostic, Position, Severity, in_order
from reconciler.model import DriftClass, DriftItem, DriftReport, Outcome, Plan, Result, Verdict
from reconciler.render import escape, facts, words

PER_TYPE: Final = 10
LONGEST: Final = 1_000

_LEVELS = {
    DriftClass.CONFLICT: "error",
    DriftClass.DRIFT: "warning",
    DriftClass.DIFFERENCE: "warning",
    DriftClass.PENDING: "notice",
    DriftClass.DUE: "notice",
    DriftClass.UNMANAGED: "notice",
}
_RESULTS = {Result.FAILED: "error", Result.SKIPPED: "warning", Result.NOT_STARTED: "warning"}


@dataclass(frozen=True, slots=True)
class Annotation:
    level: str
    title: str
    message: str
    place: Position | None = None


def plan(plan: Plan, *, folder: str = "") -> str:
    name = plan.tenant.name
    return _text(
        [
            Annotation("notice", f"Plan for {name}", facts.headline(plan)),
            *(
                Annotation("error", item.guard, words.blocker(item), facts.place(plan, item))
                for item in facts.guards(plan)
            ),
            *map(_finding, in_order(plan.diagnostics)),
            *(
                _drifted(item, three_way=True, now=plan.created_at)
                for item in facts.by_others(plan)
            ),
            *_evidence(plan),
            *(Annotation("notice", "Risk", sentence) for sentence in facts.risks(plan)),
        ],
        folder,
    )


def drift(report: DriftReport, *, folder: str = "") -> str:
    name, three_way, now = report.tenant.name, report.base is not None, report.created_at
    return _text(
        [
            Annotation("notice", f"Drift of {name}", facts.drift_headline(report)),
            *(_drifted(item, three_way=three_way, now=now) for item in report.items),
            *(
                Annotation("notice", f"unlisted: {item.label}", words.unlisted(item))
                for item in report.unmanaged
                if item.unlisted
            ),
            *_evidence(report),
            *map(_finding, in_order(report.diagnostics)),
        ],
        folder,
    )


def diagnostics(diagnostics: Iterable[Diagnostic], *, folder: str = "") -> str:
    return _text(map(_finding, in_order(diagnostics)), folder)


def verdict(verdict: Verdict) -> str:
    level = "notice" if verdict.converged else "error"
    headline = Annotation(level, "Apply", facts.verdict_headline(verdict))
    troubled = (item for item in verdict.outcomes if item.result in _RESULTS)
    unknown = (Annotation("error", "Cannot tell", why) for why in verdict.cannot_tell)
    return _text([headline, *unknown, *_evidence(verdict), *map(_happened, troubled)], "")


def _finding(diagnostic: Diagnostic) -> Annotation:
    level = "error" if diagnostic.severity is Severity.ERROR else "warning"
    hint = f" -> {diagnostic.hint}" if diagnostic.hint else ""
    return Annotation(level, diagnostic.rule, f"{diagnostic.summary}{hint}", diagnostic.position)


def _evidence(of: facts.GradedDocument) -> Iterator[Annotation]:
    lines = facts.evidence_lines(of)
    if lines:
        yield Annotation("notice", "How well this is known", ". ".join(lines))


def _drifted(item: DriftItem, *, three_way: bool, now: datetime) -> Annotation:
    said = words.drifted(item, three_way=three_way, now=now)
    told = "; ".join([said, *words.trail(item)])
    return Annotation(_LEVELS[item.drift], f"{item.drift}: {item.label}", told, item.source)


def _happened(outcome: Outcome) -> Annotation:
    return Annotation(_RESULTS[outcome.result], str(outcome.result), words.happened(outcome))


def _text(annotations: Iterable[Annotation], folder: str) -> str:
    by_level: dict[str, list[Annotation]] = {"error": [], "warning": [], "notice": []}
    for annotation in annotations:
        by_level[annotation.level].append(annotation)
    return "\n".join(
        _line(annotation, folder)
        for level, of_level in by_level.items()
        for annotation in _bounded(level, of_level)
    )


def _bounded(level: str, of_level: list[Annotation]) -> Iterator[Annotation]:
    if len(of_level) <= PER_TYPE:
        yield from of_level
        return
    yield from of_level[: PER_TYPE - 1]
    rest = words.count(len(of_level) - PER_TYPE + 1, level)
    yield Annotation(level, "reconciler", f"{rest} more; see the whole report")


def _line(annotation: Annotation, folder: str) -> str:
    properties = [f"title={escape.workflow_property(escape.clipped(annotation.title, 200))}"]
    if annotation.place:
        file, line, column = annotation.place
        path = f"{folder.rstrip('/')}/{file}" if folder else file
        properties = [f"file={escape.workflow_property(path)}", f"line={line}", *properties]
        properties.insert(2, f"col={column}")
    message = escape.message(escape.clipped(annotation.message, LONGEST))
    return f"::{annotation.level} {','.join(properties)}::{message}"
