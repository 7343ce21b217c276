"""One change at a time, in as many requests as the platform needs, read back until it shows.

There is no atomic write: a person is created, then patched, then given skills and licenses. Each
request is one that may be sent again: it sets values, and never adds to what is not known. Where an
answer is lost, `confirm` looks at the object. A version conflict is judged by *our* fields: the
version moves with every skill or license that is written, also by us.
"""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final, TypeVar

from reconciler import errors, kinds
from reconciler.model import Address, Handle, Operation, Tenant, Value, Verb
from reconciler.providers.genesys import api, differences, mapping
from reconciler.providers.genesys.api import Record
from reconciler.providers.transport import Query, Transport

Known = Mapping[Address, Handle]
T = TypeVar("T")

LOOKS: Final = 6
"""So often an object is read until a write shows; the pauses between double."""
CONFLICTS: Final = 5
"""So often a version may move while a write is under way."""
BATCH: Final = 100
"""Members of a queue in one request."""
SKILLS_A_CALL: Final = 50

PATCHED: Final = {"name": "name", "preferred_name": "preferredName"}


class GenesysWriter:
    """The writing door. Safe to share by threads as long as a target is in flight once."""

    def __init__(self, transport: Transport, tenant: Tenant) -> None:
        self._transport, self._tenant = transport, tenant
        self._users: dict[str, Record] = {}
        self._skills: dict[str, str] = {}
        self._pools: tuple[Record, ...] = ()
        self._created: list[tuple[str, str]] = []
        self._lock = threading.Lock()

    def created(self) -> Mapping[str, frozenset[str]]:
        """Ids of what was created and is active, by the path of the listing that has to show it."""
        with self._lock:
            states = {user: record.get("state") for user, record in self._users.items()}
            kept = [(p, i) for p, i in self._created if states.get(i, "active") == "active"]
        return {path: frozenset(i for p, i in kept if p == path) for path, _ in kept}

    def remember(
        self, users: Mapping[str, Record], skills: Mapping[str, str], pools: Sequence[Record]
    ) -> None:
        """What the last reading showed: users by id, ids of skills by name, extension pools."""
        with self._lock:
            self._users, self._skills, self._pools = dict(users), dict(skills), tuple(pools)

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
        if kinds.kind_of(target) == kinds.QUEUE and operations[0].kind == kinds.AGENT:
            return self._members(target, operations, known)
        self._expect_in_pool(target, differences.merged(operations).get("extension"))
        if operations[0].verb is Verb.CREATE:
            return self._create(target, differences.merged(operations))
        handle = _handle(target, known)
        if operations[-1].verb is Verb.DELETE:
            self._transport.send("DELETE", f"{api.USERS}/{handle.id}")
            return handle
        self._change(target, handle.id, differences.merged(operations))
        return handle

    def confirm(self, operations: Sequence[Operation], known: Known) -> Handle | None:
        target = self.target(operations[0])
        if kinds.kind_of(target) == kinds.QUEUE and operations[0].kind == kinds.AGENT:
            handle = _handle(target, known)
            joined, left = _joined_and_left(operations, known)
            return handle if self._holds_members(handle.id, joined, left) else None
        if operations[0].verb is Verb.CREATE:
            found = self._existing(target, differences.merged(operations))
            if found is None or kinds.kind_of(target) != kinds.AGENT:
                return found
            with self._lock:
                self._created.append((api.USERS, found.id))
            return found if self._fits(found.id, differences.merged(operations)) else None
        handle = _handle(target, known)
        if operations[-1].verb is Verb.DELETE:
            gone = api.single(self._transport, f"{api.USERS}/{handle.id}") is None
            return handle if gone else None
        return handle if self._fits(handle.id, differences.merged(operations)) else None

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
        path = api.QUEUES if kinds.kind_of(address) == kinds.QUEUE else api.SKILLS
        found = self._named(path, kinds.name_of(address))
        if found is None:
            body = {"name": kinds.name_of(address)}
            found = self._body(self._transport.send("POST", path, body).body, address)
        identifier = str(found["id"])
        with self._lock:
            self._created.append((path, identifier))
        if path == api.SKILLS:
            with self._lock:
                self._skills[kinds.name_of(address)] = identifier
        place = f"{path}/{identifier}"
        self._until(lambda: api.single(self._transport, place) is not None, address)
        return Handle(identifier)

    def _create_user(self, address: Address, values: Mapping[str, Value]) -> Handle:
        """Never twice: the e-mail is looked up first, also among deleted users, whom a create would
        answer with a conflict.
        """
        found = self._existing(address, values)
        if found is None:
            body = {"name": values.get("name"), "email": values.get("email"), "state": "active"}
            answer = self._transport.send("POST", api.USERS, body)
            found = Handle(str(self._body(answer.body, address)["id"]))
        with self._lock:
            self._created.append((api.USERS, found.id))
        self._look(found.id)
        rest = {path: value for path, value in values.items() if path != "email"}
        self._change(address, found.id, {**rest, "active": True})
        return found

    def _existing(self, address: Address, values: Mapping[str, Value]) -> Handle | None:
        if kinds.kind_of(address) != kinds.AGENT:
            path = api.QUEUES if kinds.kind_of(address) == kinds.QUEUE else api.SKILLS
            found = self._named(path, kinds.name_of(address))
            return Handle(str(found["id"])) if found else None
        email = str(values.get("email") or "")
        states = ("active", "inactive", "deleted")
        for user in api.searched(self._transport, email, states):
            if str(user.get("email") or "").lower() == email.lower():
                return Handle(str(user["id"]))
        return None

    def _named(self, path: str, name: str) -> Record | None:
        """By the name filter, which finds prefixes: only the very name counts."""
        query: Query = {"name": name, "pageSize": 100, "pageNumber": 1}
        answer = self._transport.get(path, query)
        body = answer.body if isinstance(answer.body, Mapping) else {}
        entities = body.get("entities") or []
        named = (entity for entity in entities if entity.get("name") == name)
        return next(filter(differences.is_there, named), None)

    # -- change -----------------------------------------------------------------------------------

    def _change(self, address: Address, user: str, values: Mapping[str, Value]) -> None:
        """All parts of a change, in an order in which none undoes another: somebody signs in before
        being given anything, and signs out after everything was taken.
        """
        active = values.get("active")
        if active is True:
            self._set_state(user, "active")
        self._set_profile(user, values)
        self._set_skills(user, values)
        self._set_licenses(user, values)
        if active is False:
            self._set_state(user, "inactive")
        self._until(lambda: self._fits(user, values), address, self._missing(user, values))

    def _set_state(self, user: str, state: str) -> None:
        """Alone: with `state` the platform takes nothing else."""
        if self._user(user).get("state") != state:
            self._patch(user, lambda _: {"state": state})

    def _set_profile(self, user: str, values: Mapping[str, Value]) -> None:
        plain = {PATCHED[path]: values[path] for path in PATCHED if path in values}

        def body(record: Record) -> dict[str, Any]:
            changed: dict[str, Any] = dict(plain)
            if "extension" in values:
                number = values["extension"]
                text = number if isinstance(number, str) else None
                addresses = record.get("addresses") or []
                changed["addresses"] = mapping.with_extension(addresses, text)
            return changed

        if plain or "extension" in values:
            self._patch(user, body)

    def _patch(self, user: str, body: Callable[[Record], Mapping[str, Any]]) -> None:
        """Sends a patch with the version that is there now. Raises `PreconditionFailedError` where
        one of our fields was changed by somebody else.
        """
        path, seen = f"{api.USERS}/{user}", self._user(user)
        for _ in range(CONFLICTS):
            content = {**body(seen), "version": seen.get("version")}
            try:
                answer = self._transport.send("PATCH", path, content)
            except errors.RequestError as error:
                if not api.is_stale(error.status, str(error)):
                    raise
                fresh = self._look(user)
                if differences.fingerprint(fresh) != differences.fingerprint(seen):
                    raise errors.PreconditionFailedError(
                        f"somebody changed the user meanwhile: {error}", status=error.status
                    ) from error
                seen = fresh
                continue
            if isinstance(answer.body, Mapping) and "version" in answer.body:
                self._keep(user, {**seen, **answer.body})
            else:
                self._look(user)
            return
        raise errors.PreconditionFailedError(f"the version of the user moved {CONFLICTS} times")

    # -- skills and licenses ----------------------------------------------------------------------

    def _set_skills(self, user: str, values: Mapping[str, Value]) -> None:
        """The named ones in bulk, taken away singly; never the whole list."""
        path = f"{api.USERS}/{user}/routingskills"
        given = [(n, v) for n, v in differences.members_of(values, "skills") if v is not None]
        held = {mapping.text(s, "name"): s for s in self._user(user).get("skills") or ()}
        entries = [
            {"id": self._skill(name), "proficiency": differences.proficiency(value, held.get(name))}
            for name, value in given
        ]
        for start in range(0, len(entries), SKILLS_A_CALL):
            chunk = entries[start : start + SKILLS_A_CALL]
            self._transport.send("PATCH", f"{path}/bulk", chunk)
        for name, value in differences.members_of(values, "skills"):
            if value is None:
                self._gone(f"{path}/{self._skill(name)}")
        if entries or any(v is None for _, v in differences.members_of(values, "skills")):
            self._look(user)

    def _skill(self, name: str) -> str:
        with self._lock:
            known = self._skills.get(name)
        if known is None:
            found = self._named(api.SKILLS, name)
            if found is None:
                raise errors.RequestError(f"there is no skill {name} to give")
            known = str(found["id"])
            with self._lock:
                self._skills[name] = known
        return known

    def _gone(self, path: str) -> None:
        """Takes something away that may be gone already."""
        try:
            self._transport.send("DELETE", path)
        except errors.RequestError as error:
            if error.status not in (404, 410):
                raise

    def _set_licenses(self, user: str, values: Mapping[str, Value]) -> None:
        assignments = [
            {
                "licenseId": self._tenant.licenses[name],
                "userIdsAdd": [user] if value is not None else [],
                "userIdsRemove": [] if value is not None else [user],
            }
            for name, value in differences.members_of(values, "licenses")
            if name in self._tenant.licenses
        ]
        if assignments:
            self._transport.send("POST", api.ASSIGN, {"assignments": assignments})

    # -- members ----------------------------------------------------------------------------------

    def _members(self, target: Address, operations: Sequence[Operation], known: Known) -> Handle:
        handle = _handle(target, known)
        joined, left = _joined_and_left(operations, known)
        path = f"{api.QUEUES}/{handle.id}/members"
        for users, suffix in ((joined, ""), (left, "?delete=true")):
            for start in range(0, len(users), BATCH):
                chunk = [{"id": user} for user in users[start : start + BATCH]]
                self._transport.send("POST", path + suffix, chunk)
        self._until(lambda: self._holds_members(handle.id, joined, left), target)
        return handle

    def _holds_members(self, queue: str, joined: Sequence[str], left: Sequence[str]) -> bool:
        there = {str(member["id"]) for member in api.members(self._transport, queue)}
        return set(joined) <= there and there.isdisjoint(left)

    # -- looking ----------------------------------------------------------------------------------

    def _fits(self, user: str, values: Mapping[str, Value]) -> bool:
        record = self._look(user)
        return not list(self._differing(record, values))

    def _differing(self, record: Record, values: Mapping[str, Value]) -> Iterator[str]:
        for path, name in PATCHED.items():
            if path in values and (record.get(name) or None) != values[path]:
                yield path
        if "active" in values and (record.get("state") == "active") is not values["active"]:
            yield "active"
        if "extension" in values and mapping.profile_extension(record) != values["extension"]:
            yield "extension"
        yield from differences.differing_skills(record, values)
        licenses = list(differences.members_of(values, "licenses"))
        held = self._licenses(str(record["id"])) if licenses else set()
        for name, value in licenses:
            if (self._tenant.licenses.get(name) in held) is (value is None):
                yield f"licenses.{name}"

    def _licenses(self, user: str) -> set[str]:
        """Definition ids of one user's licenses."""
        record = api.single(self._transport, f"{api.LICENSED}/{user}") or {}
        entries = record.get("licenses") or ()
        return {str(e.get("id")) if isinstance(e, Mapping) else str(e) for e in entries}

    def _missing(self, user: str, values: Mapping[str, Value]) -> Callable[[], str]:
        def text() -> str:
            left = list(self._differing(self._look(user), values))
            by_roles = [path for path in left if path.startswith("licenses.")]
            if by_roles:
                return (
                    f"{', '.join(by_roles)}: decided by roles; give or take the role in the console"
                )
            return f"{', '.join(left)} does not show"

        return text

    def _until(
        self,
        holds: Callable[[], bool],
        address: Address,
        missing: Callable[[], str] | None = None,
    ) -> None:
        """Waits, bounded, until a write shows. Raises `RequestError` where it never does."""
        for attempt in range(1, LOOKS + 1):
            if holds():
                return
            if attempt < LOOKS:
                self._transport.pause(attempt)
        what = missing() if missing else "it does not show"
        raise errors.RequestError(f"{address} was written, and {what}")

    def _user(self, user: str) -> Record:
        with self._lock:
            record = self._users.get(user)
        return record if record is not None else self._look(user)

    def _look(self, user: str) -> Record:
        """One user as it is now."""
        record = api.single(self._transport, f"{api.USERS}/{user}", {"expand": "skills"})
        if record is None:
            query = {"expand": "skills", "state": "deleted"}
            record = api.single(self._transport, f"{api.USERS}/{user}", query)
        if record is None:
            raise errors.RequestError(f"user {user} is not there any more", status=404)
        self._keep(user, record)
        return record

    def _keep(self, user: str, record: Record) -> None:
        with self._lock:
            self._users[user] = record

    def _body(self, body: object, address: Address) -> Record:
        if not isinstance(body, Mapping) or not body.get("id"):
            raise errors.LostAnswerError(f"{address} was accepted, and its id is not shown")
        return body


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
