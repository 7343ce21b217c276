"""A license that requires another comes with it.

Passes:

    license_pools: {voice: {}, web_chat: {requires: voice}}
    agents: [{email: ana@acme.example, licenses: [voice, web_chat]}]

Fails:

    license_pools: {voice: {}, web_chat: {requires: voice}}
    agents: [{email: ana@acme.example, licenses: [web_chat]}]
"""

from collections.abc import Iterator
from functools import cache

from reconciler.diagnostics import Diagnostic, Severity
from reconciler.model import Address
from reconciler.rules.view import View

ID = "license-base-missing"
SEVERITY = Severity.ERROR


def check(view: View) -> Iterator[Diagnostic]:
    required = {name: pool.requires for name, pool in view.pools.items() if pool.requires}

    @cache  # many agents, and few sets of licenses
    def lacking(licenses: frozenset[str]) -> list[tuple[str, str]]:
        wanted = sorted((name, required[name]) for name in licenses & required.keys())
        return [(name, base) for name, base in wanted if base not in licenses]

    for address, fields in view.everyone():
        licenses = fields.get("licenses")
        if isinstance(licenses, frozenset):
            for name, base in lacking(licenses):
                yield _finding(view, address, name, base)


def _finding(view: View, address: Address, name: str, base: str) -> Diagnostic:
    return Diagnostic(
        ID,
        SEVERITY,
        f"{address} has license {name} without {base}, which it requires",
        f"add {base} to its licenses, or take {name} away",
        address,
        view.place(address, "licenses"),
    )
