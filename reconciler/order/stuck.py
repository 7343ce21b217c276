"""Why something is left: what it lacks, who holds that, and what would resolve it."""

from collections.abc import Iterator, Mapping, Sequence

from reconciler import kinds
from reconciler.model import Address, Conflict
from reconciler.order import parts
from reconciler.order.parts import Item
from reconciler.order.rehearse import Rehearsal
from reconciler.order.stock import Key


def conflicts(run: Rehearsal) -> tuple[Conflict, ...]:
    """One a closed set of changes that wait for each other; the smallest sets."""
    left = {item.address: item for item in run.left}
    lacks = {
        address: run.missing(parts.effect(item, item.rest, deleted=item.verb == "delete"))
        for address, item in left.items()
    }
    waits = {a: _holders(keys, left, a) for a, keys in lacks.items()}
    return tuple(
        _conflict(group, left, lacks)
        for group in _smallest(waits)
        if any(lacks[address] for address in group)
    )


def _holders(
    keys: Sequence[Key], left: Mapping[Address, Item], asker: Address
) -> frozenset[Address]:
    wanted = set(keys)
    found = set()
    for address, item in left.items():
        gives = parts.effect(item, item.rest, deleted=item.verb == "delete").gives
        if address != asker and (wanted & set(gives) or ("exists", address) in wanted):
            found.add(address)
    return frozenset(found)


def _smallest(waits: Mapping[Address, frozenset[Address]]) -> Iterator[tuple[Address, ...]]:
    """Closed sets, smallest first, each address in one of them at the most."""
    closed = sorted((_closure(a, waits) for a in waits), key=lambda s: (len(s), sorted(s)))
    told: set[Address] = set()
    for group in closed:
        if not group & told:
            told |= group
            yield tuple(sorted(group))


def _closure(start: Address, waits: Mapping[Address, frozenset[Address]]) -> frozenset[Address]:
    seen: set[Address] = set()
    stack = [start]
    while stack:
        address = stack.pop()
        if address not in seen:
            seen.add(address)
            stack.extend(waits[address])
    return frozenset(seen)


def _conflict(
    group: tuple[Address, ...], left: Mapping[Address, Item], lacks: Mapping[Address, list[Key]]
) -> Conflict:
    keys = sorted({key for address in group for key in lacks[address]})
    holders = {
        address
        for address in group
        if set(keys)
        & set(
            parts.effect(
                left[address], left[address].rest, deleted=left[address].verb == "delete"
            ).gives
        )
    }
    return Conflict(
        group,
        ", ".join(_lack(key) for key in keys),
        tuple(sorted(holders)),
        tuple(dict.fromkeys(resolution for key in keys for resolution in _resolutions(key))),
    )


def _lack(key: Key) -> str:
    kind, value = key
    return {
        "seat": f"a free seat of {value}",
        "cover": f"somebody who covers {value}",
        "exists": f"{value} to exist",
    }.get(kind, f"{kind} {value}, which is held")


def _resolutions(key: Key) -> Iterator[str]:
    kind, value = key
    if kind == "seat":
        yield f"add a seat to license_pool/{value}, or take one from somebody"
    elif kind == "extension":
        yield "free a number in the same extension range for as long as the exchange takes"
    elif kind == "cover":
        yield f"add a member to {kinds.name_of(value)} first"
    yield "make the change in two applies"
