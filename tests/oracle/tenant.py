"""A contact-centre tenant as a value, and its laws (I1 to I5 of the contract).

Objects are flat: `{"name": "Ana Diaz", "extension": "4001", "licenses.voice": True,
"queues.support": 5}`. A membership without a level has the value True. What is absent is not there.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

Flat = dict[str, Any]

UC_OWNED = frozenset(
    {"name", "email", "extension", "phone", "no_answer_destination", "recording_mode"}
)
MEMBERSHIPS = ("queues.", "skills.")


@dataclass
class Tenant:
    """`limits` is what the operator's files allow of each pool; the lower of both numbers binds."""

    agents: dict[str, Flat] = field(default_factory=dict)
    queues: dict[str, Flat] = field(default_factory=dict)
    skills: dict[str, Flat] = field(default_factory=dict)
    pools: dict[str, Flat] = field(default_factory=dict)
    directory: list[Flat] = field(default_factory=list)
    limits: dict[str, int] = field(default_factory=dict)

    def copy(self) -> "Tenant":
        """A tenant of its own; directory and pools never change and are shared."""
        return Tenant(
            {key: dict(agent) for key, agent in self.agents.items()},
            {key: dict(queue) for key, queue in self.queues.items()},
            {key: dict(skill) for key, skill in self.skills.items()},
            self.pools,
            self.directory,
            self.limits,
        )

    def limit(self, license_name: str) -> int | None:
        """How many seats may be given; None where nobody states a number."""
        numbers = [
            number
            for number in (
                self.pools.get(license_name, {}).get("purchased"),
                self.limits.get(license_name),
            )
            if number is not None
        ]
        return min(numbers) if numbers else None

    def assigned(self, license_name: str) -> int:
        return sum(f"licenses.{license_name}" in agent for agent in self.agents.values())

    def coverage(self, kind: str, name: str) -> int:
        return sum(covers(agent, kind, name) for agent in self.agents.values())

    def holders(self, value: str, path: str, except_id: str) -> list[str]:
        """Who else has an extension or e-mail: agents, queues, the UC directory."""
        own = self.agents.get(except_id, {})
        is_uc = own.get("phone") == "uc"
        folded = value.lower()
        others = [
            f"agent {key}"
            for key, agent in self.agents.items()
            if key != except_id and str(agent.get(path) or "").lower() == folded
        ]
        if path == "extension":
            others += [
                f"queue {name}" for name, q in self.queues.items() if q.get("extension") == value
            ]
        others += [
            f"directory {entry['name']}"
            for entry in self.directory
            if str(entry.get(path) or "").lower() == folded
            and not (is_uc and entry.get("extension") == own.get("extension"))
        ]
        return others


def covers(agent: Mapping[str, Any], kind: str, name: str) -> bool:
    """Whether an agent counts for a queue or skill: a member who holds a license."""
    return f"{kind}s.{name}" in agent and any(path.startswith("licenses.") for path in agent)


def with_values(agent: Mapping[str, Any], values: Mapping[str, Any]) -> Flat:
    """The object after a write; None takes a value away."""
    changed = {**agent, **values}
    return {path: value for path, value in changed.items() if value is not None}


def breaches(tenant: Tenant, key: str, values: Mapping[str, Any], *, new: bool) -> list[str]:
    """The laws that writing `values` to one agent would break, as sentences."""
    before = {} if new else tenant.agents[key]
    after = with_values(before, values)
    return [
        *_identity(tenant, key, before, after),
        *_owned(before, values, new=new),
        *_seats(tenant, before, after),
        *_references(tenant, before, after),
    ]


def _identity(tenant: Tenant, key: str, before: Flat, after: Flat) -> Iterator[str]:
    for path in ("extension", "email"):
        value = after.get(path)
        if value and str(value).lower() != str(before.get(path) or "").lower():
            for holder in tenant.holders(value, path, key):
                yield f"I1: {path} {value} is held by {holder}"


def _owned(before: Flat, values: Mapping[str, Any], *, new: bool) -> Iterator[str]:
    if not new and before.get("phone") == "uc":
        for path in sorted(UC_OWNED & set(values)):
            if values[path] != before.get(path):
                yield f"I5: {path} belongs to the UC directory"
    elif not new and "phone" in values and values["phone"] != before.get("phone"):
        yield "I5: phone is set once"


def _seats(tenant: Tenant, before: Flat, after: Flat) -> Iterator[str]:
    for name in sorted(licenses(after) - licenses(before)):
        limit = tenant.limit(name)
        if limit is not None and tenant.assigned(name) >= limit:
            yield f"I2: a seat of {name} is given at {tenant.assigned(name)} of {limit}"


def _references(tenant: Tenant, before: Flat, after: Flat) -> Iterator[str]:
    held, was = licenses(after), licenses(before)
    for name in sorted(held):
        base = tenant.pools.get(name, {}).get("requires")
        if base and base not in held and not (name in was and base not in was):
            yield f"I3: {name} without {base}"
    members = [path for path in after if path.startswith(MEMBERSHIPS)]
    for path in sorted(members):
        kind, _, name = path.partition(".")
        if path not in before and name not in (
            tenant.queues if kind == "queues" else tenant.skills
        ):
            yield f"I3: {path} does not exist"
    if members and not held and (was or set(members) - set(before)):
        yield f"I3: {', '.join(sorted(members))} without a license"


def licenses(agent: Iterable[str]) -> set[str]:
    return {path[9:] for path in agent if path.startswith("licenses.")}


def from_case(live: Mapping[str, Any], limits: Mapping[str, int]) -> Tenant:
    """The tenant of a case: JSON, so that a counterexample can be printed and read back."""
    live = deepcopy(dict(live))
    return Tenant(
        live["agents"],
        live["queues"],
        live["skills"],
        live["pools"],
        live["directory"],
        dict(limits),
    )


def differences(before: Flat, after: Flat) -> dict[str, tuple[Any, Any]]:
    """Paths whose values differ, with both."""
    return {
        path: (before.get(path), after.get(path))
        for path in sorted({*before, *after})
        if before.get(path) != after.get(path)
    }


def canonical(value: Any) -> str:
    return json.dumps(value, sort_keys=True)
