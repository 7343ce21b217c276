"""What differs between one declared resource and the live one that it is."""

from collections.abc import Collection, Iterator, Mapping

from reconciler import kinds
from reconciler.model import NO_LEVEL, FieldChange, FieldValue

Fields = Mapping[str, FieldValue]

NONE_KEPT: frozenset[str] = frozenset()


def changed(stated: Fields, live: Fields, kept: frozenset[str] = NONE_KEPT) -> list[FieldChange]:
    """The field changes that take `live` to `stated`, by path; `kept` paths stay as they are."""
    found: list[FieldChange] = []
    for name, value in stated.items():
        if name in live and live[name] != value:
            found.extend(_changes(name, live[name], value))
    if not found:
        return found
    return sorted((item for item in found if item.path not in kept), key=_path)


def created(stated: Fields, kept: frozenset[str] = NONE_KEPT) -> list[FieldChange]:
    """Everything that is stated, from nothing."""
    flat = ((path, value) for path, value in kinds.flat(stated) if value is not None)
    return sorted((FieldChange(p, None, value) for p, value in flat if p not in kept), key=_path)


def without_levels(stated: Fields, collections: Collection[str]) -> Fields:
    """The same fields where the tenant keeps memberships of these, and no levels with them."""
    return {
        name: dict.fromkeys(value, NO_LEVEL)
        if name in collections and isinstance(value, Mapping)
        else value
        for name, value in stated.items()
    }


def _path(item: FieldChange) -> str:
    return item.path


def _changes(name: str, before: FieldValue, after: FieldValue) -> Iterator[FieldChange]:
    if isinstance(after, frozenset):
        yield from _members(name, before if isinstance(before, frozenset) else frozenset(), after)
    elif isinstance(after, Mapping):
        yield from _levels(name, before if isinstance(before, Mapping) else {}, after)
    else:
        assert not isinstance(before, frozenset | Mapping), name
        yield FieldChange(name, before, after)


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
