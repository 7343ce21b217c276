"""A tenant in memory that does what it is told, or what a script of mishaps says; and a ledger.

The writer is a real one: versions, one holder of a number, nothing done without being recorded.
"""

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Any

import pytest

from reconciler import apply, errors, kinds
from reconciler.model import Address, Handle, Operation, Outcome, Result, Value, Verb

Mishap = Callable[[], None]


def busy(status: int = 429, retry_after: float | None = 1.0) -> Exception:
    return errors.RateLimitedError(f"{status}: busy", retry_after=retry_after, status=status)


def refuse(status: int, text: str = "no") -> Exception:
    if status == 409:
        return errors.ConflictError(f"409: {text}", status=409)
    if status == 412:
        return errors.PreconditionFailedError(f"412: {text}", status=412)
    return errors.RequestError(f"{status}: {text}", status=status)


def lost() -> Exception:
    return errors.LostAnswerError("acme.example broke off in the middle of its answer")


@dataclass(frozen=True, slots=True)
class Before:
    """The write is not carried out; this comes instead."""

    error: Exception


@dataclass(frozen=True, slots=True)
class After:
    """The write is carried out, and this comes all the same."""

    error: Exception


@dataclass(slots=True)
class Thing:
    id: str
    fields: dict[str, Value]
    version: int = 1

    @property
    def handle(self) -> Handle:
        return Handle(self.id, f'W/"{self.version}"')


@dataclass
class Tenant:
    """`mishaps` are by number of the write, from 1; `on_queue`: memberships are the queue's."""

    mishaps: dict[int, Before | After] = field(default_factory=dict)
    on_queue: bool = False
    callers: set[Address] = field(default_factory=set)
    bad: set[Address] = field(default_factory=set)
    during: Callable[[Sequence[Operation]], None] = lambda _: None
    blind: list[Exception] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.things: dict[Address, Thing] = {}
        self.writes: list[tuple[str, ...]] = []
        self.versions: list[str | None] = []
        self.looks: list[Address] = []
        self.presences: list[str] = []
        self._lock = threading.Lock()

    def have(self, address: Address, **values: Value) -> "Tenant":
        self.things[address] = Thing(f"id-{len(self.things)}", paths(values))
        return self

    def known(self) -> dict[Address, Handle]:
        return {address: thing.handle for address, thing in self.things.items()}

    def touch(self, address: Address, **values: Value) -> None:
        """Somebody else changes it."""
        self.things[address].fields.update(paths(values))
        self.things[address].version += 1

    # the writer

    def target(self, operation: Operation) -> Address:
        if self.on_queue and operation.verb is Verb.UPDATE and len(operation.set) == 1:
            queue = kinds.membership_address(next(iter(operation.set)))
            return queue or operation.address
        return operation.address

    def write(self, operations: Sequence[Operation], known: Mapping[Address, Handle]) -> Handle:
        self.during(operations)
        with self._lock:
            self.writes.append(tuple(one.id for one in operations))
            mishap = self.mishaps.get(len(self.writes))
            if isinstance(mishap, Before):
                raise mishap.error
            target = self.target(operations[0])
            handle = self._carry_out(target, operations, known)
            if isinstance(mishap, After):
                raise mishap.error
            return handle

    def confirm(
        self, operations: Sequence[Operation], known: Mapping[Address, Handle]
    ) -> Handle | None:
        target = self.target(operations[0])
        self.looks.append(target)
        if self.blind:
            raise self.blind.pop(0)
        thing = self.things.get(target)
        if operations[-1].verb is Verb.DELETE:
            return known[target] if thing is None else None
        if thing is None:
            return None
        wanted = self._values(target, operations)
        return thing.handle if all(thing.fields.get(p) == v for p, v in wanted.items()) else None

    def presence(self, handle: Handle) -> str | None:
        self.presences.append(handle.id)
        shown = {thing.id: address for address, thing in self.things.items()}
        if handle.id not in shown:
            return None
        return "on_call" if shown[handle.id] in self.callers else "ready"

    def _carry_out(
        self, target: Address, operations: Sequence[Operation], known: Mapping[Address, Handle]
    ) -> Handle:
        for operation in operations:
            if operation.address in self.bad:
                raise refuse(400, f"{operation.address} is not valid")
        if operations[0].verb is Verb.CREATE:
            if target in self.things:
                raise refuse(409, f"{target} exists")
            self.things[target] = Thing(f"id-{len(self.things)}", {}, version=0)
        elif target not in self.things:
            raise refuse(404, "gone")
        else:
            self.versions.append(known[target].version)
            if known[target].version != self.things[target].handle.version:
                raise refuse(412, "another version")
        thing = self.things[target]
        if operations[-1].verb is Verb.DELETE:
            del self.things[target]
            return Handle(thing.id)
        values = self._values(target, operations)
        self._check_unique(target, values)
        thing.fields.update(values)
        thing.version += 1
        return thing.handle

    def _check_unique(self, target: Address, values: Mapping[str, Value]) -> None:
        number = values.get("extension")
        for address, thing in self.things.items():
            if number and address != target and thing.fields.get("extension") == number:
                raise refuse(409, f"{number} is held by {address}")

    def _values(self, target: Address, operations: Iterable[Operation]) -> dict[str, Value]:
        values: dict[str, Value] = {}
        for one in operations:
            own = one.address == target
            values.update(one.set if own else {f"{one.address}": next(iter(one.set.values()))})
        return values


class Clock:
    """Time that passes only while somebody waits."""

    def __init__(self) -> None:
        self.now = 0.0
        self.waits: list[float] = []
        self._lock = threading.Lock()

    def __call__(self) -> float:
        return self.now

    def wait(self, stop: threading.Event, seconds: float) -> bool:
        with self._lock:
            self.waits.append(seconds)
            self.now += seconds
        return stop.is_set()


class Notes:
    """A ledger that keeps intents and outcomes in the order in which they came."""

    def __init__(self, *, full_after: int = 10**9) -> None:
        self.lines: list[tuple[str, str]] = []
        self._full_after = full_after

    def intend(self, run: str, operations: Sequence[Operation]) -> None:
        if len(self.lines) >= self._full_after:
            raise errors.SetupError("the ledger cannot be used: disk full")
        self.lines += [("intended", one.id) for one in operations]

    def record(self, run: str, outcomes: Sequence[Outcome]) -> None:
        if len(self.lines) >= self._full_after:
            raise errors.SetupError("the ledger cannot be used: disk full")
        self.lines += [(str(one.result), one.operation.id) for one in outcomes]


def paths(values: Mapping[str, Value]) -> dict[str, Value]:
    """`licenses__voice=True`: two underscores stand for the dot of a path."""
    return {path.replace("__", "."): value for path, value in values.items()}


def operation(
    name: str,
    address: Address,
    verb: Verb = Verb.UPDATE,
    /,
    *,
    after: Iterable[str] = (),
    **values: Value,
) -> Operation:
    kind = kinds.kind_of(address)
    return Operation(name, address, kind, verb, paths(values), after=tuple(after))


def carry_out(tenant: Tenant, *operations: Operation, **more: Any) -> dict[str, Outcome]:
    """One run over what the tenant has, by id; one worker unless told otherwise. `raises`: the
    error behind the last outcome.
    """
    clock = more.pop("clock", None) or Clock()
    ledger = more.pop("ledger", None) or Notes()
    known = more.pop("known", None) or tenant.known()
    stop = more.pop("stop", None)
    raises = more.pop("raises", None)
    settings = apply.Settings(clock=clock, wait=clock.wait, **{"parallelism": 1, **more})
    outcomes = apply.run(
        operations, tenant, handles=known, ledger=ledger, run_id="run", settings=settings, stop=stop
    )
    found: dict[str, Outcome] = {}
    with pytest.raises(raises) if raises else nullcontext():
        for one in outcomes:
            found[one.operation.id] = one
    return found


def results(outcomes: Mapping[str, Outcome]) -> dict[str, Result]:
    return {name: one.result for name, one in outcomes.items()}
