"""Agents who give way to a successor (`replaces:`)."""

from collections.abc import Iterable, Iterator

from reconciler import kinds
from reconciler.diagnostics import Diagnostic
from reconciler.diff import identity_diagnostics
from reconciler.diff.matching import Matching, MatchInputs
from reconciler.diff.roster import is_uc, text
from reconciler.model import Resource


def old(agent: Resource, inputs: MatchInputs, matching: Matching) -> Iterator[Resource]:
    """Yield the agents that `replaces:` may mean, other than the successor.

    The successor may have taken over the e-mail of the old agent.
    """
    replaces, live = inputs.identity(agent).replaces, inputs.live
    if not replaces:
        return
    person = matching.pairs.get(agent.address)
    former = live.former.get(kinds.email_key(replaces.get("email", "")))
    everybody = (*live.named(replaces), *([former] if former else []))
    yield from (candidate for candidate in everybody if candidate is not person)


def replace(agents: Iterable[Resource], inputs: MatchInputs, matching: Matching) -> None:
    """Record who gives way to whom.

    This holds as long as `replaces:` stands in a file, so that it is also finished after an
    interruption, when the successor exists and the old agent is still there.
    """
    for agent in sorted(agents, key=lambda agent: agent.address):
        if not inputs.identity(agent).replaces or agent.address in matching.stopped:
            continue
        leaver = next(old(agent, inputs, matching), None)
        problem = (
            _cannot_replace(agent, leaver, matching)
            if leaver
            else _replaces_nobody(agent, inputs, matching)
        )
        if problem is not None:
            matching.stop(agent, leaver, problem)
        elif leaver is not None and leaver.address not in matching.taken:
            matching.replaced[leaver.address] = agent.address


def _cannot_replace(agent: Resource, leaver: Resource, matching: Matching) -> Diagnostic | None:
    """Return why the agent named by `replaces:` cannot give way; None if it can."""
    owner = matching.taken.get(leaver.address)
    if owner is not None and owner.fields.get("active") is not False:
        return identity_diagnostics.replaces_declared(agent, leaver, owner)
    if is_uc(leaver):
        return identity_diagnostics.replaces_uc_agent(agent, leaver)
    if leaver.address in matching.replaced:
        return identity_diagnostics.replaced_twice(agent, leaver, matching.replaced[leaver.address])
    return None


def _replaces_nobody(agent: Resource, inputs: MatchInputs, matching: Matching) -> Diagnostic | None:
    """Report a `replaces:` that names nobody, unless the successor already exists."""
    replaces = inputs.identity(agent).replaces
    if agent.address not in matching.pairs:
        nobody = identity_diagnostics.replaces_nobody(agent, replaces, inputs.live)
        return None if inputs.may_exist(agent) else nobody
    own = {"email": kinds.email_key(text(agent, "email")), "extension": text(agent, "extension")}
    is_taken_over = all(own[key] == value for key, value in replaces.items())
    if is_taken_over or next(inputs.live.named(replaces), None) is None:
        return None
    return identity_diagnostics.replaces_itself(agent, replaces)
