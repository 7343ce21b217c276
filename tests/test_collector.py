"""The collector waits, runs again, and leaves alone what was made in between."""

import gc
from collections.abc import Iterator

import pytest

from reconciler import collector


@pytest.fixture(autouse=True)
def thawed() -> Iterator[None]:
    yield
    gc.unfreeze()


def test_only_the_outermost_pause_ends_the_pause() -> None:
    with collector.paused():
        with collector.paused():
            assert not gc.isenabled()
        assert not gc.isenabled()
    assert gc.isenabled()


def test_what_was_made_is_not_looked_through_later() -> None:
    with collector.paused():
        made = [[number] for number in range(1000)]
    assert gc.get_freeze_count() > len(made)


def test_the_collector_runs_again_after_an_error() -> None:
    with pytest.raises(KeyError), collector.paused():
        raise KeyError
    assert gc.isenabled()
