"""Pause the garbage collector while large object graphs are built.

Collections during the build would double its time. The finished graph lives until the process
ends, so it is frozen out of later collections as well.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def paused() -> Iterator[None]:
    """Pause the collector; nested calls are allowed, the outermost one resumes it."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.freeze()
            gc.enable()
