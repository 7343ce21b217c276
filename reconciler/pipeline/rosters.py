"""load -> validate -> roster -> validate: a table, judged as if it stood in the files."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from reconciler import export, load, roster, validate
from reconciler.diagnostics import Diagnostic, has_errors, in_order
from reconciler.model import Desired
from reconciler.pipeline.plans import find_tenant
from reconciler.pipeline.stages import Environment, PlanOptions
from reconciler.roster import Entry, Imported, Proposal, Rows

STEM = "agents-imported"


@dataclass(frozen=True, slots=True)
class Ground:
    """The folder that a table is laid beside, and what is wrong with it alone."""

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
    wanted: PlanOptions,
    *,
    replaced: frozenset[str] = frozenset(),
    taken: frozenset[str] = frozenset(),
) -> Imported:
    """Rows as files that validate beside those of the folder; `replaced` names files of an earlier
    import, which say nothing, `taken` numbers that nobody may get. Raises `SetupError` where there
    is no folder.
    """
    ground = _ground(folder, environment, wanted, replaced)
    if has_errors(ground.diagnostics) or not rows.fields:
        wrong = [*ground.diagnostics] if has_errors(ground.diagnostics) else []
        return Imported(diagnostics=tuple(in_order([*wrong, *rows.diagnostics])))
    proposal, told = _settled(rows, file, ground, taken)
    return Imported(
        files={
            name: {"agents": [entry.content for entry in part]}
            for name, part in export.split(proposal.entries, STEM).items()
        },
        agents=tuple(entry.address for entry in proposal.entries),
        declared=proposal.declared,
        left_out=tuple(sorted(rows.left_out | proposal.left_out)),
        diagnostics=tuple(in_order([*rows.diagnostics, *proposal.diagnostics, *told])),
    )


def _ground(
    folder: Path, environment: Environment, wanted: PlanOptions, replaced: frozenset[str]
) -> Ground:
    loaded = load.documents(folder)
    kept = [document for document in loaded.documents if document.file not in replaced]
    documents, refused = validate.schema(kept)
    tenant = find_tenant(folder, wanted)
    desired = load.state(documents, as_of=wanted.as_of or load.today(tenant, now=environment.now))
    told = [one for one in loaded.diagnostics if one.position and one.position.file not in replaced]
    offline = validate.offline(desired, whole=not told)
    return Ground(documents, desired, (*told, *refused, *offline))


def _settled(
    rows: Rows, file: str, ground: Ground, taken: frozenset[str]
) -> tuple[Proposal, list[Diagnostic]]:
    """Entries in which no rule finds an error: a row with one is left out, and the rest is judged
    again.
    """
    everyone = sorted((*rows.rows, *rows.partial), key=lambda row: row.line)
    refused = frozenset(row.line for row in rows.partial)
    told: list[Diagnostic] = []
    while True:
        proposal = roster.propose(everyone, ground.desired, refused=refused, taken=taken)
        candidates = (*proposal.entries, *proposal.unserved)
        unserved = {entry.address for entry in proposal.unserved}
        found = [
            finding
            for finding in _judged(candidates, file, ground)
            if finding.rule != NUMBERLESS or finding.address not in unserved
        ]
        errors = [one for one in found if has_errors([one])]
        lines = roster.lines_of(errors, candidates, file)
        if not lines:
            break
        told += [one for one in errors if one.position and one.position.file == file]
        refused |= lines
    last = _judged(proposal.entries, file, ground) if proposal.unserved else found
    return proposal, [*told, *last]


def _judged(entries: Sequence[Entry], file: str, ground: Ground) -> Sequence[Diagnostic]:
    """What is wrong with the folder and the entries together, and not with the folder alone."""
    if not entries:
        return []
    listed = ((entry.content, entry.row.places()) for entry in entries)
    documents, refused = validate.schema([load.given(file, "agents", listed)])
    desired = load.state([*ground.documents, *documents], as_of=ground.desired.as_of)
    desired = replace(desired, tenant=ground.desired.tenant)
    known = frozenset(ground.diagnostics)
    found = [*refused, *validate.offline(desired)]
    return [one for one in found if one not in known]
