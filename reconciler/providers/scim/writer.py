"""One write at a time: create, change, take away; by PATCH where announced, else by a whole PUT."""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from reconciler import errors, kinds
from reconciler.model import Address, FieldValue, Handle, Operation, Resource, Value, Verb
from reconciler.providers.answers import Answer
from reconciler.providers.scim import body, mapping, pages
from reconciler.providers.scim.attributes import PATCH, Record, pick, quoted, text
from reconciler.providers.scim.discovery import Service
from reconciler.providers.transport import Transport

TYPES = {kinds.AGENT: "User", kinds.QUEUE: "Queue", kinds.SKILL: "Skill"}
NEEDS_THE_WHOLE = frozenset({"email", "extension"})


class ScimWriter:
    """The writing door. Safe to share by threads as long as a target is in flight once."""

    def __init__(self, transport: Transport, service: Service) -> None:
        self._transport, self._service = transport, service
        self._shown: dict[str, Mapping[str, FieldValue]] = {}
        self._lock = threading.Lock()

    def remember(self, resources: Mapping[Address, Resource]) -> None:
        """What the last reading showed, so that a patch need not ask again."""
        with self._lock:
            self._shown = {r.id: r.fields for r in resources.values() if r.id}

    def target(self, operation: Operation) -> Address:
        if self._service.is_full or not operation.set:
            return operation.address
        targets = {kinds.membership_address(path) for path in operation.set}
        if len(targets) == 1 and (queue := targets.pop()):
            return queue
        return operation.address

    def write(self, operations: Sequence[Operation], known: Mapping[Address, Handle]) -> Handle:
        target, first = self.target(operations[0]), operations[0]
        if target != first.address:
            return self._write_members(operations, known, target)
        values = merged(operations)
        if first.verb is Verb.CREATE:
            return self._create(target, values)
        handle = known[target]
        if operations[-1].verb is Verb.DELETE:
            self._send("DELETE", self._path(target, handle.id), None, handle)
            return Handle(handle.id)
        return self._change(target, values, handle)

    def settled(
        self, operations: Sequence[Operation], known: Mapping[Address, Handle]
    ) -> Handle | None:
        target, last = self.target(operations[0]), operations[-1]
        handle = known.get(target)
        record = self._record(target, handle, operations[0])
        if last.verb is Verb.DELETE:
            return handle if record is None else None
        if record is None:
            return None
        if target != last.address:
            fits = _are_members(record, operations, known)
        else:
            fits = self._fits(target, record, merged(operations))
        return self._handle(record) if fits else None

    def presence(self, handle: Handle) -> str | None:
        if not self._service.agent:
            return None
        answer = self._transport.get(f"{self._service.endpoints['User']}/{handle.id}")
        extension = pick(answer.body, self._service.agent) if answer.status == 200 else None
        return text(extension, "presence") if isinstance(extension, Mapping) else None

    # -- create ---------------------------------------------------------------------------------

    def _create(self, address: Address, values: Mapping[str, Value]) -> Handle:
        if kinds.kind_of(address) == kinds.AGENT:
            name = str(values.get("email") or kinds.name_of(address))
            content = body.user(values, self._service, name)
        else:
            content = body.target(address, values, self._service)
        answer = self._transport.send("POST", self._endpoint(address), content)
        record = answer.body if isinstance(answer.body, Mapping) else {}
        if text(record, "id") is None:
            record = self._found(address) or {}
        if text(record, "id") is None:
            raise errors.LostAnswerError(f"{address} was accepted, and its id is not shown")
        return self._handle(record)

    # -- change ---------------------------------------------------------------------------------

    def _change(self, address: Address, values: Mapping[str, Value], handle: Handle) -> Handle:
        path = self._path(address, handle.id)
        if not self._service.patch:
            return self._put(path, handle, lambda whole: self._merge(address, whole, values))
        steps = list(self._steps(address, values, handle, path))
        if not steps:
            return handle
        answer = self._send("PATCH", path, {"schemas": [PATCH], "Operations": steps}, handle)
        self._note(handle.id, values)
        return self._after(answer, handle)

    def _steps(
        self, address: Address, values: Mapping[str, Value], handle: Handle, path: str
    ) -> list[body.Step]:
        if kinds.kind_of(address) != kinds.AGENT:
            return list(body.target_steps(values))
        record = None
        needs = {"email"} if self._service.agent else NEEDS_THE_WHOLE
        if handle.id not in self._shown or needs & set(values):
            record = self._whole(path)
        shown = self._shown.get(handle.id)
        if shown is None:
            assert record is not None
            shown = mapping.agent(record, self._service).fields
        return list(body.user_steps(values, shown, record, self._service))

    def _merge(self, address: Address, whole: dict[str, Any], values: Mapping[str, Value]) -> None:
        if kinds.kind_of(address) == kinds.AGENT:
            body.merge_user(whole, values, self._service)
        else:
            body.merge_target(whole, values)

    def _write_members(
        self, operations: Sequence[Operation], known: Mapping[Address, Handle], target: Address
    ) -> Handle:
        handle = known[target]
        joined, left = _joined_and_left(operations, known)
        path = self._path(target, handle.id)
        if not self._service.patch:
            return self._put(path, handle, lambda w: body.merge_members(w, joined, left))
        steps = list(body.group_steps(joined, left))
        answer = self._send("PATCH", path, {"schemas": [PATCH], "Operations": steps}, handle)
        return self._after(answer, handle)

    def _put(self, path: str, handle: Handle, merge: Any) -> Handle:
        """Reads, merges everything that came, and writes the whole back (RFC 7644 3.5.1)."""
        if self._service.unreturned:
            names = ", ".join(sorted(self._service.unreturned))
            raise errors.RequestError(
                f"the tenant takes whole objects only and does not show all of one ({names}), so a "
                "change would lose what is hidden"
            )
        whole = dict(self._whole(path))
        shown = mapping.version(whole)
        if handle.version and shown and shown != handle.version:
            raise errors.PreconditionFailedError("the object has changed since it was read")
        merge(whole)
        answer = self._send("PUT", path, whole, replace(handle, version=shown or handle.version))
        return self._after(answer, handle)

    # -- look -----------------------------------------------------------------------------------

    def _whole(self, path: str) -> Record:
        answer = self._transport.get(path)
        if answer.status != 200 or not isinstance(answer.body, Mapping):
            raise errors.RequestError(f"{answer.status}: the object is not there any more")
        return answer.body

    def _record(
        self, target: Address, handle: Handle | None, operation: Operation
    ) -> Record | None:
        if handle is None:
            return self._found(target, operation)
        answer = self._transport.get(self._path(target, handle.id))
        return answer.body if answer.status == 200 and isinstance(answer.body, Mapping) else None

    def _found(self, address: Address, operation: Operation | None = None) -> Record | None:
        """An object by its natural key: a filter where there is one, else the whole listing."""
        del operation
        name = kinds.name_of(address)
        attribute = "userName" if kinds.kind_of(address) == kinds.AGENT else self._name_attribute()
        endpoint = self._endpoint(address)
        for record in self._candidates(endpoint, attribute, name):
            shown = text(record, attribute) or ""
            if shown == name or (attribute == "userName" and shown.lower() == name.lower()):
                return record
        return None

    def _candidates(self, endpoint: str, attribute: str, name: str) -> Sequence[Record]:
        if self._service.filter:
            answer = self._transport.get(endpoint, {"filter": f"{attribute} eq {quoted(name)}"})
            if answer.status == 200 and isinstance(answer.body, Mapping):
                listed = pick(answer.body, "Resources") or []
                return [item for item in listed if isinstance(item, Mapping)]
        return pages.everything(self._transport, endpoint)

    def _fits(self, address: Address, record: Record, values: Mapping[str, Value]) -> bool:
        kind = kinds.kind_of(address)
        if kind == kinds.AGENT:
            shown: Resource | None = mapping.agent(record, self._service)
        elif self._service.is_full:
            shown = mapping.target(record, kind)
        else:
            shown = mapping.group(record)
        assert shown is not None
        flat = dict(kinds.flat(shown.fields))
        return all(_same(flat.get(path), value) for path, value in values.items())

    # -- small ----------------------------------------------------------------------------------

    def _send(self, method: str, path: str, content: object, handle: Handle) -> Answer:
        headers = {"If-Match": handle.version} if handle.version else {}
        return self._transport.send(method, path, content, headers)

    def _after(self, answer: Answer, handle: Handle) -> Handle:
        """The version after a write: of the answer, else unknown (204 without an ETag)."""
        if isinstance(answer.body, Mapping) and text(answer.body, "id"):
            return self._handle(answer.body)
        etag = next((v for n, v in answer.headers.items() if n.lower() == "etag"), None)
        return Handle(handle.id, etag)

    def _handle(self, record: Record) -> Handle:
        return Handle(text(record, "id") or "", mapping.version(record))

    def _note(self, identifier: str, values: Mapping[str, Value]) -> None:
        with self._lock:
            shown = self._shown.get(identifier)
            if shown is not None:
                self._shown[identifier] = kinds.with_values(shown, values)

    def _endpoint(self, address: Address) -> str:
        kind = kinds.kind_of(address)
        name = "Group" if not self._service.is_full and kind == kinds.QUEUE else TYPES[kind]
        if name not in self._service.endpoints:
            raise errors.RequestError(f"the tenant has no resource type for {address}")
        return self._service.endpoints[name]

    def _path(self, address: Address, identifier: str) -> str:
        return f"{self._endpoint(address)}/{quote(identifier, safe='')}"

    def _name_attribute(self) -> str:
        return "name" if self._service.is_full else "displayName"


def merged(operations: Sequence[Operation]) -> dict[str, Value]:
    """All values of the operations; later ones win."""
    values: dict[str, Value] = {}
    for operation in operations:
        values.update(operation.set)
    return values


def _same(shown: Value, wanted: Value) -> bool:
    if wanted is True and shown is not False:
        return shown is not None
    if isinstance(shown, str) and isinstance(wanted, str):
        return shown == wanted or ("@" in shown and shown.lower() == wanted.lower())
    return shown == wanted


def _joined_and_left(
    operations: Sequence[Operation], known: Mapping[Address, Handle]
) -> tuple[list[str], list[str]]:
    last = {known[op.address].id: next(iter(op.set.values())) for op in operations}
    joined = [identifier for identifier, value in last.items() if value is not None]
    return joined, [identifier for identifier, value in last.items() if value is None]


def _are_members(
    record: Record, operations: Sequence[Operation], known: Mapping[Address, Handle]
) -> bool:
    joined, left = _joined_and_left(operations, known)
    members = set(mapping.member_ids(record))
    return members.issuperset(joined) and members.isdisjoint(left)
