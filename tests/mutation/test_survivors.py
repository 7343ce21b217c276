"""What `python -m tests.mutation` showed to have no test, one test for each."""

from tests.desired import read


def first_place(*texts: str) -> str:
    """The end of the only `duplicate-address` finding: where the first declaration is."""
    (summary,) = [d.summary for d in read(*texts).diagnostics if d.rule == "duplicate-address"]
    return summary.partition("; ")[2]


def test_the_first_declaration_of_a_range_is_named() -> None:
    text = "extension_ranges: {web: {purpose: webrtc_agent, range: 4000-4999}}"
    assert first_place(text, text).startswith("the first is at 1.yaml:1")


def test_the_first_tenant_block_is_named() -> None:
    assert first_place("tenant: {name: acme, provider: sandbox}").startswith("the first is at ")
