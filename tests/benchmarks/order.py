"""How long ordering takes, and that it grows with the changes: `python -m tests.benchmarks.order`.

Each row is measured, in seconds of the processor, at its size and at half of it. The last column is
the ratio of the two times, corrected for size: 1.0 is linear, 2.0 is quadratic.
"""

import gc
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from reconciler import order
from reconciler.model import (
    Action,
    Bounds,
    Capabilities,
    Change,
    ExtensionRange,
    FieldChange,
    FieldValue,
    Graph,
    Reading,
    Resource,
    Value,
)

FIRST = 1_000_000
ROUNDS = 3


@dataclass
class Company:
    """Agents and what becomes of them; extensions count up from `FIRST`."""

    free: int = 0
    spare: int = 0
    members_on_queue: bool = False
    resources: dict[str, Resource] = field(default_factory=dict)
    changes: list[Change] = field(default_factory=list)

    def agent(self, number: int, licenses: str, *queues: str, **after: Value) -> None:
        """A live agent; `after` holds the paths that change, dots as double underscores."""
        fields: dict[str, FieldValue] = {
            "email": f"a{number}@made.example",
            "extension": str(FIRST + number),
            "phone": "webrtc",
            "active": True,
            "licenses": frozenset(licenses.split()),
            "queues": dict.fromkeys(queues, 5),
        }
        address = f"agent/a{number}@made.example"
        self.resources[address] = Resource(address, "agent", fields, id=f"id-{number}")
        if after:
            self._change(address, Action.UPDATE, f"id-{number}", fields, after)

    def hire(self, number: int, extension: int, licenses: str, *queues: str) -> None:
        after: dict[str, Value] = {
            "email": f"a{number}@made.example",
            "extension": str(FIRST + extension),
            **{f"licenses__{name}": True for name in licenses.split()},
            **{f"queues__{name}": 5 for name in queues},
        }
        self._change(f"agent/a{number}@made.example", Action.CREATE, None, {}, after)

    def leaver(self, number: int, licenses: str, *queues: str) -> None:
        self.agent(number, licenses, *queues)
        address = f"agent/a{number}@made.example"
        self.changes.append(
            Change(address, "agent", address, Action.DELETE, (), "gone", live_id=f"id-{number}")
        )

    def _change(
        self,
        address: str,
        action: Action,
        live_id: str | None,
        fields: Mapping[str, FieldValue],
        after: dict[str, Value],
    ) -> None:
        paths = sorted((path.replace("__", "."), value) for path, value in after.items())
        wanted = tuple(FieldChange(path, _shown(fields, path), value) for path, value in paths)
        self.changes.append(
            Change(address, "agent", address, action, wanted, "differs", live_id=live_id)
        )

    def ordered(self) -> tuple[float, Graph]:
        """The best of some rounds."""
        used = {"voice": 0, "sms": 0}
        for resource in self.resources.values():
            for name in resource.fields["licenses"]:  # type: ignore[union-attr]  # a frozenset
                used[name] += 1
        last = FIRST + len(self.resources) + self.spare - 1
        bounds = Bounds(
            (ExtensionRange("agents", "webrtc_agent", str(FIRST), str(last)),),
            {name: count + self.free for name, count in used.items()},
            members_on_queue=self.members_on_queue,
        )
        reading = Reading(self.resources, Capabilities({}, {}))
        times = []
        for _ in range(ROUNDS):
            gc.collect()
            started = time.process_time()
            graph = order.operations(self.changes, reading, bounds)
            times.append(time.process_time() - started)
        return min(times), graph


def _shown(fields: Mapping[str, FieldValue], path: str) -> Value:
    name, _, member = path.partition(".")
    held = fields.get(name)
    if not member:
        return held  # type: ignore[return-value]  # a scalar
    return True if isinstance(held, (frozenset, dict)) and member in held else None


# --- companies -----------------------------------------------------------------------------------


def everything_at_once(size: int) -> Company:
    """A tenth rotates in fours, a tenth leaves and is followed; everybody changes licenses."""
    made = Company(spare=size // 20)
    turning, leaving = size // 10, size // 10
    for number in range(size):
        before, after = ("voice", "sms") if number % 2 else ("sms", "voice")
        change: dict[str, Value] = {f"licenses__{before}": None, f"licenses__{after}": True}
        if number < turning:
            change["extension"] = str(FIRST + number // 4 * 4 + (number + 1) % 4)
        elif number < turning + leaving:
            change["extension"] = str(FIRST + number + leaving)
        if turning + leaving <= number < turning + 2 * leaving:
            made.leaver(number, before)
        else:
            made.agent(number, before, **change)
    return made


def one_queue(free: int, *, apart: bool = False) -> Callable[[int], Company]:
    """Half of them leave the queue, the other half join it."""

    def build(size: int) -> Company:
        made = Company(free=free, members_on_queue=apart)
        for number in range(size // 2):
            made.agent(number, "voice", "main", licenses__voice=None, queues__main=None)
        for number in range(size // 2, size):
            made.agent(number, "", licenses__voice=True, queues__main=5)
        return made

    return build


def exchanges(size: int) -> Company:
    """All in pairs, with one free number."""
    made = Company(spare=1)
    for number in range(size):
        made.agent(number, "voice", "main", extension=str(FIRST + (number ^ 1)))
    return made


def rotation(size: int) -> Company:
    """One cycle of everybody, with one free number."""
    made = Company(spare=1)
    for number in range(size):
        made.agent(number, "voice", "main", extension=str(FIRST + (number + 1) % size))
    return made


def many_queues(size: int) -> Company:
    """Each of size / 2 queues exchanges its only member, with no free seat."""
    made = Company()
    for number in range(size // 2):
        queue = f"queue{number}"
        made.agent(2 * number, "voice", queue, licenses__voice=None, **{f"queues__{queue}": None})
        made.agent(2 * number + 1, "", licenses__voice=True, **{f"queues__{queue}": 5})
    return made


def one_in_ten(size: int) -> Company:
    """A tenth of a company changes: exchanges, seats that move, pools at their limit."""
    made = Company(spare=size // 20)
    for number in range(size):
        change: dict[str, Value] = {}
        if number % 25 in (0, 1):
            change["extension"] = str(FIRST + (number + 1 if number % 25 == 0 else number - 1))
        elif number % 25 in (2, 3):
            change["licenses__sms"] = True if number % 25 == 2 else None
        made.agent(number, "voice" if number % 25 == 2 else "voice sms", "main", **change)
    return made


def new_hires(size: int) -> Company:
    """Half leave, half are hired: onto the numbers, the seats and the queue of those who leave."""
    made = Company(free=1, spare=1)
    for number in range(size // 2):
        made.leaver(number, "voice", "main")
        made.hire(size + number, number, "voice", "main")
    return made


def successors(size: int) -> Company:
    """The same, and each pair has a queue of its own; seats and numbers are free."""
    made = Company(free=size, spare=size)
    for number in range(size // 2):
        made.leaver(number, "voice", f"queue{number}")
        made.hire(size + number, number, "voice", f"queue{number}")
    return made


ROWS: tuple[tuple[str, Callable[[int], Company], int], ...] = (
    ("everything at once", everything_at_once, 10_000),
    ("one queue, one free seat", one_queue(1), 10_000),
    ("one queue, no free seat", one_queue(0), 10_000),
    ("the same, members apart", one_queue(0, apart=True), 10_000),
    ("exchanges over one number", exchanges, 5_000),
    ("a rotation of all", rotation, 5_000),
    ("queues with one member each", many_queues, 1_000),
    ("hires follow leavers", new_hires, 5_000),
    ("a queue for each pair", successors, 5_000),
    ("one in ten changes", one_in_ten, 10_000),
)


def lines() -> Iterator[str]:
    yield f"{'':30}   size  changes   steps   edges  dips       s  growth"
    for name, build, size in ROWS:
        half, _ = build(size // 2).ordered()
        company = build(size)
        seconds, graph = company.ordered()
        edges = sum(len(operation.after) for operation in graph.operations)
        dips = sum(dip.depth for dip in graph.dips)
        assert not graph.conflicts, graph.conflicts[0]
        yield (
            f"{name:30}{size:7}{len(company.changes):9}{len(graph.operations):8}{edges:8}"
            f"{dips:6}{seconds:8.2f}{seconds / half / 2:8.2f}"
        )


if __name__ == "__main__":
    for line in lines():
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()
