"""The plan document: a plan to JSON and back, its digest, and whether somebody edited it.

Format and key order: design section 5 and `schemas/plan.schema.json`. Minor versions only add keys;
a document of another major version is refused. No secret is ever in it. `said` and `graded` are how
every document writes what a value stands on.
"""

from reconciler.planfile.document import document, graded, said, text
from reconciler.planfile.parse import parse, read
from reconciler.planfile.trust import COVERED, Cover, digest, identified, same_change, verify

__all__ = [
    "COVERED",
    "Cover",
    "digest",
    "document",
    "graded",
    "identified",
    "parse",
    "read",
    "said",
    "same_change",
    "text",
    "verify",
]
