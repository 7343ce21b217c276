"""A second stand-in of Genesys Cloud, built from the facts alone and unlike the first.

It keeps plain dictionaries behind the standard library's HTTP server. Its listings come from an
index that follows the store after some readings, it answers with more keys and more nulls than
anybody asked for, moves versions by odd steps, and has every request judged by the vendor's SDK.
"""

import copy
import itertools
import json
import random
import threading
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.genesys import referee

Record = dict[str, Any]
EDGES = "/telephony/providers/edges"
DEFINITIONS = ("cloudCX1", "cloudCX2Digital")
ID, SECRET = "client-of-the-other-stand-in", "secret-of-the-other-stand-in"
WRITTEN = ("name", "email", "preferredName", "addresses", "title", "department")


@dataclass
class Behavior:
    """What hurts. `lag`: readings that a listing is behind; `clamp`: entries on a page at most;
    `token_requests`: how often a token is good; `lost_after`: share of writes whose answer is lost;
    `lost_before`: verbs and ends of paths of requests that are lost once;
    `conflicts`: share of writes that another write overtakes.
    """

    lag: int = 0
    clamp: int = 500
    token_requests: int = 10_000
    lost_after: float = 0.0
    lost_before: tuple[tuple[str, str], ...] = ()
    conflicts: float = 0.0
    expands_skills: bool = True
    states_totals: bool = True


class _AnswerError(Exception):
    """A status, a code and a message."""


@dataclass
class Store:
    """What the tenant holds; every table is by id."""

    users: dict[str, Record] = field(default_factory=dict)
    skills: dict[str, Record] = field(default_factory=dict)
    queues: dict[str, Record] = field(default_factory=dict)
    members: dict[str, dict[str, Record]] = field(default_factory=dict)
    has_skills: dict[str, dict[str, float]] = field(default_factory=dict)
    licenses: dict[str, set[str]] = field(default_factory=dict)
    phones: dict[str, Record] = field(default_factory=dict)
    defaults: dict[str, str] = field(default_factory=dict)
    pools: list[tuple[str, str]] = field(default_factory=lambda: [("4000", "4999")])


class Tenant:
    """The tenant, and what it saw of its client."""

    def __init__(self, behavior: Behavior) -> None:
        self.behavior = behavior
        self.store = Store()
        self.index = Store()
        self.requests: list[tuple[str, str, Record, Any]] = []
        self.complaints: list[str] = []
        self.created: list[str] = []
        self.audit: list[Record] = []
        self._lock = threading.RLock()
        self._chance = random.Random("the second stand-in")
        self._tokens: dict[str, int] = {}
        self._readings = 0
        self._lost: set[tuple[str, str]] = set()
        self._steps = itertools.cycle((1, 7, 2, 40))

    # -- one request ------------------------------------------------------------------------------

    def token(self) -> Record:
        with self._lock:
            token = uuid.uuid4().hex
            self._tokens[token] = self.behavior.token_requests
            return {"access_token": token, "token_type": "bearer", "expires_in": 86400}

    def answer(
        self, verb: str, path: str, query: Record, body: Any, token: str
    ) -> tuple[int, Any, bool]:
        """Status, body, and whether the answer gets lost."""
        with self._lock:
            self.complaints += referee.complaints(verb, path, query, body)
            if self._tokens.get(token, 0) <= 0:
                return 401, {"code": "bad.credentials", "message": "Invalid login"}, False
            self._tokens[token] -= 1
            self.requests.append((verb, path, query, body))
            writes = verb != "GET" and not path.endswith(("/search", "/realtime"))
            if self._is_lost(verb, path):
                return 0, None, True
            if writes and self._chance.random() < self.behavior.conflicts:
                self._overtake(path)
            try:
                status, content = self._routed(verb, path.removeprefix("/api/v2"), query, body)
            except _AnswerError as error:
                status, code, message = error.args
                return status, _error(status, code, message), False
            return status, content, writes and self._chance.random() < self.behavior.lost_after

    def _is_lost(self, verb: str, path: str) -> bool:
        for request in self.behavior.lost_before:
            if request[0] == verb and path.endswith(request[1]) and request not in self._lost:
                self._lost.add(request)
                return True
        return False

    def _overtake(self, path: str) -> None:
        """Something that is not ours moves the version of a user."""
        user = self.store.users.get(path.removeprefix("/api/v2/users/").partition("/")[0])
        if user:
            user["version"] += next(self._steps)

    def _routed(self, verb: str, path: str, query: Record, body: Any) -> tuple[int, Any]:
        for method, pattern, handle in ROUTES:
            parts = _matched(pattern, path)
            if method == verb and parts is not None:
                result = handle(self, *parts, query=query, body=body)
                return result if isinstance(result, tuple) else (200, result)
        raise _AnswerError(404, "not.found", f"no such path: {verb} {path}")

    # -- listings ---------------------------------------------------------------------------------

    def _seen(self) -> Store:
        """The index that listings come from."""
        self._readings += 1
        if self._readings > self.behavior.lag:
            self._readings = 0
            self.index = copy.deepcopy(self.store)
        return self.index

    def _page(self, entries: list[Record], query: Record, *, most: int, counts: bool = True) -> Any:
        size = min(int(query.get("pageSize", 25)), self.behavior.clamp)
        if int(query.get("pageSize", 25)) > most:
            raise _AnswerError(400, "bad.request", f"pageSize may be {most} at most")
        number = int(query.get("pageNumber", 1))
        part = entries[(number - 1) * size : number * size]
        page: Record = {"entities": part, "pageSize": size, "pageNumber": number, "selfUri": "/x"}
        if counts and self.behavior.states_totals:
            page |= {"total": len(entries), "pageCount": -(-len(entries) // size)}
        return page

    # -- users ------------------------------------------------------------------------------------

    def shown(
        self, store: Store, user: Record, *, skills: bool, holders: Mapping[Any, str] | None = None
    ) -> Record:
        """A user as an answer has it, with keys and nulls that nobody asked for."""
        holders = _holders(self.store) if holders is None else holders
        content = {k: v for k, v in user.items() if v is not None}
        content |= {"chat": {"jabberId": "x@y"}, "division": {"id": "home"}, "manager": None}
        content["addresses"] = [_contact(entry, user, holders) for entry in user["addresses"]]
        if skills and self.behavior.expands_skills:
            held = store.has_skills.get(user["id"], {})
            content["skills"] = [self._skill(store, *item) for item in sorted(held.items())]
        return content

    def _skill(self, store: Store, identifier: str, proficiency: float) -> Record:
        name = store.skills[identifier]["name"]
        return {"id": identifier, "name": name, "proficiency": proficiency, "state": "active"}

    def get_users(self, *, query: Record, body: Any) -> Any:
        store, state = self._seen(), query.get("state", "active")
        users = [u for u in store.users.values() if u["state"] == state]
        users.sort(key=lambda user: user["name"])
        expands = "skills" in query.get("expand", "")
        holders = _holders(self.store)
        shown = [self.shown(store, user, skills=expands, holders=holders) for user in users]
        return self._page(shown, query, most=500)

    def post_users(self, *, query: Record, body: Any) -> Any:
        email = body["email"].lower()
        if any(u["email"].lower() == email for u in self.store.users.values()):
            raise _AnswerError(409, "general.conflict", "this e-mail is in use")
        identifier = str(uuid.uuid4())
        nothing = dict.fromkeys(("preferredName", "title", "department"))
        given = {"addresses": [], "state": "inactive", "version": 1, **body, "id": identifier}
        self.store.users[identifier] = {**nothing, **given}
        self.created.append(body["email"])
        return 200, self.shown(self.store, self.store.users[identifier], skills=False)

    def search(self, *, query: Record, body: Any) -> Any:
        store = self._seen()
        users = list(store.users.values())
        for term in body["query"]:
            (name,) = term["fields"]
            wanted = {str(v).lower() for v in term.get("values") or [term["value"]]}
            users = [user for user in users if str(user[name]).lower() in wanted]
        results = [self.shown(store, user, skills=False) for user in users]
        page = {"total": len(results), "pageCount": 1, "pageSize": 25, "pageNumber": 1}
        return {**page, **({"results": results} if results else {})}

    def _user(self, identifier: str, *, deleted: bool = False) -> Record:
        user = self.store.users.get(identifier)
        if user is None or (user["state"] == "deleted") is not deleted:
            raise _AnswerError(404, "not.found", f"no user {identifier}")
        return user

    def get_user(self, identifier: str, *, query: Record, body: Any) -> Any:
        user = self._user(identifier, deleted=query.get("state") == "deleted")
        return self.shown(self.store, user, skills="skills" in query.get("expand", ""))

    def patch_user(self, identifier: str, *, query: Record, body: Any) -> Any:
        user = self.store.users.get(identifier)
        if user is None:
            raise _AnswerError(404, "not.found", f"no user {identifier}")
        if body.get("version") != user["version"]:
            message = f"version {body.get('version')} does not match the current version"
            raise _AnswerError(
                *((409, "general.conflict") if user["version"] % 2 else (400, "bad.request")),
                message,
            )
        if "state" in body:
            if set(body) - {"state", "version"}:
                raise _AnswerError(400, "bad.request", "state goes alone")
            user["state"] = body["state"]
        elif user["state"] == "deleted":
            raise _AnswerError(404, "not.found", f"no user {identifier}")
        self._expect_contacts(identifier, body.get("addresses") or ())
        user.update({key: body[key] for key in WRITTEN if key in body})
        user["version"] += next(self._steps)
        return self.shown(self.store, user, skills=False)

    def _expect_contacts(self, identifier: str, addresses: list[Record]) -> None:
        """An extension or an address, one contact of a type, and no number of somebody else."""
        types = [(entry["mediaType"], entry["type"]) for entry in addresses]
        if len(types) != len(set(types)) or any(
            "address" in e and "extension" in e for e in addresses
        ):
            raise _AnswerError(400, "bad.request", "the contacts do not go together")
        for entry in addresses:
            holder = self._holder(self.store, entry.get("extension"))
            if entry.get("extension") and holder not in (None, identifier):
                raise _AnswerError(400, "bad.request", "the extension is in use")

    def rename(self, email: str, name: str, **by: Any) -> None:
        """Somebody else changes a name; the audit says `by` whom."""
        (user,) = [user for user in self.store.users.values() if user["email"] == email]
        change = {"property": "name", "oldValues": [user["name"]], "newValues": [name]}
        self.audit.append(
            {
                "id": str(uuid.uuid4()),
                "serviceName": "PeoplePermissions",
                "level": "USER",
                "action": "Update",
                "entity": {"id": user["id"]},
                "entityType": "User",
                "eventDate": "2026-11-23T10:00:00.000Z",
                "propertyChanges": [change],
                **by,
            }
        )
        user["name"] = name
        user["version"] += next(self._steps)

    def get_services(self, *, query: Record, body: Any) -> Any:
        return {"services": [{"name": "PeoplePermissions", "entities": None}, {"name": "Audio"}]}

    def post_audit(self, *, query: Record, body: Any) -> Any:
        entries = [e for e in self.audit if e["serviceName"] == body["serviceName"]]
        return self._page(entries, body, most=500)

    def get_token(self, *, query: Record, body: Any) -> Any:
        return {"organization": {"id": "o", "name": "Other"}, "OAuthClient": {"id": ID}}

    def delete_user(self, identifier: str, *, query: Record, body: Any) -> Any:
        self._user(identifier)["state"] = "deleted"
        return 200, {}

    def get_user_skills(self, identifier: str, *, query: Record, body: Any) -> Any:
        self._user(identifier)
        held = self.store.has_skills.get(identifier, {})
        return self._page([self._skill(self.store, *item) for item in held.items()], query, most=50)

    def patch_user_skills(self, identifier: str, *, query: Record, body: Any) -> Any:
        user = self._user(identifier)
        if len(body) > 50:
            raise _AnswerError(400, "bad.request", "50 skills at most")
        for entry in body:
            if entry["id"] not in self.store.skills or not 0 <= entry["proficiency"] <= 5:
                raise _AnswerError(400, "bad.request", "no such skill, or no proficiency")
            self.store.has_skills.setdefault(identifier, {})[entry["id"]] = entry["proficiency"]
        user["version"] += next(self._steps)
        return self.get_user_skills(identifier, query={"pageSize": 50}, body=None)

    def delete_user_skill(self, identifier: str, skill: str, *, query: Record, body: Any) -> Any:
        if self.store.has_skills.get(identifier, {}).pop(skill, None) is None:
            raise _AnswerError(404, "not.found", "the user has no such skill")
        return 204, None

    # -- routing ----------------------------------------------------------------------------------

    def get_skills(self, *, query: Record, body: Any) -> Any:
        skills = [
            s for s in self._seen().skills.values() if s["name"].startswith(query.get("name", ""))
        ]
        return self._page(skills, query, most=500)

    def post_skill(self, *, query: Record, body: Any) -> Any:
        return 200, self._created(self.store.skills, body, state="active", version="1")

    def _created(self, table: dict[str, Record], body: Record, **more: Any) -> Record:
        if any(entry["name"] == body["name"] for entry in table.values()):
            raise _AnswerError(409, "general.conflict", "this name is in use")
        identifier = str(uuid.uuid4())
        table[identifier] = {"id": identifier, "name": body["name"], "dateModified": None, **more}
        self.created.append(body["name"])
        return table[identifier]

    def get_skill(self, identifier: str, *, query: Record, body: Any) -> Any:
        return self._there(self.store.skills, identifier)

    def _there(self, table: Mapping[str, Record], identifier: str) -> Record:
        if identifier not in table:
            raise _AnswerError(404, "not.found", f"no {identifier}")
        return table[identifier]

    def get_queues(self, *, query: Record, body: Any) -> Any:
        store, name = self._seen(), query.get("name")
        queues = [self._queue(store, q) for q in store.queues.values() if name in (None, q["name"])]
        if query.get("hasPeer") == "true":
            queues = []
        return self._page(queues, query, most=500)

    def _queue(self, store: Store, queue: Record) -> Record:
        members = store.members.get(queue["id"], {}).values()
        own = sum(member["memberBy"] == "user" for member in members)
        counts = {"memberCount": len(members), "userMemberCount": own, "joinedMemberCount": own}
        return {**queue, **counts, "skillEvaluationMethod": "ALL", "peerId": None}

    def post_queue(self, *, query: Record, body: Any) -> Any:
        return 200, self._queue(self.store, self._created(self.store.queues, body))

    def get_queue(self, identifier: str, *, query: Record, body: Any) -> Any:
        return self._queue(self.store, self._there(self.store.queues, identifier))

    def get_members(self, identifier: str, *, query: Record, body: Any) -> Any:
        self._there(self.store.queues, identifier)
        members = self._seen().members.get(identifier, {})
        wanted = [
            m for m in members.values() if m["memberBy"] == query.get("memberBy", m["memberBy"])
        ]
        shown = [{**m, "name": self.store.users[m["id"]]["name"], "user": None} for m in wanted]
        shown.sort(key=lambda member: member["name"])
        return self._page(shown, query, most=100, counts=False)

    def post_members(self, identifier: str, *, query: Record, body: Any) -> Any:
        self._there(self.store.queues, identifier)
        if len(body) > 100:
            raise _AnswerError(400, "bad.request", "100 members at most")
        members = self.store.members.setdefault(identifier, {})
        for entry in body:
            self._user(entry["id"])
            if query.get("delete") == "true":
                members.pop(entry["id"], None)
            else:
                joined = {"ringNumber": 1, "joined": True, "memberBy": "user"}
                members[entry["id"]] = {"id": entry["id"], **joined}
        return 202, None

    # -- licenses ---------------------------------------------------------------------------------

    def get_definitions(self, *, query: Record, body: Any) -> Any:
        return [
            {"id": name, "description": None, "prerequisites": None, "comprises": []}
            for name in DEFINITIONS
        ]

    def get_licensed(self, *, query: Record, body: Any) -> Any:
        held = self._seen().licenses
        shown = [{"id": user, "licenses": sorted(names)} for user, names in held.items()]
        return self._page(shown, query, most=100)

    def get_licenses(self, identifier: str, *, query: Record, body: Any) -> Any:
        held = sorted(self.store.licenses.get(identifier, ()))
        return {"id": identifier, "licenses": [{"id": n, "permissions": None} for n in held]}

    def assign(self, *, query: Record, body: Any) -> Any:
        results = []
        for entry in body["assignments"]:
            for user in entry.get("userIdsAdd") or ():
                self.store.licenses.setdefault(user, set()).add(entry["licenseId"])
                results.append({"userId": user, "licenseId": entry["licenseId"], "result": "Done"})
            for user in entry.get("userIdsRemove") or ():
                self.store.licenses.get(user, set()).discard(entry["licenseId"])
        return results

    # -- telephony --------------------------------------------------------------------------------

    def get_pools(self, *, query: Record, body: Any) -> Any:
        pools = [
            {"id": str(uuid.uuid4()), "startNumber": a, "endNumber": b, "version": None}
            for a, b in self.store.pools
        ]
        return self._page(pools, query, most=100)

    def _holder(self, store: Store, number: Any) -> str | None:
        return _holders(store).get(number)

    def get_extensions(self, *, query: Record, body: Any) -> Any:
        shown = [
            {"id": f"x{number}", "number": number, "owner": {"id": holder}, "ownerType": "USER"}
            for number, holder in sorted(_holders(self._seen()).items())
            if query.get("number") in (None, number)
        ]
        return self._page(shown, query, most=100)

    # -- phones -----------------------------------------------------------------------------------

    def get_sites(self, *, query: Record, body: Any) -> Any:
        sites = [{"id": "site-2", "name": "Main site 2"}, {"id": "site-1", "name": "Main site"}]
        return self._page(sites, query, most=100)

    def get_base_settings(self, *, query: Record, body: Any) -> Any:
        base = {"phoneMetaBase": {"id": "inin_webrtc_softphone.json"}, "lines": [{"id": "line-1"}]}
        return self._page([{"id": "base-1", "name": "WebRTC phones", **base}], query, most=100)

    def get_phones(self, *, query: Record, body: Any) -> Any:
        wanted = query.get("webRtcUser.id")
        phones = self.store.phones.values()
        shown = [p for p in phones if wanted in (None, p["webRtcUser"]["id"])]
        return self._page(shown, query, most=100)

    def post_phone(self, *, query: Record, body: Any) -> Any:
        user = self._user(body["webRtcUser"]["id"])["id"]
        is_whole = (
            body["lines"][0]["lineBaseSettings"] == {"id": "line-1"} and body["phoneMetaBase"]
        )
        if not is_whole or body["site"] != {"id": "site-1"} or user in self.store.phones:
            raise _AnswerError(400, "bad.request", "no such phone can be made, or it is there")
        self.store.phones[user] = {**body, "id": f"phone-{user}", "state": "active"}
        return 200, self.store.phones[user]

    def get_stations(self, *, query: Record, body: Any) -> Any:
        """A station appears some readings after its phone."""
        user = query["webRtcUserId"]
        stations = [{"id": f"station-{user}"}] if user in self._seen().phones else []
        return self._page(stations, query, most=100)

    def put_station(self, user: str, role: str, station: str, *, query: Record, body: Any) -> Any:
        if role == "defaultstation":
            self.store.defaults[user] = station
        return 202, None


def _contact(entry: Record, user: Record, holders: Mapping[Any, str]) -> Record:
    """A number of a pool has an extension; one of no pool is displayed and nothing more."""
    number = entry.get("extension")
    if number is None:
        return entry
    if holders.get(number) != user["id"]:
        return {"mediaType": "PHONE", "type": entry["type"], "display": number}
    return {**entry, "display": number}


def _holders(store: Store) -> dict[Any, str]:
    """Who holds which number of a pool; deleted users hold none."""
    held = {}
    for user in store.users.values():
        for entry in user["addresses"] if user["state"] != "deleted" else ():
            number = entry.get("extension") or ""
            if any(len(a) == len(number) and a <= number <= b for a, b in store.pools):
                held[number] = user["id"]
    return held


def _error(status: int, code: str, message: str) -> Record:
    nothing = {"details": [], "errors": [], "entityId": None, "messageParams": None}
    return {"status": status, "code": code, "message": message, "contextId": "c-1", **nothing}


def _matched(pattern: str, path: str) -> list[str] | None:
    """The variable parts of a path; None where it is another path."""
    wanted, parts = pattern.split("/"), path.split("/")
    if len(wanted) != len(parts) or any(
        w not in ("*", p) for w, p in zip(wanted, parts, strict=True)
    ):
        return None
    return [p for w, p in zip(wanted, parts, strict=True) if w == "*"]


Handle = Callable[..., Any]
ROUTES: list[tuple[str, str, Handle]] = [
    ("GET", "/users", Tenant.get_users),
    ("POST", "/users", Tenant.post_users),
    ("POST", "/users/search", Tenant.search),
    ("GET", "/users/*", Tenant.get_user),
    ("PATCH", "/users/*", Tenant.patch_user),
    ("DELETE", "/users/*", Tenant.delete_user),
    ("GET", "/users/*/routingskills", Tenant.get_user_skills),
    ("PATCH", "/users/*/routingskills/bulk", Tenant.patch_user_skills),
    ("DELETE", "/users/*/routingskills/*", Tenant.delete_user_skill),
    ("GET", "/tokens/me", Tenant.get_token),
    ("GET", "/audits/query/realtime/servicemapping", Tenant.get_services),
    ("POST", "/audits/query/realtime", Tenant.post_audit),
    ("GET", "/routing/skills", Tenant.get_skills),
    ("POST", "/routing/skills", Tenant.post_skill),
    ("GET", "/routing/skills/*", Tenant.get_skill),
    ("GET", "/routing/queues", Tenant.get_queues),
    ("POST", "/routing/queues", Tenant.post_queue),
    ("GET", "/routing/queues/*", Tenant.get_queue),
    ("GET", "/routing/queues/*/members", Tenant.get_members),
    ("POST", "/routing/queues/*/members", Tenant.post_members),
    ("GET", "/license/definitions", Tenant.get_definitions),
    ("GET", "/license/users", Tenant.get_licensed),
    ("GET", "/license/users/*", Tenant.get_licenses),
    ("POST", "/license/organization", Tenant.assign),
    ("GET", f"{EDGES}/extensionpools", Tenant.get_pools),
    ("GET", f"{EDGES}/extensions", Tenant.get_extensions),
    ("GET", f"{EDGES}/sites", Tenant.get_sites),
    ("GET", f"{EDGES}/phonebasesettings", Tenant.get_base_settings),
    ("GET", f"{EDGES}/phones", Tenant.get_phones),
    ("POST", f"{EDGES}/phones", Tenant.post_phone),
    ("GET", "/stations", Tenant.get_stations),
    ("PUT", "/users/*/station/*/*", Tenant.put_station),
]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # head and body in one packet: the second would wait for its acknowledgement

    def handle_request(self) -> None:
        tenant: Tenant = self.server.tenant  # type: ignore[attr-defined]  # ours
        content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        place = urlsplit(self.path)
        if place.path == "/oauth/token":
            self._reply(200, tenant.token())
            return
        token = (self.headers.get("Authorization") or "").removeprefix("Bearer ")
        body = json.loads(content) if content else None
        query = dict(parse_qsl(place.query))
        status, answer, is_lost = tenant.answer(self.command, place.path, query, body, token)
        if is_lost:
            self.close_connection = True
        else:
            self._reply(status, answer)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = handle_request  # noqa: N815  # http.server's names

    def _reply(self, status: int, content: Any) -> None:
        text = b"" if content is None else json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        if status != 204:
            self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_arguments: object) -> None:
        """Quiet."""


@contextmanager
def serving(behavior: Behavior) -> Iterator[tuple[Tenant, str]]:
    """A running tenant and its root URL."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    tenant = Tenant(behavior)
    server.tenant = tenant  # type: ignore[attr-defined]  # read by the handler
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield tenant, f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
