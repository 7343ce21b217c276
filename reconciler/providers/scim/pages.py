"""Whole listings (RFC 7644 section 3.4.2.4), or an error: half a listing is no listing.

The stride is what the first page returned, whatever was asked for; later pages are read in
parallel. A listing is whole if the unique ids are as many as every page's `totalResults`. If not,
it is read again, page after page and alone; where the total moves, it is whole once two readings
show the same ids and a page says as many. After that we cannot tell.

A service that refuses a page of 200 (400, 429 or 500, without a word on when to come back) is asked
for smaller ones. Records are turned into what is wanted of them page by page, so that no listing is
kept raw.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from itertools import chain
from threading import Lock
from typing import Any

from reconciler.errors import ImplausibleError
from reconciler.providers.answers import MISSING, Answer, detail
from reconciler.providers.scim.attributes import Record, entries, integer, pick, text
from reconciler.providers.transport import Query, Transport
from reconciler.providers.workers import Workers

SIZES = (200, 100, 50, 25, 10)
"""Page sizes, the next one where the service refuses."""
TOO_LARGE = frozenset({400, 413, 414, 429, 500, 503})
"""What a service may answer to a page that is too large for it."""
WORKERS = 8
READINGS = 6
MOST_PAGES = 20_000


class PageSize:
    """The page size that a service takes; learnt once, and shared by threads and listings.

    `largest` is what the tenant's block, the mapping or the service itself states.
    """

    def __init__(self, largest: int | None = None) -> None:
        smaller = (size for size in SIZES if largest is None or size < largest)
        self._left: list[int | None] = [*([largest] if largest else []), *smaller, None]
        self._lock = Lock()

    @property
    def count(self) -> int | None:
        """None where the service shall choose."""
        return self._left[0]

    def refused(self, size: int) -> None:
        """Go down one size, unless somebody did so already."""
        with self._lock:
            if self._left[0] == size:
                self._left.pop(0)


@dataclass(frozen=True, slots=True)
class Listing:
    """`convert` gives what is kept of a record. An endpoint that `may_be_missing` may be a 404."""

    endpoint: str
    convert: Callable[[Record], Any]
    may_be_missing: bool = False
    by_cursor: bool = False
    query: Query = field(default_factory=dict)
    size: PageSize = field(default_factory=PageSize)


@dataclass(frozen=True, slots=True)
class Page:
    """`found` is keyed by id; `count` is how many records it held."""

    total: int
    found: Mapping[str, Any]
    count: int
    cursor: str | None = None


def everything(transport: Transport, listings: Mapping[str, Listing]) -> dict[str, list[Any]]:
    """What `convert` made of all resources of all listings. A missing endpoint has no entry."""
    whole: dict[str, list[Any]] = {}
    again: dict[str, Sequence[Page]] = {}
    with Workers(WORKERS) as workers:
        for name, read in _in_parallel(workers, transport, listings).items():
            if read and _is_whole(read):
                whole[name] = _kept(read)
            elif read:
                again[name] = read
    for name, doubtful in again.items():
        whole[name] = _read_again(transport, listings[name], doubtful)
    return whole


def _in_parallel(
    workers: Workers, transport: Transport, listings: Mapping[str, Listing]
) -> dict[str, list[Page]]:
    def submit(listing: Listing, start: int) -> Future[Page | None]:
        return workers.submit(_page, transport, listing, start)

    firsts = {name: submit(listing, 1) for name, listing in listings.items()}
    rest = {}
    for name, first in firsts.items():
        page = first.result()
        starts = _starts(page) if page and page.cursor is None else ()
        rest[name] = [submit(listings[name], start) for start in starts]
    return {
        name: [page for one in (first, *rest[name]) if (page := one.result())]
        for name, first in firsts.items()
    }


def _starts(first: Page) -> range:
    if not first.count:
        return range(0)
    if first.total > MOST_PAGES * first.count:
        raise ImplausibleError(f"a page holds {first.count} of {first.total} resources")
    return range(1 + first.count, first.total + 1, first.count)


def _read_again(transport: Transport, listing: Listing, pages: Sequence[Page]) -> list[Any]:
    """Page after page, with nothing else under way, until the counts add up."""
    for _ in range(1, READINGS):
        before, pages = pages, list(_one_by_one(transport, listing))
        if _is_whole(pages) or _are_steady(before, pages):
            return _kept(pages)
        transport.pause(1)
    raise _implausible(listing, pages)


def _implausible(listing: Listing, pages: Sequence[Page]) -> ImplausibleError:
    first, last = pages[0], pages[-1]
    if len(pages) > 1 and last.count and last.found.keys() <= first.found.keys():
        start = 1 + sum(page.count for page in pages[:-1])
        return ImplausibleError(
            f"{listing.endpoint} was asked for its resources from {start} on (startIndex={start}) "
            f"and answered the first ones again: {len(_ids(pages))} of {last.total} are seen",
            hint="the service does not page; ask its vendor, or set `page_size:` in the tenant "
            "block to at least as many as there are",
        )
    return ImplausibleError(
        f"{listing.endpoint} lists {len(_ids(pages))} of {last.total}, also when read again",
        hint="the tenant is being changed or pages wrongly; try again later",
    )


def _one_by_one(transport: Transport, listing: Listing) -> Iterator[Page]:
    seen: set[str] = set()
    page, start = _page(transport, listing, 1), 1
    while page is not None:
        yield page
        start += page.count
        is_news = not seen.issuperset(page.found)
        seen |= page.found.keys()
        is_last = page.cursor is None and start > page.total
        if is_last or not is_news or len(seen) > MOST_PAGES * SIZES[0]:
            return
        page = _page(transport, listing, start, page.cursor)


def _ids(pages: Sequence[Page]) -> set[str]:
    return set(chain.from_iterable(page.found for page in pages))


def _is_whole(pages: Sequence[Page]) -> bool:
    return {page.total for page in pages} == {len(_ids(pages))}


def _are_steady(before: Sequence[Page], after: Sequence[Page]) -> bool:
    ids = _ids(after)
    return ids == _ids(before) and len(ids) in {page.total for page in after}


def _kept(pages: Sequence[Page]) -> list[Any]:
    found = {id_: value for page in pages for id_, value in page.found.items()}
    return [value for value in found.values() if value is not None]


def _page(
    transport: Transport, listing: Listing, start: int, cursor: str | None = None
) -> Page | None:
    """One page; None where the endpoint may be missing and is."""
    answer = _answer(transport, listing, start, cursor)
    if answer.status in MISSING and listing.may_be_missing:
        return None
    if answer.status != 200 or not isinstance(answer.body, Mapping):
        raise ImplausibleError(
            f"{listing.endpoint} answers {answer.status} instead of a list: {detail(answer)}",
            hint="check `url:`; it ends where /Users begins",
        )
    total = integer(answer.body, "totalResults")
    if total is None:
        raise ImplausibleError(f"{listing.endpoint} does not say how many resources it has")
    records = list(entries(answer.body, "Resources"))
    found = {identifier(record, listing.endpoint): listing.convert(record) for record in records}
    following = pick(answer.body, "nextCursor")
    return Page(total, found, len(records), following if isinstance(following, str) else None)


def _answer(transport: Transport, listing: Listing, start: int, cursor: str | None) -> Answer:
    """The answer to one page. A first page may be too large; later ones come as the first did."""
    while True:
        size = listing.size.count
        query = _query(listing, start, cursor, size)
        if start > 1 or cursor is not None or size is None:
            return transport.get(listing.endpoint, query)
        answer = transport.get(listing.endpoint, query, accept=TOO_LARGE)
        if answer.status not in TOO_LARGE:
            return answer
        if answer.header("retry-after") is not None:
            return transport.get(listing.endpoint, query)
        listing.size.refused(size)


def _query(listing: Listing, start: int, cursor: str | None, size: int | None) -> Query:
    counted: dict[str, str | int] = {} if size is None else {"count": size}
    if cursor is not None or listing.by_cursor:
        return {**listing.query, "cursor": cursor or "", **counted}
    if size is None and start == 1:
        return listing.query
    return {**listing.query, "startIndex": start, **counted}


def identifier(record: Record, endpoint: str) -> str:
    """The id; one that would lead to another path is nobody's id."""
    found = text(record, "id")
    if found is None or found in (".", ".."):
        raise ImplausibleError(f"{endpoint} lists a resource without an id")
    return found
