"""The storage contract of `scim2-server`, as the library ships it, on the tenant's own database."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from scim2_models import ScimProvider
from scim2_server.testing import ScimStorageContract

from reconciler.sandbox.database import Database
from reconciler.sandbox.scim import models
from reconciler.sandbox.scim.storage import TenantStorage


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = Database(tmp_path / "tenant.db")
    yield opened
    opened.close()


class TestAnyService(ScimStorageContract):
    """The default resource types of RFC 7643, with the enterprise extension."""

    @pytest.fixture
    def storage(self, database: Database, provider: ScimProvider) -> TenantStorage:
        return TenantStorage(database, provider, core=True)


class TestFullTenant(ScimStorageContract):
    """The tenant as it announces itself, with the agent extension."""

    @pytest.fixture
    def provider(self) -> ScimProvider:
        return models.full()

    @pytest.fixture
    def storage(self, database: Database, provider: ScimProvider) -> TenantStorage:
        return TenantStorage(database, provider)

    def search_users(self) -> list[dict[str, Any]]:
        """Without the enterprise extension, which this service does not announce."""
        return [
            {name: value for name, value in user.items() if not name.startswith("urn:")}
            for user in super().search_users()
        ]
