"""One write at a time: create, change, take away; by PATCH where announced, else by a whole PUT."""

import re
import threading
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from reconciler import errors, kinds
from reconciler.model import Address, FieldValue, Handle, Operation, Resource, Value, Verb
from reconciler.providers.answers import MISSING, Answer, detail
from reconciler.providers.scim import lookup, mapping
from reconciler.providers.scim.attributes import PATCH, Record, pick, text
from reconciler.providers.scim.edits import Edit, GroupEdit, Seen, Step, TargetEdit, UserEdit
from reconciler.providers.scim.service import Service, Type
from reconciler.providers.transport import Transport

ENTITY_TAG = re.compile(r'(W/)?"[\x21\x23-\x7e]*"')

TOUCHES = 5
"""So often an object may move by other writes of ours while one to it is under way."""

Known = Mapping[Address, Handle]


class ScimWriter:
    """The writing door. Safe to share by threads as long as a target is in flight once."""

    def __init__(self, transport: Transport, service: Service) -> None:
        self._transport, self._service = transport, service
        self._shown: dict[str, Mapping[str, FieldValue]] = {}
        self._regrouped: set[str] = set()
        self._has_deleted = False
        self._can_patch = service.can_patch
        self._lock = threading.Lock()

    def remember(self, resources: Mapping[Address, Resource]) -> None:
        """What the last reading showed, so that a patch need not ask again."""
        with self._lock:
            self._shown = {r.id: r.fields for r in resources.values() if r.id}

    def target(self, operation: Operation) -> Address:
        """A membership is written on the queue where queues are groups; all else on its own."""
        if self._service.is_full or len(operation.set) != 1:
            return operation.address
        return kinds.membership_address(*operation.set) or operation.address

    def write(self, operations: Sequence[Operation], known: Known) -> Handle:
        target = self.target(operations[0])
        edit = self._edit(target, operations, known)
        if operations[0].verb is Verb.CREATE:
            return self._create(target, edit)
        handle = known.get(target)
        if handle is None:
            raise errors.RequestError(f"{target} is not in the tenant")
        self._note_related(target, operations, known)
        for _ in range(TOUCHES):
            try:
                return self._written(target, handle, edit, operations)
            except errors.PreconditionFailedError:
                again = self._by_ourselves(target, handle)
                if again is None:
                    raise
                handle = again
        return self._written(target, handle, edit, operations)

    def _written(
        self, target: Address, handle: Handle, edit: Edit, operations: Sequence[Operation]
    ) -> Handle:
        if operations[-1].verb is Verb.DELETE:
            self._send("DELETE", self._path(target, handle), None, handle)
            return Handle(handle.id)
        written = self._change(target, handle, edit)
        self._note(handle.id, merged(operations))
        return written

    def settled(self, operations: Sequence[Operation], known: Known) -> Handle | None:
        """Looks at the object itself; what it shows is remembered."""
        target = self.target(operations[0])
        handle = known.get(target)
        record = self._look(target, handle)
        if operations[-1].verb is Verb.DELETE:
            return handle if record is None else None
        if record is None:
            return None
        found = self._handle(record, None)
        self._remember_record(target, found.id, record)
        return found if self._edit(target, operations, known).fits(record) else None

    def presence(self, handle: Handle) -> str | None:
        agent = self._service.agent
        if agent is None or not self._service.user.shows(f"{agent}:presence"):
            return None
        answer = self._transport.get(self._path_of(self._service.user, handle.id))
        if answer.status != 200 or not isinstance(answer.body, Mapping):
            return None
        extension = pick(answer.body, agent)
        return text(extension, "presence") if isinstance(extension, Mapping) else None

    # -- the edit ---------------------------------------------------------------------------------

    def _edit(self, target: Address, operations: Sequence[Operation], known: Known) -> Edit:
        service = self._service
        own = [operation for operation in operations if self.target(operation) == operation.address]
        if kinds.kind_of(target) == kinds.AGENT:
            return UserEdit(target, merged(own), service)
        if service.is_full:
            return TargetEdit(target, merged(own), service)
        members = [operation for operation in operations if operation not in own]
        return GroupEdit(target, *_joined_and_left(members, known), service)

    # -- create -----------------------------------------------------------------------------------

    def _create(self, address: Address, edit: Edit) -> Handle:
        answer = self._transport.send("POST", self._type(address).endpoint, edit.new())
        record: Record = answer.body if isinstance(answer.body, Mapping) else {}
        if text(record, "id") is None:
            record = self._where(answer, address) or {}
        if text(record, "id") is None:
            why = f"{address} was accepted, and its id is not shown"
            raise errors.LostAnswerError(why, status=answer.status)
        handle = self._handle(record, answer)
        self._remember_record(address, handle.id, record)
        return handle

    def _where(self, answer: Answer, address: Address) -> Record | None:
        """A new object that the answer does not show: by its location, else by its name."""
        known = self._type(address)
        last = unquote(urlsplit(answer.header("location") or "").path).rstrip("/").rpartition("/")
        if last[2] and f"{last[0]}/".endswith(f"{known.endpoint}/"):
            found = self._transport.get(self._path_of(known, last[2]))
            if found.status == 200 and isinstance(found.body, Mapping):
                return found.body
        return lookup.find(self._transport, self._service, known, address)

    # -- change -----------------------------------------------------------------------------------

    def _change(self, target: Address, handle: Handle, edit: Edit) -> Handle:
        if not self._can_patch:
            return self._put(target, handle, edit)
        path = self._path(target, handle)
        fields = self._shown.get(handle.id)
        if fields is not None and edit.is_plain(fields):
            try:
                return self._patch(path, handle, edit.steps(Seen(fields)))
            except errors.RequestError as error:
                if error.status != 400:
                    return self._without_patch(target, handle, edit, error)
        record = self._whole(path, handle)
        shown = self._fields(target, record)
        try:
            return self._patch(path, handle, edit.steps(Seen(shown, record)))
        except errors.RequestError as error:
            return self._without_patch(target, handle, edit, error)

    def _patch(self, path: str, handle: Handle, steps: Sequence[Step]) -> Handle:
        if not steps:
            return handle
        answer = self._send("PATCH", path, {"schemas": [PATCH], "Operations": steps}, handle)
        return self._after(answer, handle)

    def _without_patch(
        self, target: Address, handle: Handle, edit: Edit, error: errors.RequestError
    ) -> Handle:
        """A PATCH that was announced and is not there after all; any other error stays one."""
        if error.status not in MISSING - {404}:
            raise error
        self._can_patch = False
        return self._put(target, handle, edit)

    def _put(self, target: Address, handle: Handle, edit: Edit) -> Handle:
        """Reads, merges everything that came, and writes the whole back (RFC 7644 3.5.1)."""
        if hidden := self._type(target).hidden:
            raise errors.RequestError(
                f"the tenant takes whole objects only and does not show all of one "
                f"({', '.join(hidden)}), so a change would lose what is hidden"
            )
        path = self._path(target, handle)
        whole = dict(self._whole(path, handle))
        version = mapping.version(whole) or handle.version
        edit.merge(whole)
        answer = self._send("PUT", path, whole, Handle(handle.id, version))
        return self._after(answer, handle)

    # -- look -------------------------------------------------------------------------------------

    def _whole(self, path: str, handle: Handle) -> Record:
        """The object as it is now; it has to be the one that was planned on."""
        answer = self._transport.get(path)
        if answer.status in (404, 410):
            raise errors.RequestError(
                f"{answer.status}: the object is not there any more", status=answer.status
            )
        if answer.status != 200 or not isinstance(answer.body, Mapping):
            raise errors.ImplausibleError(
                f"the object cannot be read before it is changed: {answer.status}: {detail(answer)}"
            )
        shown = mapping.version(answer.body)
        if handle.version and shown and shown != handle.version:
            raise errors.PreconditionFailedError("the object has changed since it was read")
        return answer.body

    def _by_ourselves(self, target: Address, handle: Handle) -> Handle | None:
        """The object's version of now, where a write of ours to another object explains why it has
        moved: a group that took a user in, a user who left a group by being deleted. Whatever else
        it shows has to be as it was.
        """
        is_agent = kinds.kind_of(target) == kinds.AGENT
        if self._service.is_full or not (
            handle.id in self._regrouped if is_agent else self._has_deleted
        ):
            return None
        record = self._look(target, handle)
        if record is None:
            return None
        if is_agent:
            before = _own(self._shown.get(handle.id, {}))
            now = _own(self._fields(target, record))
            if any(before.get(name, value) != value for name, value in now.items()):
                return None
        elif text(record, "displayName") != kinds.name_of(target):
            return None
        return self._handle(record, None)

    def _look(self, target: Address, handle: Handle | None) -> Record | None:
        if handle is None:
            return lookup.find(self._transport, self._service, self._type(target), target)
        answer = self._transport.get(self._path(target, handle))
        if answer.status in (404, 410):
            return None
        if answer.status != 200 or not isinstance(answer.body, Mapping):
            raise errors.ImplausibleError(f"{target} answers {answer.status}")
        return answer.body

    def _fields(self, target: Address, record: Record) -> Mapping[str, FieldValue]:
        if kinds.kind_of(target) != kinds.AGENT:
            return {}
        return mapping.agents(self._service)(record).fields

    # -- memory -----------------------------------------------------------------------------------

    def _note(self, identifier: str, values: Mapping[str, Value]) -> None:
        with self._lock:
            shown = self._shown.get(identifier)
            if shown is not None:
                self._shown[identifier] = kinds.with_values(shown, values)

    def _note_related(self, target: Address, operations: Sequence[Operation], known: Known) -> None:
        """Before it is sent: what moves by it may be written to by another worker at once."""
        if self._service.is_full:
            return
        with self._lock:
            if kinds.kind_of(target) == kinds.AGENT:
                self._has_deleted |= operations[-1].verb is Verb.DELETE
            else:
                members = (known.get(operation.address) for operation in operations)
                self._regrouped |= {handle.id for handle in members if handle}

    def _remember_record(self, target: Address, identifier: str, record: Record) -> None:
        if kinds.kind_of(target) == kinds.AGENT and text(record, "userName"):
            with self._lock:
                self._shown[identifier] = self._fields(target, record)

    # -- requests ---------------------------------------------------------------------------------

    def _send(self, method: str, path: str, content: Any, handle: Handle) -> Answer:
        headers = {}
        if handle.version and self._service.has_etags and ENTITY_TAG.fullmatch(handle.version):
            headers["If-Match"] = handle.version
        return self._transport.send(method, path, content, headers)

    def _after(self, answer: Answer, handle: Handle) -> Handle:
        """The version after a write: as the answer says, else unknown."""
        if isinstance(answer.body, Mapping) and text(answer.body, "id"):
            return self._handle(answer.body, answer)
        return Handle(handle.id, answer.header("etag"))

    def _handle(self, record: Record, answer: Answer | None) -> Handle:
        version = mapping.version(record) or (answer.header("etag") if answer else None)
        return Handle(text(record, "id") or "", version)

    def _type(self, address: Address) -> Type:
        known = self._service.type_of(kinds.kind_of(address))
        if known is None:
            raise errors.RequestError(f"the service announces no resource type for {address}")
        return known

    def _path(self, address: Address, handle: Handle) -> str:
        return self._path_of(self._type(address), handle.id)

    def _path_of(self, known: Type, identifier: str) -> str:
        return f"{known.endpoint}/{quote(identifier, safe='')}"


def merged(operations: Sequence[Operation]) -> dict[str, Value]:
    """All values of the operations; later ones win."""
    values: dict[str, Value] = {}
    for operation in operations:
        values.update(operation.set)
    return values


def _joined_and_left(members: Sequence[Operation], known: Known) -> tuple[list[str], list[str]]:
    last: dict[str, Value] = {}
    for operation in members:
        handle = known.get(operation.address)
        if handle is None:
            raise errors.RequestError(f"{operation.address} is not in the tenant")
        (last[handle.id],) = operation.set.values()
    joined = [identifier for identifier, value in last.items() if value is not None]
    return joined, [identifier for identifier, value in last.items() if value is None]


def _own(fields: Mapping[str, FieldValue]) -> dict[str, FieldValue]:
    """Without memberships, which other objects may show, too."""
    return {name: value for name, value in fields.items() if name not in kinds.MEMBERSHIPS}
