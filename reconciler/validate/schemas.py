"""The published JSON Schemas: their text, their two forms, and saved documents checked by them."""

import json
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final

NAME: Final = "desired-state"
_JUDGED_BY_A_RULE: Final = "x-rule"
_BOUNDS: Final = ("minimum", "maximum", "allOf")

Schema = dict[str, Any]


SCHEMAS: Final = (*("desired-state", "plan", "drift", "compare", "fleet", "verdict", "worksheet"),)


def schema_text(name: str) -> str:
    """A published schema as it stands: in the package, or beside it in a checkout."""
    package, file = Path(__file__).parents[1], f"{name}.schema.json"
    places = (package / "schemas" / file, package.parent / "schemas" / file)
    return next(place for place in places if place.is_file()).read_text(encoding="utf-8")


def desired_state_text(addition: str) -> str:
    """The schema of the files with the keys of a provider, as editors read it."""
    return json.dumps(extended(addition), indent=2, ensure_ascii=False) + "\n"


@cache
def published(name: str = NAME) -> Schema:
    """The schema as editors read it."""
    schema: Schema = json.loads(schema_text(name))
    return schema


@cache
def checked(addition: str = "") -> Schema:
    """The schema that is checked: without bounds that a rule checks, as a rule can be waived.

    `addition` is of `tenant_keys`: what an installed provider adds to the tenant block.
    """
    loosened: Schema = _without_bounds(extended(addition))
    return loosened


def extended(addition: str) -> Schema:
    """The published schema with the keys of a provider in its tenant block."""
    schema = published()
    if not addition:
        return schema
    added = json.loads(addition)
    own = dict(added["schema"])
    tenant = schema["$defs"]["tenant"]
    properties = {**tenant["properties"], **own.pop("properties", {})}
    properties["provider"] = {**properties["provider"], "enum": added["names"]}
    conditions = [*tenant["allOf"], own] if own else tenant["allOf"]
    block = {**tenant, "properties": properties, "allOf": conditions}
    return {**schema, "properties": {**schema["properties"], "tenant": block}}


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


def document(value: Any, schema: str) -> str | None:
    """The first value that does not fit: `changes[3].action is not one of create, update, …`.

    `schema` is the name of a published one. None where everything fits.
    """
    error = next(_validator(schema).iter_errors(value), None)
    if error is None:
        return None
    return f"{_path(error.instance_path)} {_reason(error)}"


@cache
def _validator(schema: str) -> Any:
    import jsonschema_rs

    return jsonschema_rs.validator_for(published(schema))


def _path(steps: Sequence[str | int]) -> str:
    parts = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps)
    return "".join(parts).lstrip(".") or "it"


def _reason(error: Any) -> str:
    kind = error.kind.as_dict()
    match error.kind.name:
        case "required":
            return f"has no {kind['property']}"
        case "type":
            return f"is no {' or '.join(sorted(kind['types']))}"
        case "enum":
            return f"is not one of {', '.join(kind['options'])}"
        case "pattern":
            return f"does not look like {kind['pattern']}"
        case "minimum":
            return f"is less than {kind['limit']}"
        case name:
            return f"does not fit ({name})"
