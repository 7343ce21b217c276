"""Readers of strangers' bytes, tried with what was found before and with changes of it.

`RECONCILER_FUZZ=20000 pytest tests/fuzz` tries as many of each; `guided.py` follows coverage.
"""

import os
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzz import targets

EXAMPLES = int(os.environ.get("RECONCILER_FUZZ", "40"))
TOKENS = (
    *(
        b"\0",
        b"\xff",
        b"\xef\xbb\xbf",
        b"\xed\xa0\x80",
        b"\r",
        b"\x85",
        b"\xe2\x80\xae",
        b"\x1b[31m",
    ),
    *(
        b"null",
        b"NaN",
        b"1e999",
        b"-0",
        b"9" * 400,
        b"true",
        b"\\ud800",
        b'""',
        b"''",
        b"{}",
        b"[]",
    ),
    *(b"&a", b"*a", b"<<:", b"!!python/object", b"---", b"...", b"? ", b"|", b">", b"%TAG", b"\t"),
    *(b",", b";", b'"', b"=cmd", b"../", b"%00", b"0x1f", b"2027-02-30", b"agent/", b"." * 300),
)


@st.composite
def changed(draw: st.DrawFn, seeds: list[bytes]) -> bytes:
    """One of the seeds, with a few things put in, left out, doubled or put elsewhere."""
    data = draw(st.sampled_from(seeds))
    for _ in range(draw(st.integers(0, 4))):
        start = draw(st.integers(0, len(data)))
        end = min(len(data), start + draw(st.integers(0, 40)))
        piece = draw(st.sampled_from(TOKENS) | st.binary(max_size=8) | st.just(data[start:end] * 2))
        data = data[:start] + piece + data[draw(st.sampled_from((start, end))) :]
    return data


def fuzz(name: str) -> Callable[[], None]:
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=EXAMPLES <= 100,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(changed(targets.corpus(name)))
    def trial(data: bytes) -> None:
        targets.run(name, data)

    return trial


@pytest.mark.parametrize("name", targets.TARGETS)
def test_a_reader_ends_with_a_value_or_a_sentence(name: str) -> None:
    fuzz(name)()


@pytest.mark.parametrize(
    ("name", "data"),
    [
        pytest.param(name, path.read_bytes(), id=f"{name}-{path.name}")
        for name in targets.TARGETS
        for path in sorted((targets.CORPUS / name).iterdir())
    ],
)
def test_what_was_found_once_stays_mended(name: str, data: bytes) -> None:
    targets.run(name, data)
