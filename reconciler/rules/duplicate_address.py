"""One declaration each, over all files. Queues and skills share one set of names, in which composed
and decomposed letters (NFC, NFD) are the same.

Passes:

    queues: {support: {}}
    skills: {spanish: {}}

Fails:

    queues: {support: {}}
    skills: {support: {}}
"""

from collections.abc import Iterator

from reconciler import kinds
from reconciler.diagnostics import Diagnostic, Severity
from reconciler.model import Address, Desired, Origin, Resource
from reconciler.rules.view import View

ID = "duplicate-address"
SEVERITY = Severity.ERROR


def check(view: View) -> Iterator[Diagnostic]:
    origins = dict(_origins(view.desired)) if view.desired.repeated else {}
    for again in view.desired.repeated:
        yield _finding(again, origins.get(again.address), "is declared a second time")
    named: dict[str, Resource] = {}
    targets = (r for r in view.desired.resources.values() if r.kind in kinds.MEMBERSHIPS.values())
    for resource in sorted(targets, key=lambda target: target.kind):
        first = named.setdefault(kinds.composed(kinds.name_of(resource.address)), resource)
        if first is not resource:
            yield _finding(resource, first.origin, f"has the same name as {first.address}")


def _finding(again: Resource, first: Origin | None, what: str) -> Diagnostic:
    return Diagnostic(
        ID,
        SEVERITY,
        f"{again.address} {what}{f'; the first is at {first.at()}' if first else ''}",
        "keep one of the two, or give one another name",
        again.address,
        again.origin.at() if again.origin else None,
    )


def _origins(desired: Desired) -> Iterator[tuple[Address, Origin | None]]:
    for resource in (*desired.resources.values(), *desired.waiting.values()):
        yield resource.address, resource.origin
    for name, profile in desired.profiles.items():
        yield kinds.address(kinds.PROFILE, name), profile.origin
    for name, pool in desired.pools.items():
        yield kinds.address(kinds.LICENSE_POOL, name), pool.origin
    for interval in desired.ranges:
        yield kinds.address(kinds.EXTENSION_RANGE, interval.name), interval.origin
    yield "tenant", desired.tenant.origin
