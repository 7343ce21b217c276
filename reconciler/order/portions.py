"""What one write needs and gives, and the portion of a stuck task that is possible now.

Portions are lawful by themselves: a license comes with its base, a membership with a license, and
leaving runs the other way round. Every path has its value of before or of after, never a third.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache

from reconciler import kinds
from reconciler.model import Action, Address, License, Value, Verb
from reconciler.order.scene import Scene, token
from reconciler.order.subjects import Subject, Task
from reconciler.order.tokens import COVERAGE, FACT, SEAT, Supply, Token

NONE: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Portion:
    """The content of one write."""

    verb: Verb
    moves: Mapping[str, Value] = field(default_factory=dict)
    adds: frozenset[License] = NONE
    drops: frozenset[License] = NONE
    joins: Mapping[str, Value] = field(default_factory=dict)
    leaves: frozenset[str] = NONE
    plain: Mapping[str, Value] = field(default_factory=dict)


def whole(task: Task) -> Portion:
    """All that is left of the task."""
    return Portion(
        task.verb,
        dict(task.moves),
        frozenset(task.adds),
        frozenset(task.drops),
        dict(task.joins),
        frozenset(task.leaves),
        dict(task.plain),
    )


# --- needs and gives -----------------------------------------------------------------------------


def needs(task: Task, portion: Portion, scene: Scene) -> tuple[Token, ...]:
    """Values first: whom they make wait for is then preferred as giver of the rest."""
    values = [token(sort, value) for sort, value in sorted(portion.moves.items()) if value]
    return (
        *values,
        *_facts(task, portion, scene),
        *(Token(SEAT, name) for name in sorted(portion.adds)),
        *(coverage(path) for path in sorted(_uncovered(task, portion))),
    )


def gives(task: Task, portion: Portion) -> tuple[Token, ...]:
    held = task.subject.holds
    moved = held if portion.verb is Verb.DELETE else portion.moves
    return (
        *(held[sort] for sort in sorted(moved) if sort in held),
        *(Token(SEAT, name) for name in sorted(portion.drops)),
        *(coverage(path) for path in sorted(_covered(task, portion))),
        *_established(task, portion),
    )


@cache
def coverage(path: str) -> Token:
    return Token(COVERAGE, target(path))


def target(path: str) -> Address:
    return kinds.membership_address(path) or path


def _uncovered(task: Task, portion: Portion) -> Iterable[str]:
    """Memberships whose coverage this write ends."""
    subject = task.subject
    if not subject.loses or task.path:
        return subject.loses & portion.leaves
    losing = subject.loses & subject.members - subject.apart if subject.licenses else NONE
    return losing & portion.leaves if _licensed_after(subject, portion) else losing


def _covered(task: Task, portion: Portion) -> Iterable[str]:
    """Memberships whose coverage this write begins."""
    subject = task.subject
    if not subject.gains or task.path:
        return subject.gains & set(portion.joins)
    if not _licensed_after(subject, portion):
        return NONE
    joined = set(portion.joins)
    return subject.gains & (joined if subject.licenses else joined | subject.members)


def _licensed_after(subject: Subject, portion: Portion) -> bool:
    held = (subject.licenses | portion.adds) - portion.drops
    return bool(held) and portion.verb is not Verb.DELETE


def _facts(task: Task, portion: Portion, scene: Scene) -> Iterator[Token]:
    """What another write must have brought about before."""
    subject = task.subject
    yield from (there(to) for to in sorted(map(target, portion.joins)) if to in scene.made)
    if task.path and portion.joins:
        if task.path in subject.gains and not subject.starts_licensed:
            yield licensed(subject)
        elif subject.change.action is Action.CREATE:
            yield there(subject.address)
    elif subject.apart and not task.path and _ends(subject, portion):
        yield from (left(subject, path) for path in sorted(subject.apart))


def _ends(subject: Subject, portion: Portion) -> bool:
    """After this write the agent may not be a member any more."""
    if portion.verb is Verb.DELETE or portion.plain.get("active") is False:
        return True
    return bool(portion.drops) and not _licensed_after(subject, portion)


def _established(task: Task, portion: Portion) -> Iterator[Token]:
    subject = task.subject
    if task.path:
        yield from (left(subject, path) for path in sorted(portion.leaves))
    elif portion.verb is Verb.CREATE:
        yield there(subject.address)
    if portion.adds and not subject.licensed:
        yield licensed(subject)


def there(address: Address) -> Token:
    return Token(FACT, address)


def licensed(subject: Subject) -> Token:
    return Token(FACT, f"{subject.address} is licensed")


def left(subject: Subject, path: str) -> Token:
    return Token(FACT, f"{subject.address} left {target(path)}")


# --- portions ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Leave:
    """What a portion may do besides giving: take seats that are free; join although that ties the
    agent to a license that is to go; leave without coverage; suppose that every value is free.
    """

    seats: bool = False
    tied: bool = False
    uncovered: bool = False
    values: bool = False


JOINING = Leave(tied=True)


def possible(task: Task, supply: Supply, scene: Scene, leave: Leave) -> Portion | None:
    """As much of the task as can be written now; None if that is nothing."""
    subject = task.subject
    moves = _moves(task, supply, leave)
    if task.path or (task.verb is Verb.CREATE and len(moves) < len(task.moves)):
        return None
    adds = _adds(task, supply, scene) if leave.seats else NONE
    stays = subject.unseen or bool((subject.licenses | adds) - task.drops)
    may_join = stays or (leave.tied and subject.licensed)
    joins = _joins(task, supply, scene) if may_join else {}
    drops, leaves = _sheds(task, adds, joins, supply, scene, leave)
    portion = Portion(
        Verb.CREATE if task.verb is Verb.CREATE else Verb.UPDATE,
        moves,
        adds,
        drops,
        joins,
        leaves,
        early_settings(task),
    )
    changes = moves or adds or drops or joins or leaves
    return portion if changes or task.verb is Verb.CREATE else None


def _moves(task: Task, supply: Supply, leave: Leave) -> dict[str, Value]:
    if task.verb is Verb.DELETE:
        return {}
    return {
        sort: value
        for sort, value in task.moves.items()
        if not value or leave.values or supply.has(token(sort, value))
    }


def _adds(task: Task, supply: Supply, scene: Scene) -> frozenset[License]:
    """Seats that are free now, bases first."""
    requires, held = scene.bounds.requires, set(task.subject.licenses)
    free = sorted(name for name in task.adds if supply.has(Token(SEAT, name)))
    while ready := [n for n in free if n not in held and requires.get(n, n) in {*held, n}]:
        held.update(ready)
    return frozenset(held - task.subject.licenses)


def _joins(task: Task, supply: Supply, scene: Scene) -> dict[str, Value]:
    return {
        path: value
        for path, value in task.joins.items()
        if target(path) not in scene.made or supply.has(there(target(path)))
    }


def _sheds(
    task: Task,
    adds: frozenset[License],
    joins: Mapping[str, Value],
    supply: Supply,
    scene: Scene,
    leave: Leave,
) -> tuple[frozenset[License], frozenset[str]]:
    """Licenses to give up. Memberships end only if that is what frees the last license."""
    subject = task.subject
    held = subject.licenses | adds
    members = subject.members | subject.coming | set(joins)
    if not members or subject.unseen or held - task.drops:
        return frozenset(task.drops), NONE
    leaves = task.leaves & members
    if leaves == members and (leave.uncovered or _may_leave(task, supply)):
        return frozenset(task.drops), frozenset(leaves)
    return frozenset(task.drops - _kept(held, supply, scene)), NONE


def _may_leave(task: Task, supply: Supply) -> bool:
    losing = task.subject.loses & task.leaves
    return all(supply.has(coverage(path)) for path in losing)


def _kept(held: set[License], supply: Supply, scene: Scene) -> frozenset[License]:
    """The license to stay a member with: few bases, wanted by few."""

    if not held:
        return NONE
    return min(
        (_with_bases(name, held, scene.bounds.requires) for name in sorted(held)),
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
