"""Keeps a contact-centre tenant the way reviewed YAML says.

load -> validate -> read -> diff -> order -> guard -> plan, then planfile, apply, ledger, drift:
values in, a value out. Only `apply` writes, and only through a writer.
"""

__version__ = "0.1.0"
