"""A client for the tests: one door, one role, one connection."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import requests

from reconciler.sandbox import Running

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
AGENT = "urn:ietf:params:scim:schemas:extension:ccaas:2.0:Agent"
KIND = "urn:ietf:params:scim:schemas:ccaas:2.0:"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
BULK = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"

Operation = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Client:
    """Sends what it is told as `role` and gives back the answer as it came."""

    running: Running
    role: str = "admin"

    def send(self, method: str, path: str, body: object = None, **more: Any) -> requests.Response:
        """To a path below the SCIM root."""
        return self.door(method, "/scim/v2" + path, body, **more)

    def door(self, method: str, path: str, body: object = None, **more: Any) -> requests.Response:
        """To a path below the root of the server."""
        headers = {"Authorization": f"Bearer {self.running.tokens[self.role]}"}
        headers |= more.pop("headers", {})
        url = self.running.root + path
        return requests.request(method, url, json=body, headers=headers, timeout=30, **more)

    def get(self, path: str, **parameters: Any) -> Any:
        answer = self.send("GET", path, params=parameters)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, path: str, body: object) -> requests.Response:
        return self.send("POST", path, body)

    def patch(self, path: str, *operations: Operation, version: str = "") -> requests.Response:
        headers = {"If-Match": version} if version else {}
        body = {"schemas": [PATCH], "Operations": list(operations)}
        return self.send("PATCH", path, body, headers=headers)

    def add_agent(self, email: str, **extension: Any) -> requests.Response:
        return self.post("/Users", agent(email, **extension))

    def add_licensed(self, email: str, *licenses: str, **extension: Any) -> str:
        """The id of a new agent who holds these licenses."""
        answer = self.post("/Users", agent(email, licenses, **extension))
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    def add_target(self, kind: str, name: str, **settings: Any) -> requests.Response:
        body = {"schemas": [KIND + kind], "name": name, **settings}
        return self.post(f"/{kind}s", body)


def agent(email: str, licenses: tuple[str, ...] = (), **extension: Any) -> dict[str, Any]:
    """A User document; `extension` are attributes of the agent extension."""
    document: dict[str, Any] = {"schemas": [USER], "userName": email}
    if licenses:
        document["entitlements"] = [{"value": name} for name in licenses]
    if extension:
        document["schemas"].append(AGENT)
        document[AGENT] = extension
    return document


def detail(answer: requests.Response) -> str:
    return str(answer.json().get("detail"))
