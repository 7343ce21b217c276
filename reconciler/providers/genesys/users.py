"""One user at a time: state, profile, skills and licenses, each by the request that takes it.

A version conflict is judged by *our* fields: the version moves with every skill or license that is
written, also by us. Each request sets values and never adds to what is not known, so that it may be
sent again.
"""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, Final

from reconciler import errors, kinds
from reconciler.model import Address, Tenant, Value
from reconciler.providers.answers import Answer
from reconciler.providers.genesys import api, differences, extensions, mapping
from reconciler.providers.genesys.api import Record
from reconciler.providers.transport import Transport

LOOKS: Final = 7
"""So often an object is read until a write shows; the pauses between double: 16 seconds in all."""
LICENSE_LOOKS: Final = 6
"""So often a license is looked for before its springing back is taken for the word of a role."""
CONFLICTS: Final = 20
"""So often a write may meet a version conflict; the pauses from the second on double up to a second
and are 18 seconds in all.
"""
LONGEST_PAUSE: Final = 3
"""The number of the pause after which they double no more."""
SKILLS_A_CALL: Final = 50

PATCHED: Final = {"name": "name", "preferred_name": "preferredName"}


class Users:
    """What is known of each user, and the writes to one. Safe to share by threads as long as a
    user is in flight once.
    """

    def __init__(self, transport: Transport, tenant: Tenant) -> None:
        self._transport, self._tenant = transport, tenant
        self._users: dict[str, Record] = {}
        self._skills: dict[str, str] = {}
        self._written: dict[str, dict[str, Value]] = {}
        self._lock = threading.Lock()

    def remember(self, users: Mapping[str, Record], skills: Mapping[str, str]) -> None:
        """What the last reading showed: users by id, ids of skills by name."""
        with self._lock:
            self._users, self._skills = dict(users), dict(skills)

    def remember_skill(self, name: str, identifier: str) -> None:
        with self._lock:
            self._skills[name] = identifier

    # -- writes -----------------------------------------------------------------------------------

    def change(self, address: Address, user: str, values: Mapping[str, Value]) -> None:
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
        self._expect(address, user, values)
        self.note_written(user, values)

    def superfluous(self, user: str, values: Mapping[str, Value]) -> dict[str, Value]:
        """Skills and licenses that somebody who was there before has beside the stated ones, as
        values that take them away. A collection of which nothing is stated is left alone.
        """
        skills = differences.skills_of(self._user(user))
        held = api.licenses_of(self._transport, user)
        licenses = [name for name, id_ in self._tenant.licenses.items() if id_ in held]
        paths = [*(f"skills.{n}" for n in skills), *(f"licenses.{n}" for n in licenses)]
        stated = {kinds.split_path(path)[0] for path in values}
        return {
            path: None
            for path in paths
            if path not in values and kinds.split_path(path)[0] in stated
        }

    def delete(self, address: Address, user: str) -> None:
        """A user who is gone already is as wanted."""
        self.sent("DELETE", f"{api.USERS}/{user}", user=user, gone=(404, 410))
        self.wait_until(lambda: self.is_gone(user), address)
        with self._lock:
            self._written.pop(user, None)

    def name(self, user: str) -> str:
        return mapping.text(self._user(user), "name") or user

    def written(self) -> Mapping[str, Mapping[str, Value]]:
        """What was written in this run, by user."""
        with self._lock:
            return {user: dict(values) for user, values in self._written.items()}

    def note_written(self, user: str, values: Mapping[str, Value]) -> None:
        with self._lock:
            self._written.setdefault(user, {}).update(values)

    def is_gone(self, user: str) -> bool:
        record = api.single(self._transport, f"{api.USERS}/{user}")
        return record is None or not differences.is_there(record)

    def _set_state(self, user: str, state: str) -> None:
        """Alone: with `state` the platform takes nothing else."""
        if self._user(user).get("state") != state:
            self._patch(user, lambda _: {"state": state})

    def _set_profile(self, user: str, values: Mapping[str, Value]) -> None:
        if any(path in values for path in (*PATCHED, "extension")):
            self._patch(user, lambda record: _profile(record, values))

    def _patch(self, user: str, body: Callable[[Record], Mapping[str, Any]]) -> None:
        """Sends a patch with the version that is there now, unless nothing differs."""
        path = f"{api.USERS}/{user}"

        def content() -> Mapping[str, Any]:
            record = self._user(user)
            changed = body(record)
            return {**changed, "version": record.get("version")} if changed else {}

        sent = content()
        if not sent:
            return
        answer = self.sent("PATCH", path, content, user=user)
        if isinstance(answer.body, Mapping) and isinstance(answer.body.get("version"), int):
            self._keep(user, differences.patched(self._user(user), sent, answer.body))
        else:
            self.look(user)

    def _set_skills(self, user: str, values: Mapping[str, Value]) -> None:
        """The named ones in bulk, taken away singly; never the whole list."""
        path = f"{api.USERS}/{user}/routingskills"
        skills = dict(differences.members_of(values, "skills"))
        if not skills:
            return
        held = differences.skills_of(self._user(user))
        entries = [
            {"id": self._skill(name), "proficiency": differences.proficiency(value, held.get(name))}
            for name, value in skills.items()
            if value is not None
        ]
        for start in range(0, len(entries), SKILLS_A_CALL):
            chunk = entries[start : start + SKILLS_A_CALL]
            self.sent("PATCH", f"{path}/bulk", partial(list, chunk), user=user)
        for name, value in skills.items():
            if value is None:
                place = f"{path}/{self._skill(name)}"
                self.sent("DELETE", place, user=user, gone=(404, 410))
        self.look(user)

    def _skill(self, name: str) -> str:
        with self._lock:
            identifier = self._skills.get(name)
        if identifier is None:
            record = api.named(self._transport, api.SKILLS, name)
            if record is None:
                raise errors.RequestError(f"there is no skill {name} to give")
            identifier = str(record["id"])
            self.remember_skill(name, identifier)
        return identifier

    def _set_licenses(self, user: str, values: Mapping[str, Value]) -> None:
        """Only what differs: a batch says nothing of what it did to whom."""
        differing = set(self._differing_licenses(user, values))
        assignments = [
            {
                "licenseId": self._tenant.licenses[name],
                "userIdsAdd": [user] if value is not None else [],
                "userIdsRemove": [] if value is not None else [user],
            }
            for name, value in differences.members_of(values, "licenses")
            if f"licenses.{name}" in differing
        ]
        if assignments:
            self.sent("POST", api.ASSIGN, lambda: {"assignments": assignments}, user=user)

    def sent(
        self,
        method: str,
        path: str,
        body: Callable[[], object] | None = None,
        *,
        user: str,
        gone: tuple[int, ...] = (),
    ) -> Answer:
        """Sends what may be sent again, and again after a version conflict that is not ours.

        Raises `PreconditionFailedError` where somebody else changed one of our fields meanwhile,
        and `RequestError` where the conflicts do not end. A status in `gone` says that it is done.
        """
        for attempt in range(CONFLICTS):
            before, content = self._user(user), body() if body else None
            if body and not content:
                return Answer(200, None, {})  # a fresh look shows it already
            try:
                return self._transport.send(method, path, content)
            except errors.RequestError as error:
                if error.status in gone:
                    return Answer(error.status or 0, None, {})
                if attempt and api.may_be_stale(error):
                    self._transport.pause(min(attempt, LONGEST_PAUSE))
                self._expect_passing(user, before, content, error)
        raise errors.RequestError(
            f"{CONFLICTS} tries met a version conflict, and none of our fields had changed: "
            "something else writes to the user all the time"
        )

    def _expect_passing(
        self, user: str, before: Record, content: object, error: errors.RequestError
    ) -> None:
        """Look at the user again and raise the error where another try would not help: it is no
        version conflict, or the user is neither as before nor as the lost write left it.
        """
        if not api.may_be_stale(error):
            raise error
        after = self.look(user)
        if differences.fingerprint(after) not in (
            differences.fingerprint(before),
            differences.fingerprint(differences.patched(before, _record(content), {})),
        ):
            raise errors.PreconditionFailedError(
                f"somebody changed the user meanwhile: {error}", status=error.status
            ) from error
        if not api.is_stale(error) and after.get("version") == before.get("version"):
            raise error  # another conflict, such as a number that is taken

    # -- looks ------------------------------------------------------------------------------------

    def fits(self, user: str, values: Mapping[str, Value]) -> bool:
        """Whether the user is as the values say. An e-mail is not written, and not judged."""
        return not self._differing(user, values)

    def _differing(self, user: str, values: Mapping[str, Value]) -> list[str]:
        record = self.look(user)
        paths = list(differences.differing(record, values))
        if not paths and isinstance(number := values.get("extension"), str):
            is_assigned = extensions.is_assigned(self._transport, user, number)
            paths += [] if is_assigned else ["extension"]
        return [*paths, *self._differing_licenses(user, values)]

    def _differing_licenses(self, user: str, values: Mapping[str, Value]) -> Iterator[str]:
        wanted = [
            (name, value)
            for name, value in differences.members_of(values, "licenses")
            if name in self._tenant.licenses
        ]
        held = api.licenses_of(self._transport, user) if wanted else frozenset()
        for name, value in wanted:
            if (self._tenant.licenses[name] in held) is (value is None):
                yield f"licenses.{name}"

    def _expect(self, address: Address, user: str, values: Mapping[str, Value]) -> None:
        """Waits, bounded, until all shows. Raises `ByHandError` where only licenses do not."""
        paths: list[str] = []
        looks = 0

        def holds() -> bool:
            nonlocal looks
            looks += 1
            paths[:] = self._differing(user, values)
            if looks == LICENSE_LOOKS and _licenses_only(paths):
                raise by_roles()
            return not paths

        def by_roles() -> errors.ByHandError:
            return errors.ByHandError(
                f"{', '.join(paths)} of {address} is decided by roles: give or take the role in "
                "the console of the tenant"
            )

        def missing() -> errors.RequestError:
            return errors.RequestError(
                f"{address} was written, and {', '.join(paths)} does not show"
            )

        self.wait_until(holds, address, missing)

    def wait_until(
        self,
        holds: Callable[[], bool],
        address: Address,
        missing: Callable[[], errors.RequestError] | None = None,
    ) -> None:
        """Waits, bounded, until a write shows. Raises `RequestError` where it never does."""
        for attempt in range(1, LOOKS + 1):
            if holds():
                return
            if attempt < LOOKS:
                self._transport.pause(attempt)
        if missing:
            raise missing()
        raise errors.RequestError(f"{address} was written, and it does not show")

    def _user(self, user: str) -> Record:
        """The user as last seen; looked at again where the skills were not shown."""
        with self._lock:
            record = self._users.get(user, {})
        return record if isinstance(record.get("skills"), list) else self.look(user)

    def look(self, user: str) -> Record:
        """One user as it is now, with skills."""
        record = api.user(self._transport, user)
        if record is None:
            raise errors.RequestError(f"user {user} is not there any more", status=404)
        self._keep(user, record)
        return record

    def _keep(self, user: str, record: Record) -> None:
        with self._lock:
            self._users[user] = record


def _licenses_only(paths: Sequence[str]) -> bool:
    return bool(paths) and all(kinds.split_path(path)[0] == "licenses" for path in paths)


def _record(content: object) -> Record:
    return content if isinstance(content, Mapping) else {}


def _profile(record: Record, values: Mapping[str, Value]) -> dict[str, Any]:
    """What of the profile differs from the values, as a patch takes it."""
    changed: dict[str, Any] = {
        name: values[path]
        for path, name in PATCHED.items()
        if path in values and (record.get(name) or None) != values[path]
    }
    if "extension" in values and mapping.profile_extension(record) != values["extension"]:
        number = values["extension"]
        text = number if isinstance(number, str) else None
        changed["addresses"] = mapping.with_extension(record.get("addresses") or (), text)
    return changed
