"""Who gives way to whom (`replaces:`)."""

from collections.abc import Iterable, Iterator

from reconciler import kinds
from reconciler.diagnostics import Diagnostic
from reconciler.diff import statements
from reconciler.diff.roster import is_uc, text
from reconciler.diff.sides import Matched, Sides
from reconciler.model import Resource


def old(agent: Resource, sides: Sides, matched: Matched) -> Iterator[Resource]:
    """Whom `replaces:` may mean besides the agent itself, who may have taken over the e-mail."""
    replaces, live = sides.identity(agent).replaces, sides.live
    if not replaces:
        return
    person = matched.pairs.get(agent.address)
    former = live.former.get(kinds.email_key(replaces.get("email", "")))
    everybody = (*live.named(replaces), *([former] if former else []))
    yield from (candidate for candidate in everybody if candidate is not person)


def replace(agents: Iterable[Resource], sides: Sides, matched: Matched) -> None:
    """Who gives way to whom: as long as `replaces:` stands in a file, so that it is also finished
    after an interruption, when the successor exists and the old one is still there.
    """
    for agent in sorted(agents, key=lambda agent: agent.address):
        if not sides.identity(agent).replaces or agent.address in matched.stopped:
            continue
        leaver = next(old(agent, sides, matched), None)
        problem = (
            _cannot_replace(agent, leaver, matched)
            if leaver
            else _replaces_nobody(agent, sides, matched)
        )
        if problem is not None:
            matched.stop(agent, leaver, problem)
        elif leaver is not None and leaver.address not in matched.taken:
            matched.replaced[leaver.address] = agent.address


def _cannot_replace(agent: Resource, leaver: Resource, matched: Matched) -> Diagnostic | None:
    """Why whom `replaces:` names cannot give way."""
    owner = matched.taken.get(leaver.address)
    if owner is not None and owner.fields.get("active") is not False:
        return statements.replaces_declared(agent, leaver, owner)
    if is_uc(leaver):
        return statements.replaces_uc_agent(agent, leaver)
    if leaver.address in matched.replaced:
        return statements.replaced_twice(agent, leaver, matched.replaced[leaver.address])
    return None


def _replaces_nobody(agent: Resource, sides: Sides, matched: Matched) -> Diagnostic | None:
    """Nobody else is left whom the entry could mean: that is what it wants once the successor
    exists, and a mistake before.
    """
    replaces = sides.identity(agent).replaces
    if agent.address not in matched.pairs:
        nobody = statements.replaces_nobody(agent, replaces, sides.live)
        return None if sides.may_exist(agent) else nobody
    own = {"email": kinds.email_key(text(agent, "email")), "extension": text(agent, "extension")}
    is_taken_over = all(own[key] == value for key, value in replaces.items())
    if is_taken_over or next(sides.live.named(replaces), None) is None:
        return None
    return statements.replaces_itself(agent, replaces)
