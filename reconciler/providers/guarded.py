"""A provider from outside this repository, held to the protocol.

What it raises besides our errors is a defect of its own: a sentence here, never a traceback. What
it returns is looked at before anything is decided by it, and `write` is refused where it was opened
for reading.
"""

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
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
TYPES: Final = {
    kinds.FieldType.BOOLEAN: (bool, "True or False"),
    kinds.FieldType.INTEGER: (int, "a whole number"),
}
"""What the value of a field is in Python, and in words; of every other type it is a text."""
TEXT: Final = (str, "a text")
OTHER: Final = (str | int, "a text or a whole number")
FIELDS_BY_KIND: Final = ("observed", "writable", "by_hand")
NAMES: Final = ("creates", "deletes", "once")
"""Capabilities that are sets."""


def opened(
    name: str, open_provider: Callable[[], ProviderProtocol], *, read_only: bool
) -> "GuardedProvider":
    """Open it. What is wrong with its code is a `SetupError`."""
    try:
        provider = open_provider()
        missing = [part for part in ("reader", "writer", "close") if not hasattr(provider, part)]
    except errors.ReconcilerError:
        raise
    except Exception as error:
        raise errors.SetupError(
            f"provider {name} cannot be opened: {type(error).__name__}: {error}",
            hint="tell its authors",
        ) from error
    if missing:
        raise errors.SetupError(
            f"provider {name} opened a {type(provider).__name__}, which has no `{missing[0]}`",
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
        """Close it. What it raises here changes nothing that was read or written before."""
        with contextlib.suppress(Exception):
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
        yield f"`read` returned {_type(reading)} and no Reading"
    elif not isinstance(reading.capabilities, Capabilities):
        yield f"its capabilities are {_type(reading.capabilities)} and no Capabilities"
    elif not isinstance(reading.resources, Mapping):
        yield f"its resources are {_type(reading.resources)} and no mapping of addresses"
    else:
        yield from _capability_defects(reading.capabilities)
        for address, resource in reading.resources.items():
            yield from _resource_defects(address, resource, reading.capabilities)


def _capability_defects(capabilities: Capabilities) -> Iterator[str]:
    types = {**dict.fromkeys(FIELDS_BY_KIND, Mapping), **dict.fromkeys(NAMES, Set)}
    for what, wanted in types.items():
        value = getattr(capabilities, what)
        if not isinstance(value, wanted):
            yield f"capabilities.{what} is {_type(value)} and no {wanted.__name__.lower()}"
            return
    for what in FIELDS_BY_KIND:
        for kind, names in getattr(capabilities, what).items():
            if defect := _names_defect(kind, names):
                yield f"capabilities.{what} {defect}"
    for place in sorted(map(str, capabilities.once)):
        kind, _, name = place.partition(".")
        if name not in capabilities.writable.get(kind, frozenset()):
            yield f"capabilities.once names {place}, which capabilities.writable does not"


def _names_defect(kind: object, names: object) -> str:
    """Why these are no fields of a kind; empty where they are."""
    if not isinstance(kind, str) or kind not in kinds.KINDS:
        return f"names the kind {kind}, which there is not"
    if not isinstance(names, Set):
        return f"has {_type(names)} for {kind} and no set of fields"
    unknown = sorted(set(map(str, names)) - _fields(kind))
    return f"names the field {unknown[0]}, which {kind} has not" if unknown else ""


def _resource_defects(
    address: object, resource: object, capabilities: Capabilities
) -> Iterator[str]:
    kind = kinds.kind_of(address) if isinstance(address, str) else ""
    if not isinstance(address, str) or kind not in kinds.KINDS or not kinds.name_of(address):
        yield f"{address!r} is no address: it begins with {', '.join(kinds.KINDS)} and a slash"
    elif not isinstance(resource, Resource) or not isinstance(resource.fields, Mapping):
        yield f"{address} holds {_type(resource)} and no Resource with a mapping of fields"
    elif (resource.address, resource.kind) != (address, kind):
        yield f"{address} holds a resource of kind {resource.kind} called {resource.address}"
    elif not isinstance(resource.id, str | None):
        yield f"the id of {address} is {_type(resource.id)} and no text"
    else:
        yield from _field_defects(resource, capabilities)


def _field_defects(resource: Resource, capabilities: Capabilities) -> Iterator[str]:
    address, kind = resource.address, resource.kind
    stated = capabilities.observed.get(kind, frozenset()) | OWN_FIELDS.get(kind, frozenset())
    for name, value in resource.fields.items():
        if name not in stated:
            yield f"{address} shows {name}, which its capabilities do not list as observed"
        elif problem := _value_defect(kinds.KINDS[kind].field(name), name, value):
            yield f"{name} of {address} is {problem}"
    email = resource.fields.get("email")
    if kind == kinds.AGENT and isinstance(email, str) and email:
        right = kinds.agent_address(email, None)
        if right != address:
            yield f"{address} has the e-mail of {right}: an address comes from `agent_address`"


def _value_defect(row: kinds.Field | None, name: str, value: FieldValue) -> str:
    """Why a value cannot stand in a field; empty where it can."""
    if name == "licenses":
        is_names = isinstance(value, frozenset) and all(isinstance(each, str) for each in value)
        return "" if is_names else "no frozenset of license names"
    if name in kinds.COLLECTIONS:
        is_levels = isinstance(value, Mapping) and all(
            isinstance(each, str) and type(level) is int for each, level in value.items()
        )
        return "" if is_levels else "no mapping of names to levels (NO_LEVEL for none)"
    if value is None:
        return ""
    expected, words = TYPES.get(row.type, TEXT) if row else OTHER
    if not isinstance(value, expected) or (isinstance(value, bool) and expected is not bool):
        return f"{_type(value)} and not {words}"
    if row and row.choices and value not in row.choices:
        return f"{value!r} and none of {', '.join(row.choices)}"
    return ""


def _fields(kind: str) -> frozenset[str]:
    row = kinds.KINDS[kind]
    own = OWN_FIELDS.get(kind, frozenset[str]())
    return own | {field.name for field in row.scalars} | set(row.collections)


def _type(value: object) -> str:
    name = type(value).__name__
    return f"{'an' if name[0] in 'aeiou' else 'a'} {name}"
