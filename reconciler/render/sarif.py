"""SARIF 2.1.0: findings and drift on their YAML lines, for code scanning.

Each result has a rule that is described, a place (code scanning refuses results without one; what
no file states is placed on the folder) and a fingerprint that stays when lines move. `folder` is
where the YAML files are below the root of the repository.
"""

import hashlib
import inspect
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import quote

from reconciler import __version__, claims, rules
from reconciler.diagnostics import Diagnostic, Position, Severity, in_order
from reconciler.model import Blocker, DriftClass, DriftItem, DriftReport, Plan, Unmanaged
from reconciler.render import escape, facts, words

SCHEMA: Final = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
LONGEST: Final = 1_000

_LEVELS = {
    DriftClass.CONFLICT: "error",
    DriftClass.DRIFT: "warning",
    DriftClass.DIFFERENCE: "warning",
    DriftClass.PENDING: "note",
    DriftClass.DUE: "note",
    DriftClass.UNMANAGED: "note",
}


@dataclass(frozen=True, slots=True)
class Finding:
    rule: str
    level: str
    message: str
    address: str = ""
    path: str = ""
    place: Position | None = None


def plan(plan: Plan, *, folder: str = "") -> str:
    findings = [
        *(_blocker(plan, blocker) for blocker in facts.guards(plan)),
        *map(_diagnostic, in_order(plan.diagnostics)),
        *(_drift(item, three_way=True, now=plan.created_at) for item in facts.by_others(plan)),
        *map(_unlisted, (item for item in plan.unmanaged if item.unlisted)),
    ]
    about = {"tenant": plan.tenant.name, "summary": facts.headline(plan), **_evidence(plan)}
    return _log(findings, folder, about)


def drift(report: DriftReport, *, folder: str = "") -> str:
    three_way = report.base is not None
    findings = [
        *(_drift(item, three_way=three_way, now=report.created_at) for item in report.items),
        *map(_diagnostic, in_order(report.diagnostics)),
        *map(_unlisted, (item for item in report.unmanaged if item.unlisted)),
    ]
    summary = facts.drift_headline(report)
    about = {"tenant": report.tenant.name, "summary": summary, **_evidence(report)}
    return _log(findings, folder, about)


def diagnostics(diagnostics: Iterable[Diagnostic], *, folder: str = "") -> str:
    return _log([_diagnostic(diagnostic) for diagnostic in in_order(diagnostics)], folder, {})


def _diagnostic(diagnostic: Diagnostic) -> Finding:
    hint = f" -> {diagnostic.hint}" if diagnostic.hint else ""
    level = "error" if diagnostic.severity is Severity.ERROR else "warning"
    address = diagnostic.address or ""
    return Finding(
        diagnostic.rule, level, f"{diagnostic.summary}{hint}", address, "", diagnostic.position
    )


def _blocker(plan: Plan, blocker: Blocker) -> Finding:
    rule = f"{_GUARD_RULE}{blocker.guard}"
    place = facts.place(plan, blocker)
    return Finding(rule, "error", words.blocker(blocker), blocker.address or "", "", place)


def _evidence(of: facts.GradedDocument) -> dict[str, str]:
    lines = facts.evidence_lines(of)
    return {"known": ". ".join(lines)} if lines else {}


def _drift(item: DriftItem, *, three_way: bool, now: datetime) -> Finding:
    drifted = words.drifted(item, three_way=three_way, now=now)
    said = "; ".join([drifted, *words.trail(item)])
    rule = _drift_rule(item.drift)
    return Finding(rule, _LEVELS[item.drift], said, item.address, item.path or "", item.source)


def _unlisted(item: Unmanaged) -> Finding:
    return Finding("drift-unlisted", "note", words.unlisted(item), item.address)


def _log(findings: Sequence[Finding], folder: str, properties: dict[str, str]) -> str:
    ids = sorted({finding.rule for finding in findings})
    levels = {finding.rule: finding.level for finding in findings}
    index = {rule: at for at, rule in enumerate(ids)}
    driver = {
        "name": "reconciler",
        "version": __version__,
        "semanticVersion": __version__,
        "rules": [_rule(rule, levels[rule]) for rule in ids],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_result(finding, index[finding.rule], folder) for finding in findings],
        "properties": {name: escape.visible(text) for name, text in properties.items()},
    }
    document = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    return escape.json(json.dumps(document, indent=2, ensure_ascii=False))


def _rule(rule: str, level: str) -> dict[str, Any]:
    short, full = _described(rule)
    return {
        "id": escape.visible(rule),
        "name": "".join(part.capitalize() for part in re.findall(r"\w+", rule)),
        "shortDescription": {"text": short},
        "fullDescription": {"text": full},
        "help": {"text": full},
        "defaultConfiguration": {"level": level},
    }


def _described(rule: str) -> tuple[str, str]:
    """From the docstring of the rule's module, where it has one."""
    for module in (*rules.OFFLINE, *rules.LIVE, *rules.NEEDS_A_PLAN):
        if rule == module.ID:
            full = inspect.getdoc(module) or rule
            return full.split("\n\n")[0].replace("\n", " "), full
    if rule.startswith(_GUARD_RULE):
        name = rule.removeprefix(_GUARD_RULE)
        return f"The guard {name} stops the plan.", f"{_GUARD} ({name})"
    text = _OURS.get(rule, f"{rule.replace('-', ' ').capitalize()}.")
    return text, text


def _drift_rule(name: str) -> str:
    return "drift" if name == "drift" else f"drift-{name}"


_GUARD_RULE: Final = "guard-"
_GUARD: Final = "The plan passes a limit or touches what is protected; acknowledge it or plan less."
_OURS: Final = {
    **{_drift_rule(name): f"{name.capitalize()}: {said}." for name, said in claims.DRIFT.items()},
    "drift-unlisted": "Unlisted: lives in an extension range of ours and stands in no file.",
}


def _result(finding: Finding, index: int, folder: str) -> dict[str, Any]:
    stable = "\x1f".join((finding.rule, finding.address, finding.path or finding.message))
    digest = hashlib.sha256(stable.encode("utf-8", "backslashreplace")).hexdigest()
    result: dict[str, Any] = {
        "ruleId": escape.visible(finding.rule),
        "ruleIndex": index,
        "level": finding.level,
        "message": {"text": escape.clipped(escape.visible(finding.message), LONGEST)},
        "locations": [_location(finding, folder)],
        "partialFingerprints": {"reconciler/v1": digest},
    }
    return result


def _location(finding: Finding, folder: str) -> dict[str, Any]:
    file, line, column = finding.place or Position("", 1, 1)
    path = "/".join(part for part in (folder.rstrip("/"), file) if part) or "."
    artifact = {"uri": quote(path, safe="/", errors="backslashreplace")}
    region = {"startLine": max(line, 1), "startColumn": max(column, 1)}
    location: dict[str, Any] = {
        "physicalLocation": {"artifactLocation": artifact, "region": region}
    }
    if finding.address:
        name = escape.clipped(escape.visible(finding.address), LONGEST)
        location["logicalLocations"] = [{"fullyQualifiedName": name, "kind": "resource"}]
    return location
