"""A part of a comparison: `--select` and `--exclude`, closed over what the part depends on."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from reconciler import kinds
from reconciler.diagnostics import Diagnostic, Severity
from reconciler.model import Action, Address, Change, Comparison

UNIQUE = ("extension", "email")


def select(
    comparison: Comparison, wanted: Sequence[str], left_out: Sequence[str]
) -> tuple[Comparison, tuple[Diagnostic, ...]]:
    """The comparison cut down, and what was added or dropped with it, told as warnings."""
    if not wanted and not left_out:
        return comparison, ()
    by_address = {change.address: change for change in comparison.changes}
    aliases = _aliases(comparison)
    needs = _needs(comparison.changes)
    out = _closed((a for name in left_out for a in _found(name, aliases)), _reversed(needs))
    chosen = (
        _closed((a for name in wanted for a in _found(name, aliases)), needs)
        if wanted
        else set(by_address)
    )
    chosen -= out
    told = [
        *_unknown((*wanted, *left_out), aliases),
        *_told(chosen, wanted, aliases, "added: what was selected needs it", bool(wanted)),
        *_told(out & set(by_address), left_out, aliases, "left out with what it needs", True),
    ]
    kept = tuple(change for change in comparison.changes if change.address in chosen)
    return replace(comparison, changes=kept), tuple(told)


def _aliases(comparison: Comparison) -> Mapping[str, Address]:
    """Every way to name a change: its address, and `agent/4001`."""
    found: dict[str, Address] = {}
    for change in comparison.changes:
        found[change.address] = change.address
        if change.kind == kinds.AGENT:
            number = change.label.split(" ", 1)[0]
            found.setdefault(kinds.address(kinds.AGENT, number), change.address)
    for address in comparison.matches:
        found.setdefault(address, address)
    return found


def _found(name: str, aliases: Mapping[str, Address]) -> Iterator[Address]:
    address = aliases.get(name) or aliases.get(name.lower())
    if address:
        yield address


def _needs(changes: Iterable[Change]) -> dict[Address, set[Address]]:
    """Which other changes a change cannot do without: a queue or skill that is created, and
    whoever gives up the extension or e-mail that it takes.
    """
    changes = tuple(changes)
    created = {change.address for change in changes if change.action is Action.CREATE}
    givers = {
        (item.path, str(item.before).lower()): change.address
        for change in changes
        for item in change.fields
        if item.path in UNIQUE and item.before is not None
    }
    return {change.address: set(_needed(change, created, givers)) for change in changes}


def _needed(
    change: Change, created: set[Address], givers: Mapping[tuple[str, str], Address]
) -> Iterator[Address]:
    for item in change.fields:
        target = kinds.membership_address(item.path)
        if item.after is not None and target in created:
            yield target
        giver = givers.get((item.path, str(item.after).lower()))
        if item.path in UNIQUE and giver and giver != change.address:
            yield giver


def _reversed(needs: Mapping[Address, set[Address]]) -> dict[Address, set[Address]]:
    found: dict[Address, set[Address]] = {}
    for address, others in needs.items():
        for other in others:
            found.setdefault(other, set()).add(address)
    return found


def _closed(start: Iterable[Address], edges: Mapping[Address, set[Address]]) -> set[Address]:
    seen: set[Address] = set()
    waiting = list(start)
    while waiting:
        address = waiting.pop()
        if address not in seen:
            seen.add(address)
            waiting.extend(edges.get(address, ()))
    return seen


def _told(
    chosen: set[Address],
    asked: Sequence[str],
    aliases: Mapping[str, Address],
    why: str,
    show: bool,
) -> Iterator[Diagnostic]:
    named = {address for name in asked for address in _found(name, aliases)}
    for address in sorted(chosen - named) if show else ():
        yield Diagnostic("selection", Severity.WARNING, f"{address} is {why}", "", address)


def _unknown(asked: Iterable[str], aliases: Mapping[str, Address]) -> Iterator[Diagnostic]:
    for name in asked:
        if not any(_found(name, aliases)):
            yield Diagnostic(
                "selection",
                Severity.WARNING,
                f"nothing that the files declare is called {name}",
                "name an address as the plan shows it, such as queue/support or agent/4001",
            )
