"""Detect implausibly short agent lists (scoped token, partial outage), so that nobody on them is
taken for missing and created anew.

Three things prove that a list is short: the ledger knows agents that we once saw or made there,
more seats are taken than the listed agents hold, and the tenant listed more a moment ago. On first
contact none of them speaks, and a tenant without agents is simply new.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from reconciler import kinds
from reconciler.errors import ImplausibleError
from reconciler.model import (
    Address,
    Declared,
    Desired,
    FieldValue,
    License,
    Reading,
    Resource,
    Value,
)

FEW = 3
"""So many may have been deleted by hand, whatever share of a small tenant they are."""
LEDGER = "last apply"
MAPPING: Address = "tenant/mapping"
"""Where the ledger remembers which mapping a tenant had."""
FULL = "full"
HINT = (
    "see whether the token may see all agents, then try again; if it is true, say so with "
    "`policy: {absent_percent: 100}`"
)


def expect_declared(reading: Reading, desired: Desired, declared: Declared | None = None) -> None:
    """Raises `ImplausibleError` when more of the declared agents are absent than is believable.

    `declared` is what was declared before. At a git revision it proves nothing about the tenant:
    it may never have been applied.
    """
    percent = desired.policy.absent_percent
    agents = [agent for agent in desired.resources.values() if agent.kind == kinds.AGENT]
    is_listed = _lookup(reading, desired)
    if reading.capabilities.licensed_only:
        _judge([a for a in agents if _is_licensed(a)], is_listed, percent, few=0)
        _expect_skills(reading, desired)
        return
    if declared is not None and declared.source == LEDGER:
        stayed = [a for a in agents if a.fields.get("active") is not False]
        applied = [agent for agent in stayed if agent.address in declared.addresses]
        _judge(applied, is_listed, percent, few=FEW, who="agents who were there at the last apply")
    for name in sorted(desired.pools):
        _expect_holders(name, agents, reading, is_listed, percent)


def expect_as_many(reading: Reading, before: int, percent: int) -> None:
    """Raises `ImplausibleError` when the lists hold far less than a moment ago."""
    gone = before - len(reading.resources)
    few = 0 if reading.capabilities.licensed_only else FEW
    if gone > few and gone * 100 > percent * before:
        raise ImplausibleError(
            f"the tenant's lists hold {len(reading.resources)} entries and held {before} a moment "
            f"ago; a loss of more than {percent} % is not believed",
            hint="try again; if it is true, say so with `policy: {absent_percent: 100}`",
        )


def _expect_skills(reading: Reading, desired: Desired) -> None:
    """An empty list of skills is not believed while the files declare some."""
    groups = set(kinds.MEMBERSHIPS.values())
    declared = sorted(a for a, one in desired.resources.items() if one.kind in groups)
    listed = any(resource.kind in groups for resource in reading.resources.values())
    if declared and not listed and desired.policy.absent_percent < 100:
        raise ImplausibleError(
            f"the tenant's list of skills is empty, and the files declare {len(declared)} "
            f"({', '.join(declared[:3])})",
            hint="see whether the token's service user may see the skills; if it is true, say so "
            "with `policy: {absent_percent: 100}`",
        )


def _expect_holders(
    name: License,
    agents: Iterable[Resource],
    reading: Reading,
    is_listed: Callable[[Resource], bool],
    percent: int,
) -> None:
    """Raises where seats are taken by nobody on the list, and declared holders are missing."""
    pool = reading.resources.get(kinds.address(kinds.LICENSE_POOL, name))
    assigned = pool.fields.get("assigned") if pool else None
    if not isinstance(assigned, int):
        return
    listed = sum(_holds(r, name) for r in reading.resources.values() if r.kind == kinds.AGENT)
    wanted = [agent for agent in agents if _is_licensed(agent) and _holds(agent, name)]
    absent = sum(not is_listed(agent) for agent in wanted)
    if assigned - listed >= absent:
        _judge(wanted, is_listed, percent, few=FEW, who=f"agents with a seat of {name}")


def _holds(agent: Resource, name: License) -> bool:
    held = agent.fields.get("licenses")
    return isinstance(held, frozenset | set | tuple | list) and name in held


def _is_licensed(agent: Resource) -> bool:
    return agent.fields.get("active") is not False and bool(agent.fields.get("licenses"))


def _lookup(reading: Reading, desired: Desired) -> Callable[[Resource], bool]:
    """Whether an agent is on the tenant's list, by e-mail or number, of today or before."""
    numbers: Collection[FieldValue] = {
        r.fields["extension"] for r in reading.resources.values() if r.fields.get("extension")
    }

    def is_listed(agent: Resource) -> bool:
        identity = desired.identities.get(agent.address)
        previously = identity.previously if identity else {}
        before = kinds.address(kinds.AGENT, previously.get("email", "").lower())
        return (
            agent.address in reading.resources
            or before in reading.resources
            or agent.fields.get("extension") in numbers
            or previously.get("extension") in numbers
        )

    return is_listed


def _judge(
    expected: Sequence[Resource],
    is_listed: Callable[[Resource], bool],
    percent: int,
    *,
    few: int,
    who: str = "agents who should have a license",
) -> None:
    absent = sorted(agent.address for agent in expected if not is_listed(agent))
    if len(absent) <= few or len(absent) * 100 <= percent * len(expected):
        return
    more = f" and {len(absent) - 3} more" if absent[3:] else ""
    raise ImplausibleError(
        f"{len(absent)} of {len(expected)} {who} are not on the tenant's "
        f"list ({', '.join(absent[:3])}{more}); more than {percent} % is not believed",
        hint=HINT,
    )


def doubted(reading: Reading, declared: Declared | None) -> Reading:
    """The reading without doubtful fields that the last apply left filled: the tenant hides them,
    or somebody emptied all of them by hand, and nothing tells which.
    """
    if not reading.doubtful or declared is None:
        return reading
    filled = {
        kinds.split_path(path)[0]
        for address, fields in declared.fields.items()
        if address in reading.resources
        for path, value in fields.items()
        if value is not None and "." in path
    }
    names = reading.doubtful & filled
    if not names:
        return reading
    resources = {
        address: replace(found, fields={n: v for n, v in found.fields.items() if n not in names})
        if found.kind == kinds.AGENT
        else found
        for address, found in reading.resources.items()
    }
    shown = reading.capabilities.observed
    observed = {**shown, kinds.AGENT: shown[kinds.AGENT] - names}
    capabilities = replace(reading.capabilities, observed=observed)
    return replace(reading, resources=resources, capabilities=capabilities)


def expect_mapping(reading: Reading, declared: Declared | None) -> None:
    """Raises `ImplausibleError` when a tenant that had our extension seems to have groups only.

    A discovery that answers 404 for a moment would make it so, and a plan would begin to build
    the queues anew, as groups.
    """
    known = declared.fields.get(MAPPING, {}).get("mapping") if declared else None
    if known == FULL and reading.capabilities.members_on_queue:
        raise ImplausibleError(
            "the tenant had the agent extension at the last apply and does not announce it now",
            hint="try again; if it is true, state `mapping: core` in the tenant block",
        )


def mapping_of(reading: Reading) -> Mapping[Address, Mapping[str, Value]]:
    """What the ledger keeps of a tenant's mapping."""
    return {MAPPING: {"mapping": "core" if reading.capabilities.members_on_queue else FULL}}
