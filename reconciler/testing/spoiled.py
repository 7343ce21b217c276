"""Answers that were spoiled on their way: an entry, a key or the whole list is missing."""

from typing import Any

from reconciler.testing import proxy
from reconciler.testing.stand_in import Listing


def _entries(listing: Listing, body: Any) -> list[Any]:
    """The list of an answer itself, so that it can be changed; empty where there is none."""
    for key in filter(None, listing.entries.split(".")):
        body = body.get(key) if isinstance(body, dict) else None
    return body if isinstance(body, list) else []


def shortened(listing: Listing) -> proxy.Rewrite:
    """Leaves out whoever came first, whenever they come."""
    first: list[Any] = []

    def rewrite(_headers: proxy.Headers, body: Any) -> Any:
        entries = _entries(listing, body)
        first.extend(entries[: 0 if first else 1])
        entries[:] = [entry for entry in entries if entry not in first]
        return body

    return rewrite


def moving(listing: Listing) -> proxy.Rewrite:
    """States one more with every answer."""
    answers: list[None] = []

    def rewrite(headers: proxy.Headers, body: Any) -> Any:
        answers.append(None)
        if listing.total_header:
            name = next((n for n in headers if n.lower() == listing.total_header.lower()), "")
            if name:
                headers[name] = str(int(headers[name]) + len(answers))
        elif isinstance(body, dict):
            *path, key = listing.total.split(".")
            for step in path:
                body.setdefault(step, {})
            holder = _below(body, path)
            holder[key] = int(holder.get(key) or 0) + len(answers)
        return body

    return rewrite


def _below(body: Any, path: list[str]) -> Any:
    for step in path:
        body = body[step]
    return body


def without_list(listing: Listing) -> proxy.Rewrite:
    def rewrite(_headers: proxy.Headers, body: Any) -> Any:
        if not listing.entries:
            return {"message": "nothing"}
        *path, key = listing.entries.split(".")
        _below(body, path).pop(key, None)
        return body

    return rewrite


def without_key(listing: Listing, key: str) -> proxy.Rewrite:
    def rewrite(_headers: proxy.Headers, body: Any) -> Any:
        for entry in _entries(listing, body):
            if isinstance(entry, dict):
                entry.pop(key, None)
        return body

    return rewrite
