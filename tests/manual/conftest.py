"""An administrator with forty agents, ten of whom the files are about."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.manual.office import Office
from tests.manual.stand_in import Console, Human, tenant
from tests.providers import servers
from tests.running import Run

FIRST = ("Ana Diaz", "Bo Chen", "Chidi Okafor", "Dagny Lund", "Eve O'Hara")


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run: Run) -> Iterator[Office]:
    """Five people with voice and support; more are added by a test."""
    humans = [
        Human(name, f"400{n}", licenses={"voice"}, levels={"support": 5})
        for n, name in enumerate(FIRST, 1)
    ]
    console = Console(humans, ["support", "sales"])
    with tenant(console):
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv("RECONCILER_TOKEN_X", servers.TOKEN)
        monkeypatch.delenv("RECONCILER_HOSTS", raising=False)
        yield Office(tmp_path, console, run)
