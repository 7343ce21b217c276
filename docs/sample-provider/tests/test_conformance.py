"""The conformance suite of `reconciler`, run on Switchboard."""

from collections.abc import Iterator

import pytest
import switchboard

from reconciler.testing import Listing, StandIn
from reconciler.testing.suite import ProviderTests

PEOPLE = Listing(
    path="/sites/main/people",
    entries="items",
    total="total",
    keys={
        "preferred_name": "nickname",
        "extension": "number",
        "active": "enabled",
        "skills": "grades",
    },
)


class TestSwitchboard(ProviderTests):
    @pytest.fixture
    def stand_in(self) -> Iterator[StandIn]:
        with switchboard.running() as store:
            yield StandIn(
                provider="switchboard",
                tenant={"url": "{url}", "token_env": "RECONCILER_TOKEN_TEST", "site": "main"},
                environ={"RECONCILER_TOKEN_TEST": switchboard.KEY},
                url=store.url,
                seed=store.seed,
                snapshot=store.snapshot,
                listing=PEOPLE,
            )
