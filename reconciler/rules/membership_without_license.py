"""Who is in a queue or has a skill holds a license.

Passes:

    agents: [{email: ana@acme.example, licenses: [voice], queues: [support]}]

Fails:

    agents: [{email: ana@acme.example, licenses: [], queues: [support]}]
"""

from collections.abc import Iterator, Mapping

from reconciler import kinds
from reconciler.diagnostics import Diagnostic, Severity
from reconciler.rules.view import View

ID = "membership-without-license"
SEVERITY = Severity.ERROR


def check(view: View) -> Iterator[Diagnostic]:
    if not _are_licenses_known(view):
        return
    for address, fields in view.everyone():
        if fields.get("licenses") == frozenset():
            members = {key: _names(fields.get(key)) for key in kinds.MEMBERSHIPS}
            stated = [key for key, names in members.items() if names]
            if stated:
                yield Diagnostic(
                    ID,
                    SEVERITY,
                    f"{address} is a member of {_listed(members)} and has no license",
                    "give a license, or take the memberships away",
                    address,
                    view.place(address, stated[0]),
                    size=sum(map(len, members.values())),
                )


def _are_licenses_known(view: View) -> bool:
    """Whether the files or the tenant speak of any license: a tenant may have none to give."""
    desired = view.desired
    states = (*desired.resources.values(), *desired.waiting.values(), *desired.profiles.values())
    return bool(
        view.pools
        or any("licenses" in resource.fields for resource in states)
        or any(fields.get("licenses") for _, fields in view.everyone())
    )


def _names(value: object) -> list[str]:
    return sorted(value) if isinstance(value, Mapping) else []


def _listed(members: Mapping[str, list[str]]) -> str:
    words = kinds.MEMBERSHIPS
    return ", ".join(f"{words[key]} {name}" for key, names in members.items() for name in names)
