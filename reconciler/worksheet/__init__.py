"""What only a person can write becomes steps in the tenant's console.

    plan -> parts -> visits -> sheet     what is done on which page, in the shortest lawful round
    sheet -> walk -> words               one person's answers, recorded as they become true
    CSV -> returned -> words             the same from a sheet that was filled in elsewhere

Renderings stand in `render/sheet`, the guidance at a terminal in `cli`.
"""

from reconciler.worksheet.build import sheet
from reconciler.worksheet.proof import is_shown, with_proof
from reconciler.worksheet.returned import Answer, Reported, Returned, read
from reconciler.worksheet.sheet import Entry, Proof, Sheet, Step, Visit
from reconciler.worksheet.walk import Said, Stop, Walk

__all__ = [
    "Answer",
    "Entry",
    "Proof",
    "Reported",
    "Returned",
    "Said",
    "Sheet",
    "Step",
    "Stop",
    "Visit",
    "Walk",
    "is_shown",
    "read",
    "sheet",
    "with_proof",
]
