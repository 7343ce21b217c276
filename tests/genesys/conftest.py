"""The stand-in of Genesys Cloud for every test in this folder."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from reconciler import sandbox
from tests.genesys.stand_in import BLOCK, ID, POOLS, SECRET, STATE, StandIn


@pytest.fixture
def genesys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[StandIn]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("RECONCILER_HOSTS", raising=False)
    with sandbox.start(tmp_path / "tenant.db", pools=POOLS) as running:
        monkeypatch.setenv(ID, "admin")
        monkeypatch.setenv(SECRET, running.tokens["admin"])
        stand_in = StandIn(running, tmp_path, BLOCK.format(url=running.root))
        stand_in.declare(STATE)
        yield stand_in
