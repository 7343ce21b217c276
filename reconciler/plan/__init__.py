"""Everything that a reviewer wants to know of a comparison, as one value.

assemble    the plan: changes, operations, and what they mean for seats, queues, numbers, people
bounds      what the order has to keep to
sentences   the same in plain language, risk first
restate     what a plan changes as desired state, so that it can be judged and verified again
told        that seats and coverage cannot be counted, where that is so
idle_seats  purchased seats that nobody has, for the drift report
"""

from reconciler.plan.assemble import Stamp, assemble, idle_seats, tenant_ref
from reconciler.plan.blind import told
from reconciler.plan.bounds import bounds
from reconciler.plan.restate import restate
from reconciler.plan.sentences import sentences

__all__ = [
    "Stamp",
    "assemble",
    "bounds",
    "idle_seats",
    "restate",
    "sentences",
    "tenant_ref",
    "told",
]
