"""License pools: how many seats were purchased, how many are taken, what a license requires."""

from collections.abc import Mapping

from sqlalchemy import ColumnElement, bindparam, func, insert, select

from reconciler.sandbox import limits
from reconciler.sandbox.database import Transaction
from reconciler.sandbox.facts import LICENSE_LABELS, LICENSES, REQUIRES_VOICE, Pool
from reconciler.sandbox.refusals import InvalidError, NoSeatError
from reconciler.sandbox.tables import ASSIGNMENT, POOL

MOST_SEATS = 10_000_000

Purchases = Mapping[str, tuple[int, str | None]]

_REQUIRES = select(POOL.c.name, POOL.c.requires)
_TAKEN = select(func.count()).where(ASSIGNMENT.c.license == bindparam("license"))
_SEATS = select(POOL.c.purchased, _TAKEN.scalar_subquery()).where(
    POOL.c.name == bindparam("license")
)

HUNDRED_EACH: Purchases = {
    name: (100, "voice" if name in REQUIRES_VOICE else None) for name in LICENSES
}


def purchase(transaction: Transaction, purchases: Purchases) -> None:
    """Sets up the pools of a new tenant. A license that others require comes before them."""
    unknown = {requires for _, requires in purchases.values() if requires} - set(purchases)
    if unknown:
        raise InvalidError(f"required license {min(unknown)} has no pool", "requires")
    for name, (purchased, _) in purchases.items():
        limits.check_text("license", name, required=True)
        limits.check_number("purchased", purchased, 0, MOST_SEATS)
    ordered = sorted(purchases.items(), key=lambda item: item[1][1] is not None)
    for seq, (name, (purchased, requires)) in enumerate(ordered):
        transaction.connection.execute(
            insert(POOL).values(
                name=name,
                seq=seq,
                purchased=purchased,
                requires=requires,
                created=transaction.now,
            )
        )


def named(name: str) -> ColumnElement[bool]:
    """A condition for `every`: the pool of this name."""
    return POOL.c.name == name


def every(transaction: Transaction, *conditions: ColumnElement[bool]) -> list[Pool]:
    """All pools with their counts, in the order of purchase."""
    counts = select(ASSIGNMENT.c.license, func.count()).group_by(ASSIGNMENT.c.license)
    assigned: dict[str, int] = dict(transaction.connection.execute(counts).all())
    query = select(POOL).where(*conditions).order_by(POOL.c.seq)
    return [
        Pool(
            row.name, row.purchased, row.requires, assigned.get(row.name, 0), row.name, row.created
        )
        for row in transaction.connection.execute(query)
    ]


def names(transaction: Transaction) -> frozenset[str]:
    return frozenset(transaction.connection.execute(select(POOL.c.name)).scalars())


def check_bases(transaction: Transaction, licenses: frozenset[str]) -> None:
    """Every license exists, and comes with the one that it requires."""
    if not licenses:
        return
    rows = transaction.connection.execute(_REQUIRES)
    requires = dict(rows.all())
    for name in sorted(licenses):
        if name not in requires:
            raise InvalidError(f"there is no license {name}", "licenses")
        required = requires[name]
        if required is not None and required not in licenses:
            raise InvalidError(
                f"{label(name)} requires {label(required)} on the same agent", "licenses"
            )


def check_seat(transaction: Transaction, name: str) -> None:
    """A seat is free. Called with the new assignment not yet written."""
    purchased, assigned = transaction.connection.execute(_SEATS, {"license": name}).one()
    if assigned >= purchased:
        raise NoSeatError(
            f"no free seat of {label(name)}: {assigned} of {purchased} are assigned", "licenses"
        )


def label(name: str) -> str:
    return LICENSE_LABELS.get(name, name)
