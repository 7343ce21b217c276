"""A folder of files and the stand-in tenant that they name, as a test sees both."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests

from reconciler.sandbox.running import Running

POOLS = {"voice": (50, None), "web_chat": (50, "voice")}
ID, SECRET = "RECONCILER_CLIENT_ID_ACME", "RECONCILER_CLIENT_SECRET_ACME"
BLOCK = """\
tenant:
  name: acme
  provider: genesys
  url: {url}
  login_url: {url}
  client_id_env: RECONCILER_CLIENT_ID_ACME
  client_secret_env: RECONCILER_CLIENT_SECRET_ACME
  request_interval: 0
  licenses: {{voice: sandbox_voice, web_chat: sandbox_web_chat}}
license_pools: {{voice: {{purchased: 50}}, web_chat: {{purchased: 50, requires: voice}}}}
"""
STATE = """\
queues: {support: {}, sales: {}}
skills: {spanish: {}, french: {}}
agents:
  - {name: Ana Diaz, email: ana@acme.example, extension: "4001", licenses: [voice],
     queues: [support], skills: {spanish: 5}}
  - {name: Bo Lind, email: bo@acme.example, extension: "4002", licenses: [voice, web_chat],
     queues: [support, sales], preferred_name: Bo}
  - {name: Cy Voss, email: cy@acme.example, extension: "4003", licenses: [voice],
     queues: [sales], skills: {spanish: 1, french: 3}}
"""


@dataclass
class StandIn:
    """The running tenant, and the files beside it."""

    running: Running
    folder: Path
    tenant: str = field(default="")

    def declare(self, state: str, **changes: str) -> None:
        block = self.tenant
        for old, new in changes.items():
            block = block.replace(old, new)
        (self.folder / "desired-state").mkdir(exist_ok=True)
        (self.folder / "desired-state/all.yaml").write_text(block + state, encoding="utf-8")

    def faults(self, **faults: Any) -> None:
        self._ask("PUT", "/faults", faults)

    def trail(self, address: str | None = None) -> list[dict[str, Any]]:
        """What happened in the tenant, oldest first."""
        query = f"?limit=5000{f'&address={address}' if address else ''}"
        found: list[dict[str, Any]] = self._ask("GET", f"/audit{query}")["entries"]
        return [entry for entry in found if entry["door"] != "seed"]

    def agents(self) -> dict[str, Any]:
        """The stored agents as SCIM shows them, by e-mail."""
        found = self._ask("GET", "/scim/v2/Users?count=1000")["Resources"]
        return {user["userName"]: user for user in found}

    def api(self, method: str, path: str, body: object = None) -> requests.Response:
        """A request on the platform's API as another client sends it."""
        root, secret = self.running.root, self.running.tokens["admin"]
        grant = {"grant_type": "client_credentials"}
        answer = requests.post(f"{root}/oauth/token", data=grant, auth=("admin", secret), timeout=9)
        bearer = {"Authorization": f"Bearer {answer.json()['access_token']}"}
        url = f"{root}/api/v2{path}"
        return requests.request(method, url, json=body, headers=bearer, timeout=9)

    def _ask(self, method: str, path: str, body: object = None) -> Any:
        bearer = {"Authorization": f"Bearer {self.running.tokens['admin']}"}
        url = self.running.root + path
        return requests.request(method, url, json=body, headers=bearer, timeout=9).json()
