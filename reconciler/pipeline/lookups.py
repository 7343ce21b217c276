"""Look up one agent or the numbers of a range, in the files and in the tenant."""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from reconciler import kinds, load, read, roster
from reconciler.model import Address, Desired, ExtensionRange, Resource, Value
from reconciler.pipeline.plans import compare
from reconciler.pipeline.stages import Environment, PlanOptions, ValidationResult
from reconciler.pipeline.tenants import open_provider


@dataclass(frozen=True, slots=True)
class ValueOrigin:
    """One value of an agent: where the files state it, and what the tenant shows."""

    path: str
    value: Value
    file: str
    line: int
    layer: str
    profile: str | None
    live: Value


def find_agent(desired: Desired, address: str) -> Resource | None:
    """Return the declared agent that an address or a number means."""
    people = {**desired.resources, **desired.waiting}
    target = _target(address)
    exact = people.get(kinds.email_key(target)) or people.get(target)
    if exact is not None and exact.kind == kinds.AGENT:
        return exact
    number = kinds.name_of(target)
    return next(
        (
            agent
            for agent in people.values()
            if agent.kind == kinds.AGENT and agent.fields.get("extension") == number
        ),
        None,
    )


def similar_agent(desired: Desired, address: str) -> Address | None:
    """Return the address of a declared agent that looks like this one."""
    agents = [a for a in (*desired.resources, *desired.waiting) if a.startswith("agent/")]
    return next(iter(difflib.get_close_matches(_target(address).lower(), agents)), None)


def _target(address: str) -> Address:
    return address if "/" in address else kinds.address(kinds.AGENT, address)


def find_live(
    desired: Desired, folder: Path, agent: Resource, environment: Environment
) -> Resource | None:
    """Read the tenant, and return who this agent is there. Raises `CannotTellError`."""
    compared = compare(ValidationResult(desired, ()), folder, environment, PlanOptions())
    return compared.comparison.matches.get(agent.address)


def origins(folder: Path, agent: Resource, live: Resource | None) -> list[ValueOrigin]:
    """Return where each value of an agent comes from, with the live one beside it."""
    live_values = dict(kinds.flat(live.fields)) if live else {}
    return [
        ValueOrigin(
            source.path,
            source.value,
            source.position.file,
            source.position.line,
            "shared" if source.position.file.startswith("../") else "tenant",
            source.profile,
            live_values.get(source.path),
        )
        for source in load.sources(load.documents(folder).documents, agent)
    ]


# --- extensions ----------------------------------------------------------------------------------


def find_range(desired: Desired, name: str) -> ExtensionRange | None:
    return next((interval for interval in desired.ranges if interval.name == name), None)


def live_extensions(desired: Desired, environment: Environment) -> dict[str, Address]:
    """Return extensions in use in the tenant, with their holders. Raises `CannotTellError`."""
    with open_provider(desired.tenant, environment, read_only=True, desired=desired) as provider:
        reading = read.live(provider)
    return {
        number: address
        for address, resource in reading.resources.items()
        if isinstance(number := resource.fields.get("extension"), str)
    }


def declared_extensions(desired: Desired) -> tuple[set[str], set[str]]:
    """Return the extensions of current agents, and of those who begin later."""
    used = _extensions(desired.resources)
    return used, _extensions(desired.waiting) - used


def _extensions(resources: Mapping[Address, Resource]) -> set[str]:
    numbers = (resource.fields.get("extension") for resource in resources.values())
    return {number for number in numbers if isinstance(number, str) and number}


def free_extensions(
    interval: ExtensionRange, desired: Desired, live: Mapping[str, Address], count: int
) -> list[str]:
    """Return the next numbers of a range that nobody has or is to get, at most `count`."""
    used, reserved = declared_extensions(desired)
    numbers = roster.free([interval], used | reserved | live.keys())
    return [number for number, _ in zip(numbers, range(count), strict=False)]
