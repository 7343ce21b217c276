"""`reconciler lock status|release`."""

from pathlib import Path

import click

from reconciler.cli import options, output
from reconciler.cli.exits import Exit


@click.group("lock")
def command() -> None:
    """See who is applying to a tenant, or take the lease away."""


@command.command("status")
@options.from_folder
def status(folder: Path) -> int:
    """Say who holds the lease, since when and why."""
    from reconciler import ledger, pipeline

    environment = options.environment()
    tenant = pipeline.require_tenant(folder, pipeline.PlanOptions())
    kept = ledger.existing(tenant, environ=environment.environ, root=environment.root)
    held = None
    if kept:
        held = kept.lease_status(tenant.name)
        kept.close()
    if held is None:
        output.result(f"nobody holds {options.harmless(tenant.name)}")
        return Exit.DONE
    scope = " (this machine only)" if held.is_local else ""
    state = (
        "dead; the next apply takes it over" if held.is_dead else f"alive at {held.beat:%H:%M:%S}"
    )
    output.result(
        options.harmless(
            f"{tenant.name} is held by {held.holder} since {held.since:%Y-%m-%d %H:%M:%S} UTC"
            f"{scope}: {held.reason}; {state}"
        )
    )
    return Exit.DONE


@command.command("release")
@options.from_folder
@click.option("--yes", is_flag=True, help="Do not ask.")
def release(folder: Path, yes: bool) -> int:
    """Take the lease away from whoever holds it; an apply that still runs is then not alone."""
    from reconciler import ledger, pipeline

    environment = options.environment()
    tenant = pipeline.require_tenant(folder, pipeline.PlanOptions())
    kept = ledger.existing(tenant, environ=environment.environ, root=environment.root)
    if kept is None:
        output.result(f"nobody holds {options.harmless(tenant.name)}")
        return Exit.DONE
    try:
        if not yes:
            options.confirm(f"Take the lease of {options.harmless(tenant.name)} away?")
        freed = kept.release(tenant.name)
    finally:
        kept.close()
    output.result("released" if freed else f"nobody holds {options.harmless(tenant.name)}")
    return Exit.DONE
