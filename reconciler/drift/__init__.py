"""Where the tenant is not as it should be, and whose doing that is.

report       a comparison, seen from three sides, to a drift report
previous     since when each item of an earlier report is known
key, keys    what makes an item the same from one report to the next
has_drifted  whether somebody has to look at it
of_files, of_tenant, differences  two folders or tenants, compared by name
"""

from reconciler.drift.earlier import EarlierFiles
from reconciler.drift.report import has_drifted, key, keys, previous, report
from reconciler.drift.sides import (
    SideState,
    differences,
    of_files,
    of_tenant,
    takable,
)

__all__ = [
    "EarlierFiles",
    "SideState",
    "differences",
    "has_drifted",
    "key",
    "keys",
    "of_files",
    "of_tenant",
    "previous",
    "report",
    "takable",
]
