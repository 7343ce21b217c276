"""Names that somebody could type or a tenant could send; every rendering must survive them."""

import json
from dataclasses import replace

from reconciler.diagnostics import Diagnostic, Position, Severity
from reconciler.evidence import grades
from reconciler.model import (
    Action,
    Attestation,
    Blocker,
    Coverage,
    DriftClass,
    DriftItem,
    DriftReport,
    Graded,
    Operation,
    Plan,
    RangeUse,
    Seats,
    TenantRef,
    Unmanaged,
    Verb,
    Verdict,
)
from tests.render import made

NAMES = {
    "script": "<script>alert(1)</script>",
    "image": '"><img src=x onerror=alert(1)>',
    "details": "</details></summary></li>",
    "comment": "--> <b>out</b>",
    "cdata": "]]>",
    "pipe": "a | b | c",
    "pipe-backslash": "a \\| b",
    "backticks": "`code` ```fence```",
    "everyone": "@everyone and @octocat",
    "reference": "#123 GH-7 org/repo#4",
    "link": "[click](https://evil.example/) http://evil.example www.evil.example",
    "picture": "![x](https://evil.example/x.png)",
    "ansi": "\x1b[2J\x1b[31mred\x1b]0;title\x07",
    "c1": "\x9b31mred",
    "right-to-left": "\u202egnp.exe\u2066",
    "invisible": "Ana\u200b\u00ad\ufeffDiaz",
    "tag-characters": "Ana\U000e0041\U000e0042",
    "newline": "Eve\n::error::owned\r\n+ agent/fake",
    "separator": "Eve\u2028::error::owned",
    "command": "::error file=a,line=1::owned",
    "old-command": "x ##[error]owned ##vso[task.complete]",
    "percent": "%0A::error::owned %0D %25",
    "entity": "&lt;b&gt; &amp;amp;",
    "heading": "# Title",
    "list": "- item",
    "number": "1. item",
    "indent": "      code",
    "mathematics": "$x$ $$y$$",
    "jinja": "{{ 7 * 7 }} {% raw %}",
    "long": "x" * 10_000,
    "surrogate": "Ana\ud800",
}


def plan(name: str) -> Plan:
    """The name stands wherever a file or a tenant can put a text."""
    address = f"agent/{name}@acme.example".lower()
    changes = [
        made.change(
            address,
            f"4001 {name}",
            action,
            name=("Ana", name),
            preferred_name=(name, None),
            **{f"queues__{name}": (None, 5)},
        )
        for action in (Action.CREATE, Action.UPDATE, Action.SUSPEND)
    ]
    changes[1] = made.standing_on(changes[1], *words(name))
    place = Position(f"agents/{name}.yaml", 3, 5)
    found = Diagnostic("dangling-reference", Severity.WARNING, name, name, address, place)
    return made.plan(
        changes,
        tenant=TenantRef(name, "sandbox", f"https://{name}.example"),
        operations=(Operation("op-1", address, "agent", Verb.UPDATE, {"name": name}, name),),
        drift=tuple(items(name)),
        grades=graded(name),
        unmanaged=(
            Unmanaged(address, name, unlisted=True, actor=name),
            Unmanaged("agent/4999", name),
        ),
        seats=(Seats(name, 2, 1, 3, 3, 0, 1),),
        coverage=(Coverage(f"queue/{name}", 3, 1, 2, 2, (address,), (address,)),),
        extensions=(RangeUse(name, "4000", "4999", 31, 32, 968, 1, "webrtc_agent"),),
        diagnostics=(found,),
        blockers=(Blocker("protect", 1, 0, f"protect:{address}=1", address, name, name),),
    )


def words(name: str) -> tuple[Attestation, ...]:
    """A person's, an operator's file's, and one of files that nobody vouches for."""
    said = made.attested(f"agent/{name}", "name", "Ana", by=name)
    return (
        said,
        replace(said, path="preferred_name", value=name, source=f"file: {name}"),
        replace(said, path=f"queues.{name}", source=grades.BASE, at=grades.NEVER),
    )


def graded(name: str) -> tuple[Graded, ...]:
    by = (f"file: {name}", name)
    return (
        Graded("agent", "name", 1, 0, 0),
        Graded("agent", "preferred_name", 0, 31, 9, by, made.TWELVE_DAYS_AGO),
    )


def verdict(name: str) -> Verdict:
    changes = plan(name).changes
    return Verdict((), converged=False, left=changes, grades=graded(name))


def items(name: str) -> list[DriftItem]:
    address = f"agent/{name}@acme.example".lower()
    return [
        DriftItem(
            address,
            "agent",
            f"4001 {name}",
            drift,
            "preferred_name",
            name,
            name,
            "Ana",
            Position(f"agents/{name}.yaml", 3, 5),
            made.CLOCK,
            name,
            made.CLOCK,
            f"preferred_name: {json.dumps(name, ensure_ascii=False)}",
            word,
        )
        for drift, word in zip(
            (DriftClass.DRIFT, DriftClass.CONFLICT, DriftClass.PENDING), words(name), strict=True
        )
    ]


def report(name: str) -> DriftReport:
    shown = plan(name)
    return made.report(
        items(name),
        tenant=shown.tenant,
        base=name,
        grades=shown.grades,
        unmanaged=shown.unmanaged,
        diagnostics=shown.diagnostics,
    )


def together() -> Plan:
    """All of them on one page."""
    plans = [plan(name) for name in NAMES.values()]
    return made.plan(
        [change for one in plans for change in one.changes],
        tenant=TenantRef("".join(NAMES.values()), "sandbox", None),
        seats=tuple(row for one in plans for row in one.seats),
        coverage=tuple(row for one in plans for row in one.coverage),
        extensions=tuple(row for one in plans for row in one.extensions),
        drift=tuple(row for one in plans for row in one.drift),
        grades=tuple(row for one in plans for row in one.grades),
        diagnostics=tuple(row for one in plans for row in one.diagnostics),
        blockers=tuple(row for one in plans for row in one.blockers),
        unmanaged=tuple(row for one in plans for row in one.unmanaged),
    )
