"""Diagnostics about one declared resource and its live counterpart."""

from collections.abc import Iterator
from typing import Final

from reconciler import claims, kinds
from reconciler.diagnostics import Diagnostic, Severity
from reconciler.diff import roster
from reconciler.diff.changes import Fields
from reconciler.model import FieldChange, Resource

CHECKED: Final = ("name", "email")
"""Stated of a UC agent these are checks: the UC directory owns them, nothing is written."""

OWNED: Final = frozenset(f.name for f in kinds.KINDS[kinds.AGENT].scalars if f.uc_owned)
KEYS: Final = frozenset({"name", "email", "extension", "phone"})


def without_email(resource: Resource) -> Iterator[Diagnostic]:
    """Report an agent who is to be created without an e-mail, which the console requires.

    UC agents bring theirs from the directory.
    """
    if roster.is_uc(resource) or resource.fields.get("email"):
        return
    yield Diagnostic(
        "email-to-create",
        Severity.ERROR,
        f"{resource.address} is not on the tenant's list, and an agent is created with an e-mail",
        "state `email:`; if the agent exists without a license, leave `licenses` out until then",
        resource.address,
        resource.origin.at() if resource.origin else None,
    )


def still_licensed(resource: Resource, live: Resource, live_fields: Fields) -> Iterator[Diagnostic]:
    """Warn of an agent who is to have no license and is listed among the licensed."""
    stated = resource.fields.get("licenses")
    if stated is None or stated or "licenses" in live_fields or "licenses" in live.fields:
        return
    if resource.fields.get("active") is False:
        return
    yield Diagnostic(
        "still-licensed",
        Severity.WARNING,
        f"{resource.address} is to have no license, and the tenant lists it among the licensed",
        "untick its licenses in the console, or say which it holds (`--observed FILE`)",
        resource.address,
        resource.origin.at("licenses") if resource.origin else None,
    )


def uc_checks(resource: Resource, live: Resource, stated: Fields) -> Iterator[Diagnostic]:
    for name in CHECKED:
        value, live_value = stated.get(name), live.fields.get(name)
        if value is not None and live_value is not None and value != live_value:
            yield Diagnostic(
                "uc-owned-field",
                Severity.WARNING,
                f"{resource.address} states {name} {value}; the UC directory says {live_value}",
                "correct it here or in the UC directory; nothing is written",
                resource.address,
                resource.origin.at(name) if resource.origin else None,
            )


def uc_owned_fields(resource: Resource, stated: Fields) -> Iterator[Diagnostic]:
    """Report stated fields that the UC directory owns; for agents not declared as UC."""
    for name in sorted(OWNED & stated.keys() - KEYS):
        yield Diagnostic(
            "uc-owned-field",
            Severity.ERROR,
            f"{resource.address} is a UC agent in the tenant, and {name} belongs to the UC "
            "directory",
            f"remove `{name}` from the entry, or choose a profile that does not state it",
            resource.address,
            resource.origin.at(name) if resource.origin else None,
        )


def phone_is_set_once(resource: Resource, live: Resource) -> Diagnostic:
    return Diagnostic(
        "phone-is-set-once",
        Severity.ERROR,
        f"{resource.address} is {resource.fields.get('phone')} in the files and "
        f"{live.fields.get('phone')} in the tenant ({kinds.label_of(live)})",
        "a phone is set when the agent is made: correct `phone` or the extension's range, or give "
        "the new agent an e-mail of its own",
        resource.address,
        resource.origin.at("phone") if resource.origin else None,
    )


def unknown_uc_agent(resource: Resource) -> Diagnostic:
    return Diagnostic(
        "unknown-uc-agent",
        Severity.ERROR,
        f"{resource.address} {claims.UNKNOWN_UC_AGENT}",
        "sync the UC directory first (User Management > Sync UC Users), then plan again",
        resource.address,
        resource.origin.at() if resource.origin else None,
    )


def read_only(resource: Resource, item: FieldChange) -> Diagnostic:
    return Diagnostic(
        "read-only-field",
        Severity.WARNING,
        f"{item.path} of {resource.address} is {item.before} in the tenant, which lets nobody "
        "change it",
        "state what the tenant says, or leave the field out",
        resource.address,
        resource.origin.at(*item.path.split(".", 1)) if resource.origin else None,
    )
