"""What lives in the tenant and stands in no file: left alone, told, or taken out with proof."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from reconciler import kinds
from reconciler.diagnostics import Diagnostic, Severity
from reconciler.diff import leaving
from reconciler.model import (
    Address,
    Change,
    Declared,
    Desired,
    ExtensionRange,
    Reading,
    Resource,
    Unmanaged,
)

COUNTED = frozenset({kinds.AGENT, kinds.QUEUE, kinds.SKILL})


@dataclass(slots=True)
class Left:
    changes: list[Change] = field(default_factory=list)
    unmanaged: tuple[Unmanaged, ...] = ()
    diagnostics: list[Diagnostic] = field(default_factory=list)


def judge(
    desired: Desired,
    reading: Reading,
    matches: Mapping[Address, Resource],
    replaced: Mapping[Address, Address],
    declared: Declared | None,
) -> Left:
    left = Left()
    unmanaged = []
    for resource in _undeclared(reading, matches):
        where = home(desired.ranges, resource)
        if resource.address in replaced:
            successor = replaced[resource.address]
            left.changes.extend(leaving.replaced(resource, successor, desired, reading))
        elif where and _taken_out(resource, where, reading, declared, left):
            continue
        else:
            label = kinds.label_of(resource)
            unmanaged.append(Unmanaged(resource.address, label, where is not None))
    left.unmanaged = tuple(sorted(unmanaged, key=lambda item: item.address))
    return left


def _undeclared(reading: Reading, matches: Mapping[Address, Resource]) -> Iterator[Resource]:
    known = {resource.address for resource in matches.values()}
    for resource in reading.resources.values():
        if resource.kind in COUNTED and resource.address not in known:
            yield resource


def home(ranges: tuple[ExtensionRange, ...], resource: Resource) -> ExtensionRange | None:
    """The declared range that an agent's extension lies in."""
    extension = resource.fields.get("extension")
    if resource.kind != kinds.AGENT or not isinstance(extension, str):
        return None
    return next((item for item in ranges if item.holds(extension)), None)


def _taken_out(
    resource: Resource,
    where: ExtensionRange,
    reading: Reading,
    declared: Declared | None,
    left: Left,
) -> bool:
    """Whether the agent is suspended or deleted; if not, says what is missing for it."""
    if where.unlisted == "report" or _is_out_already(resource, where):
        return False
    if not _was_declared(resource, declared):
        left.diagnostics.append(_no_proof(resource, where))
        return False
    left.changes.extend(leaving.unlisted(resource, where, reading))
    return True


def _is_out_already(resource: Resource, where: ExtensionRange) -> bool:
    fields = resource.fields
    gone = fields.get("active") is False and not fields.get("licenses")
    return gone and (where.unlisted == "suspend" or fields.get("phone") == "uc")


def _was_declared(resource: Resource, declared: Declared | None) -> bool:
    if declared is None:
        return False
    return (
        resource.address in declared.addresses
        or resource.fields.get("extension") in declared.extensions
    )


def _no_proof(resource: Resource, where: ExtensionRange) -> Diagnostic:
    return Diagnostic(
        "unlisted-without-proof",
        Severity.WARNING,
        f"{kinds.label_of(resource)} is in {where.name} and in no file; nothing shows that it ever "
        f"was, so it is not {'deleted' if where.unlisted == 'delete' else 'suspended'}",
        "name a revision in which it was declared (--base GITREF), or declare it with `until:`",
        resource.address,
        where.origin.at("unlisted") if where.origin else None,
    )
