"""What a person wrote of who is who, over exchanges, chains, newcomers and interruptions."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from reconciler import diff, kinds, order
from reconciler.diagnostics import has_errors
from reconciler.model import (
    Bounds,
    Comparison,
    Declared,
    Desired,
    ExtensionRange,
    Identity,
    Operation,
    Reading,
    Resource,
    Value,
)
from tests.make import agent, desired, reading

LAW = settings(max_examples=80, deadline=None)
PEOPLE = ("Ana Diaz", "Bo Chen", "Chi Eze", "Dee Kim", "Eli Roy")
RANGE = ExtensionRange("agents", "webrtc_agent", "4000", "4099")
Objects = dict[str, Resource]
Values = Mapping[str, Value]


def email(number: int) -> str:
    return f"mail{number}@acme.example"


@dataclass(frozen=True)
class Story:
    """`wanted` is live id to entry; `newcomers` have no live agent."""

    live: tuple[Resource, ...]
    wanted: Mapping[str, Resource]
    newcomers: tuple[Resource, ...]
    identities: Mapping[str, Identity]

    @property
    def desired(self) -> Desired:
        entries = (*self.wanted.values(), *self.newcomers)
        return desired(*entries, identities=self.identities, ranges=(RANGE,))


@st.composite
def stories(draw: st.DrawFn, *, names_move: bool = False) -> Story:
    """E-mails and numbers go round among some people; who gets another e-mail says who it was."""
    size = draw(st.integers(2, len(PEOPLE)))
    live = tuple(
        agent(4000 + at, name, email=email(at), id=f"id-{at}", queues={})
        for at, name in enumerate(PEOPLE[:size])
    )
    emails, numbers = (draw(st.permutations(range(size + 2)))[:size] for _ in range(2))
    names = draw(st.permutations(PEOPLE[:size])) if names_move else PEOPLE[:size]
    married = draw(st.sets(st.sampled_from(range(size)))) if not names_move else set()
    wanted, identities = {}, {}
    for at, name in enumerate(names):
        name = f"{name.split()[0]} Married" if at in married else name
        entry = agent(4000 + numbers[at], name, email=email(emails[at]))
        wanted[f"id-{at}"] = entry
        if emails[at] != at:
            keys = [{"email": email(at)}] if names_move else [{"email": email(at)}, {}]
            written = draw(st.sampled_from(keys)) or {"extension": str(4000 + at)}
            identities[entry.address] = Identity(previously=written)
    left_over = sorted(set(range(size)) - set(emails))
    newcomers = tuple(
        agent(4050 + at, f"New{at} Comer", email=email(free))
        for at, free in enumerate(left_over)
        if draw(st.booleans())
    )
    return Story(live, wanted, newcomers, identities)


def compared(
    story: Story, objects: Objects, ledger: Mapping[str, Values] | None = None
) -> tuple[Comparison, Reading]:
    shown = reading(*objects.values())
    declared = Declared("ledger", frozenset(), fields=ledger or {})
    return diff.compare(story.desired, shown, declared=declared), shown


def started(story: Story) -> Objects:
    return {str(one.id): one for one in story.live}


def who(story: Story, found: Comparison) -> dict[str, str | None]:
    """Live id of whom each entry is, as far as there is one."""
    return {i: found.matches[e.address].id for i, e in story.wanted.items()}


def moments(
    story: Story, objects: Objects, ledger: Mapping[str, Values] | None = None
) -> Iterator[tuple[Objects, Mapping[str, Values]]]:
    """The tenant and what the ledger has of each address, after each operation of the plan."""
    ledger = dict(ledger or {})
    found, shown = compared(story, objects, ledger)
    assert not has_errors(found.diagnostics), found.diagnostics
    ids = {change.address: change.live_id or f"new-{change.address}" for change in found.changes}
    graph = order.operations(found.changes, shown, Bounds(ranges=(RANGE,)))
    assert not graph.conflicts
    for operation in graph.operations:
        objects = {**objects, ids[operation.address]: _written(objects, operation, ids)}
        kept = {**ledger.get(operation.address, {}), **operation.set}
        ledger = {**ledger, operation.address: kept}
        yield objects, ledger


def finished(story: Story, objects: Objects, ledger: Mapping[str, Values] | None = None) -> Objects:
    *_, (end, _) = [(objects, {}), *moments(story, objects, ledger)]
    return end


def _written(objects: Objects, operation: Operation, ids: Mapping[str, str]) -> Resource:
    was = objects.get(ids[operation.address])
    fields = kinds.with_values(was.fields if was else {}, operation.set)
    address = kinds.agent_address(
        str(fields.get("email") or "") or None, str(fields.get("extension") or "") or None
    )
    return Resource(address, kinds.AGENT, fields, id=ids[operation.address])


@LAW
@given(stories())
def test_everybody_is_who_the_files_say(story: Story) -> None:
    found, _ = compared(story, started(story))
    assert not has_errors(found.diagnostics)
    assert who(story, found) == {one: one for one in story.wanted}
    assert not {one.address for one in story.newcomers} & found.matches.keys()


@LAW
@given(stories(names_move=True))
def test_with_names_that_move_it_is_what_is_written_or_a_question(story: Story) -> None:
    """But for who would get name and e-mail of another one: nothing tells that from somebody who
    has them already, and whose `previously` is of an earlier change.
    """
    today = {(one.fields["name"], one.fields["email"]): one.id for one in story.live}
    for live_id, entry in story.wanted.items():
        assume(today.get((entry.fields["name"], entry.fields["email"]), live_id) == live_id)
    found, _ = compared(story, started(story))
    assert has_errors(found.diagnostics) or who(story, found) == {o: o for o in story.wanted}


@LAW
@given(stories())
def test_once_applied_what_is_written_changes_nothing(story: Story) -> None:
    end = finished(story, started(story))
    found, _ = compared(story, end)
    assert (found.changes, found.diagnostics) == ((), ())


@LAW
@given(stories())
def test_after_an_interruption_everybody_is_still_the_same(story: Story) -> None:
    for objects, ledger in moments(story, started(story)):
        found, _ = compared(story, objects, ledger)
        assert not has_errors(found.diagnostics), found.diagnostics
        assert who(story, found) == {one: one for one in story.wanted}
        assert compared(story, finished(story, objects, ledger))[0].changes == ()


@LAW
@given(stories(), st.data())
def test_one_who_comes_to_an_old_address_later_changes_nothing(
    story: Story, data: st.DataObject
) -> None:
    """The chain a to b and then c to a, with `previously: a` still in the file."""
    end = finished(story, started(story))
    held = {one.fields["email"] for one in end.values()}
    free = [email(at) for at in range(len(story.live)) if email(at) not in held]
    if not free:
        return
    later = agent(4090, "Zoe Fox", email=data.draw(st.sampled_from(free)))
    more = replace(story, newcomers=(*story.newcomers, later))
    found, _ = compared(more, end)
    assert [change.address for change in found.changes] == [later.address]
    assert not has_errors(found.diagnostics)
    found, _ = compared(more, finished(more, end))
    assert (found.changes, found.diagnostics) == ((), ())


@LAW
@given(st.data())
def test_replaces_is_finished_from_every_moment(data: st.DataObject) -> None:
    """The successor may take over the e-mail, and others move at the same time."""
    live = tuple(
        agent(4000 + at, name, email=email(at), id=f"id-{at}", licenses=["voice"], queues={})
        for at, name in enumerate(PEOPLE[:3])
    )
    takes_email = data.draw(st.booleans())
    successor = agent(
        data.draw(st.sampled_from([4000, 4001, 4050])),
        "Gus Ode",
        email=email(0) if takes_email else "gus@acme.example",
        licenses=["voice"],
    )
    numbers = [n for n in (4001, 4002, 4060) if str(n) != successor.fields["extension"]]
    one, other = data.draw(st.permutations(numbers))[:2]
    wanted = {
        "id-1": agent(one, PEOPLE[1], email=email(1), licenses=["voice"]),
        "id-2": agent(other, PEOPLE[2], email=email(2), licenses=["voice"]),
    }
    replaces = {successor.address: Identity(replaces={"email": email(0)})}
    story = Story(live, wanted, (successor,), replaces)
    start = started(story)
    for objects, ledger in [(start, {}), *moments(story, start)]:
        found, _ = compared(story, objects, ledger)
        assert not has_errors(found.diagnostics), found.diagnostics
        end = finished(story, objects, ledger)
        old = end["id-0"].fields
        assert (old["active"], old["licenses"]) == (False, frozenset())
        assert {old["email"], old["extension"]}.isdisjoint(successor.fields.values())
        assert compared(story, end)[0].changes == ()
