"""A saved document (a plan) against its published schema: the first misfit, in one line."""

from collections.abc import Sequence
from functools import cache
from typing import Any

from reconciler.validate.published import published


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
