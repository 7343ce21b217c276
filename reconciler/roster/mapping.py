"""The column map: how an operator's headers and cell words translate to ours, and its file."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from reconciler.errors import SetupError

COLUMNS: Final = "columns"
VALUES: Final = "values"


@dataclass(frozen=True, slots=True)
class ColumnMap:
    """`columns` maps a header to a field (an empty one is not read); `values` maps, by header,
    words of the table to ours.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def over(self, below: "ColumnMap") -> "ColumnMap":
        """Both together; what is said here wins."""
        headers = {**below.values, **self.values}
        values = {name: {**below.values.get(name, {}), **headers[name]} for name in headers}
        return ColumnMap({**below.columns, **self.columns}, values)

    def __bool__(self) -> bool:
        """Tell whether anything is mapped."""
        return bool(self.columns or self.values)


def text(mapping: ColumnMap) -> str:
    """The document that keeps a mapping."""
    values = {name: dict(words) for name, words in sorted(mapping.values.items())}
    document = {COLUMNS: dict(sorted(mapping.columns.items())), VALUES: values}
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def parse(content: str, file: str) -> ColumnMap:
    """Raises `SetupError` where it is no such document."""
    try:
        document = json.loads(content)
        columns = {str(name): str(meaning) for name, meaning in document[COLUMNS].items()}
        values = {str(name): _words(words) for name, words in document.get(VALUES, {}).items()}
    except (ValueError, KeyError, AttributeError, TypeError, RecursionError) as error:
        raise SetupError(
            f"{file} does not hold column meanings",
            hint="remove the file, and say what the columns mean with --map",
        ) from error
    return ColumnMap(columns, values)


def _words(words: Any) -> dict[str, str]:
    """Return words of a table and ours, as texts."""
    return {str(word): str(ours) for word, ours in words.items()}
