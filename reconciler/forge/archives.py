"""One small file out of an artefact's ZIP archive, which may have been made by anybody."""

import stat
import zipfile
import zlib
from io import BytesIO
from typing import Final

from reconciler.errors import StalePlanError

LARGEST_ARCHIVE: Final = 1024 * 1024
LARGEST_FILE: Final = 64 * 1024
HINT: Final = "have the new plan approved"


def only_file(archive: bytes, name: str) -> bytes:
    """Return the content of the archive's only entry. Nothing is written to a disk.

    Raises `StalePlanError` for another entry, a link, a path, or more than `LARGEST_FILE` bytes,
    whatever size the entry states.
    """
    try:
        with zipfile.ZipFile(BytesIO(archive)) as opened:
            entries = opened.infolist()
            if [entry.filename for entry in entries] != [name]:
                raise _refusal(f"it does not hold {name} and nothing else")
            if stat.S_IFMT(entries[0].external_attr >> 16) not in (0, stat.S_IFREG):
                raise _refusal(f"its {name} is not a regular file")
            with opened.open(entries[0]) as file:
                content = file.read(LARGEST_FILE + 1)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, ValueError) as error:
        raise _refusal("it is no ZIP archive that can be opened") from error
    if len(content) > LARGEST_FILE:
        raise _refusal(f"its {name} is larger than {LARGEST_FILE} bytes")
    return content


def _refusal(reason: str) -> StalePlanError:
    return StalePlanError(f"the artefact of the approval is refused: {reason}", hint=HINT)
