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

SECRETS: Final = {
    "token_env": "RECONCILER_TOKEN",
    "client_id_env": "RECONCILER_CLIENT_ID",
    "client_secret_env": "RECONCILER_CLIENT_SECRET",
}
"""The keys of the tenant block that name a variable, and the job's variable for each."""
_HIDDEN: Final = frozenset({"GH_TOKEN", "GITHUB_TOKEN", "ACTIONS_RUNTIME_TOKEN"})


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
    """Return the variables for a verb: the job's secrets under the names that the files give them.

    The forge's own tokens are left out. Raises `SetupError` for a name that is not one of ours.
    """
    inner = {name: value for name, value in environ.items() if name not in _HIDDEN}
    for key, of_job in SECRETS.items():
        variable, secret = getattr(tenant, key), environ.get(of_job)
        if not variable or not secret:
            continue
        if not re.fullmatch(rf"{of_job}[A-Z0-9_]*", variable):
            raise SetupError(
                f"{key} of {tenant.name} is not a variable whose name begins with {of_job}"
            )
        inner[variable] = secret
    return inner
