"""Iterate over the declarations in documents, kind by kind, in the order of the files.

Whatever has the wrong shape is passed over: `validate` tells of it, and the rest stays readable.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any, NamedTuple

from reconciler.load.document import Document, Place


class Entry(NamedTuple):
    """One declaration: `name` is its key, or its number where the kind is a list."""

    name: str | int
    fields: dict[str, Any]
    document: Document
    key: str

    def origin(self) -> Place:
        """Return where the entry is declared."""
        return Place(self.document, (self.key, self.name))


def named(documents: Sequence[Document], key: str) -> Iterator[Entry]:
    """The entries of a kind that is a mapping by name."""
    for document in documents:
        value = document.content.get(key)
        if isinstance(value, dict):
            for name, fields in value.items():
                yield Entry(name, fields if isinstance(fields, dict) else {}, document, key)


def listed(documents: Sequence[Document], key: str) -> Iterator[Entry]:
    """The entries of a kind that is a list."""
    for document in documents:
        value = document.content.get(key)
        if isinstance(value, list):
            for number, fields in enumerate(value):
                if isinstance(fields, dict):
                    yield Entry(number, fields, document, key)


def single(documents: Sequence[Document], key: str) -> Iterator[Entry]:
    """A block that the files hold once; the first one counts."""
    for document in documents:
        value = document.content.get(key)
        if isinstance(value, dict):
            yield Entry(key, value, document, key)


def text(fields: dict[str, Any], key: str) -> str | None:
    """Return a value that is a text, else None."""
    value = fields.get(key)
    return value if isinstance(value, str) else None


def number(fields: dict[str, Any], key: str) -> int | None:
    """Return a value that is a whole number, else None."""
    value = fields.get(key)
    return value if type(value) is int else None


def day(fields: dict[str, Any], key: str) -> date | None:
    """Return a value that is a date such as 2027-01-05, else None."""
    try:
        return date.fromisoformat(text(fields, key) or "")
    except ValueError:
        return None


def is_stated_empty(documents: Sequence[Document], key: str) -> bool:
    """Whether the key is there, and nothing under it in any file."""
    values = [document.content[key] for document in documents if key in document.content]
    return bool(values) and not any(values)
