"""Carry out operations through a writer; the only stage that changes a tenant.

run        walks the graph in parallel and yields an outcome for every operation
stale      what moved since the plan was made
handles    the tenant's own names of everything that was read
"""

from reconciler.apply.run import run
from reconciler.apply.settings import Settings
from reconciler.apply.staleness import handles, stale

__all__ = ["Settings", "handles", "run", "stale"]
