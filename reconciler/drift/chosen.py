"""The part of a report that some addresses name, for `drift --take`."""

from collections.abc import Iterable
from dataclasses import dataclass

from reconciler import kinds
from reconciler.drift.sides import WAITING
from reconciler.model import Address, DriftItem, DriftReport


@dataclass(frozen=True, slots=True)
class Chosen:
    """Items of declared resources, addresses of unmanaged ones, and names that mean nothing here.

    What is pending or due is left out: there the files moved on, not the tenant.
    """

    items: tuple[DriftItem, ...]
    unmanaged: tuple[Address, ...]
    unknown: tuple[str, ...]


def chosen(report: DriftReport, names: Iterable[str]) -> Chosen:
    """By address in any case of an e-mail, or `agent/4001`."""
    known = {item.address: item.label for item in report.items}
    known |= {one.address: one.label for one in report.unmanaged}
    aliases = _aliases(known)
    resolved = {name: aliases.get(name, aliases.get(kinds.email_key(name))) for name in names}
    wanted = set(resolved.values())
    return Chosen(
        tuple(i for i in report.items if i.address in wanted and i.drift not in WAITING),
        tuple(one.address for one in report.unmanaged if one.address in wanted),
        tuple(name for name, address in resolved.items() if address is None),
    )


def _aliases(known: dict[Address, str]) -> dict[str, Address]:
    by_number = {
        kinds.address(kinds.AGENT, label.split(" ", 1)[0]): address
        for address, label in known.items()
        if kinds.kind_of(address) == kinds.AGENT
    }
    return {**by_number, **{address: address for address in known}}
