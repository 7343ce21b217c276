"""Turn schema errors into sentences in the terms of the YAML, one for each mistake.

Where a value may be one of several shapes, jsonschema tells of all of them; here the shape that was
meant is found first, and only what is wrong with that one is told.
"""

import json
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from typing import Any, Final, NamedTuple

from reconciler import kinds
from reconciler.validate.schemas import Schema, resolved

UNKNOWN_KEY: Final = "unknown-key"
MISSING_KEY: Final = "missing-key"
WRONG_TYPE: Final = "wrong-type"
WRONG_VALUE: Final = "wrong-value"
MISSING_DASH: Final = "missing-dash"
DASH_HINT: Final = "it is a list: write `- ` before the first key of each entry"

NEXT: Final = "next"
NEXT_HINT: Final = (
    "write a number: `next` is resolved by the verbs that edit files, and never by validate, plan "
    "or apply"
)

_SHOWN: Final = 60
_SHAPE: Final = frozenset({"type", "const", "enum"})
_ABOUT_KEYS: Final = frozenset({"additionalProperties", "required", "propertyNames"})

Path = tuple[str | int, ...]


class Finding(NamedTuple):
    path: Path
    rule: str
    summary: str
    hint: str


def explain(validator: Any, schema: Schema, value: Any, at: Path) -> list[Finding]:
    """What is wrong with the value at a path, each mistake once."""
    errors = validator.evolve(schema=schema).iter_errors(value)
    return list(dict.fromkeys(finding for error in errors for finding in _findings(error, at)))


def unknown_keys(schema: Schema, keys: Sequence[str], path: Path = ()) -> Iterator[Finding]:
    """The keys that a mapping may not have; one that looks like a known one is offered it."""
    known = list(schema.get("properties", ()))
    for key in keys:
        if key not in known:
            close = get_close_matches(key, known, n=1)
            offer = f"did you mean `{close[0]}`?" if close else f"known are {', '.join(known)}"
            yield Finding((*path, key), UNKNOWN_KEY, f"unknown key `{_text(key)}`", offer)


def _findings(error: Any, at: Path) -> Iterator[Finding]:
    path = (*at, *error.absolute_path)
    if "propertyNames" in error.schema_path:
        summary = f"a name cannot be {_quoted(error.instance)}"
        yield Finding((*path, error.instance), WRONG_VALUE, summary, _hint(error))
    elif error.validator == "additionalProperties":
        yield from unknown_keys(error.schema, list(error.instance), path)
    elif error.validator == "required":
        missing = [key for key in error.validator_value if key not in error.instance]
        yield from (_missing(path, f"`{key}`") for key in missing)
    elif error.validator == "anyOf":
        yield from _alternatives(error, at)
    else:
        yield _wrong(error, path)


def _alternatives(error: Any, at: Path) -> Iterator[Finding]:
    """What is wrong with the shape that was meant, or that no shape fits."""
    path = (*at, *error.absolute_path)
    if all("required" in one for one in error.validator_value):
        yield _missing(
            path, " or ".join(f"`{one['required'][0]}`" for one in error.validator_value)
        )
        return
    branches: dict[int, list[Any]] = {}
    for below in error.context:
        branches.setdefault(below.relative_schema_path[0], []).append(below)
    meant = next((branch for branch in branches.values() if not any(map(_is_shape, branch))), None)
    for below in meant or [error]:
        if below is error or _says_less(below, error):
            yield _wrong(error, path)
        else:
            yield from _findings(below, at)


def _says_less(below: Any, error: Any) -> bool:
    """Whether the schema around knows better what is expected of this very value."""
    is_same_value = not below.relative_path and below.validator not in _ABOUT_KEYS
    return (
        is_same_value
        and "x-expected" not in resolved(below.schema)
        and "x-expected" in error.schema
    )


def _is_shape(error: Any) -> bool:
    """Whether an error says that the value is of another kind altogether."""
    return not error.relative_path and error.validator in _SHAPE


def _missing(path: Path, what: str) -> Finding:
    return Finding(path, MISSING_KEY, f"{what} is missing", f"add {what}")


def _wrong(error: Any, path: Path) -> Finding:
    schema = resolved(error.schema)
    if error.instance == NEXT and path[-1:] == ("extension",):
        return Finding(path, WRONG_VALUE, "`extension` cannot be `next` here", NEXT_HINT)
    if schema.get("format") == "visible" and (odd := kinds.invisible(str(error.instance))):
        summary = f"{_place(path)} holds an invisible character, {odd}"
        return Finding(path, WRONG_VALUE, summary, "type it again without that character")
    if _is_entry_without_dash(error.instance, schema):
        return Finding(path, MISSING_DASH, f"an entry of {_place(path)} has no `- `", DASH_HINT)
    sentence = f"cannot be {_quoted(error.instance)}"
    if schema.get("x-secret"):
        sentence = "is not what belongs there (it is not shown: it may be a secret)"
    is_shape = error.validator == "type" or isinstance(error.instance, dict | list)
    rule = WRONG_TYPE if is_shape else WRONG_VALUE
    return Finding(path, rule, f"{_place(path)} {sentence}", _hint(error))


def _is_entry_without_dash(value: Any, schema: Schema) -> bool:
    """Return whether a mapping stands where a list of such mappings is expected."""
    entry = resolved(schema.get("items", {})).get("properties", {})
    return schema.get("type") == "array" and isinstance(value, dict) and bool(value.keys() & entry)


def _hint(error: Any) -> str:
    by_case: dict[str, str] = {}
    for option in _options(error.schema):
        by_case.setdefault(option.lower(), option)
    close = get_close_matches(str(error.instance).lower(), by_case, n=1)
    suggestion = f"did you mean `{by_case[close[0]]}`? Otherwise " if close else ""
    return f"{suggestion}write {_expected(error.schema)}"


def _options(schema: Schema) -> Iterator[str]:
    schema = resolved(schema)
    yield from (option for option in schema.get("enum", ()) if isinstance(option, str))
    for alternative in schema.get("anyOf", ()):
        yield from _options(alternative)


def _expected(schema: Schema) -> str:
    schema = resolved(schema)
    if "x-expected" in schema:
        return str(schema["x-expected"])
    if "enum" in schema:
        return "one of " + ", ".join(map(str, schema["enum"]))
    if "const" in schema:
        return json.dumps(schema["const"]).strip('"')
    if (type_name := str(schema.get("type"))) in _TYPES:
        return _TYPES[type_name]
    alternatives = schema.get("anyOf", ())
    return " or ".join(map(_expected, alternatives)) or "what the provider's schema asks for"


_TYPES: Final = {
    "object": "a mapping of keys to values",
    "array": "a list",
    "null": "null to clear it",
    "integer": "a whole number",
    "boolean": "true or false",
    "string": "a text",
}


def _place(path: Path) -> str:
    """The nearest key; of a list, an entry of it."""
    key = next((step for step in reversed(path) if isinstance(step, str)), None)
    if key is None:
        return "this entry"
    return f"`{_text(key)}`" if path[-1] == key else f"an entry of `{_text(key)}`"


def _quoted(value: Any) -> str:
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    return f"`{_text(value if isinstance(value, str) else json.dumps(value))}`"


def _text(value: str) -> str:
    """Without line breaks and control characters, and not too long."""
    escaped = "".join(
        one if one.isprintable() else one.encode("unicode_escape").decode() for one in value
    )
    return escaped if len(escaped) <= _SHOWN else escaped[: _SHOWN - 1] + "…"
