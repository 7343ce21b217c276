"""SCIM resources to ours, by the mapping of the service."""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from reconciler import kinds
from reconciler.model import NO_LEVEL, Address, FieldValue, Resource
from reconciler.providers.scim.attributes import Record, entries, integer, pick, text, truth
from reconciler.providers.scim.mapping import Collection, Place, Scalar
from reconciler.providers.scim.paths import Path
from reconciler.providers.scim.service import Service

NUMBER = re.compile(r"(?P<scheme>tel:)?(?P<number>[^;]*)(?P<rest>.*)", re.DOTALL)
EXTENSION = re.compile(r"(?<=;ext=)[^;]*")
NAME, PHONES = "name", "phonenumbers"
NEAR = 1e-3
"""How far a level may be from the value that stands for it in a scale."""

Fields = dict[str, FieldValue]
Getter = Callable[[Record], Any]


# --- agents --------------------------------------------------------------------------------------


def agents(service: Service) -> Callable[[Record], Resource]:
    """The function from a user to an agent, with only what the service shows.

    Sign-in that is neither true nor false is left out: nobody can tell.
    """
    parts = _getters(service)
    own = parts.pop(None, [])
    has_active = ("active", truth_of) in own
    own = [item for item in own if item[1] is not truth_of]
    names, has_email = _names(service), "email" in service.fields.agent

    def agent(record: Record) -> Resource:
        fields: Fields = {}
        if has_email and (mail := email(record)):
            fields["email"] = mail
        if names:
            _add_name(fields, record, names)
        for field, getter in own:
            fields[field] = getter(record)
        if has_active and (active := truth_of(record)) is not None:
            fields["active"] = active
        for urn, getters in parts.items():
            _add_part(fields, pick(record, urn or ""), getters)
        return Resource(
            agent_address(record, fields), kinds.AGENT, fields, text(record, "id"), version(record)
        )

    return agent


def _getters(service: Service) -> dict[str | None, list[tuple[str, Getter]]]:
    """What reads each field, by the extension that it stands in. Names and e-mails are apart."""
    getters: dict[str | None, list[tuple[str, Getter]]] = {}
    for name, place in service.fields.agent.items():
        urn, getter = _getter(name, place, service)
        if getter and name not in ("email", "name"):
            row = kinds.KINDS[kinds.AGENT].field(name)
            getter = _choice_of(name, getter) if row and row.choices else getter
            getters.setdefault(service.spelled(urn) if urn else None, []).append((name, getter))
    return getters


def _choice_of(name: str, getter: Getter) -> Getter:
    """A choice in our words, also where the service shows its label."""
    return lambda record: kinds.in_our_words(kinds.AGENT, name, getter(record))


def _add_part(fields: Fields, part: object, getters: Iterable[tuple[str, Getter]]) -> None:
    """The fields of one extension; of an absent one, all empty."""
    shown = part if isinstance(part, dict) else {}
    for field, getter in getters:
        fields[field] = getter(shown)


def truth_of(record: Record) -> bool | None:
    """Sign-in."""
    return truth(record, "active")


def agent_address(record: Record, fields: Mapping[str, FieldValue]) -> Address:
    name = fields.get("email") or fields.get("extension") or text(record, "userName")
    return kinds.address(kinds.AGENT, kinds.email_key(str(name or text(record, "id"))))


def readable_paths(place: Place | None, service: Service) -> tuple[Path, ...]:
    """Return the paths of a field that the service returns when it is read."""
    shows = service.user.shows
    if isinstance(place, Scalar):
        return tuple(path for path in place.paths if shows(path.announced))
    if isinstance(place, Collection) and shows(place.path.announced):
        return (place.path,)
    return ()


def _getter(name: str, place: Place, service: Service) -> tuple[str | None, Getter | None]:
    """The extension that a field stands in, and what reads it there."""
    paths = readable_paths(place, service)
    if not paths:
        return None, None
    path = paths[0]
    if isinstance(place, Collection):
        return path.urn, _collection(name, place)
    if name == "active" and str(path) == "active":
        return None, truth_of
    row = kinds.KINDS[kinds.AGENT].field(name)
    if row and row.type is kinds.FieldType.BOOLEAN:
        return path.urn, lambda record: truth(record, path.attribute)
    if path.selector is None and path.sub is None:
        return path.urn, lambda record: text(record, path.attribute)
    if path.attribute.lower() == PHONES:
        return path.urn, lambda record: extension_of(our_value(record, path))
    return path.urn, lambda record: our_value(record, path)


def _collection(name: str, place: Collection) -> Getter:
    attribute, key, level = place.path.attribute, place.key, place.level
    if place.joined is not None:
        separator = place.joined
        if name == "licenses":
            return lambda record: frozenset(split(text(record, attribute), separator))
        return lambda record: dict.fromkeys(split(text(record, attribute), separator), NO_LEVEL)
    if name == "licenses":
        return lambda record: names_of(record, attribute, key)
    if level is None or place.scale is not None:
        return lambda record: scaled_levels(record, place)
    return lambda record: levels(record, attribute, key, level)


def split(value: str | None, separator: str) -> list[str]:
    """Names that are joined as one text."""
    return [name for part in (value or "").split(separator) if (name := part.strip())]


def scaled_levels(record: Record, place: Collection) -> dict[str, int]:
    """Levels of a scale of the service's own; a value that no level stands for is none of ours."""
    found = {}
    for entry in entries(record, place.path.attribute):
        if name := text(entry, place.key):
            value = pick(entry, place.level) if place.level else None
            found[name] = level_of(value, place.scale)
    return found


def level_of(value: Any, scale: tuple[float, float] | None) -> int:
    """The level from 1 to 10 that a value stands for, else `NO_LEVEL`."""
    try:
        number = float(value)
    except (TypeError, ValueError):
        return NO_LEVEL
    low, high = scale or (1.0, 10.0)
    exact = 1 + (number - low) * 9 / (high - low)
    level = round(exact)
    return level if abs(exact - level) < NEAR and 1 <= level <= 10 else NO_LEVEL


def scaled(level: int, scale: tuple[float, float] | None) -> float | int:
    """The value that stands for a level."""
    if scale is None:
        return level
    low, high = scale
    return round(low + (level - 1) * (high - low) / 9, 4)


def _names(service: Service) -> tuple[Path, ...]:
    """Where a name may stand; a service whose schema has the parts only is read by them."""
    place = service.fields.agent.get("name")
    return readable_paths(place, service)


def _add_name(fields: Fields, record: Record, paths: Iterable[Path]) -> None:
    """The first that is there. A display name that only repeats the login is no name as long as
    another one is there.
    """
    login = (text(record, "userName") or "").lower()
    found = [value for path in paths if (value := _name_at(record, path))]
    real = (value for value in found if value.lower() not in (login, fields.get("email")))
    fields["name"] = next(real, found[0] if found else None)


def _name_at(record: Record, path: Path) -> str | None:
    if path.attribute.lower() == NAME and path.sub is None:
        return full_name(record)
    if path.sub is None:
        return text(record, path.attribute)
    return our_value(record, path)


def email(record: Record) -> str | None:
    """The user name where it is an address, else the work e-mail; as e-mails are compared."""
    name = text(record, "userName")
    if name and "@" in name:
        return kinds.email_key(name)
    ours = our_entry(record, "emails")
    value = text(ours, "value") if ours else None
    return kinds.email_key(value) if value and "@" in value else None


def our_entry(
    record: Record, name: str, selector: tuple[str, str] | None = ("type", "work")
) -> Record | None:
    """The entry of a multi-valued attribute that the selector picks, the primary one if there are
    several; where no entry says what it is for, the first of those.
    """
    listed = list(entries(record, name))
    if not listed or selector is None:
        return next(iter(listed), None)
    attribute, wanted = selector
    kinds_of = [(text(entry, attribute) or "").lower() for entry in listed]
    pairs = list(zip(listed, kinds_of, strict=True))
    ours = [entry for entry, kind in pairs if kind == wanted.lower()]
    ours = ours or [entry for entry, kind in pairs if not kind]
    return next((e for e in ours if truth(e, "primary") is True), ours[0] if ours else None)


def our_value(record: Record, path: Path) -> str | None:
    """The text that a path with a selector or a sub-attribute leads to."""
    entry = our_entry(record, path.attribute, path.selector)
    return text(entry, path.sub or "value") if entry else None


def extension_of(value: str | None) -> str | None:
    """A number as an extension: of a `tel:` URI its `ext`, or else its number (RFC 3966)."""
    if value is None:
        return None
    if match := EXTENSION.search(value):
        return match[0] or None
    return _parts(value)["number"] or None


def renumbered(value: str | None, extension: str) -> str:
    """A number with another extension, written as the tenant writes it."""
    if value is None:
        return extension
    if EXTENSION.search(value):
        return EXTENSION.sub(lambda _: extension, value, count=1)
    parts = _parts(value)
    return f"{parts['scheme'] or ''}{extension}{parts['rest']}"


def _parts(value: str) -> Mapping[str, str | None]:
    match = NUMBER.match(value)
    assert match is not None
    return match.groupdict()


def full_name(record: Record) -> str | None:
    name = pick(record, "name")
    if not isinstance(name, Mapping):
        return None
    parts = [text(name, part) for part in ("givenName", "familyName")]
    return text(name, "formatted") or " ".join(part for part in parts if part) or None


def names_of(record: Record, attribute: str, key: str = "value") -> frozenset[str]:
    """The names of a multi-valued attribute; where an entry displays another one, that as well."""
    found = set()
    for entry in entries(record, attribute):
        found |= {name for part in (key, "display") if (name := text(entry, part))}
    return frozenset(found)


def levels(
    record: Record, attribute: str, key: str = "value", level: str = "level"
) -> dict[str, int]:
    """Nearly every entry is a name and a number, spelled as the schema has it."""
    found = {}
    for entry in entries(record, attribute):
        name, number = entry.get(key), entry.get(level)
        if type(name) is not str or type(number) is not int:
            name, number = text(entry, key), integer(entry, level)
        if name:
            found[name] = number or NO_LEVEL
    return found


def version(record: Record) -> str | None:
    meta = pick(record, "meta")
    return text(meta, "version") if isinstance(meta, dict) else None


# --- everything else -----------------------------------------------------------------------------


def targets(kind: str, service: Service) -> Callable[[Record], Resource | None]:
    """The function from a queue or skill to ours; None where it has no name."""
    target, known = service.target(kind), service.type_of(kind)
    assert target is not None
    names = {n: p for n, p in target.fields.items() if known and known.shows(p.announced)}
    other = "displayName" if target.name == "name" else "name"

    def convert(record: Record) -> Resource | None:
        name = text(record, target.name) or text(record, other)
        if name is None:
            return None
        fields = {field: _setting(record, kind, field, path) for field, path in names.items()}
        return Resource(
            kinds.address(kind, name), kind, fields, text(record, "id"), version(record)
        )

    return convert


def _setting(record: Record, kind: str, field: str, path: Path) -> FieldValue:
    part = pick(record, path.urn) if path.urn else record
    part = part if isinstance(part, Mapping) else {}
    row = kinds.KINDS[kind].field(field)
    if row and row.type is kinds.FieldType.INTEGER:
        return integer(part, path.attribute)
    return kinds.in_our_words(kind, field, text(part, path.attribute))


def member_ids(record: Record) -> list[str]:
    """Users among the members; a nested group stays where it is (RFC 7643 section 4.2)."""
    return [
        value
        for entry in entries(record, "members")
        if (value := member_id(entry)) and (text(entry, "type") or "User").lower() == "user"
    ]


def member_id(entry: Record) -> str | None:
    """The id of a member; some services show its address alone."""
    if value := text(entry, "value"):
        return value
    reference = (text(entry, "$ref") or "").rstrip("/").split("/")
    return reference[-1] if len(reference) > 1 and reference[-2].lower() == "users" else None


def pool(record: Record) -> Resource | None:
    name = text(record, "name")
    if name is None:
        return None
    fields: Fields = {
        "purchased": integer(record, "purchased"),
        "assigned": integer(record, "assigned"),
        "requires": text(record, "requires"),
    }
    address = kinds.address(kinds.LICENSE_POOL, name)
    return Resource(address, kinds.LICENSE_POOL, fields, text(record, "id"))


def directory_entry(record: Record) -> Resource | None:
    fields: Fields = {name: text(record, name) for name in ("name", "extension", "type")}
    mail = text(record, "email")
    fields["email"] = kinds.email_key(mail) if mail else None
    name = fields["extension"] or fields["email"]
    if name is None:
        return None
    address = kinds.address(kinds.DIRECTORY_ENTRY, str(name))
    return Resource(address, kinds.DIRECTORY_ENTRY, fields, text(record, "id"))
