"""Restrict a comparison to `--select` and `--exclude`, with what the selection depends on."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from reconciler import kinds
from reconciler.diagnostics import Diagnostic, Severity
from reconciler.model import Action, Address, Change, Comparison

UNIQUE: Final = ("extension", "email")

Edges = Mapping[Address, set[Address]]


def select(
    comparison: Comparison, selects: Sequence[str], excludes: Sequence[str]
) -> tuple[Comparison, tuple[Diagnostic, ...]]:
    """Restrict a comparison; return it with warnings about what was added or dropped."""
    if not selects and not excludes:
        return comparison, ()
    aliases = _aliases(comparison)
    needs = _needs(comparison)
    selected = _resolved(selects, aliases)
    excluded = _resolved(excludes, aliases)
    excluded_closure = _closed(excluded, _reversed(needs))
    selected_closure = _closed(selected, needs)
    kept = selected_closure if selects else set(aliases.values())
    changed = {change.address for change in comparison.changes}
    warnings = (
        *_unknown((*selects, *excludes), aliases),
        *_warnings(
            (selected_closure - selected - excluded_closure) & changed,
            "is taken in: what you selected needs it",
        ),
        *_warnings(
            (excluded_closure - excluded) & kept & changed, "is left out with what it needs"
        ),
    )
    return _cut(comparison, kept - excluded_closure), warnings


def _cut(comparison: Comparison, kept: set[Address]) -> Comparison:
    """Keep the selected addresses, and the diagnostics about them."""
    return replace(
        comparison,
        changes=tuple(c for c in comparison.changes if c.address in kept),
        diagnostics=tuple(
            d for d in comparison.diagnostics if d.address is None or d.address in kept
        ),
    )


def _aliases(comparison: Comparison) -> dict[str, Address]:
    """Map every accepted name to its address: addresses in any case, and `agent/4001`."""
    by_address = {change.address: change.address for change in comparison.changes}
    by_address |= {address: address for address in comparison.matches}
    by_address |= {d.address: d.address for d in comparison.diagnostics if d.address}
    by_number = {
        kinds.address(kinds.AGENT, str(live.fields.get("extension"))): address
        for address, live in comparison.matches.items()
        if live.kind == kinds.AGENT
    }
    for change in comparison.changes:
        number = change.label.split(" ", 1)[0]
        if change.kind == kinds.AGENT and number.isdecimal():
            by_number[kinds.address(kinds.AGENT, number)] = change.address
    return {**by_number, **by_address}


def _resolved(names: Iterable[str], aliases: Mapping[str, Address]) -> set[Address]:
    return {address for name in names if (address := _address(name, aliases))}


def _address(name: str, aliases: Mapping[str, Address]) -> Address | None:
    return aliases.get(name) or aliases.get(kinds.email_key(name))


def _needs(comparison: Comparison) -> dict[Address, set[Address]]:
    """Map each change to the changes that it needs.

    These create a queue or skill that it uses, release the extension or e-mail that it takes, or
    belong to an agent that it replaces.
    """
    changes = comparison.changes
    created = {change.address for change in changes if change.action is Action.CREATE}
    givers = {
        (item.path, kinds.email_key(str(item.before))): change.address
        for change in changes
        for item in change.fields
        if item.path in UNIQUE and item.before is not None
    }
    needs = {change.address: set(_needed(change, created, givers)) for change in changes}
    for old, successor in comparison.replaced.items():
        if old in needs:
            needs.setdefault(successor, set()).add(old)
    return needs


def _needed(
    change: Change, created: set[Address], givers: Mapping[tuple[str, str], Address]
) -> Iterator[Address]:
    for item in change.fields:
        target = kinds.membership_address(item.path)
        if item.after is not None and target in created:
            yield target
        giver = givers.get((item.path, kinds.email_key(str(item.after))))
        if item.path in UNIQUE and giver and giver != change.address:
            yield giver


def _reversed(needs: Edges) -> dict[Address, set[Address]]:
    needed_by: dict[Address, set[Address]] = {}
    for address, others in needs.items():
        for other in others:
            needed_by.setdefault(other, set()).add(address)
    return needed_by


def _closed(start: Iterable[Address], edges: Edges) -> set[Address]:
    seen: set[Address] = set()
    waiting = list(start)
    while waiting:
        address = waiting.pop()
        if address not in seen:
            seen.add(address)
            waiting.extend(edges.get(address, ()))
    return seen


def _warnings(addresses: Iterable[Address], why: str) -> Iterator[Diagnostic]:
    for address in sorted(addresses):
        yield Diagnostic("selection", Severity.WARNING, f"{address} {why}", "", address)


def _unknown(in_question: Iterable[str], aliases: Mapping[str, Address]) -> Iterator[Diagnostic]:
    for name in in_question:
        if _address(name, aliases) is None:
            yield Diagnostic(
                "selection",
                Severity.WARNING,
                f"neither the files nor the changes have {name}",
                "name an address as the plan shows it, such as queue/support or agent/4001",
            )
