"""A Genesys Cloud tenant, opened."""

from datetime import UTC, datetime

from reconciler import kinds
from reconciler.model import AuditEntry, Reading, Tenant
from reconciler.providers import address as addresses
from reconciler.providers.api import Connection, ProviderType
from reconciler.providers.genesys import api, audit
from reconciler.providers.genesys.capabilities import INTERVAL, capabilities
from reconciler.providers.genesys.reader import GenesysReader
from reconciler.providers.genesys.writer import GenesysWriter
from reconciler.providers.transport import Transport


class GenesysProvider:
    """The writer knows what the reader last saw."""

    def __init__(self, transport: Transport, tenant: Tenant) -> None:
        self._transport = transport
        table = capabilities(
            has_phones=bool(tenant.webrtc_phone), has_licenses=bool(tenant.licenses)
        )
        self._reader = GenesysReader(transport, tenant, table)
        self.writer = GenesysWriter(transport, tenant)

    @property
    def reader(self) -> "GenesysProvider":
        return self

    def read(self) -> Reading:
        reading = self._reader.read(self.writer.created(), self.writer.written())
        reader = self._reader
        self.writer.remember(reader.users, reader.skills, reader.extension_pools)
        return reading

    def audit(self, reading: Reading) -> tuple[AuditEntry, ...]:
        return audit.read(self._transport, reading, datetime.now(UTC))

    def close(self) -> None:
        self._transport.close()


def _open(connection: Connection) -> GenesysProvider:
    """Client credentials from the login host, everything else from the API host."""
    tenant = connection.tenant
    login = (tenant.login_url or addresses.login_host(tenant)).rstrip("/")
    transport = connection.with_tenant(token_url=f"{login}/oauth/token").transport(
        judge=api.of_read, reads_by_post=api.READS_BY_POST, token_key="login_url"
    )
    return GenesysProvider(transport, tenant)


PROVIDER = ProviderType(_open, levels=kinds.LEVELS_OF_PROVIDER["genesys"], interval=INTERVAL)
