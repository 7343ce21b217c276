"""A tenant of one's own for each test, empty or as the packaged seed has it."""

from collections.abc import Iterator

import pytest

from reconciler import sandbox
from tests.sandbox.tenant import Client


@pytest.fixture
def tenant() -> Iterator[Client]:
    """An empty tenant with few seats, seen by an administrator."""
    pools = {"voice": (3, None), "web_chat": (2, "voice"), "sms": (1, "voice")}
    with sandbox.start(pools=pools) as running:
        yield Client(running)


@pytest.fixture(scope="module")
def lasting() -> Iterator[Client]:
    """One empty tenant for all tests of a module that leave nothing behind."""
    with sandbox.start() as running:
        yield Client(running)


@pytest.fixture
def acme() -> Iterator[Client]:
    """The packaged company, seen by an administrator."""
    with sandbox.start(seed="acme") as running:
        yield Client(running)
