"""The platform API: paths, whole listings, and what an answer means.

Paging counts from one and a listing states `total`, but the members of a queue state none, and the
users with licenses state no `nextUri`; both end with a short page.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from reconciler import errors
from reconciler.providers import answers
from reconciler.providers.answers import Answer
from reconciler.providers.transport import Query, Transport

ROOT: Final = "/api/v2"
USERS: Final = f"{ROOT}/users"
SEARCH: Final = f"{ROOT}/users/search"
SKILLS: Final = f"{ROOT}/routing/skills"
QUEUES: Final = f"{ROOT}/routing/queues"
DEFINITIONS: Final = f"{ROOT}/license/definitions"
LICENSED: Final = f"{ROOT}/license/users"
ASSIGN: Final = f"{ROOT}/license/organization"
POOLS: Final = f"{ROOT}/telephony/providers/edges/extensionpools"
EXTENSIONS: Final = f"{ROOT}/telephony/providers/edges/extensions"
PHONES: Final = f"{ROOT}/telephony/providers/edges/phones"
SITES: Final = f"{ROOT}/telephony/providers/edges/sites"
BASE_SETTINGS: Final = f"{ROOT}/telephony/providers/edges/phonebasesettings"
STATIONS: Final = f"{ROOT}/stations"
AUDIT: Final = f"{ROOT}/audits/query/realtime?expand=user"
AUDIT_SERVICES: Final = f"{ROOT}/audits/query/realtime/servicemapping"
TOKEN: Final = f"{ROOT}/tokens/me"

READS_BY_POST: Final = frozenset({SEARCH, AUDIT})
"""What we read by POST. A transport that only reads lets no other POST through."""

PAGE: Final = {
    **dict.fromkeys((USERS, SKILLS, QUEUES), 500),
    **dict.fromkeys((POOLS, EXTENSIONS, LICENSED, PHONES, SITES, BASE_SETTINGS, STATIONS), 100),
}
"""Entries asked for in one page; a service may give fewer."""
MEMBERS_PAGE: Final = 100
SKILLS_PAGE: Final = 50
INACTIVE_LIMIT: Final = 10_000

Record = Mapping[str, Any]


def of_read(answer: Answer, path: str) -> Answer:
    """The answer, or why it says nothing: the service's own code and correlation id included."""
    if answer.status == 403 and isinstance(answer.body, Mapping):
        raise errors.RefusedError(
            f"the OAuth client may not read {path}: {detail(answer)}",
            hint="give its role the permission that the message names, in the divisions concerned",
        )
    return answers.of_read(answer, path)


def detail(answer: Answer) -> str:
    """Message, code and correlation id of an ErrorBody, bounded."""
    body = answer.body if isinstance(answer.body, Mapping) else {}
    words = [body.get(name) for name in ("message", "code")]
    where = body.get("contextId") or answer.header("inin-correlation-id")
    text = ", ".join(str(word) for word in words if word) or "no detail"
    return answers.printable(f"{text}{f' (contextId {where})' if where else ''}")[:500]


def is_stale(error: errors.RequestError) -> bool:
    """Whether a refusal speaks of the version: as 409, or as 400."""
    return error.status in (400, 409) and "version" in str(error).lower()


def may_be_stale(error: errors.RequestError) -> bool:
    """A version conflict, or a 409 that does not say what it is about."""
    return error.status == 409 or is_stale(error)


def listing(transport: Transport, path: str, query: Query | None = None) -> tuple[Record, ...]:
    """All pages of a listing that states a total, with unique ids, or `ImplausibleError`.

    A total that moves while pages are read is read once more from the beginning.
    """
    for _ in range(2):
        entries = _pages(transport, path, query or {})
        if entries is not None:
            return entries
    raise errors.ImplausibleError(
        f"{path} does not add up: its pages hold another number of entries than its total says",
        hint="somebody may be changing the tenant; try again",
    )


def _pages(transport: Transport, path: str, query: Query) -> tuple[Record, ...] | None:
    """One round over all pages; None where it does not add up."""
    entries: dict[str, Record] = {}
    number, total = 1, None
    while True:
        size = PAGE.get(path, SKILLS_PAGE)
        body = _body(transport, path, {**query, "pageSize": size, "pageNumber": number})
        page, stated = _entities(body, path), body.get("total")
        if isinstance(stated, int):
            if total is not None and stated != total:
                return None
            total = stated
        fresh = {_id(entry, path): entry for entry in page}
        if len(fresh) < len(page) or fresh.keys() & entries.keys():
            return None
        entries |= fresh
        if not page or (total is not None and len(entries) >= total):
            break
        if total is None and _is_last(body, page, number, size):
            break
        number += 1
    if total is not None and len(entries) != total:
        return None
    return tuple(entries.values())


def _is_last(body: Record, page: Sequence[Record], number: int, size: int) -> bool:
    """Of a listing without a total: by its page count, else by a page that is not full. A service
    that gives fewer than asked and does not say so is asked until a page is empty.
    """
    count, stated = body.get("pageCount"), body.get("pageSize")
    if isinstance(count, int):
        return number >= count
    return len(page) < stated if isinstance(stated, int) and 0 < stated <= size else False


def members(
    transport: Transport, queue: str, *, count: int | None = None, by: str = "user"
) -> tuple[Record, ...]:
    """The members of a queue who are there by themselves, or by a group. This listing states no
    total: it ends with a page that is not full, or with the `count` of the queue.
    """
    path, number = f"{QUEUES}/{queue}/members", 1
    entries: dict[str, Record] = {}
    while True:
        query: Query = {"pageSize": MEMBERS_PAGE, "pageNumber": number, "memberBy": by}
        body = _body(transport, path, query)
        page = _entities(body, path)
        fresh = {_id(entry, path): entry for entry in page}
        if not fresh.keys() - entries.keys():
            break
        entries |= fresh
        own = sum(_member_by(entry, by) for entry in entries.values())
        is_whole = count is not None and own >= count
        if is_whole or (count is None and _is_last(body, page, number, MEMBERS_PAGE)):
            break
        number += 1
    return tuple(entry for entry in entries.values() if _member_by(entry, by))


def _member_by(entry: Record, by: str) -> bool:
    return str(entry.get("memberBy") or by).lower() == by


def named(transport: Transport, path: str, name: str) -> Record | None:
    """By the name filter, which finds prefixes: only the very name counts."""
    for entry in listing(transport, path, {"name": name}):
        if entry.get("name") == name and entry.get("state") != "deleted":
            return entry
    return None


def user(transport: Transport, identifier: str) -> Record | None:
    """One user, deleted ones too, with the skills of those who are not."""
    path = f"{USERS}/{identifier}"
    record = single(transport, path, {"expand": "skills"})
    if record is None:
        record = single(transport, path, {"expand": "skills", "state": "deleted"})
    if record is None or record.get("state") == "deleted":
        return record
    if not isinstance(record.get("skills"), list):
        return {**record, "skills": skills_of(transport, identifier)}
    return record


def skills_of(transport: Transport, user: str) -> list[Record]:
    """The skills of one user, where the listing of users does not show them."""
    return list(listing(transport, f"{USERS}/{user}/routingskills"))


def licenses_of(transport: Transport, user: str) -> frozenset[str]:
    """Definition ids of one user's licenses."""
    record = single(transport, f"{LICENSED}/{user}") or {}
    entries = record.get("licenses") or ()
    return frozenset(
        str(e.get("id")) if isinstance(e, Mapping) else str(e) for e in entries if e is not None
    )


def single(transport: Transport, path: str, query: Query | None = None) -> Record | None:
    """One object; None where the service says clearly that there is none."""
    answer = transport.get(path, query)
    if answer.status in (404, 410):
        return None
    if not 200 <= answer.status < 300 or not isinstance(answer.body, Mapping):
        raise errors.ImplausibleError(f"{answer.status} from {path}: {detail(answer)}")
    return answer.body


def searched(transport: Transport, email: str, states: Sequence[str]) -> Iterator[Record]:
    """Users with exactly this e-mail, of these states, whatever a listing shows so far."""
    body = {
        "pageSize": 25,
        "pageNumber": 1,
        "query": [
            {"type": "EXACT", "fields": ["email"], "value": email},
            {"type": "EXACT", "fields": ["state"], **_one_or_more(states)},
        ],
    }
    answer = transport.ask(SEARCH, body)
    results = answer.body.get("results") if isinstance(answer.body, Mapping) else None
    yield from (entry for entry in results or () if isinstance(entry, Mapping))


def _one_or_more(values: Sequence[str]) -> Record:
    return {"values": list(values)} if len(values) > 1 else {"value": values[0]}


def _body(transport: Transport, path: str, query: Query) -> Record:
    answer = transport.get(path, query)
    if answer.status == 400 and query.get("state") == "inactive":
        raise errors.CannotTellError(
            f"the inactive users cannot be listed: {detail(answer)}",
            hint=f"a tenant with more than {INACTIVE_LIMIT} of them cannot list them",
        )
    if answer.status != 200 or not isinstance(answer.body, Mapping):
        raise errors.ImplausibleError(
            f"{answer.status} from {path}: {detail(answer)}", hint="check `url:`"
        )
    return answer.body


def _entities(body: Record, path: str) -> list[Record]:
    entities = body.get("entities")
    if entities is None and "entities" in body and body.get("total") in (None, 0):
        return []
    if not isinstance(entities, list) or not all(isinstance(e, Mapping) for e in entities):
        raise errors.ImplausibleError(f"{path} holds no list of entities", hint="check `url:`")
    return entities


def _id(entry: Record, path: str) -> str:
    identifier = entry.get("id")
    if not isinstance(identifier, str) or not identifier:
        raise errors.ImplausibleError(f"{path} holds an entry without an id")
    return identifier
