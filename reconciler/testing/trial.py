"""A provider under test: opened through the proxy, read, written to as an apply does."""

import json
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

from reconciler import apply, errors, kinds, pipeline
from reconciler.model import (
    Address,
    Capabilities,
    FieldValue,
    Handle,
    Operation,
    Outcome,
    Provider,
    Reading,
    Resource,
    Result,
    Tenant,
    Value,
    Verb,
)
from reconciler.providers import guarded, registry
from reconciler.providers.api import Connection
from reconciler.providers.rate_limiter import RateLimiter
from reconciler.testing import samples
from reconciler.testing.proxy import Proxy
from reconciler.testing.stand_in import StandIn

NAME = "conformance"


class Clock:
    """Time that passes only while somebody waits by it."""

    def __init__(self) -> None:
        self.now = 0.0
        self._lock = threading.Lock()

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        with self._lock:
            self.now += seconds

    def wait(self, stop: threading.Event, seconds: float) -> bool:
        self.sleep(seconds)
        return stop.is_set()


class Notes:
    """The part of a ledger that a run writes to; it keeps nothing."""

    def intend(self, run: str, operations: Sequence[Operation]) -> None: ...
    def record(self, run: str, outcomes: Sequence[Outcome]) -> None: ...


class Trial:
    """`folder` becomes the current directory of the provider's commands."""

    def __init__(self, stand_in: StandIn, folder: Path, proxy: Proxy | None, clock: Clock) -> None:
        self.stand_in, self.folder, self.clock, self._proxy = stand_in, folder, clock, proxy
        self.root = stand_in.root or folder
        self.declare({})

    @property
    def proxy(self) -> Proxy:
        assert self._proxy, "there is no connection to watch: the provider starts its tenant itself"
        return self._proxy

    @property
    def has_connection(self) -> bool:
        return self._proxy is not None

    @property
    def writes(self) -> list[str]:
        """The requests so far that write."""
        requests = self._proxy.writes if self._proxy else []
        return [f"{request.method} {request.path}" for request in requests]

    # -- the files --------------------------------------------------------------------------------

    def declare(self, content: Mapping[str, object]) -> None:
        """Writes the files: the tenant block and `content`."""
        url = self._proxy.url if self._proxy else ""
        own = {
            key: value.replace("{url}", url) if isinstance(value, str) else value
            for key, value in self.stand_in.tenant.items()
        }
        block = {"name": NAME, "provider": self.stand_in.provider, **own}
        files = self.folder / "desired-state"
        files.mkdir(exist_ok=True)
        text = json.dumps({"tenant": block, **content}, indent=1)
        (files / "all.yaml").write_text(text, encoding="utf-8")

    def problems(self) -> list[str]:
        """What the files have of errors."""
        checked = pipeline.check(
            self.folder / "desired-state", self._environment(), pipeline.PlanOptions()
        )
        return [f"{each.summary}; {each.hint}" for each in checked.diagnostics]

    @cached_property
    def tenant(self) -> Tenant:
        return pipeline.require_tenant(self.folder / "desired-state", pipeline.PlanOptions())

    def _environment(self) -> pipeline.Environment:
        now = datetime.now(UTC)
        return pipeline.Environment(dict(self.stand_in.environ), self.root, now)

    # -- the provider -----------------------------------------------------------------------------

    @contextmanager
    def opened(self, *, read_only: bool) -> Iterator[Provider]:
        """The provider itself, without what guards it in a run."""
        limiter = RateLimiter(clock=self.clock, sleep=self.clock.sleep)
        connection = Connection(self.tenant, self.stand_in.environ, self.root, read_only, limiter)
        provider = registry.provider_type(self.stand_in.provider).open(connection)
        try:
            yield provider
        finally:
            provider.close()

    def read(self) -> Reading:
        with self.opened(read_only=True) as provider:
            try:
                reading = provider.reader.read()
            except errors.ReconcilerError:
                raise
            except Exception as error:
                raise AssertionError(
                    f"`read` raised {type(error).__name__}: {error}. A key that may be absent is "
                    "looked up with `in` or `get`; what cannot be read is an ImplausibleError"
                ) from error
        wrong = list(guarded.defects(reading))
        assert not wrong, wrong[0]
        return reading

    @cached_property
    def capabilities(self) -> Capabilities:
        """As the first reading states them."""
        return self.read().capabilities

    @property
    def can_write(self) -> bool:
        fields = self.capabilities.writable.values()
        return any(fields) or bool(self.capabilities.creates or self.capabilities.deletes)

    def seed(self) -> list[Resource]:
        resources = samples.tenant(self.capabilities)
        self.stand_in.seed(resources)
        return resources

    # -- the store --------------------------------------------------------------------------------

    def stored(self) -> dict[Address, Resource]:
        """What the store holds now; fails where it holds something twice."""
        resources: dict[Address, Resource] = {}
        for resource in self.stand_in.snapshot():
            again = f"the store holds {resource.address} twice: it was written twice"
            assert resource.address not in resources, again
            resources[resource.address] = resource
        return resources

    def unlike_the_store(self, reading: Reading) -> list[str]:
        """Where a reading is not what the store holds, in the fields that it is said to show."""
        kinds_shown = [kinds.AGENT, kinds.QUEUE, kinds.SKILL]
        stored = {a: r for a, r in self.stored().items() if r.kind in kinds_shown}
        shown = {a: r for a, r in reading.resources.items() if r.kind in kinds_shown}
        observed = reading.capabilities.observed
        stored = {a: r for a, r in stored.items() if r.kind in observed}
        return [
            *(f"{address} is in the store and was not read" for address in stored.keys() - shown),
            *(f"{address} was read and is not in the store" for address in shown.keys() - stored),
            *(
                text
                for address in stored.keys() & shown.keys()
                for text in differences(
                    address, stored[address], shown[address], observed[stored[address].kind]
                )
            ),
        ]

    # -- writes -----------------------------------------------------------------------------------

    def carry_out(self, *operations: Operation) -> list[Outcome]:
        """Reads the tenant, and executes the operations as an apply does."""
        with self.opened(read_only=False) as provider:
            reading = provider.reader.read()
            handles = {
                a: Handle(r.id, r.version) for a, r in reading.resources.items() if r.id is not None
            }
            settings = apply.Settings(parallelism=1, clock=self.clock, wait=self.clock.wait)
            outcomes = apply.run(
                self._in_parts(provider, operations),
                provider.writer,
                handles=handles,
                ledger=Notes(),  # type: ignore[arg-type]  # a run only notes
                run_id="run",
                settings=settings,
            )
            return list(_until_refused(outcomes))

    def write(self, *operations: Operation) -> None:
        """The same; fails where anything was not applied."""
        for outcome in self.carry_out(*operations):
            operation = outcome.operation
            what = f"{operation.verb} of {operation.address} {dict(operation.set)}"
            assert outcome.result is Result.APPLIED, f"{what} {outcome.result}: {outcome.because}"

    def creation(self, resource: Resource) -> Operation:
        """A create with every field that can be written and has a value, in the order of paths: a
        set has none, and a license may have to come before another one.
        """
        writable = self.capabilities.writable.get(resource.kind, frozenset())
        fields = {name: value for name, value in resource.fields.items() if name in writable}
        flat = sorted(kinds.flat(fields), key=lambda item: item[0])
        values = {path: value for path, value in flat if value is not None}
        return operation(Verb.CREATE, resource.address, values)

    def _in_parts(
        self, provider: Provider, operations: Iterable[Operation]
    ) -> tuple[Operation, ...]:
        """Values that are written on another object are operations of their own, as in a plan."""
        parts: list[Operation] = []
        for whole in operations:
            apart = [path for path in whole.set if self._is_apart(provider, whole.address, path)]
            own = {path: value for path, value in whole.set.items() if path not in apart}
            name = f"op-{len(parts)}"
            if own or whole.verb is not Verb.UPDATE:
                parts.append(
                    Operation(name, whole.address, whole.kind, whole.verb, own, after=_last(parts))
                )
            for path in apart:
                name = f"op-{len(parts)}"
                values = {path: whole.set[path]}
                parts.append(
                    Operation(
                        name, whole.address, whole.kind, Verb.UPDATE, values, after=_last(parts)
                    )
                )
        return tuple(parts)

    def _is_apart(self, provider: Provider, address: Address, path: str) -> bool:
        if self.capabilities.members_on_queue and kinds.membership_address(path):
            return True
        return provider.writer.target(operation(Verb.UPDATE, address, {path: True})) != address


def operation(verb: Verb, address: Address, values: Mapping[str, Value]) -> Operation:
    return Operation("op", address, kinds.kind_of(address), verb, values)


def differences(
    address: Address, stored: Resource, resource: Resource, fields: Iterable[str]
) -> Iterator[str]:
    for name in sorted(fields):
        if name in stored.fields and not _same(stored.fields[name], resource.fields.get(name)):
            what = (
                f"was read as {resource.fields.get(name)!r}"
                if name in resource.fields
                else "is absent"
            )
            yield f"{name} of {address} {what}, and the store holds {stored.fields[name]!r}"


def _same(stored: FieldValue, value: FieldValue) -> bool:
    """An e-mail is compared as everywhere; None in the store is only None in a reading."""
    if isinstance(stored, str) and isinstance(value, str):
        return stored == value or kinds.email_key(stored) == kinds.email_key(value)
    return stored == value


def _last(parts: Sequence[Operation]) -> tuple[str, ...]:
    return (parts[-1].id,) if parts else ()


def _until_refused(outcomes: Iterator[Outcome]) -> Iterator[Outcome]:
    """A run raises what stopped it before anything was sent; the outcomes say it as well."""
    try:
        yield from outcomes
    except (errors.RequestError, errors.CannotTellError):
        return
