"""One change at a time, in as many requests as the platform needs, read back until it shows.

There is no atomic write: a person is created, then patched, then given skills and licenses. Where
an answer is lost, `confirm` looks at the object.
"""

import threading
from collections.abc import Mapping, Sequence
from typing import Final

from reconciler import errors, kinds
from reconciler.model import Address, Handle, Operation, Tenant, Value, Verb
from reconciler.providers.genesys import api, differences, mapping
from reconciler.providers.genesys.api import Record
from reconciler.providers.genesys.phones import Phones
from reconciler.providers.genesys.users import LOOKS, Users
from reconciler.providers.transport import Transport

Known = Mapping[Address, Handle]

BATCH: Final = 100
"""Members of a queue in one request."""
STATES: Final = ("active", "inactive", "deleted")


class GenesysWriter:
    """The writing door. Safe to share by threads as long as a target is in flight once."""

    def __init__(self, transport: Transport, tenant: Tenant) -> None:
        self._transport, self._users = transport, Users(transport, tenant)
        self._phones = Phones(transport, tenant, self._users)
        self._pools: tuple[Record, ...] = ()
        self._created: list[tuple[str, str]] = []
        self._lock = threading.Lock()

    def created(self) -> Mapping[str, frozenset[str]]:
        """Ids of the queues and skills that were created, by the path of their listing."""
        with self._lock:
            created = list(self._created)
        return {path: frozenset(i for p, i in created if p == path) for path, _ in created}

    def written(self) -> Mapping[str, Mapping[str, Value]]:
        """What was written of users in this run, by their id."""
        return self._users.written()

    def remember(
        self, users: Mapping[str, Record], skills: Mapping[str, str], pools: Sequence[Record]
    ) -> None:
        """What the last reading showed: users by id, ids of skills by name, extension pools."""
        self._users.remember(users, skills)
        with self._lock:
            self._pools = tuple(pools)

    def target(self, operation: Operation) -> Address:
        """A membership of a queue is written on the queue, everything else on its own object."""
        if operation.kind != kinds.AGENT or len(operation.set) != 1:
            return operation.address
        (path,) = operation.set
        in_queue = kinds.split_path(path)[0] == "queues"
        return (
            kinds.membership_address(path) or operation.address if in_queue else operation.address
        )

    def write(self, operations: Sequence[Operation], known: Known) -> Handle:
        target = self.target(operations[0])
        if _is_membership(target, operations):
            return self._members(target, operations, known)
        values = differences.merged(operations)
        self._expect_in_pool(target, values.get("extension"))
        if operations[0].verb is Verb.CREATE:
            return self._create(target, values)
        handle = _handle(target, known)
        if operations[-1].verb is Verb.DELETE:
            self._users.delete(target, handle.id)
            return handle
        self._users.change(target, handle.id, values)
        if values.get("phone") and self._phones.is_configured:
            self._phones.ensure(target, handle.id)
        _expect_no_email(target, values)
        return handle

    def confirm(self, operations: Sequence[Operation], known: Known) -> Handle | None:
        target = self.target(operations[0])
        if _is_membership(target, operations):
            handle = _handle(target, known)
            joined, left = _joined_and_left(operations, known)
            return handle if self._holds_members(handle.id, joined, left) else None
        values = differences.merged(operations)
        if operations[0].verb is Verb.CREATE:
            found = self._existing(target, values)
            if found is None or kinds.kind_of(target) != kinds.AGENT:
                return found
            self._users.note_written(found.id, {})
            is_settled = self._users.fits(found.id, _of_create(values))
            has_phone = not self._phones.is_configured or bool(self._phones.of(found.id))
            return found if is_settled and has_phone else None
        handle = _handle(target, known)
        if operations[-1].verb is Verb.DELETE:
            return handle if self._users.is_gone(handle.id) else None
        is_settled = self._users.fits(handle.id, values) and not values.keys() & {"email", "phone"}
        return handle if is_settled else None

    def _expect_in_pool(self, address: Address, number: Value) -> None:
        """A number of no pool would be stored and shown, and would not ring: nothing is sent."""
        if isinstance(number, str) and not any(mapping.holds(p, number) for p in self._pools):
            raise errors.RequestError(
                f"{address} was not written: no extension pool of the tenant holds {number}"
            )

    def presence(self, handle: Handle) -> str | None:
        """Unobserved: it would be one request a person."""
        return None

    # -- create -----------------------------------------------------------------------------------

    def _create(self, address: Address, values: Mapping[str, Value]) -> Handle:
        if kinds.kind_of(address) == kinds.AGENT:
            return self._create_user(address, values)
        path = _listing_of(address)
        handle = self._existing(address, values)
        if handle is None:
            handle = self._posted(path, {"name": kinds.name_of(address)}, address, values)
        self._note_created(path, handle.id)
        if path == api.SKILLS:
            self._users.remember_skill(kinds.name_of(address), handle.id)
        place = f"{path}/{handle.id}"
        self._users.wait_until(lambda: api.single(self._transport, place) is not None, address)
        return handle

    def _create_user(self, address: Address, values: Mapping[str, Value]) -> Handle:
        """Never twice: the e-mail is looked up first, also among deleted users, whom a create would
        answer with a conflict.
        """
        handle = self._existing(address, values)
        if handle is not None:
            self._users.change(address, handle.id, {"active": True})
            values = {**self._users.superfluous(handle.id, values), **values}
        else:
            body = {"name": values.get("name"), "email": values.get("email"), "state": "active"}
            handle = self._posted(api.USERS, body, address, values)
        self._users.note_written(handle.id, {})
        self._look_until_there(handle.id)
        self._users.change(address, handle.id, _of_create(values))
        if self._phones.is_configured:
            self._phones.ensure(address, handle.id)
        return handle

    def _posted(
        self, path: str, body: object, address: Address, values: Mapping[str, Value]
    ) -> Handle:
        """A new object; where it is there already, which a search may show late, that one.

        After a lost answer the search is asked for as long: a create is not sent twice.
        """
        try:
            answer = self._transport.send("POST", path, body)
        except (errors.ConflictError, errors.LostAnswerError) as error:
            for attempt in range(1, LOOKS):
                if handle := self._existing(address, values, apart=True):
                    return handle
                if api.is_stale(error):
                    raise
                self._transport.pause(attempt)
            raise
        content = answer.body
        if not isinstance(content, Mapping) or not content.get("id"):
            raise errors.LostAnswerError(f"{address} was accepted, and its id is not shown")
        return Handle(str(content["id"]))

    def _look_until_there(self, user: str) -> None:
        """A user who was just created may not be readable by id at once."""
        for attempt in range(1, LOOKS):
            try:
                self._users.look(user)
                return
            except errors.RequestError as error:
                if error.status != 404:
                    raise
            self._transport.pause(attempt)
        self._users.look(user)

    def _existing(
        self, address: Address, values: Mapping[str, Value], *, apart: bool = False
    ) -> Handle | None:
        """What is there already. `apart` asks for each state by itself: a search that leaves out
        deleted users unless they alone are asked for would hide who holds an e-mail.
        """
        if kinds.kind_of(address) != kinds.AGENT:
            named = api.named(self._transport, _listing_of(address), kinds.name_of(address))
            return Handle(str(named["id"])) if named else None
        email = str(values.get("email") or "")
        for states in [STATES, *((state,) for state in STATES if apart)]:
            for user in api.searched(self._transport, email, states):
                if str(user.get("email") or "").lower() == email.lower() and user.get("id"):
                    return Handle(str(user["id"]))
        return None

    def _note_created(self, path: str, identifier: str) -> None:
        with self._lock:
            self._created.append((path, identifier))

    # -- members ----------------------------------------------------------------------------------

    def _members(self, target: Address, operations: Sequence[Operation], known: Known) -> Handle:
        """Adds who is not there and removes who is: adding a member again resets its ring."""
        handle = _handle(target, known)
        joined, left = _joined_and_left(operations, known)
        path = f"{api.QUEUES}/{handle.id}/members"
        there = self._member_ids(handle.id)
        to_add = [user for user in joined if user not in there]
        to_remove = [user for user in left if user in there]
        for users, suffix in ((to_add, ""), (to_remove, "?delete=true")):
            for start in range(0, len(users), BATCH):
                chunk = [{"id": user} for user in users[start : start + BATCH]]
                self._transport.send("POST", path + suffix, chunk)
        if to_add or to_remove:
            holds = lambda: self._holds_members(handle.id, joined, left)  # noqa: E731
            self._users.wait_until(holds, target)
        return handle

    def _holds_members(self, queue: str, joined: Sequence[str], left: Sequence[str]) -> bool:
        there = self._member_ids(queue)
        return set(joined) <= there and there.isdisjoint(left)

    def _member_ids(self, queue: str) -> set[str]:
        return {str(member["id"]) for member in api.members(self._transport, queue)}


def _is_membership(target: Address, operations: Sequence[Operation]) -> bool:
    return kinds.kind_of(target) == kinds.QUEUE and operations[0].kind == kinds.AGENT


def _listing_of(address: Address) -> str:
    return api.QUEUES if kinds.kind_of(address) == kinds.QUEUE else api.SKILLS


def _of_create(values: Mapping[str, Value]) -> dict[str, Value]:
    """What a create leaves to patches: all but the e-mail."""
    rest = {path: value for path, value in values.items() if path != "email"}
    return {"active": True, **rest}


def _expect_no_email(address: Address, values: Mapping[str, Value]) -> None:
    """The platform takes an e-mail with a create only. Raises `ByHandError` for another one."""
    if "email" in values:
        raise errors.ByHandError(
            f"the e-mail of {address} is changed by a person, in the console of the tenant: "
            f"it becomes {values['email']}"
        )


def _joined_and_left(operations: Sequence[Operation], known: Known) -> tuple[list[str], list[str]]:
    """Ids of those who come and of those who go; of one person the last word counts."""
    last: dict[str, bool] = {}
    for operation in operations:
        (value,) = operation.set.values()
        last[_handle(operation.address, known).id] = value is not None
    return [u for u, comes in last.items() if comes], [u for u, comes in last.items() if not comes]


def _handle(address: Address, known: Known) -> Handle:
    handle = known.get(address)
    if handle is None:
        raise errors.RequestError(f"{address} is not in the tenant")
    return handle
