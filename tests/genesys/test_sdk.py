"""The vendor's SDK reads what our provider wrote, and our provider reads what the SDK wrote."""

import contextlib
import json
import os
import subprocess
import sys
from pathlib import Path

from reconciler import providers
from reconciler.model import Resource, Tenant
from tests.genesys.stand_in import ID, SECRET, StandIn
from tests.genesys.test_commands import converge
from tests.running import Run

SCRIPT = Path(__file__).with_name("sdk_client.py")


def sdk(genesys: StandIn, verb: str) -> str:
    """Runs the SDK in a process of its own, with an empty home: a file there would redirect it."""
    secret = genesys.running.tokens["admin"]
    command = [sys.executable, str(SCRIPT), genesys.running.root, "admin", secret, verb]
    environment = {"HOME": str(genesys.folder), "PATH": "/usr/bin:/bin"}
    ran = subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert ran.returncode == 0, ran.stderr[-3000:]
    assert "outdated_sdk_version" not in ran.stdout
    return ran.stdout


def agents(genesys: StandIn) -> list[Resource]:
    """The agents as our provider reads them."""
    tenant = Tenant(
        "acme",
        "genesys",
        genesys.running.root,
        login_url=genesys.running.root,
        client_id_env=ID,
        client_secret_env=SECRET,
        licenses={"voice": "sandbox_voice"},
    )
    provider = providers.open(tenant, environ=os.environ, root=genesys.folder, read_only=True)
    with contextlib.closing(provider):
        resources = provider.reader.read().resources.values()
    return [resource for resource in resources if resource.kind == "agent"]


def test_the_sdk_reads_what_we_wrote_and_we_read_what_it_writes(run: Run, genesys: StandIn) -> None:
    converge(run)
    seen = json.loads(sdk(genesys, "read"))
    ana = {
        "name": "Ana Diaz",
        "preferred_name": None,
        "state": "active",
        "skills": {"spanish": 5.0},
    }
    assert seen["people"]["ana@acme.example"] == ana
    assert seen["people"]["bo@acme.example"]["preferred_name"] == "Bo"
    assert seen["members"]["support"] == ["ana@acme.example", "bo@acme.example"]
    assert seen["counts"] == {"support": 2, "sales": 2}
    assert seen["licenses"]["bo@acme.example"] == ["sandbox_voice", "sandbox_web_chat"]
    assert seen["extensions"]["4003"] == "cy@acme.example"
    assert seen["found"] == ["Ana Diaz"]

    sdk(genesys, "write")
    people = {r.fields.get("email"): r.fields for r in agents(genesys)}
    changed, made = people["ana@acme.example"], people["dee@acme.example"]
    assert (changed["name"], changed["extension"]) == ("Ana Sdk", "4044")
    assert changed["skills"] == {"french": 4}
    assert made["licenses"] == {"voice"}
    assert made["queues"] == {"sales": 0}
    assert run("plan").code == 0
