"""The text of a notice: what a run ended with, in a few lines, without people."""

from collections.abc import Iterable
from typing import Final

from reconciler.model import DriftReport, Plan, Verdict
from reconciler.render import facts, pseudonyms, redact
from reconciler.render import text as plain

MAX_BYTES: Final = 2_000


def title(command: str, tenant: str, meaning: str) -> str:
    """`acme: drift ended with 2, changes or drift`."""
    return _bounded(f"{tenant or 'reconciler'}: {command} ended with {meaning}", 200)


def body(
    *,
    tenant: str,
    plan: Plan | None = None,
    drift: DriftReport | None = None,
    verdict: Verdict | None = None,
    error: str = "",
    max_bytes: int = MAX_BYTES,
) -> str:
    """Return what is known of the run, the most important first, within `max_bytes` of UTF-8."""
    parts = []
    if error:
        parts.append(pseudonyms.people(tenant, redact.names_in(plan) if plan else ()).prose(error))
    if verdict:
        parts.append(plain.verdict(redact.verdict(verdict, tenant)).strip())
    if drift:
        parts += _headed(plain.drift(redact.drift(drift), detail=False))
    if plan:
        parts.append(f"Plan: {facts.headline(plan)}")
        parts += [f"- {risk}" for risk in facts.risks(redact.plan(plan))]
    return _bounded("\n".join(parts), max_bytes)


def _headed(report: str) -> Iterable[str]:
    """Return a text with its last line, the headline, first."""
    *lines, headline = report.rstrip("\n").split("\n")
    return [headline, *lines]


def _bounded(whole: str, max_bytes: int) -> str:
    """Return whole lines as far as they fit, and how many do not."""
    if _size(whole) <= max_bytes:
        return whole
    lines = whole.split("\n")
    room, kept = max_bytes - len("(and 1000000 more lines)"), 0
    while kept < len(lines) and (room := room - _size(lines[kept]) - 1) >= 0:
        kept += 1
    if not kept:
        return lines[0].encode("utf-8", "backslashreplace")[:max_bytes].decode("utf-8", "ignore")
    return "\n".join([*lines[:kept], f"(and {len(lines) - kept} more lines)"])


def _size(text: str) -> int:
    return len(text.encode("utf-8", "backslashreplace"))
