"""A tenant that is read while its files are still being parsed.

Whatever goes wrong with it is told to whoever asks for the provider, and to nobody where the files
turn out to be wrong: their errors come first.
"""

from collections.abc import Iterable, Iterator
from concurrent.futures import Future

from reconciler.model import License, Reading, Tenant, Writer
from reconciler.providers.scim.provider import ScimProvider
from reconciler.providers.transport import Transport
from reconciler.providers.workers import Workers


class Ahead:
    """Begins to read at once. The names that count as licenses are waited for: files state them."""

    def __init__(self, tenant: Tenant, transport: Transport) -> None:
        self.tenant = tenant
        self._transport = transport
        self._licenses: Future[Iterable[License]] = Future()
        with Workers(1) as workers:
            self._read = workers.submit(self._begin)

    def __iter__(self) -> Iterator[License]:
        return iter(self._licenses.result())

    def provider(self, licenses: Iterable[License]) -> "Begun":
        """Waits for the reading. Raises `CannotTellError`."""
        self._licenses.set_result(frozenset(licenses))
        return Begun(*self._read.result())

    def abandon(self) -> None:
        """Nobody will ask: what is under way ends unheard. Says nothing where somebody has."""
        self._licenses.cancel()

    def _begin(self) -> tuple[ScimProvider, Reading]:
        try:
            provider = ScimProvider(self._transport, self, self.tenant)
            return provider, provider.reader.read()
        except BaseException:
            self._transport.close()
            raise


class Begun:
    """A provider whose first reading is there already."""

    def __init__(self, provider: ScimProvider, reading: Reading) -> None:
        self._provider, self._first = provider, [reading]

    @property
    def reader(self) -> "Begun":
        return self

    @property
    def writer(self) -> Writer:
        return self._provider.writer

    def read(self) -> Reading:
        return self._first.pop() if self._first else self._provider.reader.read()

    def close(self) -> None:
        self._provider.close()
