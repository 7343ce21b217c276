"""Diagnostics about `previously:` and `replaces:`."""

import json
import re
from collections.abc import Mapping
from typing import Final

from reconciler import kinds
from reconciler.diagnostics import Diagnostic, Severity
from reconciler.diff.roster import Roster, is_uc, text
from reconciler.model import Address, Resource

_PLAIN: Final = re.compile(r"[A-Za-z][A-Za-z0-9._+@-]*")


def yaml_key(live: Resource) -> str:
    """Return the YAML that names a live agent in `previously:` or `replaces:`."""
    key = "email" if text(live, "email") else "extension"
    return _yaml(key, text(live, key))


def who_is_this(agent: Resource, holder: Resource) -> Diagnostic:
    key = yaml_key(holder)
    hint = (
        "a UC agent keeps the number that the UC directory gives; choose another extension"
        if is_uc(holder)
        else f"if it is the same person, add `previously: {key}` to the entry; if it is somebody "
        f"else who takes over the number, add `replaces: {key}`"
    )
    return _problem(
        "who-is-this",
        agent,
        "extension",
        f"{agent.address} asks for extension {text(agent, 'extension')}, which {_name(holder)} "
        "holds under another e-mail",
        hint,
    )


def e_mail_of_another(agent: Resource, holder: Resource, rival: Resource) -> Diagnostic:
    key = yaml_key(holder)
    return _problem(
        "who-is-this",
        agent,
        "email",
        f"{agent.address} asks for the e-mail of {_name(holder)}, who has the number and the name "
        f"of {rival.address}{_at(rival)}",
        f"add `previously: {key}` to the entry that is the same person",
    )


def two_candidates(agent: Resource, person: Resource, holder: Resource) -> Diagnostic:
    return _problem(
        "who-is-this",
        agent,
        "previously",
        f"{agent.address} names {_name(person)} under `previously`, and {_name(holder)} signs in "
        "with its e-mail; name and extension do not tell which of the two it is",
        f"remove `previously` if it is {_name(holder)}; if it is {_name(person)}, change the "
        "e-mail first and the rest once that is applied",
    )


def names_another(agent: Resource, person: Resource, rival: Resource | None) -> Diagnostic:
    """Report two entries that name one agent, or one that names a declared agent."""
    if is_uc(person):
        why = "a UC agent, whom nothing but the extension identifies"
    elif rival is None:
        why = "somebody in question"
    else:
        why = f"in the files {rival.address}{_at(rival)}"
    return _problem(
        "previously-names-another",
        agent,
        "previously",
        f"{agent.address} names {_name(person)} under `previously`, who is {why}",
        "only one entry can be that person: correct `previously`, or remove it",
    )


def previously_nobody(agent: Resource, keys: Mapping[str, str], live: Roster) -> Diagnostic:
    return _problem(
        "previously-names-nobody",
        agent,
        "previously",
        f"{agent.address} names {_values(keys)} under `previously`, and no agent that the tenant "
        "shows is that",
        _look_up(keys, live) + ", or remove `previously` if this is a new agent",
    )


def contradicts(agent: Resource, person: Resource, namesake: Resource | None) -> Diagnostic:
    other = (
        f"the name is that of {_name(namesake)}"
        if namesake
        else "name, e-mail and extension are all different"
    )
    return _problem(
        "previously-contradicts",
        agent,
        "previously",
        f"{agent.address} ({text(agent, 'name')}) names {_name(person)} under `previously`, and "
        f"{other}",
        f"if somebody new takes over, write `replaces: {yaml_key(person)}`; if it is the same "
        "person, change the name first and the rest once that is applied",
    )


def of_uc_agent(agent: Resource) -> Diagnostic:
    return _problem(
        "previously-of-uc-agent",
        agent,
        "previously",
        f"{agent.address} is a UC agent, and `previously` has no effect there",
        "remove it: a UC agent is whoever has the extension in the UC directory",
        Severity.WARNING,
    )


def replaces_nobody(agent: Resource, keys: Mapping[str, str], live: Roster) -> Diagnostic:
    return _problem(
        "replaces-nobody",
        agent,
        "replaces",
        f"{agent.address} replaces {_values(keys)}, and no agent that the tenant shows is that",
        _look_up(keys, live) + ", or remove `replaces`",
    )


def replaces_declared(agent: Resource, old: Resource, owner: Resource) -> Diagnostic:
    whom = "itself" if owner is agent else f"{owner.address}{_at(owner)}"
    return _problem(
        "replaces-declared",
        agent,
        "replaces",
        f"{agent.address} replaces {_name(old)}, whom the files still declare: {whom}",
        "remove the entry of the one who leaves, or give it an `until:`; or remove `replaces`",
    )


def replaces_itself(agent: Resource, keys: Mapping[str, str]) -> Diagnostic:
    return _problem(
        "replaces-declared",
        agent,
        "replaces",
        f"{agent.address} replaces {_values(keys)}, and is that agent itself",
        "remove `replaces`, or name the one who leaves",
    )


def replaces_uc_agent(agent: Resource, old: Resource) -> Diagnostic:
    return _problem(
        "replaces-uc-agent",
        agent,
        "replaces",
        f"{agent.address} replaces {_name(old)}, a UC agent, whose number and sign-in belong to "
        "the UC directory",
        "remove `replaces`, and give the new agent a number of its own; the UC agent is changed in "
        "the UC platform",
    )


def replaced_twice(agent: Resource, old: Resource, other: Address) -> Diagnostic:
    return _problem(
        "replaces-twice",
        agent,
        "replaces",
        f"{agent.address} replaces {_name(old)}, whom {other} replaces as well",
        "keep `replaces` in the entry that takes over the number",
    )


def _problem(
    rule: str,
    agent: Resource,
    field: str,
    summary: str,
    hint: str,
    severity: Severity = Severity.ERROR,
) -> Diagnostic:
    place = agent.origin.at(field) if agent.origin else None
    return Diagnostic(rule, severity, summary, hint, agent.address, place)


def _name(live: Resource) -> str:
    return f"{kinds.label_of(live)} ({kinds.name_of(live.address)})"


def _at(agent: Resource) -> str:
    return f" ({agent.origin.at()})" if agent.origin else ""


def _values(keys: Mapping[str, str]) -> str:
    return ", ".join(f"{key} {value}" for key, value in keys.items())


def _look_up(keys: Mapping[str, str], live: Roster) -> str:
    if "email" in keys and live.agents and not live.by_email:
        return "the tenant shows no e-mails: name the extension instead"
    return "correct it"


def _yaml(key: str, value: str) -> str:
    return f"{{{key}: {value if _PLAIN.fullmatch(value) else json.dumps(value)}}}"
