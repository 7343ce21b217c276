"""Take the run's secrets out of text: what comes from outside, and what is about to be written.

A tenant, a proxy or a library may repeat a token anywhere: in a status line, a nested error, a key,
base64, percent or JSON escapes, in pieces. Answers pass here before anything is made of them
(`providers.transport`); the writers of stdout, stderr, files and the ledger pass everything once
more. Secrets are the values of `RECONCILER_TOKEN*` and `RECONCILER_CLIENT_SECRET*`, the
addresses in `RECONCILER_NOTIFY`, and the passwords in ledger and proxy URLs.
"""

import base64
import html
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from html.entities import html5
from typing import Any, Final
from urllib.parse import quote, quote_plus, unquote

SHORTEST: Final = 8
"""A token has at least so many characters: a shorter value could not be told from other text."""
SHOWN: Final = "(secret)"

_NAMES: Final = re.compile(r"RECONCILER_(TOKEN|CLIENT_SECRET)")
_URLS: Final = re.compile(r"RECONCILER_LEDGER.*|(https?|all)_proxy", re.IGNORECASE)
_SMALL: Final = 100_000
"""Characters up to which a text is also searched for secrets in pieces."""
_ESCAPED: Final = re.compile(rb"\\u00[2-7]|\\/|&#?\w+;", re.IGNORECASE)
_GAP: Final = "[^0-9A-Za-z]{0,8}?"


class Scrubber:
    """Replaces every form of some secrets. Without secrets every text stays as it is."""

    def __init__(self, secrets: Iterable[str]) -> None:
        values = sorted({value for value in secrets if len(value) >= SHORTEST}, key=len)[::-1]
        self._forms = sorted({form for value in values for form in _forms(value)}, key=len)[::-1]
        self._folded = [form.lower() for form in self._forms]
        whole = list(map(re.escape, self._forms))
        starts = "".join({re.escape(form[0]) for form in self._forms} | {"%", "\\\\", "&"})
        self._exact = _alternatives(whole, starts)
        self._pieces = _alternatives([*whole, *map(_in_pieces, values)], starts)

    def __bool__(self) -> bool:
        return bool(self._forms)

    def text(self, text: str) -> str:
        if not self._forms:
            return text
        if len(text) <= _SMALL:
            return self._pieces.sub(SHOWN, text)
        folded = text.lower()
        is_held = any(form in folded for form in self._folded)
        return self._exact.sub(SHOWN, text) if is_held else text

    def value(self, value: Any) -> Any:
        """The same of parsed JSON: texts and keys at any depth."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, Mapping):
            return {self.value(key): self.value(below) for key, below in value.items()}
        if isinstance(value, list | tuple):
            return [self.value(below) for below in value]
        return value

    def error_body(self, body: Any) -> Any:
        """The body of a refusal; nothing of it where a secret stands in pieces across its texts."""
        if not self._forms:
            return body
        scrubbed = self.value(body)
        joined = "".join(_texts(scrubbed))
        return (
            {"detail": SHOWN} if self._pieces.search(joined.replace(SHOWN, "\n" * 9)) else scrubbed
        )

    def may_be_in(self, content: bytes) -> bool:
        """Whether JSON may hold a secret; False is certain, and found at the speed of a search."""
        if not self._forms:
            return False
        folded = content.lower()
        return bool(_ESCAPED.search(content)) or any(
            form.encode() in folded for form in self._folded
        )


def of(environ: Mapping[str, str], *more: str) -> Scrubber:
    """The scrubber of a run: of all secrets in its environment, and of more that it knows."""
    return _made(frozenset([*secrets(environ), *more]))


def secrets(environ: Mapping[str, str]) -> Iterator[str]:
    for name, value in environ.items():
        if _NAMES.match(name):
            yield value.strip()
        elif name == "RECONCILER_NOTIFY":
            yield from value.split()
        elif _URLS.fullmatch(name):
            yield from _passwords(value)


@lru_cache(maxsize=16)
def _made(values: frozenset[str]) -> Scrubber:
    return Scrubber(values)


def _passwords(url: str) -> Iterator[str]:
    """A password that repeats another part of its URL (`postgres:postgres@`) is none."""
    head = url.partition("//")[2].rpartition("@")[0]
    _user, _colon, password = head.partition(":")
    rest = re.split(r"[/:?&=.@]+", url.replace(f":{password}@", "@", 1))
    stated = {password, *re.findall(r"[?&]password=([^&]+)", url)} - {"", *rest[:-1]}
    for form in stated:
        yield form
        yield unquote(form)


def _alternatives(patterns: Iterable[str], starts: str) -> re.Pattern[str]:
    """`starts` are the letters with which one of them begins: most places are passed at once."""
    return re.compile(f"(?=[{starts}])(?:{'|'.join(patterns) or '(?!)'})", re.IGNORECASE)


def _forms(secret: str) -> Iterator[str]:
    """What a secret looks like as a whole, escaped and encoded."""
    raw = secret.encode()
    yield secret
    yield quote(secret, safe="")
    yield quote_plus(secret)
    yield "".join(f"%{byte:02x}" for byte in raw)
    yield json.dumps(secret)[1:-1]
    yield json.dumps(secret)[1:-1].replace("/", r"\/")
    yield "".join(f"\\u{ord(letter):04x}" for letter in secret)
    yield html.escape(secret)
    yield html.escape(secret, quote=False)
    yield raw.hex()
    yield base64.b32encode(raw).decode().rstrip("=")
    for before in range(3):
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            yield _core(encode(b"\0" * before + raw).decode(), before, len(raw))


def _core(encoded: str, before: int, size: int) -> str:
    """The letters that stand for the secret alone, whatever is encoded in front and behind."""
    return encoded[-(-before * 8 // 6) : (before + size) * 8 // 6]


def _in_pieces(secret: str) -> str:
    """A pattern of the secret, each letter in any escape, with up to eight signs between two."""
    return _GAP.join(map(_letter, secret))


def _letter(letter: str) -> str:
    code = ord(letter)
    escapes = f"%{code:02x}|\\\\u00{code:02x}|\\\\x{code:02x}|&#0*{code};|&#x0*{code:x};"
    named = "".join(f"|&{name}" for name in _entities().get(letter, ()))
    return f"(?:{escapes}{named}|{re.escape(letter)})"


@lru_cache(maxsize=1)
def _entities() -> Mapping[str, Sequence[str]]:
    """The names that HTML has for a letter: `amp;`, `lt;`, `quot;`."""
    found: dict[str, list[str]] = {}
    for name, letter in html5.items():
        if name.endswith(";"):
            found.setdefault(letter, []).append(re.escape(name))
    return found


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, below in value.items():
            yield str(key)
            yield from _texts(below)
    elif isinstance(value, list | tuple):
        for below in value:
            yield from _texts(below)
    elif value is not None:
        yield str(value)


NO_SECRETS: Final = Scrubber(())
