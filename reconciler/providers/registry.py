"""Which providers there are: ours by a table, others by the entry points of what is installed.

A name in YAML leads to nothing else: never to a module, and never to a distribution that lies in
the current directory, where a pull request could put one.
"""

import sys
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module
from importlib.metadata import Distribution, EntryPoint, distributions
from pathlib import Path
from typing import Final, NamedTuple

from reconciler import kinds
from reconciler.errors import SetupError
from reconciler.providers.api import ProviderType

GROUP: Final = "reconciler.providers"
INSIDE: Final = {
    "genesys": "reconciler.providers.genesys.provider",
    "sandbox": "reconciler.providers.sandbox",
    "scim": "reconciler.providers.scim.provider",
    "xima": "reconciler.providers.xima.provider",
}
"""Each of these modules has its type as `PROVIDER`."""

Levels = Mapping[str, tuple[int, int] | None]


class Registration(NamedTuple):
    """An entry point, and the distribution that it belongs to."""

    entry_point: EntryPoint
    distribution: str


def names() -> tuple[str, ...]:
    """What `provider:` may be: ours first, then what is installed."""
    return (*INSIDE, *sorted({entry.name for entry, _ in registrations()} - INSIDE.keys()))


def is_outside(name: str) -> bool:
    """Whether a distribution that is not ours registers a provider of this name alone."""
    return name not in INSIDE and any(entry.name == name for entry, _ in registrations())


def provider_type(name: str) -> ProviderType:
    """The type behind a name. Raises `SetupError` where it is unknown, ambiguous or broken."""
    if name in INSIDE:
        expect_not_shadowed(name)
        found: ProviderType = import_module(INSIDE[name]).PROVIDER
        return found
    registered = _registered(name)
    if not registered:
        raise SetupError(
            f"provider {name} is not known",
            hint=f"use one of {', '.join(names())}, or install the distribution that has it",
        )
    if len(registered) > 1:
        owners = " and ".join(sorted(each.distribution for each in registered))
        raise SetupError(
            f"provider {name} is registered twice, by {owners}", hint="uninstall one of them"
        )
    return _loaded(registered[0])


def levels(name: str) -> Levels:
    """Bounds of levels that are not 1 and 10, by collection; none where the type is unusable,
    which the validation of the tenant block says.
    """
    if not is_outside(name):
        return kinds.LEVELS_OF_PROVIDER.get(name, {})
    try:
        return provider_type(name).levels
    except SetupError:
        return {}


def expect_not_shadowed(name: str) -> None:
    """Raises `SetupError` where somebody else registers the name of one of ours."""
    for registration in _registered(name):
        raise SetupError(
            f"{registration.distribution} registers provider {name}, which is one of ours",
            hint=f"uninstall it; it must call its provider otherwise than {', '.join(INSIDE)}",
        )


def _registered(name: str) -> list[Registration]:
    return [each for each in registrations() if each.entry_point.name == name]


def registrations() -> tuple[Registration, ...]:
    return _registrations(tuple(sys.path), str(Path.cwd()))


@cache
def _registrations(path: tuple[str, ...], here: str) -> tuple[Registration, ...]:
    """Of two versions of one distribution the first on the path counts, as for an import."""
    seen: dict[str, list[Registration]] = {}
    places = [place for place in path if place and str(Path(place).absolute()) != here]
    for distribution in distributions(path=places):
        if GROUP in (distribution.read_text("entry_points.txt") or ""):
            name = distribution.metadata["Name"]
            seen.setdefault(name, list(_entries(distribution, name)))
    return tuple(each for registered in seen.values() for each in registered)


def _entries(distribution: Distribution, name: str) -> Iterator[Registration]:
    shown = f"{name} {distribution.version}"
    for entry in distribution.entry_points:
        if entry.group == GROUP:
            yield Registration(entry, shown)


def _loaded(registration: Registration) -> ProviderType:
    """The object of an entry point. Whatever an import of foreign code raises is one line."""
    entry, owner = registration
    who = f"provider {entry.name} of {owner}"
    try:
        found = entry.load()
    except (Exception, SystemExit) as error:
        raise SetupError(
            f"{who} cannot be loaded from {entry.value}: {type(error).__name__}: {error}",
            hint="install it again, or ask its authors",
        ) from error
    if not isinstance(found, ProviderType):
        raise SetupError(
            f"{who} is no ProviderType: {entry.value} is a {type(found).__name__}",
            hint="its entry point has to name a `reconciler.providers.api.ProviderType`",
        )
    return found
