"""Desired against live: who is who, and what differs.

compare    desired and a reading to a comparison; linear, plain `==` decides
with_new_names  a reading in which queues and skills have the names that the files state
select     a part of a comparison, closed over what it depends on
explain    one record of both sides, field by field, for a person      (deepdiff lives here)
"""

from reconciler.diff.compare import compare
from reconciler.diff.explain import Explanation, explain
from reconciler.diff.renaming import with_new_names
from reconciler.diff.select import select

__all__ = ["Explanation", "compare", "explain", "select", "with_new_names"]
