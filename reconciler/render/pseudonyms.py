"""Pseudonyms for the people of one tenant: what they are made of, and finding people in sentences.

A pseudonym is keyed with the name of the tenant: one text has one pseudonym in every rendering of
that tenant, and another one elsewhere. That protects against reading names in a shared report,
against search engines, and against joining the reports of two tenants. It does not protect against
somebody who knows the tenant's name and has a list of candidates: they can compute the pseudonyms
of that list and look which occur.
"""

import hashlib
import hmac
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import takewhile
from typing import Final

from reconciler import kinds
from reconciler.model import Address, Value

DOMAIN: Final = "@redacted.invalid"
NAMES: Final = frozenset(row.name for row in kinds.AGENT_FIELDS if row.is_personal)

_EMAIL: Final = re.compile(
    r"[^\s@<>\"'()\[\],;:/|{}]+@[^\s@<>\"'()\[\],;:/|{}]*[^\s@<>\"'()\[\],;:/|{}.]"
)
_TOKEN: Final = re.compile(r"\w+|[^\w\s]")
_NUMBERED: Final = re.compile(r"\b(\d{2,}) (\w[\w.'’-]*(?: \w[\w.'’-]*){0,3})")
_PSEUDONYM: Final = re.compile(r"Person [0-9a-f]{10}\b")
_LABEL: Final = re.compile(r"(\d+) (.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class People:
    """The pseudonyms of one tenant, and the names and e-mails to look for in sentences."""

    tenant: str
    _by_token: dict[str, list[str]] = field(default_factory=dict, repr=False)

    def name(self, name: str) -> str:
        return f"Person {self._token(name)}" if name else name

    def email(self, email: str) -> str:
        return f"person-{self._token(kinds.email_key(email))}{DOMAIN}" if email else email

    def by(self, somebody: str) -> str:
        """Who did or said something: an e-mail or a name."""
        return self.email(somebody) if "@" in somebody else self.name(somebody)

    def address(self, address: Address) -> Address:
        """An agent's address by e-mail; an extension stays, and so do queues and skills."""
        kind, name = kinds.kind_of(address), kinds.name_of(address)
        if kind not in (kinds.AGENT, kinds.DIRECTORY_ENTRY) or name.isdecimal():
            return address
        return kinds.address(kind, self.email(name))

    def label(self, address: Address, label: str) -> str:
        """`4001 Ana Diaz` becomes `4001 Person 5f2c9a01b3`."""
        extension, name = parted(address, label)
        if name is None:
            return label
        shown = self.email(name) if name == kinds.name_of(address) else self.name(name)
        return f"{extension} {shown}".strip()

    def value(self, kind: str, path: str, value: Value) -> Value:
        if not isinstance(value, str) or kind not in (kinds.AGENT, kinds.DIRECTORY_ENTRY):
            return value
        if path in NAMES:
            return self.name(value)
        return self.email(value) if path == "email" else self.prose(value)

    def prose(self, text: str) -> str:
        """A sentence: every known name and e-mail, and whatever else looks like an e-mail."""
        parts, end = [], 0
        for token in _TOKEN.finditer(text):
            if token.start() >= end and (known := self._match_at(text, token)):
                parts += [text[end : token.start()], self._pseudonym(known)]
                end = token.start() + len(known)
        return _EMAIL.sub(
            self._unknown, _NUMBERED.sub(self._stranger, "".join([*parts, text[end:]]))
        )

    def _match_at(self, text: str, token: re.Match[str]) -> str | None:
        for known in self._by_token.get(token[0], ()):
            after = text[token.start() + len(known) :][:1]
            if text.startswith(known, token.start()) and not (_word(known[-1]) and _word(after)):
                return known
        return None

    def _pseudonym(self, known: str) -> str:
        return self.email(known) if "@" in known else self.name(known)

    def _unknown(self, match: re.Match[str]) -> str:
        return match[0] if match[0].endswith(DOMAIN) else self.email(match[0])

    def _stranger(self, match: re.Match[str]) -> str:
        """Capitalized words behind a number look like a label: somebody who stands nowhere else."""
        words = match[2].split(" ")
        name = " ".join(takewhile(lambda word: word[0].isupper(), words))
        if not name or (name == "Person" and _PSEUDONYM.match(match[2])):
            return match[0]
        return f"{match[1]} {self.name(name)}{match[2][len(name) :]}"

    def _token(self, text: str) -> str:
        key, content = (part.encode("utf-8", "backslashreplace") for part in (self.tenant, text))
        return hmac.new(key, content, hashlib.sha256).hexdigest()[:10]


def people(tenant: str, texts: Iterable[str]) -> People:
    """`texts` are the names and e-mails to look for, longest first where they begin alike."""
    by_token: dict[str, list[str]] = {}
    for text in sorted({text.strip() for text in texts}, key=lambda text: (-len(text), text)):
        if token := _TOKEN.match(text):
            by_token.setdefault(token[0], []).append(text)
    return People(tenant, by_token)


def parted(address: Address, label: str) -> tuple[str, str | None]:
    """Extension and name of a label; no name where there is none to hide."""
    if kinds.kind_of(address) not in (kinds.AGENT, kinds.DIRECTORY_ENTRY) or label.isdecimal():
        return "", None
    match = _LABEL.fullmatch(label)
    return (match[1], match[2]) if match else ("", label)


def _word(character: str) -> bool:
    return character.isalnum() or character == "_"
