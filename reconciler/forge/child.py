"""Another verb of this program as a child process, and what of it may be shown."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from reconciler.errors import SetupError
from reconciler.model import Tenant

TOKEN: Final = "RECONCILER_TOKEN"
_HIDDEN: Final = frozenset({"GH_TOKEN", "GITHUB_TOKEN", "ACTIONS_RUNTIME_TOKEN"})
_VARIABLE: Final = re.compile(r"RECONCILER_TOKEN[A-Z0-9_]*")


@dataclass(frozen=True, slots=True)
class Finished:
    code: int
    out: str
    err: str


def run(arguments: list[str], environ: Mapping[str, str]) -> Finished:
    """Run `reconciler ARGUMENTS`; an interrupt is passed on, and its end is waited for."""
    with subprocess.Popen(
        [sys.executable, "-m", "reconciler", *arguments],
        env=dict(environ),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        while True:
            try:
                out, err = process.communicate()
                break
            except KeyboardInterrupt:
                process.terminate()
    return Finished(
        process.returncode,
        out.decode("utf-8", "backslashreplace"),
        err.decode("utf-8", "backslashreplace"),
    )


def environment_of(tenant: Tenant, environ: Mapping[str, str]) -> dict[str, str]:
    """Return the variables for a verb: the job's token under the name that the files give it.

    The forge's own tokens are left out. Raises `SetupError` for a name that is not one of ours.
    """
    inner = {name: value for name, value in environ.items() if name not in _HIDDEN}
    if tenant.token_env and (token := environ.get(TOKEN)):
        if not _VARIABLE.fullmatch(tenant.token_env):
            raise SetupError(
                f"token_env of {tenant.name} is not a variable whose name begins with {TOKEN}"
            )
        inner[tenant.token_env] = token
    return inner
