"""Import a roster: read a table of people and propose entries for the files.

read        the bytes of a CSV file to typed rows, with a place for every cell
propose     rows beside desired state to new entries: who is declared already gets none
lines_of    the rows that findings are about
"""

from reconciler.roster.headers import FIELDS
from reconciler.roster.mapping import ColumnMap
from reconciler.roster.numbers import free
from reconciler.roster.propose import NEEDED, Entry, ImportResult, Proposal, lines_of, propose
from reconciler.roster.rows import Row, Rows, read
from reconciler.roster.wording import LARGEST

__all__ = [
    "FIELDS",
    "LARGEST",
    "NEEDED",
    "ColumnMap",
    "Entry",
    "ImportResult",
    "Proposal",
    "Row",
    "Rows",
    "free",
    "lines_of",
    "propose",
    "read",
]
