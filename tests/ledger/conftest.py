"""Each test of the ledger runs on both databases."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from reconciler.ledger.sql import SqlLedger
from tests.ledger.kept import PLACES, Place


@pytest.fixture(params=sorted(PLACES))
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    with PLACES[request.param](tmp_path) as found:
        yield found
        found.close()


@pytest.fixture
def ledger(place: Place) -> SqlLedger:
    return place.open()
