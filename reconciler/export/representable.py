"""Checks of whether the schema of the files accepts a live value."""

import re
from collections.abc import Callable, Mapping
from typing import Final

from reconciler import kinds
from reconciler.model import FieldValue

_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")
_BLANK: Final = re.compile(r"[\s\ufeff]")
_HALF: Final = re.compile("[\ud800-\udfff]")


def is_representable(kind: str, name: str, value: FieldValue) -> bool:
    """Whether a file can state this value of a field."""
    row = kinds.KINDS[kind].field(name)
    return value is not None and row is not None and _fits(row, value)


def member_check(name: str) -> Callable[[FieldValue], bool]:
    """Return the check of one member of a collection: a queue, a skill or a license."""
    return is_name if name in kinds.MEMBERSHIPS else is_license


def _fits(row: kinds.Field, value: FieldValue) -> bool:
    """Tell whether a field may hold a value."""
    if row.type is kinds.FieldType.CHOICE:
        return value in row.choices
    if row.type is kinds.FieldType.INTEGER:
        lowest, highest = row.bounds
        return type(value) is int and lowest <= value <= highest
    return _CHECKS[row.type](value)


def _is_text(value: FieldValue) -> bool:
    """Tell whether a value is a text that UTF-8 can hold."""
    return isinstance(value, str) and value != "" and not _HALF.search(value)


def is_name(value: FieldValue) -> bool:
    """`<<` is a name that no YAML file of ours may hold."""
    if not isinstance(value, str) or value == "<<" or not _is_text(value):
        return False
    return not (_BLANK.match(value[0]) or _BLANK.match(value[-1]) or _CONTROL.search(value))


def is_license(value: FieldValue) -> bool:
    """Tell whether a value can name a license."""
    return isinstance(value, str) and bool(re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]*", value))


def _is_extension(value: FieldValue) -> bool:
    """Tell whether a value is 1 to 32 digits."""
    return isinstance(value, str) and bool(re.fullmatch(r"[0-9]{1,32}", value))


def _is_email(value: FieldValue) -> bool:
    """Tell whether a value is a text without blanks and control characters."""
    if not isinstance(value, str) or not _is_text(value):
        return False
    return not _BLANK.search(value) and not _CONTROL.search(value)


_CHECKS: Final[Mapping[kinds.FieldType, Callable[[FieldValue], bool]]] = {
    kinds.FieldType.TEXT: _is_text,
    kinds.FieldType.EMAIL: _is_email,
    kinds.FieldType.EXTENSION: _is_extension,
    kinds.FieldType.BOOLEAN: lambda value: isinstance(value, bool),
    kinds.FieldType.LICENSE: is_license,
}
