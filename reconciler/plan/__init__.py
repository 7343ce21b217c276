"""A comparison, with all that a reviewer needs to know of it, as a plan.

assemble    the plan: changes, operations, and what they mean for seats, queues, numbers, people
bounds      the limits that the order keeps to
sentences   the same in plain language, risk first
restate     what a plan changes as desired state, so that it can be judged and verified again
not_writable  the error that stops a plan for a tenant that can only be observed
uncountable   warnings where seats and coverage cannot be counted
upcoming    days of the files that lie ahead
overdue     days that were reached, with their effect among the changes
idle_seats  purchased seats that nobody has, for the drift report
"""

from reconciler.plan.assemble import Stamp, assemble, bounds, expiry, idle_seats, tenant_ref
from reconciler.plan.dates import overdue, upcoming
from reconciler.plan.impact import not_writable, uncountable
from reconciler.plan.restate import restate
from reconciler.plan.sentences import sentences

__all__ = [
    "Stamp",
    "assemble",
    "bounds",
    "expiry",
    "idle_seats",
    "not_writable",
    "overdue",
    "restate",
    "sentences",
    "tenant_ref",
    "uncountable",
    "upcoming",
]
