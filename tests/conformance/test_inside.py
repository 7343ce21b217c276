"""Our own providers pass the suite that those of others have to pass."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from reconciler.providers.genesys import api
from reconciler.providers.sandbox import database
from reconciler.testing import Listing, StandIn
from reconciler.testing.suite import ProviderTests
from reconciler.testing.trial import NAME
from tests.conformance.sandbox_store import SandboxStore, serving

TOKEN = "RECONCILER_TOKEN_TEST"
ID, SECRET = "RECONCILER_CLIENT_ID_TEST", "RECONCILER_CLIENT_SECRET_TEST"


class TestSandbox(ProviderTests):
    @pytest.fixture
    def stand_in(self, tmp_path: Path) -> StandIn:
        store = SandboxStore(database(tmp_path, NAME))
        return StandIn("sandbox", {}, None, store.seed, store.snapshot)


class TestScim(ProviderTests):
    """What a SCIM service leaves out is empty (RFC 7643 section 2.5), so there are no `keys`."""

    @pytest.fixture
    def stand_in(self, tmp_path: Path) -> Iterator[StandIn]:
        store = SandboxStore(tmp_path / "tenant.db")
        with serving(store) as running:
            yield StandIn(
                "scim",
                {"url": "{url}", "token_env": TOKEN, "page_size": 10},
                running.url,
                store.seed,
                store.snapshot,
                Listing("/scim/v2/Users", "Resources", "totalResults"),
                {TOKEN: running.tokens["admin"]},
            )


class TestXima(ProviderTests):
    """Two whole lists, and no way to write."""

    @pytest.fixture
    def stand_in(self, tmp_path: Path) -> Iterator[StandIn]:
        store = SandboxStore(tmp_path / "tenant.db", by="extension", targets_as="queue")
        with serving(store) as running:
            yield StandIn(
                "xima",
                {"url": "{url}", "token_env": TOKEN, "request_interval": 0},
                running.root,
                store.seed,
                store.snapshot,
                Listing("/rest/api/v1/agents", "agents", keys={"phone": "type"}, pages=False),
                {TOKEN: running.tokens["admin"]},
            )


class TestGenesys(ProviderTests):
    @pytest.fixture
    def stand_in(self, tmp_path: Path) -> Iterator[StandIn]:
        store = SandboxStore(tmp_path / "tenant.db")
        with serving(store) as running:
            yield StandIn(
                "genesys",
                {
                    "url": "{url}",
                    "login_url": "{url}",
                    "client_id_env": ID,
                    "client_secret_env": SECRET,
                    "request_interval": 0,
                    "licenses": {"voice": "sandbox_voice", "web_chat": "sandbox_web_chat"},
                },
                running.root,
                store.seed,
                store.snapshot,
                Listing(api.USERS, "entities", "total", keys={"skills": "skills"}, pages=False),
                {ID: "admin", SECRET: running.tokens["admin"]},
                reads_by_post=api.READS_BY_POST,
                token_paths=frozenset({"/oauth/token"}),
            )
