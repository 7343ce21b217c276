"""The platform's objects to ours, without any decision on what to change."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from reconciler import kinds
from reconciler.model import NO_LEVEL, FieldValue, Resource

Record = Mapping[str, Any]
Fields = dict[str, FieldValue]

PHONE: Final = "PHONE"
WEBRTC: Final = "webrtc"
WORK: Final = "WORK"
TYPES: Final = (WORK, "WORK2", "WORK3", "WORK4", "OTHER")


def agent(
    user: Record,
    *,
    licenses: Iterable[str] | None,
    queues: Iterable[str],
    extensions: Mapping[str, str],
    has_phone: bool | None = None,
) -> Resource:
    """One user. `licenses` are our names (None where they are not shown), `extensions` maps the
    id of a user to the number that the assignment list says is theirs. `has_phone` is None where
    phones are not looked at.
    """
    identifier = text(user, "id") or ""
    email = (text(user, "email") or text(user, "username") or "").lower() or None
    fields: Fields = {
        "name": text(user, "name"),
        "preferred_name": text(user, "preferredName"),
        "active": text(user, "state") == "active",
        "extension": extensions.get(identifier),
        "queues": dict.fromkeys(sorted(queues), NO_LEVEL),
    }
    if email:
        fields["email"] = email
    if has_phone is not None:
        fields["phone"] = WEBRTC if has_phone else None
    if licenses is not None:
        fields["licenses"] = frozenset(licenses)
    skills = user.get("skills")
    if isinstance(skills, list):
        fields["skills"] = dict(_skills(skills))
    address = kinds.agent_address(email, extensions.get(identifier) or identifier)
    return Resource(address, kinds.AGENT, fields, identifier)


def _skills(skills: Iterable[Any]) -> Iterable[tuple[str, int]]:
    for entry in skills:
        if not isinstance(entry, Mapping) or entry.get("state") == "deleted":
            continue
        if name := text(entry, "name"):
            yield name, level(entry.get("proficiency"))


def level(proficiency: object) -> int:
    """A whole proficiency from 1 to 5 is a level; 0 and fractions are a membership whose level is
    not known. Nothing is rounded.
    """
    if isinstance(proficiency, bool) or not isinstance(proficiency, int | float):
        return NO_LEVEL
    return int(proficiency) if float(proficiency).is_integer() and proficiency >= 1 else NO_LEVEL


def is_fraction(proficiency: object) -> bool:
    """A proficiency such as 2.5, which has no level of ours."""
    return isinstance(proficiency, float) and not proficiency.is_integer()


def profile_extension(user: Record) -> str | None:
    """The extension that the profile of a user states in an entry of its own, if any.

    Four shapes are in use: only `address` (a phone number); `extension` equal to `display` (an
    internal extension, `address` may be filled as well); `extension` beside another `display` (a
    number with an extension, which is not ours); only `display` (stored, and in no pool so far).
    """
    for entry in user.get("addresses") or ():
        if is_own_entry(entry):
            return text(entry, "extension") or text(entry, "display")
    return None


def is_own_entry(entry: Any) -> bool:
    """Whether a contact entry holds an internal extension and no phone number."""
    if not isinstance(entry, Mapping) or text(entry, "mediaType") != PHONE:
        return False
    extension, display = text(entry, "extension"), text(entry, "display")
    if extension:
        return display in (None, extension)
    return bool(display) and not text(entry, "address")


def with_extension(addresses: Iterable[Any], extension: str | None) -> list[Any]:
    """The address list of a user with another extension; foreign entries stay as they came.

    The platform keeps one entry of a type, so an extension takes a type that no phone number has.
    """
    own = [entry for entry in addresses if is_own_entry(entry)]
    kept = [entry for entry in addresses if not is_own_entry(entry)]
    if extension is None:
        return kept
    taken = {
        text(e, "type") for e in kept if isinstance(e, Mapping) and text(e, "mediaType") == PHONE
    }
    types = [kind for entry in own if (kind := text(entry, "type"))]
    free = next((kind for kind in (*types, *TYPES) if kind not in taken), WORK)
    return [*kept, {"mediaType": PHONE, "type": free, "extension": extension}]


def holds(pool: Record, number: str) -> bool:
    """Whether a number lies in an extension pool, both ends included. Zeros in front count."""
    first, last = bounds(pool)
    return len(first) == len(number) == len(last) and first <= number <= last


def bounds(pool: Record) -> tuple[str, str]:
    """The first and the last number of an extension pool."""
    return text(pool, "startNumber") or "", text(pool, "endNumber") or ""


def owner(extension: Record) -> str | None:
    """The id of whoever an entry of the assignment list belongs to."""
    holder = extension.get("owner")
    return text(holder, "id") if isinstance(holder, Mapping) else None


def text(record: Record, name: str) -> str | None:
    value = record.get(name)
    return value if isinstance(value, str) and value else None
