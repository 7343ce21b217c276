"""The plan document: a plan to JSON and back, its digest, and whether it was edited.

The format is `schemas/plan.schema.json`. Minor versions only add keys; a document of another major
version is refused. It never holds a secret. `word_fields` and `grade_fields` write the evidence of
a value, in this and every other JSON document.
"""

from reconciler.planfile import approval
from reconciler.planfile.approval import Approval
from reconciler.planfile.document import dated, document, grade_fields, text, word_fields
from reconciler.planfile.integrity import (
    COVERED,
    Cover,
    changes_digest,
    digest,
    identified,
    same_change,
    verify,
)
from reconciler.planfile.parse import parse, read

__all__ = [
    "COVERED",
    "Approval",
    "Cover",
    "approval",
    "changes_digest",
    "dated",
    "digest",
    "document",
    "grade_fields",
    "identified",
    "parse",
    "read",
    "same_change",
    "text",
    "verify",
    "word_fields",
]
