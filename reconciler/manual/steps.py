"""Operations taken apart: what of each is done on which page, and what has to come before.

An operation is one write for an API and several saves for a person. Its parts follow each other as
the console forces it: dialog, license, level; the other way round when something is taken away. A
part waits for all parts of the operations that its own waits for, so that every order of the parts
is an order that the plan's graph allows.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from reconciler import kinds
from reconciler.manual import console
from reconciler.manual.console import Page, Section
from reconciler.model import Address, Attestation, Operation, Value, Verb

IGNORED = frozenset({"phone", "default_level"})
"""Neither is typed in anywhere: the page that makes an agent decides its phone."""


@dataclass(frozen=True, slots=True)
class Part:
    """`needs` are positions in the list of all parts."""

    operation: Operation
    page: Page
    section: Section
    set: Mapping[str, Value]
    needs: frozenset[int]


@dataclass(frozen=True, slots=True)
class PeopleEvidence:
    """Who is a UC agent, and what is attested of whom."""

    uc: frozenset[Address]
    attested: Mapping[Address, Mapping[str, Attestation]]

    def is_done(self, operation: Operation, path: str, value: Value) -> bool:
        """Whether it is in evidence of the person who is being made, and not of an earlier one."""
        word = self.attested.get(operation.address, {}).get(path)
        name = operation.set.get("name")
        is_same = word is not None and (not word.name or name in (None, word.name))
        return word is not None and is_same and word.value == value


@dataclass(frozen=True, slots=True)
class Work:
    """What is done of one operation in one place; `alone` waits for nothing else of it."""

    page: Page
    section: Section
    set: Mapping[str, Value]
    alone: bool = False


def parts(operations: Iterable[Operation], evidence: PeopleEvidence) -> list[Part]:
    """Operations come in a lawful sequence, and so do their parts."""
    pieces: list[Part] = []
    by_operation: dict[str, range] = {}
    makes_target: set[str] = set()
    for operation in operations:
        start, own = len(pieces), set[int]()
        for work in _works(operation, evidence):
            needs = set() if work.alone else set(own)
            for name in operation.after:
                if name not in makes_target or work.page is console.LEVELS:
                    needs |= set(by_operation[name])
            if not work.alone:
                own.add(len(pieces))
            pieces.append(Part(operation, work.page, work.section, work.set, frozenset(needs)))
        by_operation[operation.id] = range(start, len(pieces))
        if operation.kind != kinds.AGENT:
            makes_target.add(operation.id)
    return pieces


def _works(operation: Operation, evidence: PeopleEvidence) -> Iterator[Work]:
    if operation.kind != kinds.AGENT:
        scalars = _scalars(operation)
        if operation.verb is Verb.CREATE or scalars:
            yield Work(console.SKILLS, Section.DIALOG, scalars)
        return
    is_uc = operation.address in evidence.uc
    page = console.UC if is_uc else console.AGENTS
    if is_uc and operation.verb is Verb.CREATE and not evidence.attested.get(operation.address):
        yield Work(console.SYNC, Section.DIALOG, {})
    if operation.verb is Verb.DELETE:
        yield from _leaving(page, {})
        yield Work(page, Section.CLOSING, {})
    elif operation.set.get("active") is False:
        yield from (replace(work, alone=True) for work in _dialog(page, operation, evidence))
        yield from _leaving(page, operation.set)
    else:
        yield from _dialog(page, operation, evidence)
        yield from _grids(page, operation, evidence)


def _dialog(page: Page, operation: Operation, evidence: PeopleEvidence) -> Iterator[Work]:
    """What somebody already recorded of an agent who is being made is not asked for again."""
    values = _scalars(operation)
    if operation.verb is Verb.CREATE:
        values = {
            path: value
            for path, value in values.items()
            if not evidence.is_done(operation, path, value)
        }
    if values:
        yield Work(page, Section.DIALOG, values)


def _grids(page: Page, operation: Operation, evidence: PeopleEvidence) -> Iterator[Work]:
    open_ = {
        path: value
        for path, value in operation.set.items()
        if operation.verb is not Verb.CREATE or not evidence.is_done(operation, path, value)
    }
    licenses = {path: v for path, v in open_.items() if kinds.split_path(path)[0] == "licenses"}
    levels = {p: v for p, v in open_.items() if kinds.split_path(p)[0] in kinds.MEMBERSHIPS}
    given: dict[str, Value] = {p: v for p, v in licenses.items() if v is not None}
    taken: dict[str, Value] = {p: v for p, v in licenses.items() if v is None}
    leaves = any(value is None for value in levels.values())
    if taken and not leaves:
        given, taken = licenses, {}
    if given:
        yield Work(page, Section.GRID, given)
    if levels:
        yield Work(console.LEVELS, Section.GRID, levels)
    if taken:
        yield Work(page, Section.GRID, taken)


def _leaving(page: Page, values: Mapping[str, Value]) -> Iterator[Work]:
    """Every level, then every license: those that nobody knows of as well."""
    levels: dict[str, Value] = dict.fromkeys(kinds.MEMBERSHIPS)
    licenses: dict[str, Value] = {"licenses": None}
    for path in values:
        name, member = kinds.split_path(path)
        if member is not None:
            (levels if name in kinds.MEMBERSHIPS else licenses)[path] = None
    yield Work(console.LEVELS, Section.GRID, levels)
    yield Work(page, Section.GRID, {**licenses, "active": False})


def _scalars(operation: Operation) -> dict[str, Value]:
    return {
        path: value
        for path, value in operation.set.items()
        if kinds.split_path(path)[0] not in kinds.COLLECTIONS and path not in IGNORED | {"active"}
    }
