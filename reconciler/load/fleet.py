"""Everything below the root of a fleet, read once: its tenants, and their files with shared ones.

A tenant is a folder in which a file has a `tenant:` block. One whose block cannot be used is a
tenant all the same, with the reason: nobody is left out in silence.
"""

from bisect import bisect_left
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import islice
from pathlib import Path, PurePosixPath

from reconciler.diagnostics import Diagnostic
from reconciler.load import declarations, files, folder, revision, shared, state
from reconciler.load.folder import Loaded
from reconciler.load.shared import FleetFile
from reconciler.model import Tenant

Text = str | Diagnostic


@dataclass(frozen=True, slots=True)
class FleetTenant:
    """A tenant's folder below the root, its block, or why that cannot be used and what to do."""

    folder: str
    tenant: Tenant | None
    problem: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    hint: str = ""

    @property
    def name(self) -> str:
        return self.tenant.name if self.tenant else self.folder


@dataclass(frozen=True, slots=True)
class Fleet:
    """The texts of all YAML files below a root by name, and what `fleet.yaml` says.

    `above` has the texts of a fleet of which the root is only a part: its `fleet.yaml` stands in a
    folder above.
    """

    texts: Mapping[str, Text]
    file: FleetFile
    tenants: tuple[FleetTenant, ...]
    above: "Fleet | None" = None
    _names: list[str] = field(default_factory=list, repr=False)
    _files: dict[str, FleetFile] = field(default_factory=dict, repr=False)

    @classmethod
    def now(cls, root: Path) -> "Fleet":
        """Read a root. Raises `SetupError` where there is no folder, or nothing in it."""
        texts = dict(files.texts(root))
        top = None if shared.NAME in texts else shared.root_of(root)
        is_below = top is not None and not (root / ".git").exists()
        return cls._of(texts, dict(files.texts(top)) if top and is_below else {})

    @classmethod
    def at(cls, root: Path, ref: str) -> "Fleet":
        """The same as it was at a git revision. Raises `SetupError`."""
        texts = revision.texts_at(root, ref)
        whole = None if shared.NAME in texts else revision.fleet_above(root, ref)
        return cls._of(texts, whole.texts if whole else {})

    @classmethod
    def _of(cls, texts: Mapping[str, Text], above: Mapping[str, Text]) -> "Fleet":
        own = texts.get(shared.NAME)
        file = FleetFile() if own is None else shared.parsed_file(shared.NAME, own)
        over = cls(above, FleetFile(), (), None, sorted(above)) if above else None
        return cls(texts, file, tuple(_tenants(texts, file)), over, sorted(texts))

    def digest(self, place: str) -> str:
        """A digest of the bytes of which a tenant's desired state is made."""
        holder, name = self._fleet_file(place)
        named = list(self._below(place))
        if name:
            folders = holder._shared_folders(name)
            named += [each for below in folders.values() for each in holder._below(below)]
            named.append((name, holder.texts[name]))
        whole = sha256()
        for each in named:
            whole.update(repr(each).encode("utf-8", "replace"))
        return whole.hexdigest()

    def documents(self, place: str) -> Loaded:
        """The documents of one tenant, with the shared files under its own."""
        start = "" if place == "." else f"{place}/"
        own = folder.parsed((name.removeprefix(start), text) for name, text in self._below(place))
        holder, name = self._fleet_file(place)
        if not name:
            return own
        folders = holder._shared_folders(name)
        return shared.layered(
            own, holder._files[name], lambda each: folder.parsed(holder._below(folders[each]))
        )

    def _fleet_file(self, place: str) -> tuple["Fleet", str]:
        """Whose texts hold the `fleet.yaml` nearest above a folder, and its name; else ""."""
        names = ((parent / shared.NAME).as_posix() for parent in PurePosixPath(place).parents)
        name = next((name for name in names if name in self.texts), "")
        return (self, name) if name or not self.above else (self.above, shared.NAME)

    def _shared_folders(self, name: str) -> Mapping[str, str]:
        """The folders that a `fleet.yaml` names, by that name, as they are called in the texts."""
        if name not in self._files:
            self._files[name] = shared.parsed_file(name, self.texts[name])
        top = PurePosixPath(name).parent
        return {each: (top / each).as_posix() for each in self._files[name].shared}

    def _below(self, place: str) -> Iterator[tuple[str, Text]]:
        start = "" if place == "." else f"{place}/"
        for name in islice(self._names, bisect_left(self._names, start), None):
            if not name.startswith(start):
                return
            yield name, self.texts[name]


def _tenants(texts: Mapping[str, Text], file: FleetFile) -> Iterator[FleetTenant]:
    """Every tenant by folder; those that `fleet.yaml` lists, where it has a list."""
    blocks: dict[str, list[tuple[str, Text]]] = {}
    for name, text in texts.items():
        if isinstance(text, Diagnostic) or state.TENANT_KEY.search(text.encode("utf-8", "replace")):
            place = PurePosixPath(name).parent.as_posix()
            blocks.setdefault(place, []).append((PurePosixPath(name).name, text))
    found = {place: _tenant(place, named) for place, named in blocks.items()}
    tenants = {
        place: tenant
        for place, tenant in found.items()
        if tenant and (tenant.tenant or not _is_inside(place, found, file))
    }
    if file.tenants is None:
        yield from (tenants[place] for place in sorted(tenants))
        return
    for place in dict.fromkeys(file.tenants):
        missing = FleetTenant(
            *(place, None, f"{shared.NAME} lists {place}, where no file has a tenant block"),
            hint="write a `tenant:` block there, or remove it from `tenants`",
        )
        yield tenants.get(place, missing)


def _is_inside(place: str, found: Mapping[str, FleetTenant | None], file: FleetFile) -> bool:
    """Whether a folder without a block is part of a tenant's folder, or of a shared one."""
    above = [parent.as_posix() for parent in PurePosixPath(place).parents]
    return any(found.get(parent) for parent in above) or bool({place, *above} & {*file.shared})


def _tenant(place: str, named: list[tuple[str, Text]]) -> FleetTenant | None:
    """The tenant of a folder; None where nothing in it is a tenant block."""
    read = folder.parsed(named)
    holders = [document for document in read.documents if "tenant" in document.content]
    block = declarations.tenant(holders, [])
    if block and block.name and block.provider:
        return FleetTenant(place, block, labels=block.labels)
    if holders:
        where = holders[0].at("tenant")
        reason = f"{where}: the block lacks a name or a provider"
        return FleetTenant(place, None, reason, hint="write `tenant: {name: ..., provider: ...}`")
    if read.diagnostics:
        first = read.diagnostics[0]
        return FleetTenant(place, None, f"{first.position}: {first.summary}", hint=first.hint or "")
    return None
