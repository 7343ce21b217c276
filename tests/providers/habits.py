"""One base server, and the habits of real services as small variations of it.

A habit changes what is shown of a record, what is stored of a write, or answers a request itself.
The store is always the truth: `facts` tells of each person what the service really has.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.providers import servers

Record = dict[str, Any]
Reply = tuple[int, Any] | None
Asked = "Request"


@dataclass(frozen=True)
class Request:
    method: str
    names: list[str]
    query: Mapping[str, list[str]]
    body: Any

    @property
    def is_listing(self) -> bool:
        return self.method == "GET" and len(self.names) == 1

    @property
    def table(self) -> str:
        return self.names[0]

    def of(self, name: str) -> str | None:
        return self.query.get(name, [None])[0]


def _same(record: Record, _asked: Request) -> Record | None:
    return record


@dataclass(frozen=True)
class Habit:
    """`show` is what is seen of a record (None: not listed), `store` what is kept of one, `answer`
    comes before all else. `odd` are oddities of the base server. `hides` are fields that nobody
    can see; `refuses` what the service takes from nobody, in one clear line each.
    """

    show: Callable[[Record, Request], Record | None] = _same
    store: Callable[[Record, Record], Record] = lambda record, _before: record
    answer: Callable[["Tenant", Request], Reply] = lambda _tenant, _asked: None
    odd: Mapping[str, Any] = field(default_factory=dict)
    mapping: str = ""
    refuses: str = ""


class Tenant(servers.Plain):
    """The base server with one habit."""

    def __init__(self, habit: Habit) -> None:
        super().__init__(servers.Oddities(**habit.odd))
        self.habit = habit
        self.asked = Request("GET", [""], {}, None)

    def answer(self, method: str, path: str, headers: Any, body: Any) -> tuple[int, Any]:
        with self.lock:
            parts = urlsplit(path)
            names = [servers.unquote(name) for name in parts.path.strip("/").split("/")]
            self.asked = Request(method, names, parse_qs(parts.query), body)
            reply = self.habit.answer(self, self.asked)
            if reply is not None:
                self.requests.append((method, path))
                return reply
            before = deepcopy(self.tables)
            status, content = super().answer(method, path, headers, body)
            if method != "GET" and status < 300:
                self._keep(before)
                content = self._again(names, content)
            return status, content

    def _keep(self, before: Mapping[str, Mapping[str, Record]]) -> None:
        """The store after a write, as the habit has it."""
        for table, records in self.tables.items():
            for identifier, record in records.items():
                old = before[table].get(identifier, {})
                if record != old:
                    kept = self.habit.store(deepcopy(record), old)
                    record.clear()
                    record.update(kept)

    def _again(self, names: list[str], content: Any) -> Any:
        identifier = names[1] if len(names) > 1 else f"id-{self.newest}"
        record = self.tables[names[0]].get(identifier)
        return None if content is None or record is None else self._shown(record)

    def _page(self, records: list[Record], query: dict[str, list[str]]) -> Record:
        """Whatever is not listed is not counted; a filter sees what is shown."""
        listed = [r for r in records if self.habit.show(deepcopy(r), self.asked) is not None]
        return super()._page(listed, query)

    def _shown(self, record: Record) -> Record:
        shown = self.habit.show(deepcopy(record), self.asked)
        return super()._shown(shown if shown is not None else record)

    # -- the truth --------------------------------------------------------------------------------

    def user(self, email: str) -> Record:
        return next(u for u in self.tables["Users"].values() if u["userName"].lower() == email)

    def facts(self) -> dict[str, dict[str, Any]]:
        """By e-mail: sign-in, name, number, licenses and queues, as they are stored."""
        return {
            user["userName"].lower(): {
                "active": str(user.get("active")).lower() == "true",
                "name": _name(user),
                "extension": next((p["value"] for p in user.get("phoneNumbers") or ()), None),
                "licenses": sorted(_names(user.get("entitlements"))),
                "queues": sorted(
                    group["displayName"]
                    for group in self.tables["Groups"].values()
                    if user["id"] in servers.members(group)
                ),
            }
            for user in self.tables["Users"].values()
        }


def _names(entries: Any) -> list[str]:
    return [e if isinstance(e, str) else e["value"] for e in entries or ()]


def _name(user: Record) -> str | None:
    parts = user.get("name") or {}
    joined = " ".join(p for p in (parts.get("givenName"), parts.get("familyName")) if p)
    return user.get("displayName") or parts.get("formatted") or joined or None


@contextmanager
def running(name: str) -> Iterator[Tenant]:
    tenant = Tenant(HABITS[name])
    with servers.answering(tenant):
        yield tenant


# --- small tools ---------------------------------------------------------------------------------


def without(*names: str) -> Callable[[Record, Request], Record]:
    def show(record: Record, _asked: Request) -> Record:
        return {name: value for name, value in record.items() if name not in names}

    return show


def in_groups(change: Callable[[Record, Request], Record]) -> Callable[[Record, Request], Record]:
    def show(record: Record, asked: Request) -> Record:
        return change(record, asked) if "displayName" in record and _is_group(asked) else record

    return show


def _is_group(asked: Request) -> bool:
    return asked.table == "Groups"


def _in_users(change: Callable[[Record, Request], Record | None]) -> Any:
    def show(record: Record, asked: Request) -> Record | None:
        return change(record, asked) if "userName" in record else record

    return show


def _text_active(shape: Callable[[bool], str]) -> Habit:
    def store(record: Record, _before: Record) -> Record:
        if isinstance(record.get("active"), bool):
            record["active"] = shape(record["active"])
        return record

    return Habit(store=store)


def refuse_patch(status: int, *tables: str) -> Callable[[Tenant, Request], Reply]:
    def answer(_tenant: Tenant, asked: Request) -> Reply:
        if asked.method == "PATCH" and asked.table in tables:
            return status, {"detail": "PATCH is not supported", "status": str(status)}
        return None

    return answer


def page_limit(limit: int, status: int) -> Callable[[Tenant, Request], Reply]:
    def answer(_tenant: Tenant, asked: Request) -> Reply:
        if asked.is_listing and int(asked.of("count") or 0) > limit:
            return status, {"detail": f"count is at most {limit}", "status": str(status)}
        return None

    return answer


def schemas(*names: str, group: bool = True, required: tuple[str, ...] = ()) -> list[Record]:
    """`/Schemas` with these attributes of users (`emails.value` for a part) and those of groups."""
    tops: dict[str, Record] = {}
    for name in names:
        top, _, part = name.partition(".")
        described = tops.setdefault(top, {"name": top, "returned": "default"})
        if part:
            described.setdefault("subAttributes", []).append({"name": part})
    members = {"name": "members", "required": "members" in required, "returned": "default"}
    groups = [{"name": "displayName"}, {**members, "subAttributes": [{"name": "value"}]}]
    found: list[Record] = [{"id": servers.USER, "attributes": list(tops.values())}]
    return [*found, {"id": servers.GROUP, "attributes": groups}] if group else found


NORMAL = (
    *("userName", "displayName", "nickName", "active", "name.formatted", "name.givenName"),
    *("name.familyName", "emails.value", "emails.type", "emails.primary", "entitlements.value"),
    *("phoneNumbers.value", "phoneNumbers.type"),
)


def described(*less: str, **how: Any) -> dict[str, Any]:
    """The usual schemas without some attributes."""
    tops = [n for n in NORMAL if n not in less and n.partition(".")[0] not in less]
    return {"described": schemas(*tops, **how)}


# --- habits --------------------------------------------------------------------------------------


def _inactive_apart(record: Record, asked: Request) -> Record | None:
    wants = "active eq false" in (asked.of("filter") or "")
    is_active = record.get("active") is not False
    return record if not asked.is_listing or wants is not is_active else None


def _filter_active(tenant: Tenant, asked: Request) -> Reply:
    """The base server knows equality of texts only."""
    if asked.is_listing and asked.of("filter") == "active eq false":
        return 200, servers.listing(
            [u for u in tenant.tables["Users"].values() if u.get("active") is False]
        )
    return None


def _never_inactive(record: Record, asked: Request) -> Record | None:
    """Inactive people are found by their name only."""
    is_named = "userName" in (asked.of("filter") or "")
    return record if record.get("active") is not False or not asked.is_listing or is_named else None


def _no_active_filter(_tenant: Tenant, asked: Request) -> Reply:
    if asked.is_listing and "active" in (asked.of("filter") or ""):
        return 400, {"scimType": "invalidFilter", "detail": "only userName", "status": "400"}
    return None


def _members_single(record: Record, asked: Request) -> Record:
    return without("members")(record, asked) if asked.is_listing else record


def _members_on_request(record: Record, asked: Request) -> Record:
    return (
        record if "members" in (asked.of("attributes") or "") else without("members")(record, asked)
    )


def _empty_members(record: Record, _asked: Request) -> Record:
    return {**record, "members": []}


def _members_endpoint(tenant: Tenant, asked: Request) -> Reply:
    if len(asked.names) == 3 and asked.names[2].lower() == "members":
        listed = tenant.tables["Groups"][asked.names[1]].get("members", [])
        return 200, {"totalResults": len(listed), "members": listed}
    return None


def _members_filter(tenant: Tenant, asked: Request) -> Reply:
    condition = asked.of("filter") or ""
    if asked.table == "Groups" and condition.startswith("members.value eq "):
        wanted = json.loads(condition.removeprefix("members.value eq "))
        groups = tenant.tables["Groups"].values()
        found = [_empty_members(g, asked) for g in groups if wanted in servers.members(g)]
        return 200, servers.listing(found)
    return None


def _only(*names: str) -> Callable[[Record, Record], Record]:
    """Keeps of a name only these parts, and no display name unless it is one of them."""

    def store(record: Record, _before: Record) -> Record:
        if "userName" not in record:
            return record
        if "displayName" not in names:
            record.pop("displayName", None)
        parts = {n: v for n, v in (record.get("name") or {}).items() if n in names}
        return {**without("name")(record, Request("", [""], {}, None)), "name": parts}

    return store


def _login_as_name(record: Record, _asked: Request) -> Record:
    return {**record, "displayName": record["userName"]}


def _shared_ids(tenant: Tenant, asked: Request) -> Reply:
    """One counter a table, so that a person and a group have the same id."""
    if asked.method == "POST" and len(asked.names) == 1:
        tenant.counter = 100 + len(tenant.tables[asked.table])
    return None


def _strict(*allowed: str) -> Callable[[Tenant, Request], Reply]:
    """Refuses every part that is not announced."""

    def answer(_tenant: Tenant, asked: Request) -> Reply:
        unknown = [name for name in _parts(asked) if name not in allowed]
        if asked.table != "Users" or not unknown:
            return None
        return 400, {"detail": f"unknown attribute {unknown[0]}", "status": "400"}

    return answer


def _parts(asked: Request) -> Iterator[str]:
    """The sub-attributes that a write names, as `emails.type`."""
    body = asked.body or {}
    if asked.method == "PATCH":
        body = {o["path"].partition("[")[0]: o.get("value") for o in body["Operations"]}
    for name, value in body.items():
        for part in value if isinstance(value, list) else [value]:
            if isinstance(part, dict) and name != "meta":
                yield from (f"{name}.{sub}" for sub in part)


def _no_empty_groups(_tenant: Tenant, asked: Request) -> Reply:
    if asked.table == "Groups" and asked.method == "POST" and not asked.body.get("members"):
        return 400, {"scimType": "invalidValue", "detail": "members is required", "status": "400"}
    return None


def _stale(tenant: Tenant, asked: Request) -> Reply:
    """The first change of an object meets another version, told as 400."""
    return None


def _ignored_put(tenant: Tenant, asked: Request) -> Reply:
    if asked.method == "PUT" and asked.table == "Users":
        return 200, None
    return None


def _no_leaving(_tenant: Tenant, asked: Request) -> Reply:
    if asked.method == "PATCH" and asked.table == "Groups":
        verbs = {o["op"] for o in asked.body["Operations"]}
        if "remove" in verbs and len(asked.body["Operations"]) > 1:
            return 400, {"detail": "one operation at a time", "status": "400"}
    return None


def _no_path_filter(_tenant: Tenant, asked: Request) -> Reply:
    if asked.method == "PATCH" and any("[" in o["path"] for o in asked.body["Operations"]):
        return 400, {"scimType": "invalidPath", "detail": "no filter in a path", "status": "400"}
    return None


def _bare_entitlements(record: Record, _asked: Request) -> Record:
    if record.get("entitlements"):
        record["entitlements"] = _names(record["entitlements"])
    return record


def _upper_entitlements(record: Record, _before: Record) -> Record:
    for entry in record.get("entitlements") or ():
        entry["value"] = entry["value"].upper()
    return record


def _single_only(*names: str) -> Callable[[Record, Request], Record]:
    def show(record: Record, asked: Request) -> Record:
        return without(*names)(record, asked) if asked.is_listing else record

    return show


def _reference_members(record: Record, _asked: Request) -> Record:
    if "members" in record:
        record["members"] = [{"$ref": f"../Users/{m['value']}"} for m in record["members"]]
    return record


def _upper_members(record: Record, _asked: Request) -> Record:
    if "members" in record:
        record["members"] = [{"value": m["value"].upper()} for m in record["members"]]
    return record


def _active_when_false(record: Record, asked: Request) -> Record:
    return without("active")(record, asked) if record.get("active") is True else record


def _active_when_true(record: Record, asked: Request) -> Record:
    return without("active")(record, asked) if record.get("active") is False else record


HABITS: Mapping[str, Habit] = {
    "sign-in as text, capitalised": _text_active(str),
    "sign-in as text, lower case": _text_active(lambda v: str(v).lower()),
    "sign-in as text, upper case": _text_active(lambda v: str(v).upper()),
    "sign-in never shown": Habit(show=_in_users(without("active"))),
    "sign-in shown where false": Habit(show=_in_users(_active_when_false)),
    "sign-in shown where true": Habit(show=_in_users(_active_when_true)),
    "members never shown": Habit(show=in_groups(without("members"))),
    "members never shown, announced": Habit(
        show=in_groups(without("members")),
        odd={
            "described": [
                {
                    "id": servers.GROUP,
                    "attributes": [
                        {"name": "displayName"},
                        {"name": "members", "returned": "request"},
                    ],
                }
            ]
        },
    ),
    "members an empty list": Habit(show=in_groups(_empty_members)),
    "members in a single group only": Habit(show=in_groups(_members_single)),
    "members on request": Habit(show=in_groups(_members_on_request)),
    "members at an endpoint": Habit(show=in_groups(without("members")), answer=_members_endpoint),
    "members by a filter": Habit(show=in_groups(_empty_members), answer=_members_filter),
    "members as references": Habit(show=in_groups(_reference_members)),
    "members in upper case": Habit(show=in_groups(_upper_members)),
    "inactive people by filter only": Habit(show=_in_users(_inactive_apart), answer=_filter_active),
    "inactive people by name only": Habit(
        show=_in_users(_never_inactive), answer=_no_active_filter
    ),
    "names in two parts": Habit(
        store=_only("givenName", "familyName"), odd=described("displayName", "name.formatted")
    ),
    "names in two parts, unannounced": Habit(store=_only("givenName", "familyName")),
    "names formatted": Habit(store=_only("formatted"), odd=described("displayName")),
    "names formatted, unannounced": Habit(store=_only("formatted")),
    "the login as display name": Habit(show=_in_users(_login_as_name)),
    "one id for a user and a group": Habit(answer=_shared_ids),
    "e-mails have a value only": Habit(
        answer=_strict(*(n for n in NORMAL if n not in ("emails.type", "emails.primary"))),
        odd=described("emails.type", "emails.primary"),
    ),
    "numbers have a value only": Habit(
        answer=_strict(*(n for n in NORMAL if n != "phoneNumbers.type")),
        odd=described("phoneNumbers.type"),
    ),
    "no empty groups": Habit(answer=_no_empty_groups, odd=described(required=("members",))),
    "pages up to 25, else 400": Habit(answer=page_limit(25, 400)),
    "pages up to 25, else 429": Habit(answer=page_limit(25, 429)),
    "pages up to 25, else 500": Habit(answer=page_limit(25, 500)),
    "PATCH of users missing": Habit(answer=refuse_patch(501, "Users")),
    "PATCH of groups missing": Habit(answer=refuse_patch(405, "Groups")),
    "one operation a PATCH": Habit(answer=_no_leaving),
    "no filter in a path": Habit(answer=_no_path_filter),
    "licenses as bare names": Habit(show=_in_users(_bare_entitlements)),
    "licenses in upper case": Habit(store=_upper_entitlements),
    "numbers in a single user only": Habit(show=_in_users(_single_only("phoneNumbers"))),
    "licenses in a single user only": Habit(show=_in_users(_single_only("entitlements"))),
    "everything but the login in a single user only": Habit(
        show=_in_users(
            _single_only(
                "entitlements", "phoneNumbers", "active", "displayName", "name", "nickName"
            )
        )
    ),
    "a PUT that is ignored": Habit(
        answer=_ignored_put, odd={"patch": False}, refuses="does not show the change"
    ),
}
