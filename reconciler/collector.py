"""The garbage collector waits while a hundred thousand things are made and none is dropped.

Looking through them again and again would double the time; and what is there in the end stays to
the end, so that it is not looked through later either.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def paused() -> Iterator[None]:
    """May be nested; the outermost one lets the collector run again."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.freeze()
            gc.enable()
