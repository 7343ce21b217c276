"""Where the tenant is not as it should be, and whose doing that is.

report       a comparison, seen from three sides, to a drift report
previous     since when each item of an earlier report is known
key, keys    what makes an item the same from one report to the next
has_drifted  whether somebody has to look at it
edit         the YAML that takes a live value over
chosen       the part of a report that some addresses name
"""

from reconciler.drift.chosen import Chosen, chosen
from reconciler.drift.edits import edit
from reconciler.drift.sides import COUNTS, Earlier, has_drifted, key, keys, previous, report

__all__ = [
    "COUNTS",
    "Chosen",
    "Earlier",
    "chosen",
    "edit",
    "has_drifted",
    "key",
    "keys",
    "previous",
    "report",
]
