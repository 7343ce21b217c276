"""Extensions and e-mails have one holder each, over agents, queues, skills and the UC directory.

A claim is a row; SQLite's primary key is what makes it unique. A UC agent claims nothing of its
own: its values belong to its entry in the directory.
"""

from collections.abc import Iterable

from sqlalchemy import bindparam, delete, insert, select, tuple_

from reconciler.sandbox.database import Transaction
from reconciler.sandbox.facts import folded
from reconciler.sandbox.refusals import TakenError
from reconciler.sandbox.tables import CLAIM

EMAIL, EXTENSION = "email", "extension"

Claim = tuple[str, str]

_HELD = select(CLAIM.c.what, CLAIM.c.value).where(CLAIM.c.owner == bindparam("owner"))


def email(address: str | None) -> set[Claim]:
    return {(EMAIL, folded(address))} if address else set()


def extension(number: str | None) -> set[Claim]:
    return {(EXTENSION, number)} if number else set()


def hold(transaction: Transaction, owner: str, wanted: Iterable[Claim]) -> None:
    """Makes `wanted` the whole of what the owner holds, or refuses the first that is taken."""
    wanted = set(wanted)
    held = _held_by(transaction, owner)
    _refuse_if_taken(transaction, wanted - held)
    for what, value in held - wanted:
        transaction.connection.execute(
            delete(CLAIM).where(CLAIM.c.what == what, CLAIM.c.value == value)
        )
    if wanted - held:
        transaction.connection.execute(
            insert(CLAIM),
            [{"what": what, "value": value, "owner": owner} for what, value in wanted - held],
        )


def release(transaction: Transaction, owner: str) -> None:
    transaction.connection.execute(delete(CLAIM).where(CLAIM.c.owner == owner))


def holder(transaction: Transaction, claim: Claim) -> str | None:
    """Who holds a value: `agent/<id>`, `queue/<id>`, `skill/<id>`, `directory/<id>`."""
    what, value = claim
    query = select(CLAIM.c.owner).where(CLAIM.c.what == what, CLAIM.c.value == value)
    owner: str | None = transaction.connection.execute(query).scalar()
    return owner


def _held_by(transaction: Transaction, owner: str) -> set[Claim]:
    rows = transaction.connection.execute(_HELD, {"owner": owner})
    return {(what, value) for what, value in rows}


def _refuse_if_taken(transaction: Transaction, missing: set[Claim]) -> None:
    if not missing:
        return
    query = select(CLAIM).where(tuple_(CLAIM.c.what, CLAIM.c.value).in_(sorted(missing)))
    taken = transaction.connection.execute(query.order_by(CLAIM.c.what, CLAIM.c.value)).first()
    if taken is not None:
        kind = taken.owner.partition("/")[0]
        by = "the UC directory" if kind == "directory" else f"another {kind}"
        raise TakenError(f"{taken.what} {taken.value} is already in use by {by}", taken.what)
