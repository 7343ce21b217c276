"""The story's beginning, made once."""

from pathlib import Path

import pytest

from tests.apply import survival


@pytest.fixture(scope="session")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tenant's database, to be copied by each case."""
    return survival.seeded(tmp_path_factory.mktemp("story"))
