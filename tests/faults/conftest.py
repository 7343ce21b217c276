"""Databases of the scenarios, made once in a run."""

import pytest

from tests.faults.judge import Databases


@pytest.fixture(scope="session")
def databases(tmp_path_factory: pytest.TempPathFactory) -> Databases:
    return Databases(tmp_path_factory.mktemp("scenarios"))
