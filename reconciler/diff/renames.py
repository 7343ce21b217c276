"""New agents who look like somebody whom the tenant has already: told, never assumed."""

from collections.abc import Iterable, Iterator, Mapping

from reconciler import kinds
from reconciler.diagnostics import Diagnostic, Severity
from reconciler.diff.sides import Matched
from reconciler.diff.statements import yaml_key
from reconciler.model import Action, Address, Change, Resource


def suggested(
    changes: Iterable[Change],
    live: Iterable[Resource],
    matches: Mapping[Address, Resource],
    matched: Matched,
) -> Iterator[Diagnostic]:
    """A created agent with the name or the mailbox of a live one that no entry is about."""
    created = [c for c in changes if c.action is Action.CREATE and c.kind == kinds.AGENT]
    if not created:
        return
    known = {resource.address for resource in matches.values()} | matched.replaced.keys()
    alike = _by_likeness(agent for agent in live if agent.address not in known)
    for change in created:
        values = {item.path: item.after for item in change.fields}
        others = (alike.get(likeness) for likeness in _likenesses(values))
        other = next((agent for agent in others if agent), None)
        if other:
            yield _likely(change, other)


def _by_likeness(agents: Iterable[Resource]) -> dict[tuple[str, str], Resource]:
    found: dict[tuple[str, str], Resource] = {}
    for agent in sorted(agents, key=lambda agent: agent.address, reverse=True):
        found.update(dict.fromkeys(_likenesses(agent.fields), agent))
    return found


def _likenesses(fields: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    """By name, and by mailbox: `ana.diaz` of `ana.diaz+webrtc@acme.example`."""
    name, email = fields.get("name"), fields.get("email")
    if isinstance(name, str):
        yield "name", " ".join(name.split()).casefold()
    if isinstance(email, str):
        yield "mailbox", email.partition("@")[0].partition("+")[0]


def _likely(change: Change, other: Resource) -> Diagnostic:
    return Diagnostic(
        "likely-rename",
        Severity.WARNING,
        f"{change.address} is new, and looks like {kinds.label_of(other)} ({other.address}), who "
        "stands in no file",
        f"if it is the same person, add `previously: {yaml_key(other)}` to the entry",
        change.address,
        change.source,
    )
