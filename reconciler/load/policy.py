"""Merge the `policy:` blocks of a folder. Lists add up; a single value may be stated once."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any, Final

from reconciler import kinds
from reconciler.load import entries
from reconciler.load.document import Document, Place
from reconciler.model import Address, Allowance, Limit, Policy, Resource, Waiver

Resolve = Callable[[Address], Address]

_NUMBERS: Final = ("attestation_days", "absent_percent")


def policy(documents: Sequence[Document], resolve: Resolve, repeated: list[Resource]) -> Policy:
    """`resolve` turns `agent/4001` into the agent's address."""
    single = _single(documents, repeated)
    live_calls = single.pop("live_calls", None)
    days, percent = (_whole(single.pop(key, None)) for key in _NUMBERS)
    whole, narrowed = _protection(documents, resolve)
    stated = Policy(
        limits={name: _limit(value) for name, value in single.items()},
        protect=whole | narrowed.keys(),
        protect_fields={a: fields for a, fields in narrowed.items() if a not in whole},
        allow=tuple(sorted(_allowances(documents), key=_order)),
        waivers=tuple(sorted(_waivers(documents, resolve), key=_order)),
        ignore=frozenset(_texts(documents, "ignore")),
    )
    if isinstance(live_calls, str):
        stated = replace(stated, live_calls=live_calls)
    return replace(
        stated,
        attestation_days=stated.attestation_days if days is None else days,
        absent_percent=stated.absent_percent if percent is None else percent,
    )


def _protection(
    documents: Sequence[Document], resolve: Resolve
) -> tuple[frozenset[Address], dict[Address, frozenset[str]]]:
    """The addresses that are protected in every field, and the fields of the others."""
    whole = frozenset(resolve(address) for address in _texts(documents, "protect"))
    narrowed: dict[Address, frozenset[str]] = {}
    for value, _ in _listed(documents, "protect"):
        address, fields = resolve(entries.text(value, "address") or ""), value.get("fields")
        stated = frozenset(map(str, fields)) if isinstance(fields, list) else frozenset()
        narrowed[address] = narrowed.get(address, frozenset()) | stated
    return whole, narrowed


def _whole(value: Any) -> int | None:
    """Return a whole number, else None."""
    return value if type(value) is int else None


def resolver(extensions: dict[str, Address]) -> Resolve:
    """Addresses as the model has them: agents in lower case and by e-mail where they have one."""

    def resolve(address: Address) -> Address:
        """Return the address of an agent that is named by e-mail or extension."""
        if kinds.kind_of(address) != kinds.AGENT:
            return address
        return extensions.get(kinds.name_of(address), kinds.email_key(address))

    return resolve


def _single(documents: Sequence[Document], repeated: list[Resource]) -> dict[str, Any]:
    """`live_calls`, the numbers and, as `agent.suspend`, every limit."""
    values: dict[str, Any] = {}
    for block in entries.single(documents, "policy"):
        for name, value, path in _values(block.fields):
            if name in values:
                origin = Place(block.document, ("policy", *path))
                repeated.append(Resource(f"policy/{name}", "policy", {}, origin=origin))
            else:
                values[name] = value
    return values


def _values(block: dict[str, Any]) -> Iterator[tuple[str, Any, tuple[str, ...]]]:
    """Yield each single value of a policy block: its name, the value and its path."""
    for key in ("live_calls", *_NUMBERS):
        if key in block:
            yield key, block[key], (key,)
    limits = block.get("limits")
    for kind, classes in limits.items() if isinstance(limits, dict) else ():
        for action, value in classes.items() if isinstance(classes, dict) else ():
            yield f"{kind}.{action}", value, ("limits", kind, action)


def _limit(value: Any) -> Limit:
    """Convert a count, or a percentage such as `10%`."""
    if type(value) is int:
        return Limit(count=value)
    percent = str(value).removesuffix("%")
    return Limit(percent=int(percent)) if percent.isdecimal() else Limit()


def _listed(documents: Sequence[Document], key: str) -> Iterator[tuple[dict[str, Any], Place]]:
    """Yield the mappings of a list below `policy`, each with its place."""
    for block in entries.single(documents, "policy"):
        values = block.fields.get(key)
        for number, value in enumerate(values if isinstance(values, list) else ()):
            if isinstance(value, dict):
                yield value, Place(block.document, ("policy", key, number))


def _texts(documents: Sequence[Document], key: str) -> Iterator[str]:
    """Yield the texts of a list below `policy`."""
    for block in entries.single(documents, "policy"):
        values = block.fields.get(key)
        yield from (
            text for text in (values if isinstance(values, list) else ()) if type(text) is str
        )


def _allowances(documents: Sequence[Document]) -> Iterator[Allowance]:
    """Yield the acknowledgements of `policy.allow`."""
    for value, origin in _listed(documents, "allow"):
        yield Allowance(
            entries.text(value, "what") or "",
            entries.number(value, "count") or 0,
            entries.text(value, "reason") or "",
            entries.day(value, "until"),
            origin,
        )


def _waivers(documents: Sequence[Document], resolve: Resolve) -> Iterator[Waiver]:
    """Yield the waivers, with their addresses resolved."""
    for value, origin in _listed(documents, "waivers"):
        yield Waiver(
            entries.text(value, "rule") or "",
            resolve(entries.text(value, "address") or ""),
            entries.text(value, "reason") or "",
            entries.day(value, "until"),
            origin,
        )


def _order(stated: Allowance | Waiver) -> str:
    """The same whatever file it stands in: the text form leaves the origin out."""
    return repr(stated)
