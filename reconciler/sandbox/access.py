"""Who may do what: four roles, each with a token that is made once and kept in the database.

Licensing is for administrators and supervisors; a manager reads; an agent sees none of it and may
set a presence. What misbehaves, and what the UC directory says, is for administrators alone.
"""

import secrets
from collections.abc import Mapping

from sqlalchemy import insert, select

from reconciler.sandbox.database import Transaction
from reconciler.sandbox.facts import Actor
from reconciler.sandbox.tables import TOKEN

ADMIN, SUPERVISOR, MANAGER, AGENT = "admin", "supervisor", "manager", "agent"
ROLES = (ADMIN, SUPERVISOR, MANAGER, AGENT)

READ, WRITE, OPERATE, PRESENCE = "read", "write", "operate", "presence"
MAY: Mapping[str, frozenset[str]] = {
    ADMIN: frozenset({READ, WRITE, OPERATE, PRESENCE}),
    SUPERVISOR: frozenset({READ, WRITE, PRESENCE}),
    MANAGER: frozenset({READ}),
    AGENT: frozenset({PRESENCE}),
}


def may(role: str, what: str) -> bool:
    return what in MAY.get(role, frozenset())


def issue(transaction: Transaction) -> None:
    """Makes the tokens of a new tenant."""
    transaction.connection.execute(
        insert(TOKEN),
        [{"role": role, "token": f"{role}_{secrets.token_hex(16)}"} for role in ROLES],
    )


def tokens(transaction: Transaction) -> dict[str, str]:
    """Role to token, the most powerful first."""
    rows = transaction.connection.execute(select(TOKEN.c.role, TOKEN.c.token))
    stored = dict(rows.all())
    return {role: stored[role] for role in ROLES if role in stored}


def bearer(header: str | None, known: Mapping[str, str], door: str) -> Actor | None:
    """The actor whom an `Authorization` header names, if its token is one of the known."""
    scheme, _, token = (header or "").partition(" ")
    if scheme.lower() != "bearer":
        return None
    given = token.strip().encode()
    for role, expected in known.items():
        if secrets.compare_digest(given, expected.encode()):
            return Actor(role, role, door)
    return None
