"""`reconciler lock status|release`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from reconciler.cli import by_hand, options, output
from reconciler.cli.exits import Exit

if TYPE_CHECKING:
    from reconciler.ledger import Lease


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
    names = [tenant.name, *by_hand.page_leases(tenant).values()]
    leases = [kept.lease_status(name) for name in names] if kept else []
    if kept:
        kept.close()
    lines = [_line(held) for held in leases if held]
    text = "\n".join(lines) or f"nobody holds {tenant.name}"
    output.text("\n".join(map(options.harmless, text.split("\n"))))
    return Exit.DONE


def _line(held: Lease) -> str:
    scope = " (this machine only)" if held.is_local else ""
    state = (
        "dead; the next apply takes it over" if held.is_dead else f"alive at {held.beat:%H:%M:%S}"
    )
    since = f"{held.since:%Y-%m-%d %H:%M:%S} UTC"
    return f"{held.tenant} is held by {held.holder} since {since}{scope}: {held.reason}; {state}"


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
        names = [tenant.name, *by_hand.page_leases(tenant).values()]
        freed = [name for name in names if kept.release(name)]
    finally:
        kept.close()
    output.text("released" if freed else f"nobody holds {options.harmless(tenant.name)}")
    return Exit.DONE
