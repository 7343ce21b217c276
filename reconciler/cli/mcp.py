"""`reconciler mcp [PATH]...`: a read-only server for coding assistants."""

from pathlib import Path

import click

from reconciler.cli import options
from reconciler.cli.exits import Exit
from reconciler.errors import SetupError


@click.command("mcp")
@click.argument("paths", metavar="[PATH]...", type=options.FOLDER, nargs=-1)
@options.base
@options.tenant_from
@click.option(
    "--redact/--no-redact",
    default=True,
    show_default=True,
    help="Stable pseudonyms for names and e-mails; extensions stay.",
)
@click.option(
    "--max-bytes",
    type=click.IntRange(1024, 1024 * 1024),
    default=32_768,
    show_default=True,
    help="Bound of one answer.",
)
@click.option(
    "--timeout",
    type=click.IntRange(1, 3600),
    default=120,
    show_default=True,
    help="Seconds for one call.",
)
def command(
    paths: tuple[Path, ...],
    base: str | None,
    tenant_from: Path | None,
    redact: bool,
    max_bytes: int,
    timeout: int,
) -> int:
    """Serve coding assistants over stdio (model context protocol), with no way to write.

    PATH are the folders of desired state, and of saved plans, that may be read
    [default: desired-state]. The tools: validate, plan, show, drift, explain, coverage,
    free_extensions.
    """
    from reconciler.pipeline import PlanOptions

    try:
        from reconciler import assistants
    except ImportError as error:
        raise SetupError(
            f"the server for assistants needs the package {error.name}, which is not installed",
            hint="pip install 'ccaas-reconciler[mcp]'",
        ) from error
    environment = options.environment()
    folders = assistants.Folders.named(paths or (Path("desired-state"),), environment.root)
    setup = assistants.Setup(
        folders,
        assistants.allowed_hosts(folders, environment.environ, tenant_from),
        environment.root,
        PlanOptions(base=base, tenant_from=tenant_from),
        is_redacted=redact,
        max_bytes=max_bytes,
        seconds=timeout,
    )
    assistants.serve(setup)
    return Exit.DONE
