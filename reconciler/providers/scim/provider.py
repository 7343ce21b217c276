"""A SCIM tenant, opened."""

from collections.abc import Iterable

from reconciler.model import License, Reading
from reconciler.providers.scim.discovery import discover
from reconciler.providers.scim.reader import ScimReader
from reconciler.providers.scim.writer import ScimWriter
from reconciler.providers.transport import Transport


class ScimProvider:
    """Discovers once; the writer knows what the reader last saw.

    `licenses` are names that count as licenses besides those we know and the tenant's pools.
    """

    def __init__(self, transport: Transport, licenses: Iterable[License] = ()) -> None:
        self._transport = transport
        service = discover(transport)
        self.writer = ScimWriter(transport, service)
        self.reader = RememberingReader(ScimReader(transport, service, licenses), self.writer)

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
