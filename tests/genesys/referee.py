"""What the vendor's SDK says of a request: its path, verb, query names and the keys of its body.

The SDK's sources are parsed, never imported: it is huge, and its import starts a thread. A method
of an API class is one operation; `attribute_map` and `swagger_types` are the keys of a model.
"""

import ast
import importlib.util
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

PACKAGE = "PureCloudPlatformClientV2"
APIS = (
    *("users_api", "routing_api", "license_api", "telephony_providers_edge_api"),
    *("stations_api", "search_api", "audit_api", "tokens_api"),
)
PRIMITIVES: Mapping[str, tuple[type, ...]] = {
    "str": (str,),
    "datetime": (str,),
    "int": (int,),
    "float": (int, float),
    "bool": (bool,),
    "object": (object,),
}


@dataclass(frozen=True, slots=True)
class Call:
    """One operation of the SDK; `path` matches requests, `body` is the type of the body."""

    name: str
    verb: str
    path: re.Pattern[str]
    query: frozenset[str]
    body: str | None


@dataclass(frozen=True, slots=True)
class Model:
    """Types by the key that stands in JSON, and the values of enumerations."""

    types: Mapping[str, str]
    values: Mapping[str, tuple[str, ...]]


def root() -> Path:
    """The folder of the SDK; it is a dependency of the tests."""
    spec = importlib.util.find_spec(PACKAGE)
    assert spec is not None
    assert spec.submodule_search_locations
    return Path(spec.submodule_search_locations[0])


@cache
def calls() -> tuple[Call, ...]:
    """Those with the fewest variable parts first: `/extensions` before `/{edgeId}`."""
    found = (call for name in APIS for call in _calls(root() / "apis" / f"{name}.py"))
    return tuple(sorted(found, key=lambda call: call.path.pattern.count("[^/]+")))


def _calls(path: Path) -> Iterator[Call]:
    for block in path.read_text(encoding="utf-8").split("\n    def ")[1:]:
        place = re.search(r"resource_path = '([^']+)'", block)
        verb = re.search(r"call_api\(resource_path, '([A-Z]+)'", block)
        if not place or not verb:
            continue
        body = re.search(r":param (\S+) body:", block)
        parts = (re.escape(part) for part in re.split(r"\{\w+\}", place[1]))
        yield Call(
            block.partition("(")[0],
            verb[1],
            re.compile(r"[^/]+".join(parts)),
            frozenset(re.findall(r"query_params\['([^']+)'\]", block)),
            body[1] if body else None,
        )


@cache
def _modules() -> dict[str, str]:
    text = (root() / "__init__.py").read_text(encoding="utf-8")
    return {name: module for module, name in re.findall(r"from \.models\.(\w+) import (\w+)", text)}


@cache
def model(name: str) -> Model:
    text = (root() / "models" / f"{_modules()[name]}.py").read_text(encoding="utf-8")
    types = ast.literal_eval(_dictionary(text, "swagger_types"))
    keys = ast.literal_eval(_dictionary(text, "attribute_map"))
    values: dict[str, tuple[str, ...]] = {}
    for setter in text.split(".setter\n")[1:]:
        allowed = re.search(r"allowed_values = (\[[^]]*\])", setter)
        attribute = re.search(r"def (\w+)\(", setter)
        if allowed and attribute:
            values[keys[attribute[1]]] = tuple(ast.literal_eval(allowed[1]))
    return Model({keys[attribute]: kind for attribute, kind in types.items()}, values)


def _dictionary(text: str, name: str) -> str:
    start = text.index(f"self.{name} = ") + len(f"self.{name} = ")
    return text[start : text.index("}", start) + 1]


def complaints(verb: str, path: str, query: Mapping[str, Any], body: Any) -> list[str]:
    """What the SDK could not send; empty where it could send this very request."""
    place = f"{verb} {path}"
    matching = [call for call in calls() if call.verb == verb and call.path.fullmatch(path)]
    if not matching:
        return [f"{place}: the SDK has no such operation"]
    call = matching[0]
    unknown = [f"{place}: no query {name}" for name in query if name not in call.query]
    if body is None:
        return unknown
    if call.body is None:
        return [*unknown, f"{place}: takes no body"]
    return [*unknown, *(f"{place}: {text}" for text in differences(call.body, body, "body"))]


def differences(kind: str, value: Any, place: str) -> Iterator[str]:
    """Where a JSON value is not of a type of the SDK."""
    if value is None:
        return
    if kind in PRIMITIVES:
        is_wrong = not isinstance(value, PRIMITIVES[kind])
        if is_wrong or (kind in ("int", "float") and isinstance(value, bool)):
            yield f"{place} is no {kind}"
    elif kind.startswith(("list[", "dict(")):
        yield from _inside(kind, value, place)
    elif not isinstance(value, Mapping):
        yield f"{place} is no {kind}"
    else:
        yield from _of_model(model(kind), value, place)


def _inside(kind: str, value: Any, place: str) -> Iterator[str]:
    if kind.startswith("dict("):
        if not isinstance(value, Mapping):
            yield f"{place} is no {kind}"
        return
    if not isinstance(value, list):
        yield f"{place} is no {kind}"
        return
    for number, entry in enumerate(value):
        yield from differences(kind[5:-1], entry, f"{place}[{number}]")


def _of_model(shape: Model, value: Mapping[str, Any], place: str) -> Iterator[str]:
    for key, entry in value.items():
        if key not in shape.types:
            yield f"{place}.{key} is no key"
        elif key in shape.values and entry is not None and entry not in shape.values[key]:
            yield f"{place}.{key} is {entry}, which is none of {', '.join(shape.values[key])}"
        else:
            yield from differences(shape.types[key], entry, f"{place}.{key}")
