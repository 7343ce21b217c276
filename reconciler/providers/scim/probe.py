"""Which packaged mapping fits a service, and what stays unobserved with it. Nothing is written."""

from collections.abc import Mapping
from dataclasses import dataclass

from reconciler import errors, kinds
from reconciler.model import Reading, Tenant
from reconciler.providers.scim import mapping
from reconciler.providers.scim.discovery import discover
from reconciler.providers.scim.members import MemberReader
from reconciler.providers.scim.reader import ScimReader
from reconciler.providers.transport import Transport


@dataclass(frozen=True, slots=True)
class Probe:
    """A service read with one mapping. Fields of agents: `seen` with a value of somebody, `empty`
    for everybody, `unobserved` for the rest.
    """

    mapping: str
    agents: int
    queues: int
    skills: int
    seen: tuple[str, ...]
    empty: tuple[str, ...]
    unobserved: tuple[str, ...]

    @property
    def weight(self) -> tuple[int, int]:
        """More is better: fields with values, then fields that could have some."""
        return len(self.seen), len(self.empty)


def probe(transport: Transport, tenant: Tenant) -> tuple[Probe, ...]:
    """Every mapping, the best one first; the tenant's own before packaged ones of its weight.

    Raises `CannotTellError` where no mapping reads the service.
    """
    stated: dict[str, mapping.FieldMap] = {}
    if tenant.mapping:
        own = mapping.of(tenant.mapping, "core")
        stated[own.name] = own
    stated |= {name: mapping.of(name, "core") for name in mapping.NAMES if name not in stated}
    probes: list[Probe] = []
    failed: errors.CannotTellError | None = None
    for name, fields in stated.items():
        try:
            probes.append(_probed(name, _read(transport, fields, tenant)))
        except errors.ImplausibleError as error:
            failed = error
    if not probes and failed:
        raise failed
    return tuple(sorted(probes, key=lambda one: one.weight, reverse=True))


def _read(transport: Transport, fields: mapping.FieldMap, tenant: Tenant) -> Reading:
    service = discover(transport, fields)
    members = MemberReader(transport, service)
    return ScimReader(transport, service, members, (), tenant.page_size).read()


def _probed(name: str, reading: Reading) -> Probe:
    counts: Mapping[str, int] = {
        kind: sum(found.kind == kind for found in reading.resources.values())
        for kind in (kinds.AGENT, kinds.QUEUE, kinds.SKILL)
    }
    agents = [
        resource.fields for resource in reading.resources.values() if resource.kind == kinds.AGENT
    ]
    observed = reading.capabilities.observed[kinds.AGENT]
    filled = {
        field
        for field in observed
        if any(fields.get(field) or fields.get(field) is False for fields in agents)
    }
    return Probe(
        name,
        counts[kinds.AGENT],
        counts[kinds.QUEUE],
        counts[kinds.SKILL],
        seen=tuple(sorted(filled)),
        empty=tuple(sorted(observed - filled)),
        unobserved=tuple(sorted({*mapping.AGENT_FIELDS} - observed)),
    )
