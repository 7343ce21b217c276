"""The work sheet as a value: what a person does in the tenant's console, visit by visit.

Sheet
  Visit      one page, opened once and saved once (or saved by each dialog of its steps)
    Step     one thing about one agent, queue or skill: what to click, type, and check
      Entry  one field of the page, in the page's own words
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from reconciler.model import Address, TenantRef, Unobserved, Value


class Proof(StrEnum):
    """What the tenant's API can say about a step that was done."""

    APPEARS = "appears"
    VANISHES = "vanishes"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Entry:
    """A field as it is labelled on the page, and what goes into it.

    `before` is what should stand there now: None where nobody knows, "" where it is empty.
    """

    label: str
    value: str
    before: str | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """`id` is stable over plans that ask for the same. `set` is what is true once it is done, by
    flat path (`licenses.voice`), None for what was taken away. `operations` names those of the
    plan that it is a part of. `clicks` leads from the open page to the place of the entries. `row`
    is how the page lists it once the step is done: `Bo Chen(4002)`, or the name of a skill. What
    `waits_for_save` is true only once the page is saved. `name` and `extension` are how the page
    lists the person before the step; empty for somebody who is not there yet. What is
    `is_closing` is done once the page is saved.
    """

    id: str
    number: int
    address: Address
    label: str
    title: str
    clicks: tuple[str, ...]
    entries: tuple[Entry, ...]
    check: str
    why: str
    set: Mapping[str, Value]
    operations: tuple[str, ...]
    proof: Proof = Proof.NOTHING
    row: str = ""
    waits_for_save: bool = False
    name: str = ""
    extension: str = ""
    is_closing: bool = False


@dataclass(frozen=True, slots=True)
class Visit:
    """`clicks` opens the page from anywhere. `save` is the one save at its end; empty where each
    step has its own.
    """

    page: str
    clicks: tuple[str, ...]
    steps: tuple[Step, ...]
    save: str
    note: str = ""

    @property
    def before_save(self) -> tuple[Step, ...]:
        return tuple(step for step in self.steps if not step.is_closing)

    @property
    def after_save(self) -> tuple[Step, ...]:
        return tuple(step for step in self.steps if step.is_closing)


@dataclass(frozen=True, slots=True)
class Sheet:
    """`unobserved` counts what no step touches and nobody knows."""

    tenant: TenantRef
    plan_id: str
    digest: str
    created_at: datetime
    as_of: date
    visits: tuple[Visit, ...]
    unobserved: tuple[Unobserved, ...] = ()

    def steps(self) -> Iterator[tuple[Visit, Step]]:
        for visit in self.visits:
            for step in visit.steps:
                yield visit, step
