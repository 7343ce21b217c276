"""A part of a comparison: `--select` and `--exclude`, closed over what the part depends on."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from reconciler import kinds
from reconciler.diagnostics import Diagnostic, Severity
from reconciler.model import Action, Address, Change, Comparison

UNIQUE: Final = ("extension", "email")

Edges = Mapping[Address, set[Address]]


def select(
    comparison: Comparison, wanted: Sequence[str], left_out: Sequence[str]
) -> tuple[Comparison, tuple[Diagnostic, ...]]:
    """The comparison cut down, and what was added or dropped with it, told as warnings."""
    if not wanted and not left_out:
        return comparison, ()
    aliases = _aliases(comparison)
    needs = _needs(comparison)
    asked_for = _resolved(wanted, aliases)
    asked_out = _resolved(left_out, aliases)
    out = _closed(asked_out, _reversed(needs))
    taken_in = _closed(asked_for, needs)
    chosen = taken_in if wanted else set(aliases.values())
    changed = {change.address for change in comparison.changes}
    told = (
        *_unknown((*wanted, *left_out), aliases),
        *_told((taken_in - asked_for - out) & changed, "is taken in: what you selected needs it"),
        *_told((out - asked_out) & chosen & changed, "is left out with what it needs"),
    )
    return _cut(comparison, chosen - out), told


def _cut(comparison: Comparison, chosen: set[Address]) -> Comparison:
    """Findings about what is not chosen go as well: they are nobody's concern here."""
    return replace(
        comparison,
        changes=tuple(c for c in comparison.changes if c.address in chosen),
        diagnostics=tuple(
            d for d in comparison.diagnostics if d.address is None or d.address in chosen
        ),
    )


def _aliases(comparison: Comparison) -> dict[str, Address]:
    """Every way to name what the comparison is about: addresses, and `agent/4001`."""
    found = {change.address: change.address for change in comparison.changes}
    found |= {address: address for address in comparison.matches}
    found |= {d.address: d.address for d in comparison.diagnostics if d.address}
    by_number = {
        kinds.address(kinds.AGENT, str(live.fields.get("extension"))): address
        for address, live in comparison.matches.items()
        if live.kind == kinds.AGENT
    }
    for change in comparison.changes:
        number = change.label.split(" ", 1)[0]
        if change.kind == kinds.AGENT and number.isdecimal():
            by_number[kinds.address(kinds.AGENT, number)] = change.address
    return {**by_number, **found}


def _resolved(names: Iterable[str], aliases: Mapping[str, Address]) -> set[Address]:
    return {address for name in names if (address := _address(name, aliases))}


def _address(name: str, aliases: Mapping[str, Address]) -> Address | None:
    return aliases.get(name) or aliases.get(kinds.email_key(name))


def _needs(comparison: Comparison) -> dict[Address, set[Address]]:
    """Which other changes a change cannot do without: a queue or skill that is created, whoever
    gives up the extension or e-mail that it takes, and whoever it replaces.
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
    found: dict[Address, set[Address]] = {}
    for address, others in needs.items():
        for other in others:
            found.setdefault(other, set()).add(address)
    return found


def _closed(start: Iterable[Address], edges: Edges) -> set[Address]:
    seen: set[Address] = set()
    waiting = list(start)
    while waiting:
        address = waiting.pop()
        if address not in seen:
            seen.add(address)
            waiting.extend(edges.get(address, ()))
    return seen


def _told(addresses: Iterable[Address], why: str) -> Iterator[Diagnostic]:
    for address in sorted(addresses):
        yield Diagnostic("selection", Severity.WARNING, f"{address} {why}", "", address)


def _unknown(asked: Iterable[str], aliases: Mapping[str, Address]) -> Iterator[Diagnostic]:
    for name in asked:
        if _address(name, aliases) is None:
            yield Diagnostic(
                "selection",
                Severity.WARNING,
                f"neither the files nor the changes have {name}",
                "name an address as the plan shows it, such as queue/support or agent/4001",
            )
