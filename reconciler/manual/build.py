"""A plan to a sheet: the visits of the shortest round, each step in the words of its page."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from reconciler import kinds
from reconciler.manual import console, wording
from reconciler.manual.console import Page, Section
from reconciler.manual.sheet import Proof, Sheet, Step, Visit
from reconciler.manual.steps import Part, PeopleEvidence, parts
from reconciler.manual.visits import arrange
from reconciler.model import (
    Action,
    Address,
    Change,
    Execution,
    Operation,
    Plan,
    Reading,
    Resource,
    Value,
    Verb,
)

KEYS: Final = frozenset({"extension", "email"})
PARKED: Final = "what it is to have is still in use"


def sheet(plan: Plan, reading: Reading) -> Sheet:
    """What a person does of the plan; without a visit where nothing is done by hand.

    `reading` tells who is a UC agent, and what is attested of somebody who is being made.
    """
    by_hand = {c.address: c for c in plan.changes if c.execution is Execution.MANUAL}
    operations = [one for one in plan.operations if one.address in by_hand]
    live = _live(by_hand.values(), reading)
    uc = {a for a, change in by_hand.items() if _is_uc(change, live.get(a))}
    maker = _Maker(plan, by_hand, live, {operation.id: operation for operation in operations})
    arranged = arrange(parts(operations, PeopleEvidence(frozenset(uc), reading.attested)))
    return Sheet(
        plan.tenant,
        plan.plan_id,
        plan.digest,
        plan.created_at,
        plan.as_of,
        tuple(maker.visits(arranged)),
        plan.unobserved,
    )


@dataclass(frozen=True, slots=True)
class _Group:
    """All that is done about one object in one section of one visit."""

    page: Page
    section: Section
    parts: tuple[Part, ...]

    @property
    def operation(self) -> Operation:
        return self.parts[0].operation

    @property
    def set(self) -> dict[str, Value]:
        found: dict[str, Value] = {}
        for part in self.parts:
            found |= part.set
        return found


@dataclass(frozen=True, slots=True)
class Row:
    """How the pages list somebody: `Bo Chen(4002)`; a skill by its name alone."""

    name: str
    number: str = ""

    def with_(self, values: Mapping[str, Value]) -> "Row":
        if not self.number:
            return self
        return Row(
            str(values.get("name") or self.name), str(values.get("extension") or self.number)
        )

    def __str__(self) -> str:
        return f"{self.name}({self.number})" if self.number else self.name

    @property
    def who(self) -> wording.Who:
        """Of whom the files give no name, the number."""
        words = str(self) if self.name else f"extension {self.number}"
        return wording.Who(words, self.name or self.number)


@dataclass(frozen=True, slots=True)
class _Maker:
    plan: Plan
    changes: Mapping[Address, Change]
    live: Mapping[Address, Resource]
    operations: Mapping[str, Operation]

    def visits(self, arranged: Sequence[tuple[Page, Sequence[Part]]]) -> Iterator[Visit]:
        number, rows = 0, {address: self._row(change) for address, change in self.changes.items()}
        for page, done in arranged:
            steps = []
            for group in _groups(page, done):
                number += 1
                before = rows[group.operation.address]
                after = rows[group.operation.address] = before.with_(group.set)
                steps.append(self._step(number, group, before, after))
            is_saved = any(part.section is Section.GRID for part in done)
            yield Visit(
                page.name, page.clicks, tuple(steps), page.save if is_saved else "", page.note
            )

    def _step(self, number: int, group: _Group, before: Row, after: Row) -> Step:
        operation, change = group.operation, self.changes[group.operation.address]
        values = group.set
        parks = _parks(change, values)
        is_there = change.address in self.live or group.operation.verb is not Verb.CREATE
        task = wording.task(group.page, group.section, operation, values, before.who, parks)
        return Step(
            id=_id(self.plan, group, values),
            number=number,
            address=change.address,
            label=change.label,
            title=task.title,
            clicks=task.clicks,
            entries=tuple(wording.entries(change, values, self._stands(change, before))),
            check=task.check,
            why=PARKED if parks else change.reason,
            set=_settles(group, values, after),
            operations=tuple(dict.fromkeys(part.operation.id for part in group.parts)),
            proof=self._proof(group, change),
            row=str(after),
            waits_for_save=group.section is Section.GRID,
            is_closing=group.section is Section.CLOSING,
            name=before.name if is_there else "",
            extension=before.number if is_there else "",
        )

    def _stands(self, change: Change, row: Row) -> dict[str, str]:
        """What a row tells of somebody who is there; a field that somebody parked moved twice."""
        if change.address not in self.live or not row.number:
            return {}
        return {"name": row.name, "extension": row.number}

    def _row(self, change: Change) -> Row:
        """As the pages list it before the first step; whoever is made, as it will be."""
        if change.kind != kinds.AGENT:
            return Row(kinds.name_of(change.address))
        live = self.live.get(change.address)
        number, _, name = change.label.partition(" ")
        if live is None:
            return Row(name, number)
        return Row(str(live.fields.get("name") or name), str(live.fields.get("extension")))

    def _proof(self, group: _Group, change: Change) -> Proof:
        """The list has who is licensed: a license shows a new agent, the last one hides it."""
        if change.kind != kinds.AGENT:
            return Proof.APPEARS if change.action is Action.CREATE else Proof.NOTHING
        values = group.set
        if group.page not in (console.AGENTS, console.UC) or group.operation.verb is Verb.DELETE:
            return Proof.NOTHING
        if values.get("active") is False:
            return Proof.VANISHES
        if change.action is Action.CREATE:
            return Proof.APPEARS if group.section is Section.GRID else Proof.NOTHING
        return Proof.APPEARS if values.keys() & {"name", "extension"} else Proof.NOTHING


def _groups(page: Page, done: Sequence[Part]) -> Iterator[_Group]:
    """Dialogs one by one, as each is saved by itself: a number may be parked in one and moved on in
    another. What waits for the page's Save is one step for each object.
    """
    in_grid: dict[Address, list[Part]] = {}
    for part in done:
        if part.section is not Section.GRID:
            yield _Group(page, part.section, (part,))
        else:
            in_grid.setdefault(part.operation.address, []).append(part)
    for together in in_grid.values():
        yield _Group(page, Section.GRID, tuple(together))


def _parks(change: Change, values: Mapping[str, Value]) -> bool:
    """Whether a key gets a value that the change does not end with."""
    ends = {item.path: item.after for item in change.fields}
    return any(path in ends and values[path] != ends[path] for path in values.keys() & KEYS)


def _settles(group: _Group, values: Mapping[str, Value], row: Row) -> dict[str, Value]:
    """What is known once it is done: the number, too, by which a reading finds the agent again; of
    somebody who was just made, a collection as a whole.
    """
    found = dict(values)
    if group.operation.kind == kinds.AGENT:
        found["extension"] = row.number
        if group.operation.verb is Verb.CREATE:
            found |= {name: None for path in values if (name := kinds.split_path(path)[0]) != path}
    return dict(sorted(found.items()))


def _id(plan: Plan, group: _Group, values: Mapping[str, Value]) -> str:
    """The same for the same task of the same tenant, whatever plan it stands in."""
    what = [
        plan.tenant.name,
        group.operation.address,
        group.page.name,
        group.section.name,
        group.operation.verb,
        sorted(values.items()),
    ]
    return hashlib.sha256(json.dumps(what).encode()).hexdigest()[:8]


def _live(changes: Iterable[Change], reading: Reading) -> dict[Address, Resource]:
    by_id = {resource.id: resource for resource in reading.resources.values() if resource.id}
    return {c.address: by_id[c.live_id] for c in changes if c.live_id in by_id}


def _is_uc(change: Change, live: Resource | None) -> bool:
    """Whoever is made without an e-mail comes from the UC directory."""
    if live:
        return live.fields.get("phone") == "uc"
    return change.kind == kinds.AGENT and not any(item.path == "email" for item in change.fields)
