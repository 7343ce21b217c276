"""SCIM servers that nobody here wrote, each installed once a session and run as a process.

scim2-server   the library that the sandbox stands on, with its own storage in memory
django-scim2   its default adapters over Django's users
canaille       an identity server, over its backend in memory
scimmy         SCIMMY for node, over two maps
"""

import fcntl
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.providers import servers

HERE = Path(__file__).parent
PIP = (sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
INSTALLS = {
    "django-scim2": (*PIP, "--target", "django", "django-scim2==0.23.0", "django==5.2.*"),
    "canaille": (
        *PIP,
        "--target",
        "canaille",
        "canaille[scim,oidc,front]==0.3.6",
        "scim2-models==0.6.12",
    ),
    "scimmy": (
        *("npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", "scimmy"),
        *("scimmy@1.3.5", "scimmy-routers@1.3.2", "express@5.3.0"),
    ),
}


@dataclass(frozen=True)
class Foreign:
    name: str
    url: str
    token: str = servers.TOKEN


def installed(name: str, cache: Path) -> None:
    """Installs once, whoever comes first; others wait for it."""
    cache.mkdir(exist_ok=True)
    with (cache / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = cache / f"{name}.done"
        if not done.exists():
            ran = subprocess.run(INSTALLS[name], cwd=cache, capture_output=True, text=True)
            assert ran.returncode == 0, ran.stderr
            done.touch()


@contextmanager
def running(name: str, cache: Path, folder: Path) -> Iterator[Foreign]:
    """A fresh server of that name, empty."""
    if name == "scim2-server":
        with servers.core() as url:
            yield Foreign(name, url)
        return
    installed(name, cache)
    command, environ = _command(name, cache, folder)
    process = subprocess.Popen(
        command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    try:
        assert process.stdout is not None
        yield Foreign(name, _url(process.stdout))
    finally:
        process.kill()
        process.communicate()


def _url(lines: Iterator[str]) -> str:
    for line in lines:
        if line.startswith("url="):
            return line.strip().removeprefix("url=")
    raise AssertionError("the server ended before it said where it is")


def _command(name: str, cache: Path, folder: Path) -> tuple[list[str], dict[str, str]]:
    environ = {"PATH": os.environ["PATH"], "HOME": str(folder)}
    if name == "scimmy":
        script = cache / "scimmy" / "server.mjs"
        script.write_text((HERE / "scimmy_server.mjs").read_text())
        return ["node", str(script), servers.TOKEN], environ
    package = "django" if name == "django-scim2" else "canaille"
    environ["PYTHONPATH"] = os.pathsep.join((str(cache / package), str(HERE)))
    script = HERE / f"{package}_server.py"
    return [sys.executable, str(script), servers.TOKEN, str(folder / "people.db")], environ
