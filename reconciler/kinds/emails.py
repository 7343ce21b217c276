"""Normalize e-mails and names for comparison, alike for the files and for every tenant."""

import re
import unicodedata

PARKED = "parked"
FORMER = "former"
"""Tags of e-mails: of somebody whose next one is not free yet, and of a replaced agent whose
successor took the e-mail over.
"""

_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x9f\xad\u034f\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u115f\u1160"
    "\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u2800\u3164\ud800-\udfff"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U000110bd\U000110cd\U00013430-\U0001343f"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
"""Controls, format and bidirectional characters, half characters, and what Unicode lists as
`Default_Ignorable_Code_Point` (DerivedCoreProperties.txt); also the empty braille pattern. Tabs and
line breaks are blanks, which no e-mail has either.
"""


def email_key(email: str) -> str:
    """An e-mail as it is compared and kept everywhere: in lower case and composed (NFC)."""
    return email.lower() if email.isascii() else composed(composed(email).lower())


def composed(text: str) -> str:
    """A text in Unicode's normal form C: a letter and its accent are one character."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def invisible(text: str) -> str | None:
    """The first character that no reader sees, as `U+200B ZERO WIDTH SPACE`; None without one."""
    if text.isascii() and text.isprintable():
        return None
    match = _INVISIBLE.search(text)
    if match is None:
        return None
    return f"U+{ord(match.group()):04X} {unicodedata.name(match.group(), '')}".rstrip()


def tagged(email: str, tag: str, number: int = 1) -> str:
    """Another e-mail of the same mailbox: `ana+parked2@acme.example`."""
    mailbox, at, domain = email.partition("@")
    joint = "." if "+" in mailbox else "+"
    return f"{mailbox}{joint}{tag}{number if number > 1 else ''}{at}{domain}"
