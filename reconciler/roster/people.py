"""Sort the rows of a roster into new people, declared agents and rows that are refused."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from reconciler import kinds
from reconciler.diagnostics import Diagnostic
from reconciler.model import Address, Desired, Resource
from reconciler.roster import numbers, wording
from reconciler.roster.declared import DeclaredAgents, declared_agents, differences
from reconciler.roster.rows import Row
from reconciler.roster.wording import Wording

_TAG: Final = "+webrtc@"


@dataclass(frozen=True, slots=True)
class Person:
    """A row with what follows from the others: the kind of phone, and the e-mail to sign in with.

    `declared` is the agent of the files who this is.
    """

    row: Row
    phone: str
    email: str | None
    declared: Resource | None

    @property
    def extension(self) -> str | None:
        """Return the number that the row brings; None where it brings none."""
        number = self.row.fields.get("extension")
        return number if isinstance(number, str) else None

    @property
    def address(self) -> Address:
        """Return the address that the entry will have."""
        return kinds.agent_address(self.email, self.extension)

    @property
    def is_tagged(self) -> bool:
        """Tell whether the e-mail differs from the one of the row."""
        return self.email != self.row.fields.get("email")


First = dict[tuple[str, str], Person]
"""By field and value, the first row with it."""


@dataclass(slots=True)
class Sorted:
    """The people of a roster, and the lines of those who are left out."""

    newcomers: list[Person] = field(default_factory=list)
    declared: list[Address] = field(default_factory=list)
    left_out: set[int] = field(default_factory=set)
    told: list[Diagnostic] = field(default_factory=list)


def people(rows: Sequence[Row], desired: Desired) -> list[Person]:
    """Every row as a person; a WebRTC agent who is also a UC user gets another e-mail."""
    there = declared_agents(desired)
    phones = [_phone(row, desired) for row in rows]
    uc_rows = (row for row, phone in zip(rows, phones, strict=True) if phone == "uc")
    uc_emails = there.uc_emails | {row.fields.get("email") for row in uc_rows}
    return [_person(row, phone, uc_emails, there) for row, phone in zip(rows, phones, strict=True)]


def sort(everyone: Sequence[Person], desired: Desired, refused: frozenset[int]) -> Sorted:
    """Sort the people of a roster: new, declared or refused.

    Of two rows with one e-mail or number the first counts. The lines of `refused` have their
    diagnostics already and get no further ones.
    """
    there = declared_agents(desired)
    first: First = {}
    result = Sorted()
    for person in everyone:
        problems = [*_lacking(person), *_duplicates(person, first, there)]
        if person.row.line in refused:
            continue
        if person.declared:
            result.declared.append(person.declared.address)
            result.told.append(_already(person, person.declared))
        elif problems or person.row.fields.get("active") is False:
            result.left_out.add(person.row.line)
            result.told += problems or [_inactive(person)]
        else:
            result.newcomers.append(person)
            result.told += [_tagged(person)] if person.is_tagged else []
    return result


def _phone(row: Row, desired: Desired) -> str:
    """Return the phone kind: as stated, else by the range of the extension."""
    stated = row.fields.get("phone")
    if isinstance(stated, str):
        return stated
    return numbers.phone_of(row.fields.get("extension"), desired.ranges)


def _person(row: Row, phone: str, uc_emails: frozenset[object], there: DeclaredAgents) -> Person:
    """Return the person of a row, with the e-mail that a WebRTC agent signs in with."""
    email = row.fields.get("email")
    own = email if isinstance(email, str) else None
    if own and phone == "webrtc" and own in uc_emails:
        mailbox, _, domain = own.partition("@")
        own = f"{mailbox}{_TAG}{domain}"
    return Person(row, phone, own, there.person(phone, own, row.fields))


def _lacking(person: Person) -> Iterator[Diagnostic]:
    """A UC agent is known by the number; a WebRTC agent is made with a name and an e-mail."""
    if person.phone == "uc" and not person.extension:
        yield _missing(person, "extension", "a UC agent is known by it")
    if person.phone == "webrtc":
        for name in ("name", "email"):
            if name not in person.row.fields:
                yield _missing(person, name, "a WebRTC agent is made with it")


def _missing(person: Person, name: str, why: str) -> Diagnostic:
    """Return the error for a cell that has to be filled in."""
    return wording.error(wording.missing_value(name, why), person.row.at(name), person.address)


def _duplicates(person: Person, first: First, there: DeclaredAgents) -> Iterator[Diagnostic]:
    """An e-mail or a number of a row above, or a number of the files."""
    if other := _above(person, "email", person.email, first):
        hint = "give each an e-mail of their own, or remove one of the two rows"
        yield _duplicate(person, "email", f"e-mail {person.email}", other, hint)
    number = person.extension
    if other := _above(person, "extension", number, first) or _holder(number, there):
        hint = "give each a number of their own, or leave the cell empty for the next free one"
        yield _duplicate(person, "extension", f"extension {number}", other, hint)


def _above(person: Person, name: str, value: str | None, first: First) -> str:
    """The place of the first row with that value, where it is not this one."""
    if value is None:
        return ""
    other = first.setdefault((name, value), person)
    return "" if other is person else str(other.row.at(name))


def _holder(number: str | None, there: DeclaredAgents) -> str:
    """The agent or queue of the files that has a number, and where it says so."""
    holder = there.holders.get(number or "")
    if holder is None:
        return ""
    return f"{holder.address}, {holder.origin.at('extension')}" if holder.origin else holder.address


def _duplicate(person: Person, name: str, value: str, other: str, hint: str) -> Diagnostic:
    """Return the error for a value that another row or entry holds."""
    summary = f"{value} of {person.address} is held by another one as well ({other})"
    message = Wording(f"duplicate-{name}", summary, hint)
    return wording.error(message, person.row.at(name), person.address)


def _already(person: Person, declared: Resource) -> Diagnostic:
    """Return the diagnostic for somebody whom the files declare, with what differs."""
    stated = {**person.row.fields, **({"email": person.email} if person.email else {})}
    text = "; ".join(differences(stated, declared.fields))
    place = f" ({declared.origin.at()})" if declared.origin else ""
    message = Wording(
        "already-declared",
        f"{declared.address} is declared already{place}: {text or 'nothing differs'}",
        "change the entry yourself if the roster is right" if text else "",
    )
    return wording.warning(message, person.row.at(), declared.address)


def _inactive(person: Person) -> Diagnostic:
    """Return the diagnostic for somebody who is not active in the roster."""
    message = Wording(
        "not-active",
        f"{person.address} is not active in the roster and is left out",
        "an agent who stands in no file is not managed: nothing is to be done",
    )
    return wording.warning(message, person.row.at("active"), person.address)


def _tagged(person: Person) -> Diagnostic:
    """Return the diagnostic for an e-mail that got a tag."""
    message = Wording(
        "webrtc-email-format",
        f"{person.row.fields['email']} belongs to a UC user: the WebRTC agent signs in as "
        f"{person.email}",
        "see that mail to this address arrives",
    )
    return wording.warning(message, person.row.at("email"), person.address)
