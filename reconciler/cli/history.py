"""`reconciler history [RUN]`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from reconciler import claims
from reconciler.cli import options, output
from reconciler.cli.exits import Exit
from reconciler.errors import SetupError

if TYPE_CHECKING:
    from reconciler.ledger import OperationRecord, Run


@click.command("history")
@click.argument("run", metavar="[RUN]", required=False)
@options.from_folder
@options.output_format("text", "json")
def command(run: str | None, folder: Path, format_name: str) -> int:
    """Show the applies of this tenant, or what one of them meant to do and what became of it."""
    from reconciler import ledger, pipeline

    environment = options.environment()
    tenant = pipeline.require_tenant(folder, pipeline.PlanOptions())
    kept = ledger.existing(tenant, environ=environment.environ, root=environment.root)
    if kept is None:
        raise SetupError("there is no ledger yet", hint="the first apply makes one")
    try:
        runs = kept.history(tenant.name, run)
    finally:
        kept.close()
    if run is not None and not runs:
        raise SetupError(f"no run is called {run}", hint="`reconciler history` lists them")
    if format_name == "json":
        output.result(json.dumps([asdict(item) for item in runs], default=str, indent=2))
    else:
        lines = _run_lines(runs[0]) if run else map(_line, runs)
        output.text("\n".join(options.harmless(line) for line in lines))
    return Exit.DONE


def _line(run: Run) -> str:
    counts = ", ".join(f"{count} {result}" for result, count in run.counts.items() if count)
    unknown = f", {run.unknown} unknown" if run.unknown else ""
    end = claims.end_of_run(is_converged=run.converged, counts=run.counts)
    started = f"{run.started_at:%Y-%m-%d %H:%M:%S} UTC"
    return f"{run.id}  {started}  {run.state}  {counts or 'nothing'}{unknown}  {end}".rstrip()


def _run_lines(run: Run) -> Iterator[str]:
    yield _line(run)
    yield f"  plan {run.plan_id}, {run.digest}"
    yield f"  by {run.holder}"
    for operation in run.operations:
        yield f"  {_became(operation):<12} {operation.id} {operation.verb} {operation.address}"
        for path, value in operation.values.items():
            yield f"      {path}: {'taken away' if value is None else value}"
        if operation.because:
            yield f"      {operation.because}"


def _became(operation: OperationRecord) -> str:
    return operation.result or "unknown"
