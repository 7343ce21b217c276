"""Who holds which extension: the assignment list decides, a profile alone does not."""

from collections.abc import Iterable, Mapping
from typing import Final

from reconciler import kinds
from reconciler.model import Resource
from reconciler.providers.genesys import api, mapping
from reconciler.providers.genesys.api import Record
from reconciler.providers.transport import Transport

MOST_DOUBTFUL: Final = 25
"""So many numbers that profiles show and the list does not are asked for one by one."""


def read(transport: Transport) -> tuple[Record, ...]:
    """The assignments that are there."""
    entries = api.listing(transport, api.EXTENSIONS)
    return tuple(entry for entry in entries if entry.get("state") != "deleted")


def by_user(
    transport: Transport, entries: Iterable[Record], people: Mapping[str, Record]
) -> dict[str, str]:
    """Numbers by user. Of several the one that the profile shows counts; one that a profile shows
    and the list does not is asked for, since the list may be late.
    """
    numbers: dict[str, str] = {}
    for entry in entries:
        user, number = mapping.owner(entry), mapping.text(entry, "number")
        if not user or not number or user not in people:
            continue
        if user not in numbers or mapping.profile_extension(people[user]) == number:
            numbers[user] = number
    shown = {user: mapping.profile_extension(record) for user, record in people.items()}
    late = [(user, number) for user, number in shown.items() if number and user not in numbers]
    if len(late) <= MOST_DOUBTFUL:
        for user, number in late:
            if is_assigned(transport, user, number):
                numbers[user] = number
    return numbers


def is_assigned(transport: Transport, user: str, number: str) -> bool:
    """Whether the assignment list gives the number to the user."""
    return any(
        entry.get("number") == number and mapping.owner(entry) == user
        for entry in api.listing(transport, api.EXTENSIONS, {"number": number})
    )


def of_others(entries: Iterable[Record], people: Mapping[str, Record]) -> Iterable[Resource]:
    """Numbers of phones, groups and flows: nobody else may get them."""
    for entry in entries:
        number, holder = mapping.text(entry, "number"), mapping.owner(entry)
        if not number or not holder or holder in people:
            continue
        fields = {
            "name": mapping.text(entry["owner"], "name"),
            "extension": number,
            "type": "group" if entry.get("ownerType") == "GROUP" else "user",
        }
        address = kinds.address(kinds.DIRECTORY_ENTRY, number)
        yield Resource(address, kinds.DIRECTORY_ENTRY, dict(fields), str(entry["id"]))
