"""SCIM resources to ours. One table says which attribute is which field."""

from collections.abc import Mapping

from reconciler import kinds
from reconciler.model import NO_LEVEL, Address, FieldValue, Resource
from reconciler.providers.scim.attributes import Record, entries, integer, pick, text
from reconciler.providers.scim.discovery import Service

USER_TEXTS = {"name": "displayName", "preferred_name": "nickName"}
AGENT_TEXTS = {
    "extension": "extension",
    "phone": "phone",
    "no_answer_destination": "noAnswerDestination",
    "recording_mode": "recordingMode",
}
QUEUE_ATTRIBUTES = {
    "extension": "extension",
    "priority": "priority",
    "routing": "routing",
    "default_level": "defaultLevel",
}
MODES = {label.lower(): word for word, label in kinds.RECORDING_MODES.items()}
ROUTINGS = {label.lower(): word for word, label in kinds.ROUTINGS.items()}


def agent(record: Record, service: Service) -> Resource:
    fields: dict[str, FieldValue] = {"email": email(record), "active": active(record)}
    for field, attribute in USER_TEXTS.items():
        if service.announces(attribute):
            fields[field] = text(record, attribute)
    if fields.get("name") is None:
        fields["name"] = _full_name(record)
    if service.announces("entitlements"):
        fields["licenses"] = _values(record, "entitlements")
    if service.agent:
        _add_agent_fields(fields, pick(record, service.agent) or {})
    else:
        fields["extension"] = work_phone(record)
    if fields["email"] is None:
        del fields["email"]
    return Resource(
        _agent_address(record, fields), kinds.AGENT, fields, text(record, "id"), version(record)
    )


def _add_agent_fields(fields: dict[str, FieldValue], extension: Record) -> None:
    for field, attribute in AGENT_TEXTS.items():
        fields[field] = text(extension, attribute)
    mode = fields["recording_mode"]
    if isinstance(mode, str):
        fields["recording_mode"] = MODES.get(mode.lower(), mode)
    review = pick(extension, "reviewOwnRecordings")
    fields["review_own_recordings"] = review if isinstance(review, bool) else None
    fields["queues"] = levels(extension, "queues")
    fields["skills"] = levels(extension, "skills")


def _agent_address(record: Record, fields: Mapping[str, FieldValue]) -> Address:
    name = fields.get("email") or fields.get("extension") or text(record, "userName")
    return kinds.address(kinds.AGENT, str(name or text(record, "id")).lower())


def email(record: Record) -> str | None:
    """The user name where it is an address, else the work e-mail; in lower case."""
    name = text(record, "userName")
    if name and "@" in name:
        return name.lower()
    shown = [text(entry, "value") for entry in entries(record, "emails") if is_work(entry)]
    return shown[0].lower() if shown and shown[0] else None


def active(record: Record) -> bool:
    """A user without `active` can sign in: RFC 7643 section 4.1.1 gives it no other meaning."""
    return pick(record, "active") is not False


def is_work(entry: Record) -> bool:
    return (text(entry, "type") or "work").lower() == "work"


def work_phone(record: Record) -> str | None:
    """The work number, as an extension: `tel:` and an `;ext=` part are read (RFC 3966)."""
    for entry in entries(record, "phoneNumbers"):
        value = text(entry, "value")
        if value and is_work(entry):
            number = value.removeprefix("tel:")
            return number.partition(";ext=")[2] or number
    return None


def _full_name(record: Record) -> str | None:
    name = pick(record, "name")
    if not isinstance(name, Mapping):
        return None
    parts = [text(name, part) for part in ("givenName", "familyName")]
    return text(name, "formatted") or " ".join(part for part in parts if part) or None


def _values(record: Record, name: str) -> frozenset[str]:
    return frozenset(value for entry in entries(record, name) if (value := text(entry, "value")))


def levels(record: Record, name: str) -> dict[str, int]:
    found = {}
    for entry in entries(record, name):
        if value := text(entry, "value"):
            found[value] = integer(entry, "level") or NO_LEVEL
    return found


def version(record: Record) -> str | None:
    meta = pick(record, "meta")
    return text(meta, "version") if isinstance(meta, Mapping) else None


def target(record: Record, kind: str) -> Resource | None:
    """A queue or skill; None where it has no name."""
    name = text(record, "name") or text(record, "displayName")
    if name is None:
        return None
    names = QUEUE_ATTRIBUTES if kind == kinds.QUEUE else {"default_level": "defaultLevel"}
    fields = {field: _setting(record, attribute) for field, attribute in names.items()}
    routing = fields.get("routing")
    if isinstance(routing, str):
        fields["routing"] = ROUTINGS.get(routing.lower(), routing)
    return Resource(kinds.address(kind, name), kind, fields, text(record, "id"), version(record))


def _setting(record: Record, attribute: str) -> FieldValue:
    value = pick(record, attribute)
    return value if isinstance(value, str | int) and value != "" else None


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
    fields: dict[str, FieldValue] = {
        "purchased": integer(record, "purchased"),
        "assigned": integer(record, "assigned"),
        "requires": text(record, "requires"),
    }
    address = kinds.address(kinds.LICENSE_POOL, name)
    return Resource(address, kinds.LICENSE_POOL, fields, text(record, "id"))


def directory_entry(record: Record) -> Resource | None:
    names = ("name", "extension", "type")
    fields: dict[str, FieldValue] = {name: text(record, name) for name in names}
    mail = text(record, "email")
    fields["email"] = mail.lower() if mail else None
    name = fields["extension"] or fields["email"]
    if name is None:
        return None
    address = kinds.address(kinds.DIRECTORY_ENTRY, str(name))
    return Resource(address, kinds.DIRECTORY_ENTRY, fields, text(record, "id"))
