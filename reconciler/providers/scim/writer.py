"""One write at a time: create, change, take away; by PATCH where announced, else by a whole PUT."""

import threading
from collections.abc import Mapping, Sequence

from reconciler import errors, kinds
from reconciler.model import Address, FieldValue, Handle, Operation, Resource, Value, Verb
from reconciler.providers.answers import MISSING, Answer
from reconciler.providers.scim import convert, lookup
from reconciler.providers.scim.attributes import PATCH, Record, pick, text
from reconciler.providers.scim.edits import Edit, GroupEdit, Seen, Step, TargetEdit, UserEdit
from reconciler.providers.scim.members import MemberReader, listed_members
from reconciler.providers.scim.objects import Objects, has_filter, is_about_form, without_read_only
from reconciler.providers.scim.service import Service
from reconciler.providers.transport import Transport

TOUCHES = 5
"""So often an object may move by other writes of ours while one to it is under way."""

Handles = Mapping[Address, Handle]
Key = tuple[str, str]
"""Kind and id: a user and a group may have the same id."""


class ScimWriter:
    """The writing door. Safe to share by threads as long as a target is in flight once."""

    def __init__(self, transport: Transport, service: Service, members: MemberReader) -> None:
        self._transport, self._service, self._members = transport, service, members
        self._objects = Objects(transport, service)
        self._shown: dict[Key, Mapping[str, FieldValue]] = {}
        self._regrouped: set[str] = set()
        self._has_deleted = False
        self._moved: dict[Key, Handle] = {}
        self._patchless: set[str] = set()
        self._filterless: set[str] = set()
        self._awaited: set[Address] = set()
        self._lock = threading.Lock()

    def remember(self, resources: Mapping[Address, Resource]) -> None:
        """What the last reading showed, so that a patch need not ask again."""
        with self._lock:
            self._shown = {(r.kind, r.id): r.fields for r in resources.values() if r.id}

    def target(self, operation: Operation) -> Address:
        """A membership is written on the queue where queues are groups; all else on its own."""
        if not self._service.has_groups or len(operation.set) != 1:
            return operation.address
        address = kinds.membership_address(*operation.set)
        return address if address and kinds.kind_of(address) == kinds.QUEUE else operation.address

    def write(self, operations: Sequence[Operation], handles: Handles) -> Handle:
        target = self.target(operations[0])
        edit = self._edit(target, operations, handles)
        if operations[0].verb is Verb.CREATE:
            return self._create(target, edit, handles)
        handle = handles.get(target)
        if handle is None:
            raise errors.RequestError(f"{target} is not in the tenant")
        handle = self._moved.pop((kinds.kind_of(target), handle.id), handle)
        if target in self._awaited:
            made = self._create(target, edit, handles)
            self._awaited.discard(target)
            return made
        self._note_related(target, operations, handles)
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
            self._objects.send("DELETE", self._objects.path(target, handle), None, handle)
            return Handle(handle.id)
        written = handle
        for part in edit.halves() if isinstance(edit, GroupEdit) else (edit,):
            written = self._change(target, written, part)
        self._note((kinds.kind_of(target), handle.id), merged(operations))
        return written

    def confirm(self, operations: Sequence[Operation], handles: Handles) -> Handle | None:
        """Looks at the object itself; what it shows is remembered."""
        target = self.target(operations[0])
        handle = handles.get(target)
        record = self._objects.look(target, handle)
        if operations[-1].verb is Verb.DELETE:
            return handle if record is None else None
        if record is None:
            return None
        found = self._objects.handle(record, None)
        self._remember_record(target, found.id, record)
        return found if self._edit(target, operations, handles).fits(record) else None

    def presence(self, handle: Handle) -> str | None:
        agent = self._service.agent
        if agent is None or not self._service.user.shows(f"{agent}:presence"):
            return None
        answer = self._transport.get(self._objects.path_of(self._service.user, handle.id))
        if answer.status != 200 or not isinstance(answer.body, Mapping):
            return None
        extension = pick(answer.body, agent)
        return text(extension, "presence") if isinstance(extension, Mapping) else None

    # -- the edit ---------------------------------------------------------------------------------

    def _edit(self, target: Address, operations: Sequence[Operation], handles: Handles) -> Edit:
        service = self._service
        own = [operation for operation in operations if self.target(operation) == operation.address]
        if kinds.kind_of(target) == kinds.AGENT:
            return UserEdit(target, merged(own), service)
        if not service.has_groups or kinds.kind_of(target) != kinds.QUEUE:
            return TargetEdit(target, merged(own), service)
        members = [operation for operation in operations if operation not in own]
        hidden = self._members.is_hidden
        changed = _joined_and_left(members, handles)
        return GroupEdit(target, *changed, service, hidden, self._members.ids)

    # -- create -----------------------------------------------------------------------------------

    def _create(self, address: Address, edit: Edit, handles: Handles) -> Handle:
        if isinstance(edit, GroupEdit) and self._awaits_members(address, edit):
            return Handle("")
        try:
            answer = self._transport.send("POST", self._objects.type(address).endpoint, edit.new())
        except errors.ConflictError as error:
            return self._adopted(address, edit, handles, error)
        record: Record = answer.body if isinstance(answer.body, Mapping) else {}
        if text(record, "id") is None:
            record = self._objects.created(answer, address) or {}
        if text(record, "id") is None:
            why = f"{address} was accepted, and its id is not shown"
            raise errors.LostAnswerError(why, status=answer.status)
        handle = self._objects.handle(record, answer)
        self._remember_record(address, handle.id, record)
        return self._completed(address, handle, edit, record)

    def _awaits_members(self, address: Address, edit: GroupEdit) -> bool:
        """Whether a group has to wait for its first member: some services take no empty ones."""
        group = self._service.group
        waits = group is not None and group.requires("members") and not edit.joined
        if waits:
            self._awaited.add(address)
        return waits

    def _adopted(
        self, address: Address, edit: Edit, handles: Handles, error: errors.ConflictError
    ) -> Handle:
        """Somebody who is there and not listed, as inactive people may be: changed instead."""
        found = None
        if kinds.kind_of(address) == kinds.AGENT:
            found = lookup.hidden(self._transport, self._service, address)
        if found is None or text(found, "id") is None:
            raise error
        handle = self._objects.handle(found, None)
        agents = (one for name, one in handles.items() if kinds.kind_of(name) == kinds.AGENT)
        if handle.id in {agent.id for agent in agents}:
            raise error
        self._remember_record(address, handle.id, found)
        return self._change(address, handle, edit)

    def _completed(self, address: Address, handle: Handle, edit: Edit, record: Record) -> Handle:
        """What the service left out of a new object is written once more, as a change."""
        if isinstance(edit, GroupEdit):
            return self._confirmed(address, handle, edit, record)
        if edit.fits(record):
            return handle
        whole = self._objects.look(address, handle)
        if whole is None or edit.fits(whole):
            return handle
        self._remember_record(address, handle.id, whole)
        return self._change(address, self._objects.handle(whole, None), edit)

    # -- change -----------------------------------------------------------------------------------

    def _change(self, target: Address, handle: Handle, edit: Edit) -> Handle:
        """By PATCH: with what was read before, with the record of now, with whole attributes; and
        by PUT where this type of object knows no PATCH.
        """
        endpoint = self._objects.type(target).endpoint
        if not self._service.can_patch or endpoint in self._patchless:
            return self._put(target, handle, edit)
        is_agent = kinds.kind_of(target) == kinds.AGENT
        fields = self._shown.get((kinds.AGENT, handle.id)) if is_agent else {}
        refused: list[errors.RequestError] = []
        if fields is not None and edit.is_plain(fields) and endpoint not in self._filterless:
            steps = edit.steps(Seen(fields))
            try:
                return self._patch(target, handle, edit, steps)
            except errors.RequestError as error:
                if not is_about_form(error, steps):
                    return self._without_patch(target, handle, edit, error)
                refused.append(error)
        record = self._objects.whole(self._objects.path(target, handle), handle)
        forms = [edit.steps(Seen(self._fields(target, record), record)), edit.replacements(record)]
        for steps in forms[1:] if endpoint in self._filterless else forms:
            try:
                return self._patch(target, handle, edit, steps)
            except errors.RequestError as error:
                if not is_about_form(error, steps):
                    return self._without_patch(target, handle, edit, error)
                refused.append(error)
        raise refused[0]

    def _patch(self, target: Address, handle: Handle, edit: Edit, steps: Sequence[Step]) -> Handle:
        if not steps:
            return handle
        body = {"schemas": [PATCH], "Operations": steps}
        try:
            answer = self._patch_one(self._objects.path(target, handle), body, handle, edit)
        except errors.LostAnswerError as error:
            if error.status is not None and error.status >= 500 and has_filter(steps):
                self._filterless.add(self._objects.type(target).endpoint)
            raise
        if answer is None:
            return handle
        return self._confirmed(target, self._objects.after(answer, handle), edit, answer.body)

    def _patch_one(self, path: str, body: object, handle: Handle, edit: Edit) -> Answer | None:
        """None where somebody was to leave a group that shows nobody, and is not in it."""
        try:
            return self._objects.send("PATCH", path, body, handle)
        except errors.RequestError as error:
            if isinstance(edit, GroupEdit) and edit.is_hidden and "noTarget" in str(error):
                return None
            raise

    def _without_patch(
        self, target: Address, handle: Handle, edit: Edit, error: errors.RequestError
    ) -> Handle:
        """A PATCH that was announced and is not there for this type of object after all."""
        if error.status not in MISSING - {404}:
            raise error
        self._patchless.add(self._objects.type(target).endpoint)
        return self._put(target, handle, edit)

    def _put(self, target: Address, handle: Handle, edit: Edit) -> Handle:
        """Reads, merges everything that came, and writes the whole back (RFC 7644 3.5.1)."""
        resource_type = self._objects.type(target)
        if hidden := resource_type.hidden:
            raise errors.RequestError(
                f"the tenant takes whole objects only and does not show all of one "
                f"({', '.join(hidden)}), so a change would lose what is hidden"
            )
        if isinstance(edit, GroupEdit) and edit.is_hidden:
            raise errors.RequestError(
                "the tenant takes whole groups only and does not show their members, so a change "
                "would lose them"
            )
        path = self._objects.path(target, handle)
        whole = dict(self._objects.whole(path, handle))
        version = convert.version(whole) or handle.version
        edit.merge(whole)
        before = Handle(handle.id, version)
        try:
            answer = self._objects.send("PUT", path, whole, before)
        except errors.RequestError as error:
            if not is_about_form(error):
                raise
            answer = self._objects.send(
                "PUT", path, without_read_only(whole, resource_type), before
            )
        return self._confirmed(target, self._objects.after(answer, handle), edit, answer.body)

    # -- confirm ----------------------------------------------------------------------------------

    def _confirmed(self, target: Address, handle: Handle, edit: Edit, body: object) -> Handle:
        """The handle, once the answer or the object itself shows the change.

        Raises `LostAnswerError` where neither does: the service may show it later, or never.
        """
        record = body if isinstance(body, Mapping) and text(body, "id") else None
        if isinstance(edit, GroupEdit):
            return self._confirmed_members(handle, edit, record)
        if record is not None and edit.fits(record):
            return handle
        record = self._objects.look(target, handle)
        if record is None or not edit.fits(record):
            raise self._unconfirmed(
                target, self._objects.handle(record, None) if record else handle
            )
        self._remember_record(target, handle.id, record)
        return self._objects.handle(record, None)

    def _confirmed_members(self, handle: Handle, edit: GroupEdit, record: Record | None) -> Handle:
        """Members that nothing shows are hidden; members that lack one of ours contradict it."""
        if self._members.is_hidden or not (edit.joined or edit.left):
            return handle
        listed = listed_members(record) if record is not None else None
        shown: Sequence[str] | None = listed
        if not shown:
            shown = self._members.of_group(handle.id)
        if not shown and edit.joined and not self._members.is_proven:
            self._members.hide()
        if shown is None or self._members.is_hidden:
            return handle
        if not edit.holds(shown):
            raise self._unconfirmed(edit.address, handle)
        return handle

    def _unconfirmed(self, target: Address, handle: Handle) -> errors.LostAnswerError:
        """The object has moved by this write all the same: another try starts from there."""
        with self._lock:
            self._moved[kinds.kind_of(target), handle.id] = handle
        return errors.LostAnswerError(
            f"{target} was accepted, and the tenant does not show the change"
        )

    # -- look -------------------------------------------------------------------------------------

    def _by_ourselves(self, target: Address, handle: Handle) -> Handle | None:
        """The object's version of now, where a write of ours to another object explains why it has
        moved: a group that took a user in, a user who left a group by being deleted. Whatever else
        it shows has to be as it was.
        """
        is_agent = kinds.kind_of(target) == kinds.AGENT
        if not self._service.has_groups or not (
            handle.id in self._regrouped if is_agent else self._has_deleted
        ):
            return None
        record = self._objects.look(target, handle)
        if record is None:
            return None
        if is_agent:
            before = _own(self._shown.get((kinds.AGENT, handle.id), {}))
            now = _own(self._fields(target, record))
            if any(before.get(name, value) != value for name, value in now.items()):
                return None
        elif text(record, "displayName") != kinds.name_of(target):
            return None
        return self._objects.handle(record, None)

    def _fields(self, target: Address, record: Record) -> Mapping[str, FieldValue]:
        if kinds.kind_of(target) != kinds.AGENT:
            return {}
        return convert.agents(self._service)(record).fields

    # -- memory -----------------------------------------------------------------------------------

    def _note(self, key: Key, values: Mapping[str, Value]) -> None:
        with self._lock:
            shown = self._shown.get(key)
            if shown is not None:
                self._shown[key] = kinds.with_values(shown, values)

    def _note_related(
        self, target: Address, operations: Sequence[Operation], handles: Handles
    ) -> None:
        """Before it is sent: what moves by it may be written to by another worker at once."""
        if not self._service.has_groups:
            return
        with self._lock:
            if kinds.kind_of(target) == kinds.AGENT:
                self._has_deleted |= operations[-1].verb is Verb.DELETE
            else:
                members = (handles.get(operation.address) for operation in operations)
                self._regrouped |= {handle.id for handle in members if handle}

    def _remember_record(self, target: Address, identifier: str, record: Record) -> None:
        if kinds.kind_of(target) == kinds.AGENT and text(record, "userName"):
            self._members.know(identifier, text(record, "userName"))
            with self._lock:
                self._shown[kinds.AGENT, identifier] = self._fields(target, record)


def merged(operations: Sequence[Operation]) -> dict[str, Value]:
    """All values of the operations; later ones win."""
    values: dict[str, Value] = {}
    for operation in operations:
        values.update(operation.set)
    return values


def _joined_and_left(members: Sequence[Operation], handles: Handles) -> tuple[list[str], list[str]]:
    last: dict[str, Value] = {}
    for operation in members:
        handle = handles.get(operation.address)
        if handle is None:
            raise errors.RequestError(f"{operation.address} is not in the tenant")
        (last[handle.id],) = operation.set.values()
    joined = [identifier for identifier, value in last.items() if value is not None]
    return joined, [identifier for identifier, value in last.items() if value is None]


def _own(fields: Mapping[str, FieldValue]) -> dict[str, FieldValue]:
    """Without memberships, which other objects may show, too."""
    return {name: value for name, value in fields.items() if name not in kinds.MEMBERSHIPS}
