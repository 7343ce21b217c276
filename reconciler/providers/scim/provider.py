"""A SCIM tenant, opened."""

from collections.abc import Mapping

from reconciler.model import Address, Reading, Resource
from reconciler.providers.scim.discovery import discover
from reconciler.providers.scim.reader import ScimReader
from reconciler.providers.scim.writer import ScimWriter
from reconciler.providers.transport import Transport


class ScimProvider:
    """Discovers once; the writer knows what the reader last saw."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        service = discover(transport)
        self.writer = ScimWriter(transport, service)
        self.reader = RememberingReader(ScimReader(transport, service), self.writer)

    def close(self) -> None:
        self._transport.close()


class RememberingReader:
    """A reader whose readings the writer is told of."""

    def __init__(self, reader: ScimReader, writer: ScimWriter) -> None:
        self._reader, self._writer = reader, writer

    def read(self) -> Reading:
        reading = self._reader.read()
        resources: Mapping[Address, Resource] = reading.resources
        self._writer.remember(resources)
        return reading
