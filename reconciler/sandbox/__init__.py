"""A contact-center tenant to try things on: real rules, a real database, reached over HTTP.

It imports nothing of the reconciler and shares no code with it. Started in-process:

    with sandbox.start(Path(".reconciler/sandbox-acme.db"), seed="acme") as running:
        bearer = {"Authorization": "Bearer " + running.tokens["admin"]}
        requests.get(running.url + "/Users", headers=bearer)

The seed, or without one the `pools` (license: seats and the license it requires, if any), is used
only while the database is empty; without both there are 100 seats of each license. Tokens are made
then too, and stay the same for the life of the database. Starting an existing one writes nothing.
A reason not to start that a person can act on is a `StartError`.

    /scim/v2             SCIM 2.0: Users, Groups, Queues, Skills, LicensePools, DirectoryEntries
    /rest/api/v1         Xima's tenant API: agents, skills
    /api/v2, /oauth      Genesys Cloud's platform API, as far as it is documented
    /audit, /realtime    who changed what; per queue, who is licensed, signed in and available
    /presence            set by an agent
    /directory[/sync]    the UC directory as the UC platform has it, and pulling it in
    /faults              misbehavior on command, as the `faults` of `start` and `serve`

Inside, `database.Database.write(actor)` opens the one kind of transaction in which `agents`,
`targets`, `groups` and `directory` change the tenant for every door, with one audit trail
(`audit`); `roster`, `pools` and the same modules read it. A refusal is a
`refusals.RefusedError` with the field at fault.
"""

from collections.abc import Mapping
from pathlib import Path

from reconciler.sandbox.errors import FaultsError, SeedError, StartError
from reconciler.sandbox.running import Running

__all__ = ["FaultsError", "Running", "SeedError", "StartError", "serve", "start"]

Pools = Mapping[str, tuple[int, str | None]]


def start(
    database: Path | None = None,
    *,
    seed: str | Path | None = None,
    pools: Pools | None = None,
    faults: Path | Mapping[str, object] | None = None,
    core: bool = False,
    host: str = "127.0.0.1",
    port: int = 0,
) -> Running:
    """Starts a tenant in this process, in threads of its own. Port 0 takes a free one.

    Without a database the tenant is gone when it stops. `core` announces User and Group only.
    """
    try:
        from reconciler.sandbox import server
    except ModuleNotFoundError as error:
        extra = "pip install 'ccaas-reconciler[sandbox]'"
        raise StartError(f"{error.name} is not installed: {extra}") from error

    return server.start(
        database, seed=seed, purchases=pools, faults=faults, core=core, host=host, port=port
    )


def serve(
    *,
    database: Path | None = None,
    seed: str | Path | None = None,
    faults: Path | None = None,
    host: str = "127.0.0.1",
    port: int = 0,
    speak: str = "scim",
) -> None:
    """Runs a tenant until SIGTERM or SIGINT; url and tokens go to stdout once it accepts.

    `speak` is whose access is printed: `scim`, or `genesys` for its platform API.
    """
    from reconciler.sandbox import serving

    serving.run(
        lambda: start(database, seed=seed, faults=faults, host=host, port=port), speak=speak
    )
