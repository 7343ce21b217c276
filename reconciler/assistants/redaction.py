"""Take the people of a folder out of texts that no renderer redacts: findings, errors, tables."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from reconciler import kinds, load, regular_files
from reconciler.diagnostics import Diagnostic
from reconciler.errors import ReconcilerError, SetupError
from reconciler.load.document import Content, members
from reconciler.model import Address, Value
from reconciler.render import pseudonyms, redact

PERSONAL: Final = frozenset({*pseudonyms.NAMES, "email"})
_LARGEST: Final = 16 * 1024 * 1024
_STATED: Final = re.compile(
    rf"\b(?:{'|'.join(sorted(PERSONAL))})[\"']?\s*:\s*[\"']?([^\"',}}\]\n#]+)"
)
"""A personal value in a file that is not valid YAML."""


@dataclass(frozen=True, slots=True)
class Redaction:
    """The pseudonyms of one tenant. With `is_off` every value stays as it is."""

    tenant: str = ""
    names: tuple[str, ...] = ()
    is_off: bool = False
    _people: pseudonyms.People = field(
        default_factory=lambda: pseudonyms.people("", ()), compare=False
    )

    @classmethod
    def of(
        cls, folder: Path, *, tenant_from: Path | None = None, is_off: bool = False
    ) -> "Redaction":
        """Read the names of a folder, valid or not."""
        if is_off:
            return cls(is_off=True)
        try:
            tenant = load.tenant(tenant_from or folder)
            names = tuple(sorted(_names(folder)))
        except ReconcilerError:  # no such folder: there are no names to look for
            return cls()
        name = tenant.name if tenant else ""
        return cls(name, names, _people=pseudonyms.people(name, names))

    def text(self, text: str) -> str:
        return text if self.is_off else self._people.prose(text)

    def address(self, address: Address) -> Address:
        return address if self.is_off else self._people.address(address)

    def label(self, address: Address, label: str) -> str:
        return label if self.is_off else self._people.label(address, label)

    def value(self, path: str, value: Value) -> Value:
        return value if self.is_off else self._people.value(kinds.AGENT, path, value)

    def diagnostics(self, diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
        if self.is_off:
            return tuple(diagnostics)
        return redact.diagnostics(diagnostics, self.tenant, self.names)

    def original(self, address: Address, addresses: Iterable[Address]) -> Address:
        """Return the address whose pseudonym an assistant wrote; else what it wrote."""
        if self.is_off:
            return address
        return next((each for each in addresses if self._people.address(each) == address), address)


def _names(folder: Path) -> Iterator[str]:
    loaded = load.documents(folder)
    for document in loaded.documents:
        for kind, content in document.content.items():
            if kind != "tenant":
                yield from _personal(content)
    for diagnostic in loaded.diagnostics:
        if diagnostic.position:
            yield from _stated(folder / diagnostic.position.file)


def _personal(content: Content) -> Iterator[str]:
    for key, value in members(content):
        if key in PERSONAL and isinstance(value, str):
            yield value
        yield from _personal(value)


def _stated(file: Path) -> Iterator[str]:
    try:
        text = regular_files.text(file, largest=_LARGEST)
    except SetupError:
        return
    yield from (match.strip() for match in _STATED.findall(text))
