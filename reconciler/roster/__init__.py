"""A table that an operator exported, as rows of agent fields.

read    the bytes of a CSV file to typed rows, with a place for every cell
"""

from reconciler.roster.rows import Row, Rows, read
from reconciler.roster.wording import LARGEST

__all__ = ["LARGEST", "Row", "Rows", "read"]
