"""SCIM resources to ours. The tables that say which attribute is which field are in `service`."""

import re
from collections.abc import Callable, Iterable, Mapping
from operator import itemgetter

from reconciler import kinds
from reconciler.model import NO_LEVEL, Address, FieldValue, Resource
from reconciler.providers.scim.attributes import Record, entries, integer, pick, text
from reconciler.providers.scim.service import (
    AGENT_ATTRIBUTES,
    TARGET_ATTRIBUTES,
    USER_ATTRIBUTES,
    Service,
)

MODES = {label.lower(): word for word, label in kinds.RECORDING_MODES.items()}
ROUTINGS = {label.lower(): word for word, label in kinds.ROUTINGS.items()}
NUMBER = re.compile(r"(?P<scheme>tel:)?(?P<number>[^;]*)(?P<rest>.*)", re.DOTALL)
EXTENSION = re.compile(r"(?<=;ext=)[^;]*")

Fields = dict[str, FieldValue]


# --- agents --------------------------------------------------------------------------------------


def agents(service: Service) -> Callable[[Record], Resource]:
    """The function from a user to an agent, with only what the service shows."""
    shown = {name for name, path in service.agent_paths.items() if service.user.shows(path)}
    texts = [(n, USER_ATTRIBUTES[n]) for n in ("name", "preferred_name") if n in shown]
    ours = [(n, a) for n, a in AGENT_ATTRIBUTES.items() if n in shown] if service.agent else []
    has_active, has_licenses = "active" in shown, "licenses" in shown
    has_phones = not service.agent and "extension" in shown

    def agent(record: Record) -> Resource:
        fields: Fields = {name: text(record, attribute) for name, attribute in texts}
        if mail := email(record):
            fields["email"] = mail
        if fields.get("name") is None and (name := _full_name(record)):
            fields["name"] = name
        if has_active:
            fields["active"] = pick(record, "active") is not False
        if has_licenses:
            fields["licenses"] = _values(record, "entitlements")
        if has_phones:
            fields["extension"] = work_number(record)
        if service.agent:
            _add_ours(fields, pick(record, service.agent), ours)
        return Resource(
            agent_address(record, fields), kinds.AGENT, fields, text(record, "id"), version(record)
        )

    return agent


def agent_address(record: Record, fields: Mapping[str, FieldValue]) -> Address:
    name = fields.get("email") or fields.get("extension") or text(record, "userName")
    return kinds.address(kinds.AGENT, kinds.email_key(str(name or text(record, "id"))))


def _add_ours(fields: Fields, extension: object, names: Iterable[tuple[str, str]]) -> None:
    shown = extension if isinstance(extension, dict) else {}
    for name, attribute in names:
        if name in kinds.MEMBERSHIPS:
            fields[name] = levels(shown, attribute)
        elif name == "review_own_recordings":
            value = pick(shown, attribute)
            fields[name] = value if isinstance(value, bool) else None
        else:
            fields[name] = text(shown, attribute)
    mode = fields.get("recording_mode")
    if isinstance(mode, str):
        fields["recording_mode"] = MODES.get(mode.lower(), mode)


def email(record: Record) -> str | None:
    """The user name where it is an address, else the work e-mail; as e-mails are compared."""
    name = text(record, "userName")
    if name and "@" in name:
        return kinds.email_key(name)
    ours = our_entry(record, "emails")
    value = text(ours, "value") if ours else None
    return kinds.email_key(value) if value and "@" in value else None


def our_entry(record: Record, name: str) -> Record | None:
    """The work entry of a multi-valued attribute, the primary one if there are several; where no
    entry says what it is for, the first of those.
    """
    listed = list(entries(record, name))
    if not listed:
        return None
    kinds_of = [(text(entry, "type") or "").lower() for entry in listed]
    ours = [entry for entry, kind in zip(listed, kinds_of, strict=True) if kind == "work"]
    ours = ours or [entry for entry, kind in zip(listed, kinds_of, strict=True) if not kind]
    return next((e for e in ours if pick(e, "primary") is True), ours[0] if ours else None)


def work_number(record: Record) -> str | None:
    """The work number as an extension: of a `tel:` URI its `ext`, or else its number (RFC 3966)."""
    ours = our_entry(record, "phoneNumbers")
    value = text(ours, "value") if ours else None
    if value is None:
        return None
    if found := EXTENSION.search(value):
        return found[0] or None
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
    found = NUMBER.match(value)
    assert found is not None
    return found.groupdict()


def _full_name(record: Record) -> str | None:
    name = pick(record, "name")
    if not isinstance(name, Mapping):
        return None
    parts = [text(name, part) for part in ("givenName", "familyName")]
    return text(name, "formatted") or " ".join(part for part in parts if part) or None


def _values(record: Record, name: str) -> frozenset[str]:
    value = pick(record, name)
    if not value:
        return frozenset()
    try:
        return frozenset(map(itemgetter("value"), value))
    except (KeyError, TypeError):
        return frozenset(
            found for entry in entries(record, name) if (found := text(entry, "value"))
        )


def levels(record: Record, name: str) -> dict[str, int]:
    """Nearly every entry is a name and a number, spelled as the schema has it."""
    found = {}
    for entry in entries(record, name):
        value, level = entry.get("value"), entry.get("level")
        if type(value) is not str or type(level) is not int:
            value, level = text(entry, "value"), integer(entry, "level")
        if value:
            found[value] = level or NO_LEVEL
    return found


def version(record: Record) -> str | None:
    meta = pick(record, "meta")
    return text(meta, "version") if isinstance(meta, dict) else None


# --- everything else -----------------------------------------------------------------------------


def targets(kind: str, service: Service) -> Callable[[Record], Resource | None]:
    """The function from a queue or skill to ours; None where it has no name."""
    known = service.type_of(kind)
    names = {n: a for n, a in TARGET_ATTRIBUTES[kind].items() if known and known.shows(a)}

    def target(record: Record) -> Resource | None:
        name = text(record, "name") or text(record, "displayName")
        if name is None:
            return None
        fields: Fields = {field: _setting(record, attribute) for field, attribute in names.items()}
        routing = fields.get("routing")
        if isinstance(routing, str):
            fields["routing"] = ROUTINGS.get(routing.lower(), routing)
        return Resource(
            kinds.address(kind, name), kind, fields, text(record, "id"), version(record)
        )

    return target


def _setting(record: Record, attribute: str) -> FieldValue:
    if attribute in ("extension", "routing"):
        return text(record, attribute)
    return integer(record, attribute)


def group(record: Record) -> Resource | None:
    """A group as a queue: it has a name and members, and nothing else that we know."""
    name = text(record, "displayName")
    if name is None:
        return None
    address = kinds.address(kinds.QUEUE, name)
    return Resource(address, kinds.QUEUE, {}, text(record, "id"), version(record))


def member_ids(record: Record) -> list[str]:
    """Users among the members; a nested group stays where it is (RFC 7643 section 4.2)."""
    return [
        value
        for entry in entries(record, "members")
        if (value := text(entry, "value")) and (text(entry, "type") or "User").lower() == "user"
    ]


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
