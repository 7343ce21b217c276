"""What one write needs and gives, and which part of a blocked task can be written now.

A partial write is lawful by itself: a license comes with its base, a membership with a license, and
removing runs the other way round. Every path has its old or its new value, never a third.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache

from reconciler import kinds
from reconciler.model import Action, Address, License, Value, Verb
from reconciler.order.snapshot import Snapshot, token
from reconciler.order.tasks import Subject, Task
from reconciler.order.tokens import COVERAGE, FACT, SEAT, Supply, Token

NONE: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class PartialWrite:
    """The content of one write."""

    verb: Verb
    moves: Mapping[str, Value] = field(default_factory=dict)
    adds: frozenset[License] = NONE
    drops: frozenset[License] = NONE
    joins: Mapping[str, Value] = field(default_factory=dict)
    leaves: frozenset[str] = NONE
    plain: Mapping[str, Value] = field(default_factory=dict)


def whole(task: Task) -> PartialWrite:
    """All that is left of the task."""
    return PartialWrite(
        task.verb,
        dict(task.moves),
        frozenset(task.adds),
        frozenset(task.drops),
        dict(task.joins),
        frozenset(task.leaves),
        dict(task.plain),
    )


# --- needs and gives -----------------------------------------------------------------------------


def needs(task: Task, write: PartialWrite, snapshot: Snapshot) -> tuple[Token, ...]:
    """Values first: whom they make wait for is then preferred as giver of the rest."""
    values = [token(sort, value) for sort, value in sorted(write.moves.items()) if value]
    return (
        *values,
        *_facts(task, write, snapshot),
        *(Token(SEAT, name) for name in sorted(write.adds)),
        *(coverage(path) for path in sorted(_uncovered(task, write))),
    )


def gives(task: Task, write: PartialWrite) -> tuple[Token, ...]:
    held = task.subject.holds
    moved = held if write.verb is Verb.DELETE else write.moves
    return (
        *(held[sort] for sort in sorted(moved) if sort in held),
        *(Token(SEAT, name) for name in sorted(write.drops)),
        *(coverage(path) for path in sorted(_covered(task, write))),
        *_established(task, write),
    )


@cache
def coverage(path: str) -> Token:
    return Token(COVERAGE, target(path))


def target(path: str) -> Address:
    return kinds.membership_address(path) or path


def _uncovered(task: Task, write: PartialWrite) -> Iterable[str]:
    """Memberships whose coverage this write ends."""
    subject = task.subject
    if not subject.loses or task.path:
        return subject.loses & write.leaves
    losing = subject.loses & subject.members - subject.apart if subject.licenses else NONE
    return losing & write.leaves if _licensed_after(subject, write) else losing


def _covered(task: Task, write: PartialWrite) -> Iterable[str]:
    """Memberships whose coverage this write begins."""
    subject = task.subject
    if not subject.gains or task.path:
        return subject.gains & set(write.joins)
    if not _licensed_after(subject, write):
        return NONE
    joined = set(write.joins)
    return subject.gains & (joined if subject.licenses else joined | subject.members)


def _licensed_after(subject: Subject, write: PartialWrite) -> bool:
    held = (subject.licenses | write.adds) - write.drops
    return bool(held) and write.verb is not Verb.DELETE


def _facts(task: Task, write: PartialWrite, snapshot: Snapshot) -> Iterator[Token]:
    """What another write must have brought about before."""
    subject = task.subject
    yield from (there(to) for to in sorted(map(target, write.joins)) if to in snapshot.made)
    if task.path and write.joins:
        if task.path in subject.gains and not subject.starts_licensed:
            yield licensed(subject)
        elif subject.change.action is Action.CREATE:
            yield there(subject.address)
    elif subject.apart and not task.path and _ends(subject, write):
        yield from (left(subject, path) for path in sorted(subject.apart))


def _ends(subject: Subject, write: PartialWrite) -> bool:
    """After this write the agent may not be a member any more."""
    if write.verb is Verb.DELETE or write.plain.get("active") is False:
        return True
    return bool(write.drops) and not _licensed_after(subject, write)


def _established(task: Task, write: PartialWrite) -> Iterator[Token]:
    subject = task.subject
    if task.path:
        yield from (left(subject, path) for path in sorted(write.leaves))
    elif write.verb is Verb.CREATE:
        yield there(subject.address)
    if write.adds and not subject.licensed:
        yield licensed(subject)


def there(address: Address) -> Token:
    return Token(FACT, address)


def licensed(subject: Subject) -> Token:
    return Token(FACT, f"{subject.address} is licensed")


def left(subject: Subject, path: str) -> Token:
    return Token(FACT, f"{subject.address} left {target(path)}")


# --- partial writes ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Permissions:
    """What a write may do besides giving: take seats that are free; join although that ties the
    agent to a license that is to go; leave without coverage; suppose that every value is free.
    """

    seats: bool = False
    tied: bool = False
    uncovered: bool = False
    values: bool = False


JOINING = Permissions(tied=True)


def possible(
    task: Task, supply: Supply, snapshot: Snapshot, permissions: Permissions
) -> PartialWrite | None:
    """As much of the task as can be written now; None if that is nothing."""
    subject = task.subject
    moves = _moves(task, supply, permissions)
    if task.path or (task.verb is Verb.CREATE and len(moves) < len(task.moves)):
        return None
    adds = _adds(task, supply, snapshot) if permissions.seats else NONE
    stays = subject.unseen or bool((subject.licenses | adds) - task.drops)
    may_join = stays or (permissions.tied and subject.licensed)
    joins = _joins(task, supply, snapshot) if may_join else {}
    drops, leaves = _sheds(task, adds, joins, supply, snapshot, permissions)
    write = PartialWrite(
        Verb.CREATE if task.verb is Verb.CREATE else Verb.UPDATE,
        moves,
        adds,
        drops,
        joins,
        leaves,
        early_settings(task),
    )
    changes = moves or adds or drops or joins or leaves
    return write if changes or task.verb is Verb.CREATE else None


def _moves(task: Task, supply: Supply, permissions: Permissions) -> dict[str, Value]:
    if task.verb is Verb.DELETE:
        return {}
    return {
        sort: value
        for sort, value in task.moves.items()
        if not value or permissions.values or supply.has(token(sort, value))
    }


def _adds(task: Task, supply: Supply, snapshot: Snapshot) -> frozenset[License]:
    """Seats that are free now, bases first."""
    requires, held = snapshot.bounds.requires, set(task.subject.licenses)
    free = sorted(name for name in task.adds if supply.has(Token(SEAT, name)))
    while ready := [n for n in free if n not in held and requires.get(n, n) in {*held, n}]:
        held.update(ready)
    return frozenset(held - task.subject.licenses)


def _joins(task: Task, supply: Supply, snapshot: Snapshot) -> dict[str, Value]:
    return {
        path: value
        for path, value in task.joins.items()
        if target(path) not in snapshot.made or supply.has(there(target(path)))
    }


def _sheds(
    task: Task,
    adds: frozenset[License],
    joins: Mapping[str, Value],
    supply: Supply,
    snapshot: Snapshot,
    permissions: Permissions,
) -> tuple[frozenset[License], frozenset[str]]:
    """Licenses to give up. Memberships end only if that is what frees the last license."""
    subject = task.subject
    held = subject.licenses | adds
    members = subject.members | subject.coming | set(joins)
    if not members or subject.unseen or held - task.drops:
        return frozenset(task.drops), NONE
    leaves = task.leaves & members
    if leaves == members and (permissions.uncovered or _may_leave(task, supply)):
        return frozenset(task.drops), frozenset(leaves)
    return frozenset(task.drops - _kept(held, supply, snapshot)), NONE


def _may_leave(task: Task, supply: Supply) -> bool:
    losing = task.subject.loses & task.leaves
    return all(supply.has(coverage(path)) for path in losing)


def _kept(held: set[License], supply: Supply, snapshot: Snapshot) -> frozenset[License]:
    """The license to stay a member with: few bases, wanted by few."""

    if not held:
        return NONE
    return min(
        (_with_bases(name, held, snapshot.bounds.requires) for name in sorted(held)),
        key=lambda kept: (len(kept), sum(supply.demand[Token(SEAT, name)] for name in kept)),
    )


def _with_bases(
    name: License, held: set[License], requires: Mapping[License, License]
) -> frozenset[License]:
    kept: set[License] = set()
    while name in held - kept:
        kept.add(name)
        name = requires.get(name, name)
    return frozenset(kept)


def early_settings(task: Task) -> dict[str, Value]:
    """Settings come with a create or with the last write; the sign-in before what needs it."""
    if task.verb is Verb.CREATE:
        return dict(task.plain)
    return {path: True for path, value in task.plain.items() if path == "active" and value is True}
