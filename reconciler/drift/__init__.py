"""Where the tenant is not as it should be, and whose doing that is.

report       a comparison, seen from three sides, to a drift report
previous     since when each item of an earlier report is known
key, keys    what makes an item the same from one report to the next
has_drifted  whether somebody has to look at it
"""

from reconciler.drift.report import EarlierFiles, has_drifted, key, keys, previous, report

__all__ = ["EarlierFiles", "has_drifted", "key", "keys", "previous", "report"]
