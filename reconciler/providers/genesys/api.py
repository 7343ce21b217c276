"""The platform API: paths, whole listings, and what an answer means.

Paging counts from one and a listing states `total`, but the members of a queue state none, and the
users with licenses state no `nextUri`; both end with a short page.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
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
TOKEN: Final = f"{ROOT}/tokens/me"

READS_BY_POST: Final = frozenset({SEARCH, LICENSED})
"""What we read by POST. A transport that only reads lets no other POST through."""

PAGE: Final = {USERS: 500, SKILLS: 500, QUEUES: 500, POOLS: 100, EXTENSIONS: 100, LICENSED: 100}
"""Entries asked for in one page; a service may give fewer."""
MEMBERS_PAGE: Final = 100
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


def code(answer: Answer) -> str:
    body = answer.body if isinstance(answer.body, Mapping) else {}
    return str(body.get("code") or "")


def is_stale(status: int | None, message: str) -> bool:
    """A version conflict: 409, or a 400 whose message speaks of the current version."""
    return status == 409 or (status == 400 and "version" in message.lower())


@dataclass(frozen=True, slots=True)
class Listing:
    """Entries of one listing. `asked` says what was asked, for messages."""

    asked: str
    entries: tuple[Record, ...]


def listing(transport: Transport, path: str, query: Query | None = None) -> Listing:
    """All pages of a listing that states a total, with unique ids, or `ImplausibleError`.

    A total that moves while pages are read is read once more from the beginning.
    """
    for _ in range(2):
        found = _pages(transport, path, query or {})
        if found is not None:
            return found
    raise errors.ImplausibleError(
        f"{path} does not add up: its pages hold another number of entries than its total says",
        hint="somebody may be changing the tenant; try again",
    )


def _pages(transport: Transport, path: str, query: Query) -> Listing | None:
    entries: dict[str, Record] = {}
    number, total, size = 1, None, PAGE[path]
    while True:
        body = _body(transport, path, {**query, "pageSize": size, "pageNumber": number})
        page, stated = _entities(body, path), body.get("total")
        if isinstance(stated, int):
            if total is not None and stated != total:
                return None
            total = stated
        fresh = {_id(entry, path): entry for entry in page}
        if fresh.keys() & entries.keys():
            return None
        entries |= fresh
        if not page or (total is not None and len(entries) >= total):
            break
        if total is None and _is_last(body, page, number):
            break
        number += 1
    if total is not None and len(entries) != total:
        return None
    return Listing(path, tuple(entries.values()))


def _is_last(body: Record, page: Sequence[Record], number: int) -> bool:
    """Of a listing without a total: by its page count, else by a page that is not full."""
    count = body.get("pageCount")
    if isinstance(count, int):
        return number >= count
    size = body.get("pageSize")
    return len(page) < (size if isinstance(size, int) and size > 0 else len(page) + 1)


def members(transport: Transport, queue: str) -> tuple[Record, ...]:
    """The members of a queue who are there by themselves, page by page until one is empty or not
    full: this listing states neither a total nor a number of pages.
    """
    path, number = f"{QUEUES}/{queue}/members", 1
    found: dict[str, Record] = {}
    while True:
        query: Query = {"pageSize": MEMBERS_PAGE, "pageNumber": number, "memberBy": "user"}
        page = _entities(_body(transport, path, query), path)
        fresh = {_id(entry, path): entry for entry in page}
        found |= fresh
        if len(page) < MEMBERS_PAGE:
            return tuple(found.values())
        number += 1


def single(transport: Transport, path: str, query: Query | None = None) -> Record | None:
    """One object; None where the service says clearly that there is none."""
    answer = transport.get(path, query)
    if answer.status in (404, 410):
        return None
    if answer.status != 200 or not isinstance(answer.body, Mapping):
        raise errors.ImplausibleError(f"{answer.status} from {path}: {detail(answer)}")
    return answer.body


def searched(transport: Transport, email: str, states: Sequence[str]) -> Iterator[Record]:
    """Users with exactly this e-mail, of these states, whatever a listing shows so far."""
    body = {
        "pageSize": 25,
        "pageNumber": 1,
        "query": [
            {"type": "EXACT", "fields": ["email"], "value": email},
            {"type": "EXACT", "fields": ["state"], "values": list(states)},
        ],
    }
    answer = transport.ask(SEARCH, body)
    results = answer.body.get("results") if isinstance(answer.body, Mapping) else None
    yield from (entry for entry in results or () if isinstance(entry, Mapping))


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
    if not isinstance(entities, list) or not all(isinstance(one, Mapping) for one in entities):
        raise errors.ImplausibleError(f"{path} holds no list of entities", hint="check `url:`")
    return entities


def _id(entry: Record, path: str) -> str:
    identifier = entry.get("id")
    if not isinstance(identifier, str) or not identifier:
        raise errors.ImplausibleError(f"{path} holds an entry without an id")
    return identifier
