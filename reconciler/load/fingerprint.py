"""Hash what files mean, so that moving files, keys or list entries never changes the hash."""

import json
from collections.abc import Iterator, Sequence
from hashlib import sha256
from typing import Any, Final

from reconciler.load.document import Document

_UNORDERED: Final = frozenset({"licenses", "queues", "skills"})


def config(documents: Sequence[Document]) -> str:
    """Hash the configuration declaration by declaration, without one text of the whole."""
    digests = sorted(sha256(text.encode()).digest() for text in _texts(documents))
    return "sha256:" + sha256(b"".join(digests)).hexdigest()


def _texts(documents: Sequence[Document]) -> Iterator[str]:
    """Yield one canonical text for each declaration, and for each empty top-level key."""
    encode = json.JSONEncoder(sort_keys=True, separators=(",", ":")).encode
    stated: set[str] = set()
    empty: set[str] = set()
    for document in documents:
        for key, value in document.content.items():
            (stated if value else empty).add(key)
            for path, declaration in _declarations(key, value):
                yield encode([*path, _canonical(declaration)])
    yield from (encode([key]) for key in empty - stated)


def _declarations(key: str, value: Any) -> Iterator[tuple[tuple[str, ...], Any]]:
    """The smallest parts that may stand in a file of their own."""
    if isinstance(value, list):
        yield from (((key,), entry) for entry in value)
    elif key == "policy" and isinstance(value, dict):
        yield from _parts((key,), value)
    elif isinstance(value, dict):
        yield from (((key, name), below) for name, below in value.items())


def _parts(path: tuple[str, ...], value: Any) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every single value and every list entry of a policy."""
    if isinstance(value, dict):
        for key, below in value.items():
            yield from _parts((*path, key), below)
    elif isinstance(value, list):
        yield from ((path, entry) for entry in value)
    else:
        yield path, value


def _canonical(declaration: Any) -> Any:
    """Lists whose order says nothing are sorted; a `profile` list keeps its order."""
    if not isinstance(declaration, dict):
        return declaration
    lists = {
        key: sorted(map(str, value))
        for key in _UNORDERED
        if type(value := declaration.get(key)) is list
    }
    return {**declaration, **lists} if lists else declaration
