"""Every queue, skill, profile and license that the files name is declared in them.

The four licenses of the product need no pool; any other license does.

Passes:

    skills: {spanish: {}}
    agents: [{email: ana@acme.example, skills: [spanish]}]

Fails:

    skills: {spanish: {}}
    agents: [{email: ana@acme.example, skills: [spansh]}]
"""

from collections.abc import Iterator
from difflib import get_close_matches
from typing import Final

from reconciler import kinds
from reconciler.diagnostics import Diagnostic, Severity
from reconciler.model import Desired, Reference
from reconciler.rules.view import View

ID = "dangling-reference"
SEVERITY = Severity.ERROR

_WORDS: Final = {
    kinds.QUEUE: ("queue", "queues"),
    kinds.SKILL: ("skill", "skills"),
    kinds.PROFILE: ("profile", "profiles"),
    kinds.LICENSE_POOL: ("license", "license_pools"),
}


MOST_OFFERS: Final = 200
"""So many different names get the nearest known one: a folder that dangles as a whole has no use
for thousands, and each costs a comparison with every known name.
"""


def check(view: View) -> Iterator[Diagnostic]:
    offers: dict[tuple[str, str], str] = {}
    names: dict[str, list[str]] = {}
    for reference in view.desired.dangling:
        word, key = _WORDS[reference.kind]
        named = reference.kind, reference.name
        if named not in offers:
            if reference.kind not in names:
                names[reference.kind] = _declared_names(view.desired, reference.kind)
            is_offered = len(offers) < MOST_OFFERS
            offers[named] = _offer(reference.name, names[reference.kind]) if is_offered else ""
        yield Diagnostic(
            ID,
            SEVERITY,
            f"{reference.by} names {word} {reference.name}, which {_lack(view.desired, reference)}",
            f"{offers[named]}declare it under {_place(view.desired, reference, key)}, or remove it",
            reference.by,
            reference.origin.at(*reference.path) if reference.origin else None,
        )


def _is_by_map(desired: Desired, reference: Reference) -> bool:
    is_license = reference.kind == kinds.LICENSE_POOL
    return is_license and desired.tenant.provider in kinds.LICENSES_BY_MAP


def _lack(desired: Desired, reference: Reference) -> str:
    return "has no license definition" if _is_by_map(desired, reference) else "is not declared"


def _place(desired: Desired, reference: Reference, key: str) -> str:
    return "`licenses:` of the tenant block" if _is_by_map(desired, reference) else f"`{key}:`"


def _offer(name: str, known: list[str]) -> str:
    close = get_close_matches(name, known, n=1)
    return f"did you mean `{close[0]}`? Otherwise " if close else ""


def _declared_names(desired: Desired, kind: str) -> list[str]:
    if kind == kinds.PROFILE:
        return list(desired.profiles)
    if kind == kinds.LICENSE_POOL:
        is_by_map = desired.tenant.provider in kinds.LICENSES_BY_MAP
        return list(desired.tenant.licenses) if is_by_map else [*kinds.LICENSES, *desired.pools]
    named = (address for address, one in desired.resources.items() if one.kind == kind)
    return [kinds.name_of(address) for address in named]
