"""The published schemas, and the two forms in which the one of the files is used."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

NAME: Final = "desired-state"
_JUDGED_BY_A_RULE: Final = "x-rule"
_BOUNDS: Final = ("minimum", "maximum", "allOf")

Schema = dict[str, Any]


SCHEMAS: Final = ("desired-state", "plan", "drift", "verdict", "worksheet")


def schema_text(name: str) -> str:
    """A published schema as it stands: in the package, or beside it in a checkout."""
    package, file = Path(__file__).parents[1], f"{name}.schema.json"
    places = (package / "schemas" / file, package.parent / "schemas" / file)
    return next(place for place in places if place.is_file()).read_text(encoding="utf-8")


@cache
def published(name: str = NAME) -> Schema:
    """What editors read."""
    schema: Schema = json.loads(schema_text(name))
    return schema


@cache
def checked() -> Schema:
    """What we check: without the bounds that a rule judges, because a rule can be waived."""
    loosened: Schema = _without_bounds(published())
    return loosened


def resolved(schema: Schema) -> Schema:
    """A subschema with the definition that it refers to; its own words come first."""
    reference = schema.get("$ref")
    if not isinstance(reference, str):
        return schema
    definition = checked()["$defs"][reference.rpartition("/")[2]]
    return {**resolved(definition), **{key: schema[key] for key in schema if key != "$ref"}}


def _without_bounds(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_without_bounds(member) for member in schema]
    if not isinstance(schema, Mapping):
        return schema
    left_out = _BOUNDS if _JUDGED_BY_A_RULE in schema else ()
    return {key: _without_bounds(value) for key, value in schema.items() if key not in left_out}
