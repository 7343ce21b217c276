"""A bare SCIM server with pre-rendered pages, so that what is measured is the reconciler.

Run as a process of its own: `python tests/benchmarks/bare_tenant.py COUNT [apart] [latency=MS]`.
It prints its URL, shows users, queues, skills and pools, and refuses every write. With `apart` a
tenth of the users is not as the files say; each answer waits the latency.
"""

import json
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import made

SIZE = 200
LIST = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
CCAAS = "urn:ietf:params:scim:schemas:ccaas:2.0"


def main() -> None:
    bodies = rendered(int(sys.argv[1]), is_apart="apart" in sys.argv[2:])
    stated = (word for word in sys.argv[2:] if word.startswith("latency="))
    latency = int(next(stated, "latency=0").removeprefix("latency=")) / 1_000

    class Answers(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1

        def do_GET(self) -> None:
            body = answer(bodies, self.path)
            time.sleep(latency)
            self.send_response(200 if body else 404)
            self.send_header("Content-Type", "application/scim+json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *arguments: object) -> None:
            """Quiet: stdout carries the URL only."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    sys.stdout.write(f"http://127.0.0.1:{server.server_port}/scim/v2\n")
    sys.stdout.flush()
    server.serve_forever()


def answer(bodies: dict[str, list[bytes]], path: str) -> bytes:
    parts = urlsplit(path)
    start = int(parse_qs(parts.query).get("startIndex", ["1"])[0])
    listing = bodies.get(parts.path.removeprefix("/scim/v2"), [])
    page = (start - 1) // SIZE
    return listing[page] if page < len(listing) else b""


def rendered(count: int, *, is_apart: bool) -> dict[str, list[bytes]]:
    everyone = list(made.agents(count))
    seats = made.seats(everyone)
    live = made.a_tenth_apart(everyone) if is_apart else everyone
    queues = [_named("Queue", name, {"defaultLevel": 5}) for name in made.QUEUES]
    skills = [_named("Skill", name, {"defaultLevel": 5}) for name in made.SKILLS]
    pools = [
        _named("LicensePool", name, {"purchased": seats[name], "assigned": seats[name]})
        for name in made.LICENSES
    ]
    return {
        "/ServiceProviderConfig": [json.dumps(_config()).encode()],
        "/ResourceTypes": [json.dumps(_listing(_types())).encode()],
        "/Schemas": [json.dumps(_listing([])).encode()],
        "/Users": made.pages(made.users(live), SIZE),
        "/Groups": made.pages([], SIZE),
        "/Queues": made.pages(queues, SIZE),
        "/Skills": made.pages(skills, SIZE),
        "/LicensePools": made.pages(pools, SIZE),
        "/DirectoryEntries": made.pages([], SIZE),
    }


def _named(kind: str, name: str, more: dict[str, object]) -> dict[str, object]:
    schema = f"{CCAAS}:{kind}"
    meta = {"resourceType": kind, "version": 'W/"1"'}
    return {"schemas": [schema], "id": f"{kind}-{name}", "name": name, "meta": meta, **more}


def _config() -> dict[str, object]:
    return {
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"],
        "patch": {"supported": True},
        "bulk": {"supported": False, "maxOperations": 0, "maxPayloadSize": 0},
        "filter": {"supported": True, "maxResults": SIZE},
        "changePassword": {"supported": False},
        "sort": {"supported": False},
        "etag": {"supported": True},
        "authenticationSchemes": [],
    }


def _types() -> list[dict[str, object]]:
    user = _type("User", "/Users", f"{made.CORE}:User")
    user["schemaExtensions"] = [{"schema": made.AGENT, "required": False}]
    others = {
        "Queue": "/Queues",
        "Skill": "/Skills",
        "LicensePool": "/LicensePools",
        "DirectoryEntry": "/DirectoryEntries",
    }
    return [user, *(_type(name, end, f"{CCAAS}:{name}") for name, end in others.items())]


def _type(name: str, endpoint: str, schema: str) -> dict[str, object]:
    return {"id": name, "name": name, "endpoint": endpoint, "schema": schema}


def _listing(resources: list[dict[str, object]]) -> dict[str, object]:
    return {"schemas": [LIST], "totalResults": len(resources), "Resources": resources}


if __name__ == "__main__":
    main()
