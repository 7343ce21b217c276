"""What only a person can write becomes steps in the tenant's console.

A stage of its own: a plan goes in, a sheet comes out. Renderings stand in `render/sheet`, the
guidance at a terminal in `cli`.
"""

from reconciler.worksheet.build import sheet
from reconciler.worksheet.sheet import Entry, Proof, Sheet, Step, Visit

__all__ = ["Entry", "Proof", "Sheet", "Step", "Visit", "sheet"]
