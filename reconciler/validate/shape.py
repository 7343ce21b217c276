"""Check documents against the schema: a fast validator first, a thorough one for details.

jsonschema-rs looks at everything. What it refuses is narrowed down to one entry (an agent, a queue)
and only that is given to jsonschema, whose errors become sentences in `sentences`.
"""

import re
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any, Final, TypeVar
from zoneinfo import ZoneInfo

from reconciler import kinds
from reconciler.diagnostics import Diagnostic, Severity
from reconciler.validate import conversion, sentences, tenant_keys
from reconciler.validate.conversion import Document, Path
from reconciler.validate.schemas import Schema, checked, resolved

_BLOCKS: Final = frozenset({"tenant", "policy"})
_KINDS: Final = {kind.key: kind.name for kind in kinds.KINDS.values() if kind.key}

AnyDocument = TypeVar("AnyDocument", bound=Document)


def schema(documents: Sequence[AnyDocument]) -> tuple[tuple[AnyDocument, ...], list[Diagnostic]]:
    """Types the documents in place; every place that does not fit is one diagnostic.

    Of a tenant block whose provider cannot be used, nothing else is said.
    """
    addition, diagnostics = tenant_keys.of_documents(documents)
    skipped = "tenant" if diagnostics else None
    is_valid = _fast(addition).is_valid
    for document in documents:
        nulls = conversion.type_in_place(document, addition)
        diagnostics += nulls
        if not is_valid(document.content):
            positions = {problem.position for problem in nulls}
            paths = _narrowed(document, addition)
            judged = [path for path in paths if path[:1] != (skipped,)]
            refused = list(_explained(document, addition, judged))
            if judged and not refused:
                refused = [_unexplained(document, addition)]
            diagnostics += (each for each in refused if each.position not in positions)
    return tuple(documents), diagnostics


def _explained(document: Document, addition: str, paths: Sequence[Path]) -> Iterator[Diagnostic]:
    for path in paths:
        value = _value(document.content, path)
        findings = (
            sentences.explain(_validator(addition), _subschema(path, addition), value, path)
            if path
            else sentences.unknown_keys(checked(addition), list(value))
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


def _unexplained(document: Document, addition: str) -> Diagnostic:
    """Report what only the fast validator refuses: the two libraries may disagree."""
    error = next(_fast(addition).iter_errors(document.content))
    place = document.at(*error.instance_path)
    hint = "compare it with the schema"
    return Diagnostic(
        sentences.WRONG_VALUE, Severity.ERROR, "a value does not fit", hint, None, place
    )


def _narrowed(document: Document, addition: str) -> list[Path]:
    """The smallest parts of a document that are refused, in its order."""
    paths: dict[Path, None] = {}
    for error in _fast(addition).iter_errors(document.content):
        path = tuple(error.instance_path)
        paths |= dict.fromkeys(_parts(document.content, path[:2]))
    return [path for path in paths if len(path) < 2 or path[:1] not in paths]


def _parts(content: dict[str, Any], path: Path) -> list[Path]:
    """A path of jsonschema-rs, which gives a key that looks like a number as one: 007 as 7."""
    if len(path) < 2 or path[0] in _BLOCKS:
        return [path[:1]]
    kind = content[str(path[0])]
    if isinstance(path[1], str) or isinstance(kind, list):
        return [path]
    return [(path[0], key) for key in kind if key.isdecimal() and int(key) == path[1]]


def _value(content: Any, path: Path) -> Any:
    for step in path:
        content = content[step]
    return content


def _subschema(path: Path, addition: str) -> Schema:
    """The schema of a kind (`("agents",)`) or of one entry of it."""
    subschema: Schema = resolved(checked(addition)["properties"][path[0]])
    if len(path) == 1:
        return subschema
    below: Schema = subschema.get("properties", {}).get(
        path[1], subschema.get("items") or subschema.get("additionalProperties")
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


def is_visible(text: object) -> bool:
    """Whether a text has no character that nobody sees."""
    return not isinstance(text, str) or kinds.invisible(text) is None


@cache
def _fast(addition: str) -> Any:
    import jsonschema_rs

    return jsonschema_rs.validator_for(
        checked(addition),
        formats={"timezone": is_timezone, "visible": is_visible},
        validate_formats=True,
    )


@cache
def _validator(addition: str) -> Any:
    """Build the thorough validator. Imported late: it is slow and needed only for errors."""
    import jsonschema

    formats = jsonschema.FormatChecker(formats=["date"])
    formats.checks("timezone")(is_timezone)
    formats.checks("visible")(is_visible)
    extend: Any = jsonschema.validators.extend
    strict = extend(jsonschema.Draft202012Validator, {"pattern": _pattern})
    return strict(checked(addition), format_checker=formats)


def _pattern(validator: Any, pattern: str, value: Any, schema: Schema) -> Iterator[Any]:
    """As in every other language, `$` is the end, and not also before a last line break."""
    import jsonschema

    if isinstance(value, str) and not re.search(re.sub(r"\$$", r"\\Z", pattern), value):
        yield jsonschema.ValidationError(f"{value!r} does not match {pattern!r}")


def is_timezone(name: object) -> bool:
    """Whether this machine knows the timezone; True for what is no text, which the type refuses."""
    if not isinstance(name, str):
        return True
    try:
        ZoneInfo(name)
    except (OSError, ValueError, LookupError):
        return False
    return True
