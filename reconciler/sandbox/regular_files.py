"""Read the files that the tenant is started with: regular ones within a bound."""

import os
import stat
from pathlib import Path

LARGEST = 256 * 1024 * 1024


def text(path: Path) -> str:
    """Raises `OSError` for a pipe, a device, a folder or a file that is too large, `ValueError` for
    what is not UTF-8 or a name that no file can have.
    """
    _expect_regular(path.stat())
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY)
    with os.fdopen(descriptor, "rb") as opened:
        _expect_regular(os.fstat(descriptor))
        content = opened.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise OSError(0, f"it is larger than {LARGEST // 1024 // 1024} MB")
    return content.decode("utf-8")


def _expect_regular(status: os.stat_result) -> None:
    if stat.S_ISDIR(status.st_mode):
        raise OSError(0, "it is a folder")
    if not stat.S_ISREG(status.st_mode):
        raise OSError(0, "it is a pipe or a device, not a file")
    if status.st_size > LARGEST:
        raise OSError(0, f"it is larger than {LARGEST // 1024 // 1024} MB")
