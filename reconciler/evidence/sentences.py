"""Evidence in words: every sentence about what a tenant holds is made here.

`docs/xima.md` has the table: evidence on the left, sentence on the right. Ages are whole days by
the calendar, counted from the moment of the document; where a document has none, the day itself is
written. Nothing is escaped here.
"""

from datetime import datetime
from typing import Final

from reconciler import claims
from reconciler.diagnostics import Diagnostic, Severity
from reconciler.evidence import grades
from reconciler.model import Address, Attestation, FieldValue, Grade

LONGEST: Final = 80

NOT_LISTED: Final = "the tenant does not list it"
STILL_LISTED: Final = "the tenant still lists it among the licensed"
SHOWN_OTHERWISE: Final = "the tenant shows another value"
UNKNOWN_NAME: Final = "the tenant has nothing of that name"
RULE: Final = "observation-disagrees"


def age(at: datetime, now: datetime | None) -> str:
    """`today`, `1 day ago`, `12 days ago`; `on 2026-11-12` without a now."""
    if now is None:
        return f"on {at.date().isoformat()}"
    days = (now.date() - at.date()).days
    if days <= 0:
        return "today"
    return f"{days} day{'s' * (days != 1)} ago"


def who(name: str) -> str:
    return name if len(name) <= LONGEST else f"{name[:LONGEST]}…"


def value_before(word: Attestation, value: str, now: datetime | None) -> str:
    """Of a value before: `before: manual, attested by ana 12 days ago`."""
    if grades.grade(word) is Grade.UNOBSERVED:
        return f"nobody has seen it; the files said {value}" if word.by else "nobody has seen it"
    return f"before: {value}, {attested(word, now)}"


def of_many(word: Attestation, now: datetime | None) -> str:
    """Of several values before, which stand on words of one person and day."""
    if grades.grade(word) is Grade.UNOBSERVED:
        return "nobody has seen them" + "; the files said so" * bool(word.by)
    return f"all before: {attested(word, now)}"


def attested(word: Attestation, now: datetime | None) -> str:
    return f"attested by {who(grades.source(word))} {age(word.at, now)}"


# --- what a reading contradicts ------------------------------------------------------------------


def not_licensed(place: Address, item: Attestation) -> Diagnostic:
    return _warning(
        f"{place} has a license by the word of {_by(item)}, and the tenant does not list it; "
        "what was said of its licenses and levels counts for nothing now",
        "look at the licensing page: was the page saved?",
        place,
    )


def still_licensed(place: Address, item: Attestation) -> Diagnostic:
    return _warning(
        f"{place} has no license by the word of {_by(item)}, and the tenant lists it among the "
        "licensed",
        "look at the licensing page: was the page saved?",
        place,
    )


def missing_skill(place: Address, item: Attestation) -> Diagnostic:
    return _warning(
        f"{place} exists by the word of {_by(item)}, and the tenant does not list it",
        "look at Manage Skills: was the dialog saved?",
        place,
    )


def unknown_name(place: Address, item: Attestation, name: str, member: str) -> Diagnostic:
    what = "license" if name == "licenses" else "queue or skill"
    return _warning(
        f"{item.path} of {place} stands there by the word of {_by(item)}, and "
        + claims.has_no(f"{what} {member}"),
        "correct the record: write the name as the console has it",
        place,
    )


def disagreement(place: Address, item: Attestation, value: FieldValue) -> Diagnostic:
    return _warning(
        f"{item.path} of {place} is {_value(value)} in the tenant and {_value(item.value)} by the "
        f"word of {_by(item)}",
        "the tenant's answer counts; correct the record",
        place,
    )


def _warning(summary: str, hint: str, place: Address) -> Diagnostic:
    return Diagnostic(RULE, Severity.WARNING, summary, hint, place)


def _value(value: object) -> object:
    return ("yes" if value else "no") if isinstance(value, bool) else value


def _by(item: Attestation) -> str:
    return f"{who(item.by)} of {item.at:%Y-%m-%d}"
