"""Whether a value has the shape that `schemas/plan.schema.json` publishes.

The published schema is the only place that says what a plan document looks like. Of JSON Schema
it uses the few words below, so that checking it takes a page and no library; a test holds the
schema to them. Only what the schema names is entered: a hostile document costs no more than its
size.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

NAME: Final = "plan.schema.json"
SAY_NOTHING: Final = frozenset({"$schema", "$defs", "title", "description", "examples", "format"})

Schema = Mapping[str, Any]
Check = Callable[[Any, Any, Schema], Iterator[tuple[str, str]]]
"""Each yields where (below the value) something does not fit, and why."""


@cache
def published() -> Schema:
    """It lies in the package, or beside it in a checkout."""
    package = Path(__file__).parents[1]
    places = (package / "schemas" / NAME, package.parent / "schemas" / NAME)
    text = next(place for place in places if place.is_file()).read_text(encoding="utf-8")
    schema: Schema = json.loads(text)
    return schema


def misfit(value: Any) -> str | None:
    """The first thing that does not fit: `changes[3].action is not one of create, update, …`."""
    found = next(_misfits(value, published()), None)
    if found is None:
        return None
    where, why = found
    return f"{where.lstrip('.') or 'it'} {why}"


def _misfits(value: Any, schema: Schema) -> Iterator[tuple[str, str]]:
    for word, argument in schema.items():
        if word not in SAY_NOTHING:
            yield from CHECKS[word](value, argument, schema)


def _reference(value: Any, name: str, _: Schema) -> Iterator[tuple[str, str]]:
    yield from _misfits(value, published()["$defs"][name.rpartition("/")[2]])


def _type(value: Any, names: str | list[str], _: Schema) -> Iterator[tuple[str, str]]:
    allowed = [names] if isinstance(names, str) else names
    if not any(_is(value, name) for name in allowed):
        yield "", f"is no {' or '.join(allowed)}"


def _is(value: Any, name: str) -> bool:
    if isinstance(value, bool):
        return name == "boolean"
    return isinstance(value, TYPES[name])


def _enum(value: Any, allowed: list[str], _: Schema) -> Iterator[tuple[str, str]]:
    if value not in allowed:
        yield "", f"is not one of {', '.join(allowed)}"


def _pattern(value: Any, pattern: str, _: Schema) -> Iterator[tuple[str, str]]:
    if isinstance(value, str) and not _compiled(pattern).search(value):
        yield "", f"does not look like {pattern}"


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    """As JSON Schema means it: `$` is the very end, not before a last line break."""
    return re.compile(re.sub(r"\$$", r"\\Z", pattern))


def _minimum(value: Any, least: int, _: Schema) -> Iterator[tuple[str, str]]:
    if isinstance(value, int) and not isinstance(value, bool) and value < least:
        yield "", f"is less than {least}"


def _required(value: Any, keys: list[str], _: Schema) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        yield from (("", f"has no {key}") for key in keys if key not in value)


def _properties(value: Any, known: Mapping[str, Schema], _: Schema) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, schema in known.items():
            if key in value:
                yield from _below(f".{key}", value[key], schema)


def _others(value: Any, schema: Schema, around: Schema) -> Iterator[tuple[str, str]]:
    """`additionalProperties`: every key that `properties` does not name."""
    if isinstance(value, dict):
        named = around.get("properties", {})
        for key, item in value.items():
            if key not in named:
                yield from _below(f".{key}", item, schema)


def _items(value: Any, schema: Schema, _: Schema) -> Iterator[tuple[str, str]]:
    if isinstance(value, list):
        for number, item in enumerate(value):
            yield from _below(f"[{number}]", item, schema)


def _below(step: str, value: Any, schema: Schema) -> Iterator[tuple[str, str]]:
    return ((step + where, why) for where, why in _misfits(value, schema))


TYPES: Final[Mapping[str, type | tuple[type, ...]]] = {
    "object": dict,
    "array": list,
    "string": str,
    "integer": int,
    "null": type(None),
    "boolean": (),
}
CHECKS: Final[Mapping[str, Check]] = {
    "$ref": _reference,
    "type": _type,
    "enum": _enum,
    "pattern": _pattern,
    "minimum": _minimum,
    "required": _required,
    "properties": _properties,
    "additionalProperties": _others,
    "items": _items,
}
