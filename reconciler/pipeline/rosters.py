"""Import a roster table, validated together with the files of the folder."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from reconciler import export, load, roster, validate
from reconciler.diagnostics import Diagnostic, has_errors, in_order
from reconciler.model import Desired
from reconciler.pipeline.plans import find_tenant
from reconciler.pipeline.stages import Environment, PlanOptions
from reconciler.roster import Entry, ImportResult, Proposal, Rows

STEM = "agents-imported"


@dataclass(frozen=True, slots=True)
class RosterBase:
    """The files that a table joins, with their own diagnostics."""

    documents: tuple[load.Document, ...]
    desired: Desired
    diagnostics: tuple[Diagnostic, ...]


NUMBERLESS: Final = "agent-keys-missing"
"""Of whom no range had a number for: the proposal says so, and which range is full."""


def import_roster(
    rows: Rows,
    file: str,
    folder: Path,
    environment: Environment,
    options: PlanOptions,
    *,
    replaced: frozenset[str] = frozenset(),
    taken: frozenset[str] = frozenset(),
) -> ImportResult:
    """Turn rows into files that validate beside those of the folder.

    `replaced` names files of an earlier import, which are ignored, `taken` numbers that nobody may
    get. Raises `SetupError` where there is no folder.
    """
    base = _roster_base(folder, environment, options, replaced)
    if has_errors(base.diagnostics) or not rows.fields:
        wrong = [*base.diagnostics] if has_errors(base.diagnostics) else []
        return ImportResult(diagnostics=tuple(in_order([*wrong, *rows.diagnostics])))
    proposal, row_diagnostics = _propose_valid_rows(rows, file, base, taken)
    return ImportResult(
        files={
            name: {"agents": [entry.content for entry in part]}
            for name, part in export.split(proposal.entries, STEM).items()
        },
        agents=tuple(entry.address for entry in proposal.entries),
        declared=proposal.declared,
        left_out=tuple(sorted(rows.left_out | proposal.left_out)),
        diagnostics=tuple(in_order([*rows.diagnostics, *proposal.diagnostics, *row_diagnostics])),
    )


def _roster_base(
    folder: Path, environment: Environment, options: PlanOptions, replaced: frozenset[str]
) -> RosterBase:
    loaded = load.documents(folder)
    documents_kept = [document for document in loaded.documents if document.file not in replaced]
    documents, refused = validate.schema(documents_kept)
    tenant = find_tenant(folder, options)
    desired = load.state(documents, as_of=options.as_of or load.today(tenant, now=environment.now))
    load_diagnostics = [
        diagnostic
        for diagnostic in loaded.diagnostics
        if diagnostic.position and diagnostic.position.file not in replaced
    ]
    offline = validate.offline(desired, whole=not load_diagnostics)
    return RosterBase(documents, desired, (*load_diagnostics, *refused, *offline))


def _propose_valid_rows(
    rows: Rows, file: str, base: RosterBase, taken: frozenset[str]
) -> tuple[Proposal, list[Diagnostic]]:
    """Propose entries without errors.

    A row with an error is left out, and the rest is judged again.
    """
    everyone = sorted((*rows.rows, *rows.partial), key=lambda row: row.line)
    refused = frozenset(row.line for row in rows.partial)
    row_diagnostics: list[Diagnostic] = []
    while True:
        proposal = roster.propose(everyone, base.desired, refused=refused, taken=taken)
        candidates = (*proposal.entries, *proposal.unserved)
        unserved = {entry.address for entry in proposal.unserved}
        diagnostics = [
            finding
            for finding in _new_diagnostics(candidates, file, base)
            if finding.rule != NUMBERLESS or finding.address not in unserved
        ]
        errors = [diagnostic for diagnostic in diagnostics if has_errors([diagnostic])]
        lines = roster.lines_of(errors, candidates, file)
        if not lines:
            break
        row_diagnostics += [
            diagnostic
            for diagnostic in errors
            if diagnostic.position and diagnostic.position.file == file
        ]
        refused |= lines
    last = _new_diagnostics(proposal.entries, file, base) if proposal.unserved else diagnostics
    return proposal, [*row_diagnostics, *last]


def _new_diagnostics(entries: Sequence[Entry], file: str, base: RosterBase) -> Sequence[Diagnostic]:
    """Return diagnostics of folder and entries that the folder alone does not have."""
    if not entries:
        return []
    listed = ((entry.content, entry.row.places()) for entry in entries)
    documents, refused = validate.schema([load.document_of_entries(file, "agents", listed)])
    desired = load.state([*base.documents, *documents], as_of=base.desired.as_of)
    desired = replace(desired, tenant=base.desired.tenant)
    base_diagnostics = frozenset(base.diagnostics)
    diagnostics = [*refused, *validate.offline(desired)]
    return [diagnostic for diagnostic in diagnostics if diagnostic not in base_diagnostics]
