"""The tests that every provider has to pass.

Derive a class whose name begins with `Test` from `ProviderTests`, and give it a fixture `stand_in`.
A provider that cannot write passes the tests of writing by refusing to.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from reconciler.testing import proxy
from reconciler.testing.reading import ReadingTests
from reconciler.testing.stand_in import Listing, StandIn
from reconciler.testing.trial import Clock, Trial
from reconciler.testing.writing import WritingTests


class ProviderTests(ReadingTests, WritingTests):
    """One class for one provider."""

    @pytest.fixture
    def stand_in(self) -> StandIn:
        """To be replaced: the server that the provider is tried on, with an empty store."""
        pytest.fail("give the class a fixture `stand_in` that returns a StandIn")

    @pytest.fixture
    def trial(
        self, stand_in: StandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> Iterator[Trial]:
        """The provider, opened on the stand-in through a proxy."""
        monkeypatch.chdir(stand_in.root or tmp_path)
        monkeypatch.delenv("RECONCILER_HOSTS", raising=False)
        for name, value in stand_in.environ.items():
            monkeypatch.setenv(name, value)
        clock = Clock()
        with ExitStack() as stack:
            between = None
            if stand_in.url:
                paths = (stand_in.reads_by_post, stand_in.token_paths)
                between = stack.enter_context(proxy.started(stand_in.url, clock, *paths))
            yield Trial(stand_in, stand_in.root or tmp_path, between, clock)

    @pytest.fixture
    def connected(self, trial: Trial) -> Trial:
        """The same, where there is a connection that can fail."""
        if not trial.has_connection:
            pytest.skip("the provider starts its tenant itself: there is no connection to spoil")
        return trial

    @pytest.fixture
    def listed(self, connected: Trial) -> Listing:
        """How the service lists people; everything is seeded."""
        listing = connected.stand_in.listing
        if listing is None:
            pytest.skip("the stand-in names no listing: whether an answer is whole is not tried")
        connected.seed()
        return listing
