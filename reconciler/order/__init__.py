"""Changes to a graph of operations that is safe in every order it allows.

One lawful run is simulated over a model of the tenant. Whatever is scarce (an extension, an e-mail,
a seat, a queue's coverage) is a token; an operation that takes a token which another one gave comes
after it. Each token has one taker, so an operation that runs has its own, whatever else ran, failed
or was skipped: that is the proof, and `tests/order` tries it. Where the simulation gets stuck,
small groups of contending changes are searched exhaustively.

snapshot        the tenant before the first step
tasks           the changed objects, and what is left to do to each
tokens          who gave what, and who takes it
partial_writes  what one write needs and gives, and which part of a change is possible now
simulation      the run, and the edges that it used (start: its state before the first step)
cycles          people who want each other's values, and where they are parked (parking)
deadlock        what to do when nothing can run as a whole (step_aside: leave a queue and return)
search          several simulations, of which the best counts, and the exhaustive search
contention      groups of changes that contend for something
states          a small group as states and lawful moves; exhaustive: all of its orders; replay: an
                order that was found, as steps of the simulation
graph           steps to operations, peaks and lowest (extremes); why (wording), and what is left
                (conflicts)
"""

from collections.abc import Sequence

from reconciler.model import Action, Bounds, Change, Graph, Reading
from reconciler.order.graph import graph
from reconciler.order.search import best
from reconciler.order.snapshot import snapshot


def operations(changes: Sequence[Change], reading: Reading, bounds: Bounds) -> Graph:
    """The operations in one lawful sequence, with the edges that every other order must keep."""
    if all(change.action is Action.NO_OP for change in changes):
        return Graph(())
    return graph(best(snapshot(changes, reading, bounds)))
