"""How well values are known: observed now, attested, or unobserved; and who vouches for them."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from reconciler import kinds
from reconciler.model import Attestation, FieldValue, Grade, Graded

Words = Mapping[str, Attestation]

ATTESTED: Final = "attested"
BASE: Final = "base"
NEVER: Final = datetime(1970, 1, 1, tzinfo=UTC)
"""When nobody said what only the files did."""


class Tally:
    """Counts the grades of stated values, and who vouches since when."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, str, Grade]] = Counter()
        self._words: defaultdict[tuple[str, str], list[Attestation]] = defaultdict(list)

    def add(
        self, kind: str, stated: Iterable[str], fields: Mapping[str, FieldValue], words: Words
    ) -> None:
        of_field: defaultdict[str, list[Attestation]] = defaultdict(list)
        for path, word in words.items():
            of_field[kinds.split_path(path)[0]].append(word)
        for name in stated:
            found = Grade.UNOBSERVED if name not in fields else Grade.OBSERVED
            if name in of_field and name in fields:
                found = Grade.ATTESTED
                self._words[kind, name].extend(of_field[name])
            self._counts[kind, name, found] += 1

    def graded(self) -> Iterator[Graded]:
        for kind, name in sorted({(kind, name) for kind, name, _ in self._counts}):
            words = self._words[kind, name]
            observed, attested, unobserved = (self._counts[kind, name, each] for each in Grade)
            yield Graded(
                kind,
                name,
                observed,
                attested,
                unobserved,
                tuple(sorted({source(word) for word in words})),
                min((word.at for word in words), default=None),
            )


def grade(word: Attestation | None) -> Grade:
    """How well a value is known that stands on this word; on none: the tenant shows it."""
    if word is None:
        return Grade.OBSERVED
    return Grade.UNOBSERVED if word.source == BASE else Grade.ATTESTED


def source(word: Attestation) -> str:
    """Who says so: a person, or the file that an operator gave."""
    return word.by if word.source == ATTESTED else word.source


def regraded(
    whole: Sequence[Graded], before: Sequence[Graded], after: Sequence[Graded]
) -> tuple[Graded, ...]:
    """The grades of a whole, of which a part was `before` and is `after`."""
    found = {(each.kind, each.field): each for each in whole}
    parts = {(each.kind, each.field): each for each in before}
    for new in after:
        key = (new.kind, new.field)
        nothing = Graded(new.kind, new.field, 0, 0, 0)
        found[key] = _moved(found.get(key, nothing), parts.get(key, nothing), new)
    return tuple(found[key] for key in sorted(found))


def _moved(whole: Graded, before: Graded, after: Graded) -> Graded:
    moments: list[datetime] = [each.oldest for each in (whole, after) if each.oldest]
    attested = max(0, whole.attested - before.attested + after.attested)
    return replace(
        whole,
        observed=max(0, whole.observed - before.observed + after.observed),
        attested=attested,
        unobserved=max(0, whole.unobserved - before.unobserved + after.unobserved),
        by=tuple(sorted({*whole.by, *after.by})) if attested else (),
        oldest=min(moments, default=None) if attested else None,
    )
