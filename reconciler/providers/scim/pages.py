"""Whole listings (RFC 7644 section 3.4.2.4), or an error: half a listing is no listing.

The stride is what the first page returned, whatever was asked for. Later pages are read in
parallel; if the unique ids are then not as many as `totalResults`, the listing is read again one
page after the other, and after that we cannot tell.
"""

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from reconciler.errors import ImplausibleError
from reconciler.providers.scim.attributes import Record, entries, integer, key, text
from reconciler.providers.transport import Transport

SIZE = 200
ATTEMPTS = 4
MOST = 2_000_000


@dataclass(frozen=True, slots=True)
class Page:
    total: int
    resources: tuple[Record, ...]


def everything(transport: Transport, endpoint: str, *, workers: int = 8) -> list[Record]:
    """All resources of an endpoint, in the order of the tenant, each once."""
    for attempt in range(ATTEMPTS):
        first = page(transport, endpoint, 1)
        walk = _in_parallel if attempt == 0 else _one_by_one
        pages = [first, *walk(lambda start: page(transport, endpoint, start), first, workers)]
        found = {_id(record, endpoint): record for part in pages for record in part.resources}
        if {part.total for part in pages} == {len(found)}:
            return list(found.values())
    raise ImplausibleError(
        f"{endpoint} lists {len(found)} of {pages[-1].total}, also when read again",
        hint="the tenant is being changed or pages wrongly; try again later",
    )


def page(transport: Transport, endpoint: str, start: int) -> Page:
    """One page. An endpoint that does not exist has nothing on it."""
    answer = transport.get(endpoint, {"startIndex": start, "count": SIZE})
    if answer.status in (404, 501):
        return Page(0, ())
    if answer.status != 200 or not isinstance(answer.body, Mapping):
        raise ImplausibleError(f"{endpoint} answers {answer.status} instead of a list")
    total = integer(answer.body, "totalResults")
    if total is None or not 0 <= total <= MOST:
        raise ImplausibleError(f"{endpoint} does not say how many resources it has")
    resources = tuple(entries(answer.body, "Resources"))
    if not resources and total and start == 1 and not key(answer.body, "Resources"):
        raise ImplausibleError(f"{endpoint} says it has {total} resources and shows none")
    return Page(total, resources)


def _in_parallel(read: Callable[[int], Page], first: Page, workers: int) -> Iterator[Page]:
    stride = len(first.resources)
    starts = range(1 + stride, first.total + 1, stride) if stride else ()
    with ThreadPoolExecutor(max_workers=workers) as pool:
        yield from pool.map(read, starts)


def _one_by_one(read: Callable[[int], Page], first: Page, _workers: int) -> Iterator[Page]:
    seen, part = len(first.resources), first
    while part.resources and seen < part.total:
        part = read(1 + seen)
        seen += len(part.resources)
        yield part


def _id(record: Record, endpoint: str) -> str:
    identifier = text(record, "id")
    if identifier is None:
        raise ImplausibleError(f"{endpoint} lists a resource without an id")
    return identifier
