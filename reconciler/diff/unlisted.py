"""Live resources that no file declares: reported, suspended or deleted."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from reconciler import kinds
from reconciler.diagnostics import Diagnostic, Severity
from reconciler.diff import leaving
from reconciler.diff.compare_one import ComparisonContext
from reconciler.diff.matching import Matching
from reconciler.diff.roster import is_uc
from reconciler.model import (
    Address,
    Change,
    Declared,
    ExtensionRange,
    Reading,
    Resource,
    Unmanaged,
)

COUNTED: Final = frozenset({kinds.AGENT, kinds.QUEUE, kinds.SKILL})
_SAME_PERSON: Final = ("email", "name")


@dataclass(slots=True)
class UnlistedResult:
    """Changes and reports; `replaced` maps the address of a leaver to the successor's."""

    changes: list[Change] = field(default_factory=list)
    unmanaged: tuple[Unmanaged, ...] = ()
    diagnostics: list[Diagnostic] = field(default_factory=list)
    replaced: dict[Address, Address] = field(default_factory=dict)


class Proof:
    """Evidence that an agent was declared before, by address or by the same person's number."""

    def __init__(self, declared: Declared | None) -> None:
        self._declared = declared or Declared("", frozenset())
        self._by_extension = {
            fields["extension"]: fields
            for fields in self._declared.fields.values()
            if fields.get("extension") is not None
        }

    def covers(self, live: Resource) -> bool:
        if live.address in self._declared.addresses:
            return True
        extension = live.fields.get("extension")
        if extension not in self._declared.extensions:
            return False
        before = self._by_extension.get(str(extension), {})
        comparable = [name for name in _SAME_PERSON if before.get(name) and live.fields.get(name)]
        return not comparable or any(before[name] == live.fields[name] for name in comparable)

    def file(self, live: Resource) -> str | None:
        """Return the file that declared the agent, where the ledger knows it."""
        file = self._declared.fields.get(live.address, {}).get(kinds.WHOLE)
        return file if isinstance(file, str) else None


def judge(
    context: ComparisonContext,
    matches: Mapping[Address, Resource],
    matching: Matching,
    declared: Declared | None,
) -> UnlistedResult:
    """Decide for every undeclared live resource whether it is reported or leaves."""
    left, proof = UnlistedResult(), Proof(declared)
    unmanaged = []
    for live in _undeclared(context.reading, matches):
        where = home(context.desired.ranges, live)
        if live.address in matching.replaced:
            successor = context.desired.resources[matching.replaced[live.address]]
            change = leaving.replaced(live, successor, context)
            left.replaced[change.address if change else live.address] = successor.address
        elif where and live.address not in matching.in_question:
            change = _taken_out(live, where, context, proof, left)
        else:
            change = None
        if change:
            left.changes.append(change)
        else:
            label = kinds.label_of(live)
            unmanaged.append(
                Unmanaged(
                    live.address,
                    label,
                    unlisted=where is not None,
                    declared=live.kind == kinds.AGENT and proof.covers(live),
                    file=proof.file(live),
                    active=_active(live),
                )
            )
    left.unmanaged = tuple(sorted(unmanaged, key=lambda item: item.address))
    return left


def _active(live: Resource) -> bool | None:
    active = live.fields.get("active")
    return active if isinstance(active, bool) else None


def home(ranges: tuple[ExtensionRange, ...], live: Resource) -> ExtensionRange | None:
    """Return the declared range that contains an agent's extension."""
    extension = live.fields.get("extension")
    if live.kind != kinds.AGENT or not isinstance(extension, str):
        return None
    return next((item for item in ranges if item.holds(extension)), None)


def _undeclared(reading: Reading, matches: Mapping[Address, Resource]) -> Iterator[Resource]:
    declared = {live.address for live in matches.values()}
    for live in reading.resources.values():
        if live.kind in COUNTED and live.address not in declared:
            yield live


def _taken_out(
    live: Resource,
    where: ExtensionRange,
    context: ComparisonContext,
    proof: Proof,
    left: UnlistedResult,
) -> Change | None:
    """Return the change by which an unlisted agent leaves, or None.

    UC agents are never deleted. Where nothing proves that a file declared the agent before, a
    warning says so and nothing happens.
    """
    if where.unlisted not in ("suspend", "delete"):
        return None
    if where.unlisted == "delete":
        stays = is_uc(live) or where.purpose == "uc_user"
        change = None if stays else leaving.deleted(live, where, context)
    else:
        change = leaving.suspended(live, where, context)
    if change and not proof.covers(live):
        left.diagnostics.append(_no_proof(live, where))
        return None
    return change


def _no_proof(live: Resource, where: ExtensionRange) -> Diagnostic:
    done = "deleted" if where.unlisted == "delete" else "suspended"
    return Diagnostic(
        "unlisted-without-proof",
        Severity.WARNING,
        f"{kinds.label_of(live)} is in range {where.name} and in no file; nothing shows that any "
        f"file ever declared it, so it is not {done}",
        "name a revision that declares it (--base GITREF), or declare it with an `until:`",
        live.address,
        where.origin.at("unlisted") if where.origin else None,
    )
