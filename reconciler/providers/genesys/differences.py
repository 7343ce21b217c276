"""What operations ask of a user, and how far a user as shown is from it."""

from collections.abc import Iterator, Mapping, Sequence

from reconciler import kinds
from reconciler.model import NO_LEVEL, Operation, Value
from reconciler.providers.genesys import mapping
from reconciler.providers.genesys.api import Record


def merged(operations: Sequence[Operation]) -> dict[str, Value]:
    """The values of operations on one object; later ones win."""
    values: dict[str, Value] = {}
    for operation in operations:
        values |= operation.set
    return values


def members_of(values: Mapping[str, Value], name: str) -> Iterator[tuple[str, Value]]:
    for path, value in values.items():
        collection, member = kinds.split_path(path)
        if collection == name and member is not None:
            yield member, value


def differing_skills(record: Record, values: Mapping[str, Value]) -> Iterator[str]:
    skills = {mapping.text(s, "name"): s for s in record.get("skills") or ()}
    for name, value in members_of(values, "skills"):
        held = skills.get(name)
        if (held is None) is (value is not None) or _levels_differ(value, held):
            yield f"skills.{name}"


def proficiency(value: Value, held: Record | None) -> float:
    """The level, or where none is stated what is there already, or 0 for a new membership."""
    if value is not True:
        return float(kinds.value_level(value))
    shown = (held or {}).get("proficiency")
    return float(shown) if isinstance(shown, int | float) else float(NO_LEVEL)


def _levels_differ(value: Value, held: Record | None) -> bool:
    if value is None or value is True or held is None:
        return False
    shown = held.get("proficiency")
    return not isinstance(shown, int | float) or float(shown) != float(kinds.value_level(value))


def is_there(entry: Record) -> bool:
    return bool(entry.get("state", "active") != "deleted")


def fingerprint(user: Record) -> tuple[object, ...]:
    """What of a user is ours to judge: a version also moves with what is not."""
    skills = sorted(
        (str(s.get("name")), str(s.get("proficiency"))) for s in user.get("skills") or ()
    )
    state, number = user.get("state"), mapping.profile_extension(user)
    return (user.get("name"), user.get("preferredName"), state, number, tuple(skills))
