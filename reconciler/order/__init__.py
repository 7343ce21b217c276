"""Changes to a graph of operations that is safe in every order it allows.

One lawful run is rehearsed over a model of the tenant. Whatever is scarce (an extension, an e-mail,
a seat, a queue's coverage) is a token; an operation that takes a token which another one gave comes
after it. Each token has one taker, so an operation that runs has its own, whatever else ran, failed
or was skipped: that is the proof, and `tests/order` tries it.

scene       the tenant before the first step
subjects    the changed objects, and what is left to do to each
tokens      who gave what, and who takes it
portions    what one write needs and gives, and what of a change is possible now
rehearsal   the run, and the edges that it used (start: what is there before it)
cycles      people who want each other's values, and where they are parked (slots)
stuck       what to do when nothing can run as a whole (aside: who comes back to a queue)
search      rehearses again with those first who were in trouble
graph       steps to operations, peaks and lowest; why (wording), and what is left (conflicts)
"""

from collections.abc import Sequence

from reconciler.model import Action, Bounds, Change, Graph, Reading
from reconciler.order.graph import graph
from reconciler.order.scene import scene
from reconciler.order.search import best


def operations(changes: Sequence[Change], reading: Reading, bounds: Bounds) -> Graph:
    """The operations in one lawful sequence, with the edges that every other order must keep."""
    if all(change.action is Action.NO_OP for change in changes):
        return Graph(())
    return graph(best(scene(changes, reading, bounds)))
