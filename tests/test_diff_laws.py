"""Laws of the comparison, over tenants that hypothesis makes."""

from collections.abc import Mapping
from dataclasses import replace
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler import diff, kinds
from reconciler.diagnostics import has_errors
from reconciler.model import Comparison, Desired, ExtensionRange, Identity, Reading, Resource
from tests.make import agent, desired, reading, resource

LAW = settings(max_examples=60, deadline=None)
LEVELS = st.integers(0, 10)
NAMES = st.sampled_from(["Ana Diaz", "Bo Chen", "Chi Eze", "Dee Kim", "Eli Roy", "Fay Lin"])
RANGES = (ExtensionRange("agents", "webrtc_agent", "4000", "4006", "suspend"),)


@st.composite
def agents(draw: st.DrawFn) -> list[Resource]:
    """Some people, no two with one e-mail or one number."""
    names = draw(st.lists(NAMES, unique=True))
    numbers = draw(st.permutations(range(4000, 4000 + 2 * len(names))))
    return [draw(_agent(name, number)) for name, number in zip(names, numbers, strict=False)]


@st.composite
def _agent(draw: st.DrawFn, name: str, number: int) -> Resource:
    return agent(
        number,
        name,
        preferred_name=draw(st.none() | st.text(min_size=1, max_size=3)),
        active=draw(st.booleans()),
        licenses=draw(st.sets(st.sampled_from(kinds.LICENSES))),
        queues=draw(st.dictionaries(st.sampled_from(["support", "vip"]), LEVELS)),
        skills=draw(st.dictionaries(st.sampled_from(["spanish"]), LEVELS)),
    )


TARGETS = st.lists(
    st.builds(
        lambda name, level: resource(f"queue/{name}", default_level=level),
        st.sampled_from(["support", "vip", "night"]),
        st.none() | st.integers(1, 10),
    ),
    unique_by=lambda one: one.address,
)
KEYS = st.dictionaries(
    st.just("email"), st.sampled_from(["ana.diaz@acme.example", "bo.chen@acme.example"])
)


@st.composite
def wishes(draw: st.DrawFn) -> Desired:
    people = draw(agents())
    identities = {
        one.address: Identity(draw(KEYS), draw(KEYS)) for one in people if draw(st.booleans())
    }
    wanted = desired(*people, *draw(TARGETS), ranges=RANGES, identities=identities)
    stated = draw(st.sets(st.sampled_from(["preferred_name", "queues", "skills", "licenses"])))
    kept = {a: _without(one, stated) for a, one in wanted.resources.items()}
    return replace(wanted, resources=kept)


def _without(one: Resource, names: set[str]) -> Resource:
    return replace(one, fields={n: v for n, v in one.fields.items() if n not in names})


TENANTS = st.builds(lambda people, targets: reading(*people, *targets), agents(), TARGETS)


@LAW
@given(TENANTS)
def test_a_tenant_does_not_differ_from_itself(live: Reading) -> None:
    found = diff.compare(Desired(desired().tenant, desired().as_of, live.resources), live)
    assert found.changes == ()
    assert found.diagnostics == ()
    assert sum(found.unchanged.values()) == len(live.resources)


@LAW
@given(wishes(), TENANTS)
def test_after_the_changes_nothing_is_left_to_change(wanted: Desired, live: Reading) -> None:
    found = diff.compare(wanted, live)
    after = diff.compare(wanted, reading(*_applied(found, live)))
    assert after.changes == ()
    if not has_errors(found.diagnostics):
        assert not has_errors(after.diagnostics)


def _applied(found: Comparison, live: Reading) -> list[Resource]:
    """The tenant after all changes, under the addresses that a reader gives them."""
    after = kinds.after_changes(live.resources, found.changes).values()
    return [replace(one, address=_address(one)) for one in after]


def _address(one: Resource) -> str:
    if one.kind != kinds.AGENT:
        return one.address
    email, number = one.fields.get("email"), one.fields.get("extension")
    return kinds.agent_address(str(email or "") or None, str(number or "") or None)


@LAW
@given(wishes(), TENANTS, st.integers())
def test_the_order_of_the_input_never_shows(wanted: Desired, live: Reading, seed: int) -> None:
    random = Random(seed)
    shuffled = diff.compare(
        replace(wanted, resources=_shuffled(wanted.resources, random)),
        replace(live, resources=_shuffled(live.resources, random)),
    )
    assert shuffled == diff.compare(wanted, live)


def _shuffled(resources: Mapping[str, Resource], random: Random) -> dict[str, Resource]:
    found = list(resources.items())
    random.shuffle(found)
    return dict(found)


@LAW
@given(wishes(), TENANTS)
def test_nobody_is_taken_for_two_people(wanted: Desired, live: Reading) -> None:
    found = diff.compare(wanted, live)
    people = [one.address for one in found.matches.values()]
    assert len(people) == len(set(people))
    addresses = [change.address for change in found.changes]
    assert addresses == sorted(set(addresses))


@LAW
@given(wishes(), TENANTS)
def test_every_field_of_a_change_differs_and_starts_from_the_live_value(
    wanted: Desired, live: Reading
) -> None:
    by_id = {one.id: dict(kinds.flat(one.fields)) for one in live.resources.values()}
    for change in diff.compare(wanted, live).changes:
        shown = by_id[change.live_id] if change.live_id else {}
        for item in change.fields:
            assert item.before == shown.get(item.path)
            assert repr(item.before) != repr(item.after)  # no level, and level 1: `True == 1`
