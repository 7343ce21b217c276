"""Let a test that runs as root be refused what file modes refuse everybody else."""

import ctypes
import os
import struct
from collections.abc import Iterator
from contextlib import contextmanager

_VERSION_3 = 0x20080522
_OVERRIDES = 0b110
"""CAP_DAC_OVERRIDE (1) and CAP_DAC_READ_SEARCH (2) of capabilities(7)."""


@contextmanager
def file_modes_count() -> Iterator[None]:
    """Takes root's two file capabilities from this thread, and gives them back.

    Needed only for root; everybody else has none of them.
    """
    if os.geteuid() != 0:
        yield
        return
    before = _capabilities()
    _set((before[0] & ~_OVERRIDES, *before[1:]))
    try:
        yield
    finally:
        _set(before)


def _capabilities() -> tuple[int, ...]:
    """Effective, permitted and inheritable, the low words first (capget(2))."""
    header, data = struct.pack("Ii", _VERSION_3, 0), ctypes.create_string_buffer(24)
    assert ctypes.CDLL(None, use_errno=True).capget(header, data) == 0
    return struct.unpack("6I", data.raw)


def _set(words: tuple[int, ...]) -> None:
    header, data = struct.pack("Ii", _VERSION_3, 0), struct.pack("6I", *words)
    assert ctypes.CDLL(None, use_errno=True).capset(header, data) == 0
