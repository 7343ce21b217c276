"""Plain text: for a terminal, a log, and anybody who pipes. No wrapping, no cutting, no styling.

Everything that comes from files or tenants passes `escape.terminal`, a line at a time, so that no
name can drive the terminal or pretend to be a line of ours.
"""

from reconciler.render.text.drifts import drift
from reconciler.render.text.findings import diagnostics, imported
from reconciler.render.text.fleet import cells as fleet_cells
from reconciler.render.text.fleet import fleet
from reconciler.render.text.fleet import headline as fleet_headline
from reconciler.render.text.plans import nothing_due, plan, upcoming
from reconciler.render.text.runs import outcome, verdict
from reconciler.render.text.sides import compared, explained

__all__ = [
    "compared",
    "diagnostics",
    "drift",
    "explained",
    "fleet",
    "fleet_cells",
    "fleet_headline",
    "imported",
    "nothing_due",
    "outcome",
    "plan",
    "upcoming",
    "verdict",
]
