"""What a value stands on that the tenant does not show, in words.

Ages are whole days by the calendar, told from the moment of the document; where a document has
none, the day itself is told. Nothing is escaped here.
"""

from datetime import datetime
from typing import Final

from reconciler import grades
from reconciler.model import Attestation, Grade
from reconciler.render.escape import clipped

LONGEST: Final = 80


def age(at: datetime, now: datetime | None) -> str:
    """`today`, `1 day ago`, `12 days ago`; `on 2026-11-12` without a now."""
    if now is None:
        return f"on {at.date().isoformat()}"
    days = (now.date() - at.date()).days
    if days <= 0:
        return "today"
    return f"{days} day{'s' * (days != 1)} ago"


def who(name: str) -> str:
    return clipped(name, LONGEST)


def said(word: Attestation, value: str, now: datetime | None) -> str:
    """Of a value before: `before: manual, attested by ana 12 days ago`."""
    if grades.grade(word) is Grade.UNOBSERVED:
        return f"nobody has seen it; the files said {value}"
    return f"before: {value}, {attested(word, now)}"


def of_many(word: Attestation, now: datetime | None) -> str:
    """Of several values before, which stand on words of one person and day."""
    if grades.grade(word) is Grade.UNOBSERVED:
        return "nobody has seen them; the files said so"
    return f"all before: {attested(word, now)}"


def attested(word: Attestation, now: datetime | None) -> str:
    return f"attested by {who(grades.source(word))} {age(word.at, now)}"
