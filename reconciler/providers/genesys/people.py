"""Everybody in the tenant, active and inactive, by two listings.

A listing follows a write later. What this run wrote is waited for, up to a bound, and then read by
id; so is who stands in both listings while the state changes.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from reconciler.model import Value
from reconciler.providers.genesys import api, differences
from reconciler.providers.genesys.api import Record
from reconciler.providers.transport import Query, Transport
from reconciler.providers.workers import Workers

LOOKS: Final = 7
"""So often a listing is read until it holds what was written; the pauses between double."""
MOST_DOUBTFUL: Final = 100
"""So many people whose skills the listing leaves out are asked for one by one."""

Expected = Mapping[str, Mapping[str, Value]]
"""What was written in this run, by user: paths and values; deleted ones are not in it."""


def read(transport: Transport, workers: Workers, expected: Expected) -> dict[str, Record]:
    """All users by id, with their skills where the tenant shows them."""
    for attempt in range(1, LOOKS + 1):
        active = workers.submit(api.listing, transport, api.USERS, _query("active"))
        inactive = workers.submit(api.listing, transport, api.USERS, _query("inactive"))
        people, doubtful = _merged(active.result(), inactive.result())
        doubtful |= {user for user, values in expected.items() if _lags(people.get(user), values)}
        if not doubtful:
            break
        if attempt < LOOKS:
            transport.pause(attempt)
    for user in sorted(doubtful):
        record = api.user(transport, user)
        if record is None or not differences.is_there(record):
            people.pop(user, None)
        else:
            people[user] = record
    return _with_skills(transport, people)


def _query(state: str) -> Query:
    return {"state": state, "expand": "skills", "sortOrder": "ASC"}


def _merged(
    active: Iterable[Record], inactive: Iterable[Record]
) -> tuple[dict[str, Record], set[str]]:
    """Users by id, and who stands in both listings."""
    people = {str(user["id"]): user for user in active}
    twice = set()
    for user in inactive:
        if str(user["id"]) in people:
            twice.add(str(user["id"]))
        people[str(user["id"])] = user
    return people, twice


def _lags(user: Record | None, values: Mapping[str, Value]) -> bool:
    """Whether a listing does not show yet what was written."""
    if user is None:
        return True
    paths = values if isinstance(user.get("skills"), list) else differences.plain(values)
    return any(differences.differing(user, paths))


def _with_skills(transport: Transport, people: dict[str, Record]) -> dict[str, Record]:
    """Asks for skills that a listing was to expand and did not, as long as they are few people."""
    without = [
        user for user, record in people.items() if not isinstance(record.get("skills"), list)
    ]
    if len(without) <= MOST_DOUBTFUL:
        for user in without:
            people[user] = {**people[user], "skills": api.skills_of(transport, user)}
    return people
