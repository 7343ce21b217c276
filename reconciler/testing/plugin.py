"""The pytest plug-in: explains the assertions of the suite. It does nothing unless it is used."""

import pytest

pytest.register_assert_rewrite(
    *(f"reconciler.testing.{module}" for module in ("expect", "reading", "trial", "writing"))
)
