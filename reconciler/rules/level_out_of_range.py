"""Levels go from 1 to 10, or as the provider of the tenant keeps them.

Passes:

    queues: {support: {default_level: 5}}
    agents: [{email: ana@acme.example, queues: {support: 10}}]

Fails:

    queues: {support: {default_level: 5}}
    agents: [{email: ana@acme.example, queues: {support: 11}}]
"""

from collections.abc import Iterator, Mapping

from reconciler import kinds
from reconciler.diagnostics import Diagnostic, Severity
from reconciler.model import Address, FieldValue, Tenant
from reconciler.rules.view import View

ID = "level-out-of-range"
SEVERITY = Severity.ERROR


def check(view: View) -> Iterator[Diagnostic]:
    for odd in view.desired.odd_levels:
        where = ".".join(str(step) for step in odd.path)
        yield Diagnostic(
            ID,
            SEVERITY,
            f"{where} of {odd.by} is {odd.level}",
            _hint(view.desired.tenant, str(odd.path[0])),
            odd.by,
            odd.origin.at(*odd.path) if odd.origin else None,
        )
    yield from _unknown_to_the_tenant(view)


def _unknown_to_the_tenant(view: View) -> Iterator[Diagnostic]:
    """Levels from 1 to 10 that this provider has not. A queue's default is never its own level."""
    tenant = view.desired.tenant
    for collection, bounds in (tenant.levels if tenant else {}).items():
        for address, fields in view.everyone():
            for name, level in _levels(fields.get(collection)):
                target = view.queues.get(kinds.address(kinds.MEMBERSHIPS[collection], name), {})
                if bounds is None and level == target.get("default_level"):
                    continue
                if bounds is None or not bounds[0] <= level <= bounds[1]:
                    yield _unknown(view, address, collection, name, level)


def _levels(members: FieldValue) -> Iterator[tuple[str, int]]:
    if isinstance(members, Mapping):
        yield from ((name, level) for name, level in members.items() if 1 <= level <= 10)


def _unknown(view: View, address: Address, collection: str, name: str, level: int) -> Diagnostic:
    hint, where = _hint(view.desired.tenant, collection), view.place(address, collection, name)
    return Diagnostic(
        ID, SEVERITY, f"{collection}.{name} of {address} is {level}", hint, address, where
    )


def _hint(tenant: Tenant | None, collection: str) -> str:
    """The levels that the tenant has, in the words of its provider where they are its own."""
    if tenant is None or collection not in tenant.levels:
        return "write a level from 1 to 10"
    bounds = tenant.levels[collection]
    if bounds:
        return f"a {tenant.provider} tenant has levels {bounds[0]} to {bounds[1]} for {collection}"
    text = f"a {tenant.provider} tenant has no levels for {collection}: write the bare name"
    has_skill_levels = tenant.levels.get("skills", (1, 10)) is not None
    return f"{text}, and give a level to a skill" if has_skill_levels else text
