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
from reconciler.model import Address, FieldValue
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
            "write a level from 1 to 10",
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
    tenant = view.desired.tenant
    provider = tenant.provider if tenant else ""
    bounds = tenant.levels[collection] if tenant else None
    hint = (
        f"a {provider} tenant has levels {bounds[0]} to {bounds[1]} for {collection}"
        if bounds
        else f"a {provider} tenant has no levels for {collection}: write the bare name, and give "
        "a level to a skill"
    )
    where = view.place(address, collection, name)
    return Diagnostic(
        ID, SEVERITY, f"{collection}.{name} of {address} is {level}", hint, address, where
    )
