"""A provider from outside this repository, held to the protocol.

What it raises besides our errors is a defect of its own: a sentence here, never a traceback. What
it returns is looked at before anything is decided by it, and `write` is refused where it was opened
for reading.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final, NoReturn, TypeVar

from reconciler import errors, kinds
from reconciler.model import (
    Address,
    Capabilities,
    FieldValue,
    Handle,
    Operation,
    Reading,
    Resource,
)
from reconciler.model import Provider as ProviderProtocol

T = TypeVar("T")
Handles = Mapping[Address, Handle]

OWN_FIELDS: Final = {
    kinds.LICENSE_POOL: frozenset({"purchased", "requires", "assigned"}),
    kinds.DIRECTORY_ENTRY: frozenset({"name", "email", "extension", "type"}),
}
"""Fields of kinds that a tenant shows besides those of the table."""


def opened(
    name: str, open_provider: Callable[[], ProviderProtocol], *, read_only: bool
) -> "GuardedProvider":
    """Open it. What is wrong with its code is a `SetupError`."""
    try:
        provider = open_provider()
    except errors.ReconcilerError:
        raise
    except Exception as error:
        raise errors.SetupError(
            f"provider {name} cannot be opened: {type(error).__name__}: {error}",
            hint="tell its authors",
        ) from error
    for attribute in ("reader", "writer", "close"):
        if not hasattr(provider, attribute):
            raise errors.SetupError(
                f"provider {name} opened a {type(provider).__name__}, which has no `{attribute}`",
                hint="tell its authors: `reconciler.providers.api.Provider` has what it needs",
            )
    return GuardedProvider(name, provider, read_only=read_only)


class GuardedProvider:
    """The provider and its reader and writer in one."""

    def __init__(self, name: str, provider: Any, *, read_only: bool) -> None:
        self._name, self._provider, self._read_only = name, provider, read_only
        if hasattr(provider, "audit"):
            self.audit = lambda reading: self._reads(lambda: tuple(provider.audit(reading)))

    @property
    def reader(self) -> "GuardedProvider":
        return self

    @property
    def writer(self) -> "GuardedProvider":
        return self

    def close(self) -> None:
        self._provider.close()

    def read(self) -> Reading:
        reading: Reading = self._reads(lambda: self._provider.reader.read())
        defect = next(defects(reading), None)
        if defect:
            raise errors.ImplausibleError(
                f"provider {self._name} read the tenant wrongly: {defect}", hint="tell its authors"
            )
        return reading

    def target(self, operation: Operation) -> Address:
        return self._reads(lambda: str(self._provider.writer.target(operation)))

    def write(self, operations: Sequence[Operation], handles: Handles) -> Handle:
        if self._read_only:
            raise errors.WriteForbiddenError("a write was refused: this run only reads")
        try:
            handle = self._provider.writer.write(operations, handles)
        except errors.ReconcilerError:
            raise
        except Exception as error:
            text = f"provider {self._name} failed while writing: {type(error).__name__}: {error}"
            raise errors.LostAnswerError(text) from error
        if not isinstance(handle, Handle):
            raise errors.LostAnswerError(f"provider {self._name} gave no handle for its write")
        return handle

    def confirm(self, operations: Sequence[Operation], handles: Handles) -> Handle | None:
        handle = self._reads(lambda: self._provider.writer.confirm(operations, handles))
        return handle if isinstance(handle, Handle) else None

    def presence(self, handle: Handle) -> str | None:
        presence = self._reads(lambda: self._provider.writer.presence(handle))
        return presence if isinstance(presence, str) else None

    def _reads(self, call: Callable[[], T]) -> T:
        try:
            return call()
        except errors.ReconcilerError:
            raise
        except Exception as error:
            self._fail(error)

    def _fail(self, error: Exception) -> NoReturn:
        raise errors.CannotTellError(
            f"provider {self._name} failed while reading: {type(error).__name__}: {error}",
            hint="tell its authors; nothing was decided on what it had read",
        ) from error


def defects(reading: object) -> Iterator[str]:
    """What a reading must not look like, in words for the authors of a provider."""
    if not isinstance(reading, Reading):
        yield f"`read` returned a {type(reading).__name__} and no Reading"
        return
    yield from _capability_defects(reading.capabilities)
    for address, resource in reading.resources.items():
        yield from _resource_defects(address, resource, reading.capabilities)


def _capability_defects(capabilities: Capabilities) -> Iterator[str]:
    for what in ("observed", "writable", "by_hand"):
        for kind, fields in getattr(capabilities, what).items():
            if kind not in kinds.KINDS:
                yield f"capabilities.{what} names the kind {kind}, which there is not"
            elif unknown := sorted(set(fields) - _fields(kind)):
                yield f"capabilities.{what} names the field {unknown[0]}, which {kind} has not"
    for place in sorted(capabilities.once):
        kind, _, name = place.partition(".")
        if name not in capabilities.writable.get(kind, frozenset()):
            yield f"capabilities.once names {place}, which capabilities.writable does not"


def _resource_defects(
    address: Address, resource: Resource, capabilities: Capabilities
) -> Iterator[str]:
    kind = kinds.kind_of(address)
    if kind not in kinds.KINDS or not kinds.name_of(address):
        yield f"{address!r} is no address: it begins with {', '.join(kinds.KINDS)} and a slash"
    elif (resource.address, resource.kind) != (address, kind):
        yield f"{address} holds a resource of kind {resource.kind} called {resource.address}"
    else:
        stated = capabilities.observed.get(kind, frozenset()) | OWN_FIELDS.get(kind, frozenset())
        for name, value in resource.fields.items():
            if name not in stated:
                yield f"{address} shows {name}, which its capabilities do not list as observed"
            elif problem := _value_defect(name, value):
                yield f"{name} of {address} is {problem}"


def _value_defect(name: str, value: FieldValue) -> str:
    """Why a value cannot stand in a field; empty where it can."""
    if name == "licenses":
        return "" if isinstance(value, frozenset) else "no frozenset of license names"
    if name in kinds.COLLECTIONS:
        levels = value.values() if isinstance(value, Mapping) else [None]
        is_levels = all(type(level) is int for level in levels)
        return "" if is_levels else "no mapping of names to levels (NO_LEVEL for none)"
    return "" if value is None or isinstance(value, str | int) else f"a {type(value).__name__}"


def _fields(kind: str) -> frozenset[str]:
    row = kinds.KINDS[kind]
    own = OWN_FIELDS.get(kind, frozenset[str]())
    return own | {field.name for field in row.scalars} | set(row.collections)
