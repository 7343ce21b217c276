"""The two doors of a tenant, as a test uses them: operations in, what the tenant shows out."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from reconciler import kinds, sandbox
from reconciler.model import FieldValue, Handle, Operation, Reading, Value, Verb
from reconciler.providers.rate_limiter import RateLimiter
from reconciler.providers.scim import ScimProvider
from reconciler.providers.transport import Limits, Transport
from tests.providers import servers
from tests.providers.clock import Clock

ANA = "agent/ana@acme.example"
BO = "agent/bo@acme.example"
SUPPORT = "queue/support"
BILLING = "queue/billing"


def transport(url: str, token: str = servers.TOKEN, **how: Any) -> Transport:
    """One that waits for nothing."""
    limits = Limits(connect=2, read=10, whole=10)
    clock = Clock()
    limiter = RateLimiter(clock=clock, sleep=clock.sleep)
    settings = {"read_only": False, "limits": limits, "limiter": limiter}
    return Transport(url, token, **{**settings, **how})


def operation(address: str, verb: Verb, values: Mapping[str, Value]) -> Operation:
    return Operation("op", address, kinds.kind_of(address), verb, values)


@dataclass
class Doors:
    """A provider, and the handles that an apply would have by now."""

    provider: ScimProvider
    known: dict[str, Handle] = field(default_factory=dict)

    def read(self) -> Reading:
        reading = self.provider.reader.read()
        self.known = {a: Handle(r.id, r.version) for a, r in reading.resources.items() if r.id}
        return reading

    def fields(self, address: str) -> Mapping[str, FieldValue]:
        return self.read().resources[address].fields

    def create(self, address: str, **values: Value) -> None:
        self.write(address, Verb.CREATE, paths(values))

    def update(self, address: str, **values: Value) -> None:
        self.write(address, Verb.UPDATE, paths(values))

    def delete(self, address: str) -> None:
        self.send(operation(address, Verb.DELETE, {}))

    def write(self, address: str, verb: Verb, values: Mapping[str, Value]) -> None:
        """Memberships apart where they stand on the queue, as `order` has it."""
        own = {path: v for path, v in values.items() if self.is_own(address, path)}
        if own or verb is Verb.CREATE:
            self.send(operation(address, verb, own))
        for path in values.keys() - own.keys():
            self.send(operation(address, Verb.UPDATE, {path: values[path]}))

    def is_own(self, address: str, path: str) -> bool:
        writer = self.provider.writer
        return writer.target(operation(address, Verb.UPDATE, {path: True})) == address

    def send(self, *operations: Operation) -> Handle:
        """One write."""
        target = self.provider.writer.target(operations[0])
        handle = self.provider.writer.write(operations, self.known)
        self.known[target] = handle
        return handle

    @property
    def is_core(self) -> bool:
        return self.read().capabilities.members_on_queue


def paths(values: Mapping[str, Value]) -> dict[str, Value]:
    """`queues__support=8` is the path `queues.support`."""
    return {name.replace("__", "."): value for name, value in values.items()}


@contextmanager
def opened(url: str, token: str = servers.TOKEN, **how: Any) -> Iterator[Doors]:
    provider = ScimProvider(transport(url, token, **how))
    try:
        yield Doors(provider)
    finally:
        provider.close()


@contextmanager
def plain(**odd: Any) -> Iterator[tuple[Doors, servers.Plain]]:
    with servers.plain(**odd) as tenant, opened(tenant.url) as doors:
        yield doors, tenant


@contextmanager
def embedded(*, core: bool) -> Iterator[Doors]:
    with sandbox.start(core=core) as running, opened(running.url, running.tokens["admin"]) as doors:
        yield doors
