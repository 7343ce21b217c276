"""The changed objects: the state of each during the simulation, and what is left to do.

A `Subject` is one changed object. A `Task` is what may be done to it in one write: everything, or,
where memberships are written on the queue's object, the agent's own part and each membership apart.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from operator import attrgetter

from reconciler import kinds
from reconciler.model import Action, Address, Change, FieldValue, License, Resource, Value, Verb
from reconciler.order.snapshot import VALUES, Snapshot, collection, token
from reconciler.order.tokens import Token

UC = "uc"


@dataclass(slots=True, eq=False)
class Subject:
    """`gains` and `loses` are the memberships in which coverage grows or shrinks by this change.

    `unseen`: the tenant does not show the licenses, so that memberships are not judged by them.
    `apart` and `coming` are the memberships that tasks of their own take away and add; `chained`:
    these, too, are written one after the other.
    """

    change: Change
    exists: bool
    holds: dict[str, Token]
    licenses: set[License]
    members: set[str]
    unseen: bool = False
    gains: frozenset[str] = frozenset()
    loses: frozenset[str] = frozenset()
    apart: frozenset[str] = frozenset()
    coming: frozenset[str] = frozenset()
    starts_licensed: bool = True
    chained: bool = False
    last: int | None = None

    @property
    def address(self) -> Address:
        return self.change.address

    @property
    def licensed(self) -> bool:
        return bool(self.licenses) or self.unseen


@dataclass(slots=True, eq=False)
class Task:
    """What is left to do to one object; `path` names the membership if it is only one."""

    subject: Subject
    verb: Verb
    path: str = ""
    moves: dict[str, Value] = field(default_factory=dict)
    adds: set[License] = field(default_factory=set)
    drops: set[License] = field(default_factory=set)
    joins: dict[str, Value] = field(default_factory=dict)
    leaves: set[str] = field(default_factory=set)
    plain: dict[str, Value] = field(default_factory=dict)
    rank: tuple[bool, int, Address, str] = (True, 0, "", "")
    needs: tuple[Token, ...] = ()
    waits: Token | None = None
    woken: tuple[Token, int] | None = None
    deferred: bool = False
    queued: bool = False
    listed: bool = False
    done: bool = False

    @property
    def empty(self) -> bool:
        """Whether nothing is left to write."""
        rest = self.moves or self.adds or self.drops or self.joins or self.leaves or self.plain
        return self.verb is Verb.UPDATE and not rest

    def destination(self, sort: str) -> Token | None:
        """The extension or e-mail that the task moves to; None if it does not move."""
        value = self.moves.get(sort)
        return token(sort, value) if value else None


def tasks(snapshot: Snapshot) -> list[Task]:
    """Return the tasks of all changes by address, an object's own part before its memberships."""
    tasks: list[Task] = []
    for change in snapshot.changes:
        live = snapshot.live.get(change.address)
        task = _task(change, live)
        _compute_members(task)
        if snapshot.bounds.members_on_queue and change.kind == kinds.AGENT:
            tasks.extend(_apart(task))
        else:
            tasks.append(task)
    return tasks


def _task(change: Change, live: Resource | None) -> Task:
    fields = live.fields if live else {}
    subject = Subject(
        change=change,
        exists=change.action is not Action.CREATE,
        holds={} if fields.get("phone") == UC else _held(change.kind, fields),
        licenses=set(collection(fields, "licenses")),
        members={*_memberships(fields), *_assumed(change, fields)},
        unseen=live is not None and "licenses" not in fields,
    )
    if change.action is Action.DELETE:
        return Task(
            subject,
            Verb.DELETE,
            moves=dict.fromkeys(subject.holds),
            drops=set(subject.licenses),
            leaves=set(subject.members),
        )
    task = Task(subject, Verb.UPDATE if subject.exists else Verb.CREATE)
    for entry in sorted(change.fields, key=attrgetter("path")):
        if entry.after is None and is_unseen(entry.path, fields) and subject.exists:
            task.plain[entry.path] = None
        else:
            _sort_in(task, entry.path, entry.after)
    return task


def _held(kind: str, fields: Mapping[str, FieldValue]) -> dict[str, Token]:
    return {sort: token(sort, fields[sort]) for sort in VALUES.get(kind, ()) if fields.get(sort)}


def _assumed(change: Change, fields: Mapping[str, FieldValue]) -> Iterator[str]:
    """Memberships that a change takes away though the tenant does not show them."""
    for item in change.fields:
        name, member = kinds.split_path(item.path)
        if member and name in kinds.MEMBERSHIPS and name not in fields and item.before is not None:
            yield item.path


def _memberships(fields: Mapping[str, FieldValue]) -> Iterator[str]:
    for name in kinds.MEMBERSHIPS:
        yield from (f"{name}.{member}" for member in collection(fields, name))


def is_unseen(path: str, fields: Mapping[str, FieldValue]) -> bool:
    """Whether it is a member of a collection that the tenant does not show: it may be there."""
    name, member = kinds.split_path(path)
    return member is not None and name not in fields


def _sort_in(task: Task, path: str, after: Value) -> None:
    """Put one field change where it belongs: value, seat, membership, or a mere setting."""
    subject = task.subject
    name, member = kinds.split_path(path)
    if path in VALUES.get(subject.change.kind, ()):
        held = subject.holds.get(path)
        moved = held != (token(path, after) if after else None)
        (task.moves if moved else task.plain)[path] = after
    elif member is None:
        task.plain[path] = after
    elif name == "licenses":
        _toggle(task.adds, task.drops, member, member in subject.licenses, bool(after))
    elif after is None:
        task.leaves |= {path} & subject.members
    else:
        (task.plain if path in subject.members else task.joins)[path] = after


def _toggle(adds: set[str], drops: set[str], member: str, before: bool, after: bool) -> None:
    if after and not before:
        adds.add(member)
    elif before and not after:
        drops.add(member)


def _compute_members(task: Task) -> None:
    """Compute the memberships in which the whole change adds or removes coverage."""
    subject = task.subject
    licensed = bool((subject.licenses | task.adds) - task.drops)
    before = subject.members if subject.licenses else set()
    after = (subject.members | set(task.joins)) - task.leaves if licensed else set()
    subject.gains = frozenset(after - before)
    subject.loses = frozenset(before - after)
    subject.starts_licensed = subject.licensed


def _apart(task: Task) -> Iterable[Task]:
    """Split a task into the agent's own part and one task for each membership."""
    subject = task.subject
    subject.apart, subject.coming = frozenset(task.leaves), frozenset(task.joins)
    levels = {path: value for path, value in task.plain.items() if kinds.membership_address(path)}
    own = {path: value for path, value in task.plain.items() if path not in levels}
    found = [
        Task(subject, task.verb, moves=task.moves, adds=task.adds, drops=task.drops, plain=own),
        *(Task(subject, Verb.UPDATE, path, joins={path: v}) for path, v in task.joins.items()),
        *(Task(subject, Verb.UPDATE, path, leaves={path}) for path in sorted(task.leaves)),
        *(Task(subject, Verb.UPDATE, path, plain={path: v}) for path, v in levels.items()),
    ]
    return [one for one in found if not one.empty]
