"""Bytes to text: UTF-8 and UTF-16 as they say of themselves, everything else as Windows-1252."""

import codecs
from typing import Final

from reconciler.diagnostics import Diagnostic, Position
from reconciler.roster import wording

_WORKBOOKS: Final = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
_UTF_16: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def decoded(content: bytes, file: str) -> tuple[str | None, list[Diagnostic]]:
    """The text without its mark, and what is to be told; None where it cannot be read."""
    start = Position(file, 1, 1)
    if len(content) > wording.LARGEST:
        return None, [wording.error(wording.TOO_LARGE, start)]
    if content.startswith(_WORKBOOKS):
        return None, [wording.error(wording.WORKBOOK, start)]
    if content.startswith(_UTF_16):
        try:
            return content.decode("utf-16"), []
        except UnicodeDecodeError:
            return None, [wording.error(wording.CUT_OFF, start)]
    try:
        return content.decode("utf-8-sig"), []
    except UnicodeDecodeError as error:
        told = wording.warning(wording.WINDOWS, _position(file, content[: error.start]))
    return _windows(content.removeprefix(codecs.BOM_UTF8)), [told]


def _windows(content: bytes) -> str:
    """Five bytes are no character of Windows-1252: they stay visible as control characters."""
    try:
        return content.decode("cp1252")
    except UnicodeDecodeError:
        return content.decode("latin-1")


def _position(file: str, before: bytes) -> Position:
    said = before.decode("utf-8-sig", "replace").replace("\r\n", "\n").replace("\r", "\n")
    return Position(file, said.count("\n") + 1, len(said) - said.rfind("\n"))
