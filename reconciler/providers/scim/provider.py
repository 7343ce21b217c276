"""A SCIM tenant, opened."""

from collections.abc import Iterable

from reconciler.model import License, Reading, Tenant
from reconciler.providers.api import Connection, ProviderType
from reconciler.providers.scim import mapping
from reconciler.providers.scim.discovery import discover, with_agents
from reconciler.providers.scim.members import MemberReader
from reconciler.providers.scim.reader import ScimReader
from reconciler.providers.scim.writer import ScimWriter
from reconciler.providers.transport import MEDIA, Transport


class ScimProvider:
    """Discovers once; the writer knows what the reader last saw.

    `licenses` are names that count as licenses besides those we know and the tenant's pools.
    `tenant` may state a mapping and a page size.
    """

    def __init__(
        self,
        transport: Transport,
        licenses: Iterable[License] = (),
        tenant: Tenant | None = None,
    ) -> None:
        self._transport = transport
        stated = mapping.of(tenant.mapping, "core") if tenant and tenant.mapping else None
        self.service = with_agents(transport, discover(transport, stated))
        members = MemberReader(transport, self.service)
        self.writer = ScimWriter(transport, self.service, members)
        reader = ScimReader(
            transport, self.service, members, licenses, tenant.page_size if tenant else None
        )
        self.reader = RememberingReader(reader, self.writer)

    def close(self) -> None:
        self._transport.close()


class RememberingReader:
    """A reader whose readings the writer is told of."""

    def __init__(self, reader: ScimReader, writer: ScimWriter) -> None:
        self._reader, self._writer = reader, writer

    def read(self) -> Reading:
        reading = self._reader.read()
        self._writer.remember(reading.resources)
        return reading


def _open(connection: Connection) -> ScimProvider:
    transport = connection.transport(media=MEDIA)
    try:
        return ScimProvider(transport, connection.pools or (), connection.tenant)
    except BaseException:
        transport.close()
        raise


PROVIDER = ProviderType(_open)
