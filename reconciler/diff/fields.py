"""What differs between one declared resource and the live one that it is."""

from collections.abc import Iterator, Mapping

from reconciler import kinds
from reconciler.model import NO_LEVEL, FieldChange, FieldValue

Fields = Mapping[str, FieldValue]


def changed(stated: Fields, live: Fields, kept: frozenset[str] = frozenset()) -> list[FieldChange]:
    """The field changes that take `live` to `stated`, by path; `kept` paths stay as they are."""
    found: list[FieldChange] = []
    for name, value in stated.items():
        if name in live and live[name] != value:
            found.extend(_changes(name, live[name], value))
    return sorted((item for item in found if item.path not in kept), key=lambda item: item.path)


def created(stated: Fields) -> list[FieldChange]:
    """Everything that is stated, from nothing."""
    flat = ((path, value) for path, value in kinds.flat(stated) if value is not None)
    return sorted((FieldChange(path, None, value) for path, value in flat), key=lambda i: i.path)


def _changes(name: str, before: FieldValue, after: FieldValue) -> Iterator[FieldChange]:
    if isinstance(after, frozenset):
        yield from _members(name, _as_set(before), after)
    elif isinstance(after, Mapping):
        yield from _levels(name, before if isinstance(before, Mapping) else {}, after)
    else:
        assert not isinstance(before, frozenset | Mapping)
        yield FieldChange(name, before, after)


def _as_set(value: FieldValue) -> frozenset[str]:
    return value if isinstance(value, frozenset) else frozenset()


def _members(name: str, before: frozenset[str], after: frozenset[str]) -> Iterator[FieldChange]:
    yield from (FieldChange(f"{name}.{member}", None, True) for member in after - before)
    yield from (FieldChange(f"{name}.{member}", True, None) for member in before - after)


def _levels(
    name: str, before: Mapping[str, int], after: Mapping[str, int]
) -> Iterator[FieldChange]:
    for member, level in after.items():
        if member not in before:
            yield FieldChange(f"{name}.{member}", None, kinds.level_value(level))
        elif level not in (NO_LEVEL, before[member]):
            old = kinds.level_value(before[member])
            yield FieldChange(f"{name}.{member}", old, kinds.level_value(level))
    for member, level in before.items():
        if member not in after:
            yield FieldChange(f"{name}.{member}", kinds.level_value(level), None)
