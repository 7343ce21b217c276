"""Markdown for pull requests and job summaries: risk and counts first, bounded in bytes.

Text from files and tenants is escaped text, never a code span. The first line is a hidden marker,
by which a pipeline finds its one comment again to update it in place.
"""

from reconciler.render.markdown.drifts import drift
from reconciler.render.markdown.parts import MAX_BYTES, marker
from reconciler.render.markdown.plans import plan
from reconciler.render.markdown.runs import diagnostics, fleet, verdict
from reconciler.render.markdown.sides import compared

__all__ = [
    "MAX_BYTES",
    "compared",
    "diagnostics",
    "drift",
    "fleet",
    "marker",
    "plan",
    "verdict",
]
