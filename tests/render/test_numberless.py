"""A license pool of which neither the files nor the tenant say how many seats it has."""

import pytest

from reconciler.model import Seats
from reconciler.render import html, markdown, text
from tests.render import made


@pytest.mark.parametrize("render", [text.plan, markdown.plan, html.plan])
def test_a_pool_without_a_number_is_shown_without_one(render: object) -> None:
    pool = Seats("fax", None, 3, 5, 5, None, 0)
    assert callable(render)
    shown = render(made.plan(seats=(pool,)))
    assert "fax" in shown
    assert "None" not in shown
