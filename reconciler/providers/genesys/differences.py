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


def plain(values: Mapping[str, Value]) -> dict[str, Value]:
    """The values apart from collections."""
    return {path: value for path, value in values.items() if kinds.split_path(path)[1] is None}


def skills_of(user: Record) -> dict[str, Record]:
    """The skills of a user by name; deleted ones are none."""
    shown = user.get("skills") or ()
    entries = (entry for entry in shown if isinstance(entry, Mapping) and is_there(entry))
    return {name: entry for entry in entries if (name := mapping.text(entry, "name"))}


def differing(record: Record, values: Mapping[str, Value]) -> Iterator[str]:
    """Paths of the values that a user as shown does not have; of licenses it tells nothing."""
    if "name" in values and mapping.text(record, "name") != values["name"]:
        yield "name"
    preferred = values.get("preferred_name")
    if "preferred_name" in values and mapping.text(record, "preferredName") != preferred:
        yield "preferred_name"
    if "active" in values and (record.get("state") == "active") is not values["active"]:
        yield "active"
    if "extension" in values and mapping.profile_extension(record) != values["extension"]:
        yield "extension"
    held = skills_of(record)
    for name, value in members_of(values, "skills"):
        entry = held.get(name)
        if (entry is None) is (value is not None) or _levels_differ(value, entry):
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


def patched(before: Record, sent: Record, answer: Record) -> Record:
    """A user after a patch: what was sent, and what the answer shows, which leaves skills out."""
    shown = {k: v for k, v in answer.items() if v is not None and k != "skills"}
    return {**before, **sent, **shown}


def fingerprint(user: Record) -> tuple[object, ...]:
    """What of a user is ours to judge: a version also moves with what is not."""
    skills = sorted(
        (name, str(entry.get("proficiency"))) for name, entry in skills_of(user).items()
    )
    names = (mapping.text(user, "name"), mapping.text(user, "preferredName"))
    return (*names, user.get("state"), mapping.profile_extension(user), tuple(skills))
