"""Drives the command line in this process, in a folder of its own per case.

The only module of the oracle that imports the product, and only its entry point.
"""

import contextlib
import io
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reconciler.cli import run as command_line
from tests.oracle.desired import Case
from tests.oracle.server import Service, Site
from tests.oracle.tenant import Tenant

TOKEN = "RECONCILER_TOKEN_ORACLE"


@dataclass(frozen=True, slots=True)
class Ran:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass
class Workplace:
    """A folder with the files of a case, and a tenant behind a URL."""

    folder: Path
    site: Site

    def run(self, *arguments: str) -> Ran:
        with contextlib.chdir(self.folder):
            return _run(arguments)

    def rewrite(self, entries: list[Any]) -> None:
        """Other people in the files."""
        people = json.dumps({"agents": entries}, indent=1)
        (self.folder / "desired-state" / "people.yaml").write_text(people, "utf-8")

    def read(self, name: str) -> Any:
        return json.loads((self.folder / name).read_text("utf-8"))


def _run(arguments: tuple[str, ...]) -> Ran:
    streams = [io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True) for _ in range(2)]
    before = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = streams
    try:
        code = int(command_line(arguments))
    finally:
        sys.stdout, sys.stderr = before
    out, err = (stream.buffer.getvalue().decode("utf-8") for stream in streams)  # type: ignore[attr-defined]
    return Ran(code, out, err)


@contextlib.contextmanager
def workplace(service: Service, case: Case, tenant: Tenant) -> Iterator[Workplace]:
    """The tenant is the service's own: pass a copy."""
    name = f"t{len(service.sites)}"
    site = service.sites[name] = Site(tenant)
    folder = Path(tempfile.mkdtemp(prefix="oracle-"))
    before = os.environ.get(TOKEN)
    os.environ[TOKEN] = "token-of-a-test"
    try:
        _write(folder / "desired-state", case["files"], name, service.url(name))
        yield Workplace(folder, site)
    finally:
        if before is None:
            del os.environ[TOKEN]
        else:
            os.environ[TOKEN] = before
        service.sites[name] = Site(Tenant())
        shutil.rmtree(folder)


def _write(folder: Path, files: Mapping[str, Any], name: str, url: str) -> None:
    """JSON is YAML in flow style; people stand in a file of their own."""
    folder.mkdir()
    block = {"name": name, "provider": "scim", "url": url, "token_env": TOKEN}
    rest = {key: value for key, value in files.items() if key != "agents"}
    (folder / "tenant.yaml").write_text(json.dumps({"tenant": block, **rest}), "utf-8")
    people = json.dumps({"agents": files["agents"]}, indent=1)
    (folder / "people.yaml").write_text(people, "utf-8")
