"""Who is in which group, in whatever way a service shows it; or that it shows nobody.

    listing    in the listing of groups
    single     each group read on its own, also by asking for `attributes=members`
    endpoint   `/Groups/{id}/members`, a listing of its own
    filter     groups by `members.value eq`, person by person
    hidden     nowhere: memberships are unobserved

The first way that shows anybody is kept. Where none does, groups are believed to be empty if the
service says so: with an empty list, or with a schema that has members returned. A group without the
attribute says nothing, and a service that does not show a member just written says nothing ever.
"""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from reconciler import errors
from reconciler.providers.scim import convert, pages
from reconciler.providers.scim.attributes import Record, entries, integer, key, pick, quoted, text
from reconciler.providers.scim.discovery import REFUSALS
from reconciler.providers.scim.service import Service, Type
from reconciler.providers.transport import Transport
from reconciler.providers.workers import Workers

MOST_GROUPS = 500
MOST_USERS = 2_000
"""So many are asked about one by one; beyond that memberships are unobserved."""
NOBODY = "reconciler-asks-for-nobody"
"""An id that no user has: whoever is shown for it shows that the filter is ignored."""

ASKED: Mapping[str, str | int] = {"attributes": "displayName,members"}

Members = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Group:
    """A group as it was listed. `members` is None where it has no such attribute."""

    id: str
    members: Sequence[str] | None


def group(record: Record) -> Group:
    return Group(text(record, "id") or "", listed_members(record))


def listed_members(record: Record) -> list[str] | None:
    """The users among the members; None where the record has no such attribute."""
    spelled = key(record, "members")
    if spelled is None or record[spelled] is None:
        return None
    return convert.member_ids(record)


class MemberReader:
    """Reads members; shared by reader and writer. `is_hidden` once nothing shows them."""

    def __init__(self, transport: Transport, service: Service) -> None:
        self._transport, self._service = transport, service
        self._way = service.fields.members
        self._lock = threading.Lock()
        self.is_hidden = self._way == "hidden"
        self.is_doubtful = False
        self._ids: dict[str, str] = {}

    def know(self, identifier: str, login: str | None) -> None:
        """A user's id and user name: some services list members in another case, or by name."""
        with self._lock:
            self._ids[identifier.lower()] = identifier
            if login:
                self._ids.setdefault(login.lower(), identifier)

    def ids(self, members: Sequence[str]) -> list[str]:
        """Members as ids of users, whatever they were listed by; strangers stay as they are."""
        return [self._ids.get(member.lower(), member) for member in members]

    @property
    def is_proven(self) -> bool:
        """Whether this service was seen to show members."""
        return self._way not in ("auto", "hidden")

    def hide(self) -> None:
        """Note that a member who was just written is not shown."""
        with self._lock:
            self.is_hidden = True

    def read(self, groups: Sequence[Group], users: Sequence[str], hint: bool) -> Members | None:
        """Members by the id of their group; None where they are unobserved.

        `hint`: users are shown to be in groups. Raises `CannotTellError`.
        """
        known = self._service.group
        if known is None or (self.is_hidden and self._way == "hidden"):
            return None
        if not groups:
            return {}
        for way, ask in self._ways(known, groups, users):
            found = ask()
            if found is not None and any(found.values()):
                self._way, self.is_hidden, self.is_doubtful = way, False, False
                return found
        self.is_doubtful = self._way == "auto" and not known.promises("members")
        return None if self._says_nothing(known, groups, hint) else {one.id: () for one in groups}

    def of_group(self, identifier: str) -> Sequence[str] | None:
        """The members of one group as of now; None where they are not shown so."""
        known = self._service.group
        if known is None or self.is_hidden or self._way == "filter":
            return None
        if self._way == "endpoint":
            return self._of_endpoint(known, identifier)
        query = ASKED if self._way == "asked" else None
        answer = self._transport.get(f"{known.endpoint}/{quote(identifier, safe='')}", query)
        listed = listed_members(answer.body) if isinstance(answer.body, Mapping) else None
        return [] if listed is None and self.is_proven else listed

    def _ways(
        self, resource_type: Type, groups: Sequence[Group], users: Sequence[str]
    ) -> Sequence[tuple[str, Callable[[], Members | None]]]:
        """The ways to try, in order: the one that is known to work, or all."""
        ways: dict[str, Callable[[], Members | None]] = {
            "listing": lambda: self._listed(resource_type, groups),
            "asked": lambda: self._asked_for(resource_type),
            "single": lambda: self._singly(resource_type, groups),
            "endpoint": lambda: self._at_endpoints(resource_type, groups),
            "filter": lambda: self._filtered(resource_type, groups, users),
        }
        if self._way in ways:
            return [(self._way, ways[self._way])]
        return list(ways.items())

    def _says_nothing(self, resource_type: Type, groups: Sequence[Group], hint: bool) -> bool:
        """Whether groups without a member may well have some."""
        if self._way != "auto":
            return self.is_hidden
        if self.is_hidden or hint or resource_type.hides("members"):
            return True
        if resource_type.promises("members"):
            return False
        return all(one.members is None for one in groups)

    # -- the ways ---------------------------------------------------------------------------------

    def _listed(self, resource_type: Type, groups: Sequence[Group]) -> Members:
        """As listed. Where some groups have the attribute and others lack it, without a schema that
        explains it, those are read singly.
        """
        found = {one.id: one.members or () for one in groups}
        unclear = [one for one in groups if one.members is None]
        is_doubtful = unclear and any(found.values()) and not resource_type.promises("members")
        if is_doubtful and self._way == "auto":
            found |= self._singly(resource_type, unclear) or {}
        return found

    def _asked_for(self, resource_type: Type) -> Members | None:
        """`returned: request` (RFC 7643 section 7): shown to whoever names the attribute."""
        if resource_type.promises("members"):
            return None
        answer = self._transport.get(resource_type.endpoint, ASKED, accept=REFUSALS)
        if answer.status != 200 or not isinstance(answer.body, Mapping):
            return None
        shown = [group(record) for record in entries(answer.body, "Resources")]
        if not any(one.members for one in shown):
            return None
        listing = pages.Listing(
            resource_type.endpoint,
            group,
            query=ASKED,
            size=pages.PageSize(self._service.largest_page),
        )
        whole = pages.everything(self._transport, {"groups": listing})["groups"]
        return {one.id: one.members or () for one in whole}

    def _singly(self, resource_type: Type, groups: Sequence[Group]) -> Members | None:
        if len(groups) > MOST_GROUPS:
            return None

        def read(group: Group) -> Sequence[str]:
            path = f"{resource_type.endpoint}/{quote(group.id, safe='')}"
            answer = self._transport.get(path, accept={404, 405, 501})
            return convert.member_ids(answer.body) if isinstance(answer.body, Mapping) else ()

        return self._in_parallel(groups, read)

    def _at_endpoints(self, resource_type: Type, groups: Sequence[Group]) -> Members | None:
        if len(groups) > MOST_GROUPS or self._of_endpoint(resource_type, groups[0].id) is None:
            return None
        return self._in_parallel(groups, lambda one: self._of_endpoint(resource_type, one.id) or ())

    def _of_endpoint(self, resource_type: Type, identifier: str) -> Sequence[str] | None:
        """Page after page: a listing of members, or of a group with a page of its members."""
        found: dict[str, None] = {}
        path = f"{resource_type.endpoint}/{quote(identifier, safe='')}/members"
        while True:
            query = {"startIndex": 1 + len(found)} if found else None
            answer = self._transport.get(path, query, accept=REFUSALS)
            if answer.status != 200 or not isinstance(answer.body, Mapping):
                if found:
                    raise errors.ImplausibleError(f"{path} answers {answer.status} half-way")
                return None
            body = answer.body
            name = "Resources" if pick(body, "Resources") is not None else "members"
            if key(body, name) is None and integer(body, "totalResults") != 0:
                return None
            more = [
                value
                for entry in entries(body, name)
                if (value := convert.member_id(entry) or text(entry, "id"))
                and (text(entry, "type") or "User").lower() == "user"
            ]
            total = integer(body, "memberSize") or integer(body, "totalResults") or len(more)
            before = len(found)
            found |= dict.fromkeys(more)
            if len(found) == before or len(found) >= total:
                return list(found)

    def _filtered(
        self, resource_type: Type, groups: Sequence[Group], users: Sequence[str]
    ) -> Members | None:
        """Groups by their members, where the service has such a filter and does not ignore it."""
        if not users or len(users) > MOST_USERS or self._service.can_filter is False:
            return None
        if self._groups_of(resource_type, NOBODY) != []:
            return None
        found: dict[str, list[str]] = {one.id: [] for one in groups}
        with Workers(pages.WORKERS) as workers:
            asked = [(user, workers.submit(self._groups_of, resource_type, user)) for user in users]
            for user, groups_of in asked:
                identifiers = groups_of.result()
                if identifiers is None:
                    return None
                for identifier in identifiers:
                    found.setdefault(identifier, []).append(user)
        return found

    def _groups_of(self, resource_type: Type, user: str) -> list[str] | None:
        """The groups of a user; None where the filter is not understood."""
        query = {"filter": f"members.value eq {quoted(user)}"}
        answer = self._transport.get(resource_type.endpoint, query, accept=REFUSALS)
        if answer.status != 200 or not isinstance(answer.body, Mapping):
            return None
        shown = list(entries(answer.body, "Resources"))
        if (integer(answer.body, "totalResults") or 0) > len(shown):
            return None
        return [identifier for record in shown if (identifier := text(record, "id"))]

    def _in_parallel(
        self, groups: Sequence[Group], read: Callable[[Group], Sequence[str]]
    ) -> Members:
        with Workers(pages.WORKERS) as workers:
            asked = [(one.id, workers.submit(read, one)) for one in groups]
            return {identifier: answer.result() for identifier, answer in asked}
