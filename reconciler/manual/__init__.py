"""What only a person can do: steps in the tenant's console, and what is known because of them.

    plan -> steps -> visits -> sheet       what is done on which page, in the shortest lawful round
    sheet -> guide -> evidence             one person's answers, recorded as they become true
    CSV -> completed -> evidence           the same from a sheet that was filled in elsewhere
    file -> observations -> evidence       what an operator saw, for one run
    tenant -> inventory -> evidence        what the console shows of everybody, kept

Everything is reached from here; renderings stand in `rendering`.
"""

from reconciler.manual.build import sheet
from reconciler.manual.completed import Answer, Moment, Reported, Returned, read
from reconciler.manual.proof import can_be_proven, is_proven_whole, is_shown, with_proof
from reconciler.manual.recording import ask, attest, note
from reconciler.manual.session import GuidedSession, Question, StepAnswer
from reconciler.manual.sheet import Entry, Proof, Sheet, Step, Visit

__all__ = [
    "Answer",
    "Entry",
    "GuidedSession",
    "Moment",
    "Proof",
    "Question",
    "Reported",
    "Returned",
    "Sheet",
    "Step",
    "StepAnswer",
    "Visit",
    "ask",
    "attest",
    "can_be_proven",
    "is_proven_whole",
    "is_shown",
    "note",
    "read",
    "sheet",
    "with_proof",
]
