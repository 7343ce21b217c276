"""The keys that an installed provider adds to the tenant block.

They become a part of the schema that the files are checked by, as long as the files name that
provider. The addition travels as JSON text, so that compiled schemas can be kept by it.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from reconciler.diagnostics import Diagnostic, Severity
from reconciler.errors import SetupError
from reconciler.providers import registry
from reconciler.validate.conversion import Document
from reconciler.validate.schemas import published

RULE: Final = "provider-unusable"
NONE: Final = ""
_TYPES: Final = frozenset({"string", "integer", "boolean", "object", "array", "null"})


def of_documents(documents: Sequence[Document]) -> tuple[str, list[Diagnostic]]:
    """The addition for the provider that the files name, and why it cannot be used."""
    for document in documents:
        block = document.content.get("tenant")
        name = block.get("provider") if isinstance(block, dict) else None
        if isinstance(name, str):
            if name not in registry.names():
                return _named(None), []
            try:
                return addition(name), []
            except SetupError as error:
                place = document.at("tenant", "provider")
                problem = Diagnostic(RULE, Severity.ERROR, str(error), error.hint, None, place)
                return _named(None), [problem]
    return NONE, []


def addition(name: str) -> str:
    """What a provider adds to the schema. Raises `SetupError` where the provider is unusable."""
    if name in registry.INSIDE:
        registry.expect_not_shadowed(name)
        return NONE
    schema = registry.provider_type(name).tenant_schema
    defect = next(_defects(schema), None)
    if defect:
        raise SetupError(f"provider {name} has a wrong tenant_schema: {defect}", hint=_HINT)
    return _named(schema)


_HINT: Final = "tell its authors; docs/writing-a-provider.md says what it may hold"


def _named(schema: Mapping[str, Any] | None) -> str:
    return json.dumps({"names": registry.names(), "schema": schema or {}}, sort_keys=True)


def _defects(schema: object) -> Iterator[str]:
    if not isinstance(schema, Mapping) or not isinstance(schema.get("properties", {}), Mapping):
        yield "it is no mapping with `properties`"
        return
    try:
        json.dumps(schema)
    except (TypeError, ValueError) as error:
        yield f"it is not JSON: {error}"
        return
    ours = published()["$defs"]["tenant"]["properties"]
    for key in schema.get("properties", {}):
        if key in ours:
            yield f"`{key}` is a key of every tenant block"
    yield from _malformed(schema)
    yield from _unreadable(schema)


def _unreadable(value: object) -> Iterator[str]:
    """Types that the texts of a file are not converted to, and references to what is not there."""
    if isinstance(value, list):
        for member in value:
            yield from _unreadable(member)
    if not isinstance(value, Mapping):
        return
    stated, reference = value.get("type"), value.get("$ref")
    if isinstance(stated, str) and stated not in _TYPES:
        yield f"the type {stated} is not read from files; use integer or string"
    if (
        isinstance(reference, str)
        and reference.removeprefix("#/$defs/") not in published()["$defs"]
    ):
        yield f"{reference} refers to no definition of the published schema"
    for below in value.values():
        yield from _unreadable(below)


def _malformed(schema: Mapping[str, Any]) -> Iterator[str]:
    import jsonschema

    try:
        jsonschema.Draft202012Validator.check_schema(dict(schema))
    except jsonschema.SchemaError as error:
        yield error.message
