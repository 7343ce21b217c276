"""A list that seems cut short: a token of little scope, a bad moment. Nobody is missed by it."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from reconciler import kinds
from reconciler.errors import ImplausibleError
from reconciler.model import Address, Declared, Desired, FieldValue, Reading, Resource, Value

MAPPING: Address = "tenant/mapping"
"""Where the ledger remembers which mapping a tenant had."""
FULL = "full"


def expect_declared(reading: Reading, desired: Desired) -> None:
    """Raises `ImplausibleError` when more of the declared agents are absent than is believable.

    Only for a tenant that lists the licensed alone: elsewhere an absent agent is a missing one.
    """
    if not reading.capabilities.licensed_only:
        return
    expected = [agent for agent in desired.resources.values() if _is_expected(agent)]
    listed = _numbers(reading.resources.values())
    absent = sorted(agent.address for agent in expected if not _is_among(agent, desired, listed))
    _judge(absent, len(expected), desired.policy.absent_percent)


def expect_as_many(reading: Reading, before: int, percent: int) -> None:
    """Raises `ImplausibleError` when the lists hold far less than a moment ago."""
    gone = before - len(reading.resources)
    if reading.capabilities.licensed_only and gone * 100 > percent * before:
        raise ImplausibleError(
            f"the tenant's lists hold {len(reading.resources)} entries and held {before} a moment "
            f"ago; a loss of more than {percent} % is not believed",
            hint="try again; if it is true, say so with `policy: {absent_percent: 100}`",
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


def _is_expected(agent: Resource) -> bool:
    if agent.kind != kinds.AGENT or agent.fields.get("active") is False:
        return False
    return bool(agent.fields.get("licenses"))


def _is_among(agent: Resource, desired: Desired, listed: Collection[FieldValue]) -> bool:
    identity = desired.identities.get(agent.address)
    before = identity.previously.get("extension") if identity else None
    return agent.fields.get("extension") in listed or before in listed


def _numbers(resources: Iterable[Resource]) -> set[FieldValue]:
    return {r.fields["extension"] for r in resources if r.fields.get("extension")}


def _judge(absent: Sequence[Address], expected: int, percent: int) -> None:
    if not absent or len(absent) * 100 <= percent * expected:
        return
    more = f" and {len(absent) - 3} more" if absent[3:] else ""
    raise ImplausibleError(
        f"{len(absent)} of {expected} agents who should have a license are not on the tenant's "
        f"list ({', '.join(absent[:3])}{more}); more than {percent} % is not believed",
        hint="see whether the token's service user may see all agents; if it is true, say so with "
        "`policy: {absent_percent: 100}`",
    )
