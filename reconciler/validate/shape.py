"""Documents against the schema: a fast check says whether, a thorough one says what.

jsonschema-rs looks at everything. What it refuses is narrowed down to one entry (an agent, a queue)
and only that is given to jsonschema, whose errors become sentences in `sentences`.
"""

from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any, Final, TypeVar

from reconciler import kinds
from reconciler.diagnostics import Diagnostic, Severity
from reconciler.validate import sentences, typed
from reconciler.validate.published import Schema, checked, resolved
from reconciler.validate.typed import Document, Path
from reconciler.validate.zones import is_timezone

_BLOCKS: Final = frozenset({"tenant", "policy"})
_KINDS: Final = {kind.key: kind.name for kind in kinds.KINDS.values() if kind.key}

AnyDocument = TypeVar("AnyDocument", bound=Document)


def schema(documents: Sequence[AnyDocument]) -> tuple[tuple[AnyDocument, ...], list[Diagnostic]]:
    """Types the documents in place; every place that does not fit is one diagnostic."""
    is_valid = _fast().is_valid
    found: list[Diagnostic] = []
    for document in documents:
        nulls = typed.type_in_place(document)
        found += nulls
        if not is_valid(document.content):
            told = {problem.position for problem in nulls}
            found += (each for each in _explained(document) if each.position not in told)
    return tuple(documents), found


def _explained(document: Document) -> Iterator[Diagnostic]:
    for path in _narrowed(document):
        value = _value(document.content, path)
        findings = (
            sentences.explain(_validator(), _subschema(path), value, path)
            if path
            else sentences.unknown_keys(checked(), list(value))
        )
        for finding in findings:
            yield Diagnostic(
                finding.rule,
                Severity.ERROR,
                finding.summary,
                finding.hint,
                _address(document, path),
                document.at(*finding.path),
            )


def _narrowed(document: Document) -> list[Path]:
    """The smallest parts of a document that are refused, in its order."""
    paths: dict[Path, None] = {}
    for error in _fast().iter_errors(document.content):
        path = tuple(error.instance_path)
        paths[path[:1] if path and path[0] in _BLOCKS else path[:2]] = None
    return [path for path in paths if len(path) < 2 or path[:1] not in paths]


def _value(content: Any, path: Path) -> Any:
    for step in path:
        content = content[step]
    return content


def _subschema(path: Path) -> Schema:
    """The schema of a kind (`("agents",)`) or of one entry of it."""
    found: Schema = resolved(checked()["properties"][path[0]])
    if len(path) == 1:
        return found
    below: Schema = found.get("properties", {}).get(
        path[1], found.get("items") or found.get("additionalProperties")
    )
    return below


def _address(document: Document, path: Path) -> str | None:
    if len(path) < 2 or path[0] not in _KINDS:
        return None
    if isinstance(path[1], str):
        return kinds.address(_KINDS[str(path[0])], path[1])
    entry = _value(document.content, path)
    if not isinstance(entry, dict):
        return None
    keys = (entry.get(key) for key in ("email", "extension"))
    named = next((key for key in keys if isinstance(key, str) and key.isprintable()), None)
    return kinds.agent_address(named, None) if named else None


@cache
def _fast() -> Any:
    import jsonschema_rs

    return jsonschema_rs.validator_for(
        checked(), formats={"timezone": is_timezone}, validate_formats=True
    )


@cache
def _validator() -> Any:
    """Takes a tenth of a second to import, and is needed only where something is wrong."""
    import jsonschema

    formats = jsonschema.FormatChecker(formats=["date"])
    formats.checks("timezone")(is_timezone)
    return jsonschema.Draft202012Validator(checked(), format_checker=formats)
