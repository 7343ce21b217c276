"""Switchboard, a small REST service that keeps people and their skills.

    GET    /sites/SITE/people?page=1   {"items": [PERSON, ...], "total": 25}
    POST   /sites/SITE/people          a PERSON without id; answers with the id
    PATCH  /sites/SITE/people/ID       some keys of a PERSON; `grades` as a whole
    DELETE /sites/SITE/people/ID
    GET    /sites/SITE/skills          {"items": [{"id": "7", "name": "spanish"}], "total": 1}
    POST   /sites/SITE/skills          {"name": "french"}

A PERSON: {"id": "9", "mail": "ana@acme.example", "full_name": "Ana Diaz", "nickname": null,
"number": "4001", "enabled": true, "grades": {"spanish": 3}}. Grades go from 1 to 5.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from reconciler.providers import api

FIELDS = {
    "email": "mail",
    "name": "full_name",
    "preferred_name": "nickname",
    "extension": "number",
    "active": "enabled",
}
SHOWN = frozenset({*FIELDS, "skills"})
LEVELS = {"skills": (1, 5)}
CAPABILITIES = api.Capabilities(
    observed={"agent": SHOWN, "skill": frozenset()},
    writable={"agent": SHOWN},
    creates=frozenset({"agent", "skill"}),
    deletes=frozenset({"agent"}),
    levels=LEVELS,
)
Handles = Mapping[str, api.Handle]


class Switchboard:
    """One site; it is its own reader and writer."""

    def __init__(self, connection: api.Connection) -> None:
        self._http = connection.transport(token_header="X-Api-Key")
        self._root = f"/sites/{connection.options['site']}"

    @property
    def reader(self) -> "Switchboard":
        return self

    @property
    def writer(self) -> "Switchboard":
        return self

    def close(self) -> None:
        self._http.close()

    def read(self) -> api.Reading:
        people = [agent(person) for person in self._all("people")]
        resources = [*people, *(skill(entry) for entry in self._all("skills"))]
        return api.Reading({r.address: r for r in resources}, CAPABILITIES, self._http.requests)

    def _all(self, what: str) -> list[dict[str, Any]]:
        """Every page of a listing. Raises `ImplausibleError` unless it holds as many as it says."""
        entries: dict[str, dict[str, Any]] = {}
        page, total = 1, 1
        while len(entries) < total:
            answer = self._http.get(f"{self._root}/{what}", {"page": page})
            body = answer.body
            if answer.status != 200 or not isinstance(body, dict) or "items" not in body:
                raise api.ImplausibleError(f"{answer.status} from {what}, page {page}: no list")
            total = body["total"]
            if not body["items"] and len(entries) < total:
                raise api.ImplausibleError(f"{what}: {len(entries)} were listed of {total}")
            entries |= {entry["id"]: entry for entry in body["items"]}
            page += 1
        return list(entries.values())

    def target(self, operation: api.Operation) -> str:
        return operation.address

    def write(self, operations: Sequence[api.Operation], handles: Handles) -> api.Handle:
        first, values = operations[0], api.merged(operations)
        if first.kind == "skill":
            body = {"name": api.name_of(first.address)}
            return api.Handle(self._http.send("POST", f"{self._root}/skills", body).body["id"])
        if first.verb is api.Verb.CREATE:
            answer = self._http.send("POST", f"{self._root}/people", record(values, {}))
            return api.Handle(answer.body["id"])
        place = f"{self._root}/people/{handles[first.address].id}"
        if operations[-1].verb is api.Verb.DELETE:
            self._http.send("DELETE", place)
        else:
            has_skills = api.members(values, "skills")
            grades = self._http.get(place).body["grades"] if has_skills else {}
            self._http.send("PATCH", place, record(values, grades))
        return handles[first.address]

    def confirm(self, operations: Sequence[api.Operation], handles: Handles) -> api.Handle | None:
        first, values = operations[0], api.merged(operations)
        if first.verb is api.Verb.CREATE:
            return self._created(first, values)
        handle = handles[first.address]
        answer = self._http.get(f"{self._root}/people/{handle.id}")
        if operations[-1].verb is api.Verb.DELETE:
            return handle if answer.status == 404 else None
        if answer.status != 200 or api.differing(agent(answer.body).fields, values):
            return None
        return handle

    def _created(self, first: api.Operation, values: Mapping[str, api.Value]) -> api.Handle | None:
        """A new object has no id that we know: it is looked for by its name or e-mail."""
        if first.kind == "skill":
            ids = [e["id"] for e in self._all("skills") if skill(e).address == first.address]
        else:
            ids = [e["id"] for e in self._all("people") if e["mail"] == values["email"]]
        return api.Handle(ids[0]) if ids else None

    def presence(self, handle: api.Handle) -> None:
        """Switchboard does not show who is on a call."""


def agent(person: Mapping[str, Any]) -> api.Resource:
    """A person as an agent. A key that is not there is not known; one that is null is empty."""
    fields = {ours: person[theirs] for ours, theirs in FIELDS.items() if theirs in person}
    if "grades" in person:
        fields["skills"] = dict(person["grades"])
    place = api.agent_address(person["mail"], person.get("number"))
    return api.Resource(place, "agent", fields, person["id"])


def skill(entry: Mapping[str, Any]) -> api.Resource:
    return api.Resource(api.address("skill", entry["name"]), "skill", {}, entry["id"])


def record(values: Mapping[str, api.Value], grades: Mapping[str, int]) -> dict[str, Any]:
    """The keys to send, and no others. `grades` are those that the person has."""
    body: dict[str, Any] = {FIELDS[path]: v for path, v in values.items() if path in FIELDS}
    if changed := api.members(values, "skills"):
        given = {n: grades.get(n, 1) if v is True else v for n, v in changed.items()}
        body["grades"] = {n: v for n, v in {**grades, **given}.items() if v is not None}
    return body


PROVIDER = api.ProviderType(
    open=Switchboard,
    tenant_schema={
        "properties": {"site": {"type": "string", "pattern": "^[a-z]+$"}},
        "required": ["url", "token_env", "site"],
    },
    levels=LEVELS,
)
