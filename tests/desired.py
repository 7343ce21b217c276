"""Files as texts, read the way the commands read them."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from reconciler import load, validate
from reconciler.diagnostics import Diagnostic, in_order
from reconciler.load import folder
from reconciler.model import Desired, Resource

TODAY = date(2026, 11, 24)
TENANT = "tenant: {name: acme, provider: sandbox}\n"


@dataclass(frozen=True, slots=True)
class Read:
    """What some files came to."""

    desired: Desired
    diagnostics: list[Diagnostic]

    @property
    def rules(self) -> list[str]:
        return [diagnostic.rule for diagnostic in self.diagnostics]

    @property
    def agent(self) -> Resource:
        """The one agent that they hold."""
        found = {**self.desired.resources, **self.desired.waiting}.values()
        return next(resource for resource in found if resource.kind == "agent")


def read(*texts: str, as_of: date = TODAY, tenant: str = TENANT) -> Read:
    """Texts as files `1.yaml`, `2.yaml`, … besides one that names the tenant."""
    named = {"tenant.yaml": tenant} if tenant else {}
    named |= {f"{number}.yaml": text for number, text in enumerate(texts, start=1)}
    return _read(folder.parsed(named.items()), as_of)


def read_folder(place: Path, as_of: date = TODAY) -> Read:
    return _read(load.documents(place), as_of)


def _read(loaded: load.Loaded, as_of: date) -> Read:
    documents, refused = validate.schema(loaded.documents)
    desired = load.state(documents, as_of=as_of)
    found = [*loaded.diagnostics, *refused, *validate.offline(desired, whole=loaded.whole)]
    return Read(desired, in_order(found))
