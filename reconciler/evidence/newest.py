"""The newest evidence of each field, by its own time; what is too old is none.

A collection is known only as a whole: `licenses` itself (with no value) says that its members were
all recorded; members on their own say nothing of the others, and so make no field.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Final

from reconciler import kinds
from reconciler.model import Attestation, FieldValue

ByPath = Mapping[str, Attestation]

SAID: Final = "attested"
READING: Final = "reading"
OPEN: Final = "open"
SLACK: Final = timedelta(minutes=5)
"""So far ahead of ours another clock may be."""


def in_force(
    evidence: Iterable[Attestation], *, now: datetime, days: int
) -> tuple[Attestation, ...]:
    """Statements about values that count today, the oldest first: not refuted, not too old, and not
    of a time that lies ahead.
    """
    oldest, newest = now - timedelta(days=days), now + SLACK
    counts = (e for e in evidence if not e.refuted and oldest <= e.at <= newest)
    return tuple(sorted((e for e in counts if e.source not in (READING, OPEN)), key=lambda e: e.at))


def by_path(evidence: Iterable[Attestation]) -> dict[str, Attestation]:
    """Of evidence on one object, the oldest first: by path what counts. The mark of a collection,
    if it is newer, ends what was known of members.
    """
    attestations: dict[str, Attestation] = {}
    for item in evidence:
        attestations[item.path] = item
    return dict(_whole(attestations))


def values(evidence: ByPath) -> dict[str, FieldValue]:
    """The fields that are known by it."""
    empty = kinds.empty(evidence)
    stated = {
        path: item.value
        for path, item in evidence.items()
        if path not in empty and _is_known(kinds.split_path(path), evidence)
    }
    return kinds.with_values(empty, stated)


def _is_known(path: tuple[str, str | None], evidence: ByPath) -> bool:
    name, member = path
    return member is None or name in evidence


def _whole(attestations: ByPath) -> Iterator[tuple[str, Attestation]]:
    for path, item in attestations.items():
        name, member = kinds.split_path(path)
        mark = attestations.get(name) if member is not None else None
        if mark is None or item.at >= mark.at:
            yield path, item
