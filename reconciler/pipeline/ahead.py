"""The tenant is read while the files are parsed: most of a reading is waiting for it."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler import load, providers, validate
from reconciler.errors import SetupError
from reconciler.model import Desired, Provider, Tenant
from reconciler.pipeline.asked import Wanted, World
from reconciler.pipeline.tenants import opened

if TYPE_CHECKING:
    from reconciler.providers.scim import Ahead


@contextmanager
def ahead(folder: Path, world: World, wanted: Wanted) -> Iterator["Ahead | None"]:
    """Begins to read where the tenant block leaves no doubt; ends quietly if nobody asks."""
    tenant = _undoubted(wanted.tenant_from or folder)
    if tenant is None:
        yield None
        return
    begun = providers.ahead(tenant, environ=world.environ, root=world.root, on_wait=world.on_wait)
    try:
        yield begun
    finally:
        if begun:
            begun.abandon()


def reached(
    desired: Desired, world: World, begun: "Ahead | None"
) -> AbstractContextManager[Provider]:
    """The tenant, for reading only: the one that is being read, if the files still mean it."""
    if begun is None or begun.tenant != desired.tenant:
        return opened(desired.tenant, world, read_only=True, desired=desired)
    return closing(begun.provider(desired.pools))


def _undoubted(folder: Path) -> Tenant | None:
    """The tenant of the one block that there is, if it is right by the schema."""
    try:
        block = load.tenant_block(folder)
    except SetupError:
        return None
    if block is None:
        return None
    documents, refused = validate.schema((block,))
    return None if refused else load.state(documents, as_of=date.min).tenant
