"""Changes to a graph of operations that is safe in every order it allows.

One lawful run is rehearsed over a model of the tenant. Whatever is scarce (an extension, an e-mail,
a seat, a place in a queue's coverage) is a token; an operation that takes a token which another one
gave comes after it. Each token has one taker, so an operation that runs has its own, whatever else
ran, failed or was skipped: that is the proof, and `tests/order` tries it.

stock      tokens: who gave them, who waits for them
parts      one changed object: what a part of its change needs and gives
rehearse   the run: whole changes first, then parts, then parking, then dips
parking    cycles of people who want each other's values
stuck      why something is left, in words
emit       steps to operations
"""

from reconciler.order.operations import operations

__all__ = ["operations"]
