"""Every day that the files state: starts, last days, memberships, waivers, acknowledgements."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from reconciler import kinds
from reconciler.load import entries
from reconciler.load.document import Document
from reconciler.load.entries import Entry
from reconciler.model import Address, Dated, DateEvent, Desired

_EVENTS: Final = (("from", DateEvent.START), ("until", DateEvent.END))


def dated(documents: Sequence[Document], desired: Desired) -> tuple[Dated, ...]:
    """Return every stated day, in the order of the days."""
    resources = {**desired.waiting, **desired.resources}
    items: list[Dated] = []
    members: dict[str, list[Address]] = {}
    for entry in entries.listed(documents, "agents"):
        fields = entry.fields
        email, number = entries.text(fields, "email"), entries.text(fields, "extension")
        address = kinds.agent_address(email, number)
        if address not in resources:
            continue
        for name in _profiles(fields):
            members.setdefault(name, []).append(address)
        if any(key in fields for key in ("from", "until", *kinds.MEMBERSHIPS)):
            items += _of_entry(entry, address, kinds.label_of(resources[address]), (address,))
    for entry in entries.named(documents, "profiles"):
        affected = tuple(members.get(str(entry.name), ()))
        address = kinds.address(kinds.PROFILE, str(entry.name))
        items += _of_entry(entry, address, f"profile {entry.name}", affected)
    items += _of_policy(desired)
    return tuple(sorted(items, key=lambda item: (item.day, item.label, item.path or "")))


def _profiles(fields: Mapping[str, Any]) -> list[str]:
    named = fields.get("profile")
    return list(map(str, named)) if isinstance(named, list) else [str(named)] if named else []


def _of_entry(
    entry: Entry, address: Address, label: str, affected: tuple[Address, ...]
) -> Iterator[Dated]:
    for key, event in _EVENTS:
        if key in entry.fields and (day := entries.day(entry.fields, key)):
            place = entry.origin().at(key)
            yield Dated(day, event, address, label, None, place, affected)
    for collection in kinds.MEMBERSHIPS:
        stated = entry.fields.get(collection)
        for name, value in stated.items() if isinstance(stated, dict) else ():
            if not isinstance(value, dict):
                continue
            for key, event in _EVENTS:
                if day := entries.day(value, key):
                    place = entry.origin().at(collection, name)
                    path = f"{collection}.{name}"
                    yield Dated(day, event, address, label, path, place, affected)


def _of_policy(desired: Desired) -> Iterator[Dated]:
    for waiver in desired.policy.waivers:
        if waiver.until:
            place = waiver.origin.at("until") if waiver.origin else None
            yield Dated(waiver.until, DateEvent.WAIVER, waiver.address, waiver.rule, None, place)
    for allowance in desired.policy.allow:
        if allowance.until:
            place = allowance.origin.at("until") if allowance.origin else None
            label = f"{allowance.what}={allowance.count}"
            yield Dated(allowance.until, DateEvent.ACKNOWLEDGEMENT, "", label, None, place)
