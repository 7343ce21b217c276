"""A saved plan and the tenant as it is now: what moved, in words."""

from dataclasses import replace

from reconciler import apply, kinds
from reconciler.model import Action, Change, FieldChange, Handle, Plan, Reading, Resource
from tests import make
from tests.ledger import kept

ANA = "agent/ana.diaz@acme.example"
WAS = make.agent(4001, "Ana Diaz", licenses=["voice"], queues={"support": 5}, version='W/"7"')


def plan(*changes: Change) -> Plan:
    return replace(kept.plan(), changes=changes)


def update(live: Resource, *fields: FieldChange, address: str = ANA) -> Change:
    return Change(
        address,
        "agent",
        "4001 Ana Diaz",
        Action.UPDATE,
        fields,
        "files differ from tenant",
        live_id="id-0",
        precondition=kinds.fingerprint(live),
    )


MOVE = FieldChange("extension", "4001", "4002")
LEAVE = FieldChange("queues.support", 5, None)
JOIN = FieldChange("queues.sales", None, 3)


def reading(**changed: object) -> Reading:
    version = changed.pop("version", 'W/"7"')
    fields = {**WAS.fields, **changed}
    return make.reading(replace(WAS, fields=fields, version=version))


def test_a_plan_fits_the_tenant_it_was_made_for() -> None:
    assert apply.stale(plan(update(WAS, MOVE, LEAVE, JOIN)), reading()) == ()


def test_a_moved_field_is_named_with_before_and_now() -> None:
    now = reading(extension="4009", version='W/"8"')
    assert apply.stale(plan(update(WAS, MOVE)), now) == (
        f"{ANA} has changed: extension was 4001, is 4009",
    )


def test_a_change_in_what_the_plan_does_not_touch_still_makes_that_object_stale() -> None:
    now = reading(preferred_name="Annie", version='W/"8"')
    assert apply.stale(plan(update(WAS, MOVE)), now) == (
        f"{ANA} has changed in what the plan does not touch",
    )


def test_a_membership_that_moved_is_seen_although_the_version_stands_still() -> None:
    """Where memberships are kept on the queue, the agent's version says nothing of them."""
    now = reading(queues={"support": 9, "sales": 3})
    assert apply.stale(plan(update(WAS, LEAVE, JOIN)), now) == (
        f"{ANA} has changed: queues.support was 5, is 9, queues.sales was not there, is 3",
    )


def test_an_unrelated_change_does_not_matter() -> None:
    other = make.agent(4005, "Bo Chen", version='W/"99"')
    now = make.reading(WAS, other)
    assert apply.stale(plan(update(WAS, MOVE)), now) == ()


def test_without_versions_the_shown_fields_are_compared() -> None:
    bare = replace(WAS, version=None)
    change = update(bare, MOVE)
    assert apply.stale(plan(change), make.reading(bare)) == ()
    moved = replace(bare, fields={**bare.fields, "recording_mode": "manual"})
    assert len(apply.stale(plan(change), make.reading(moved))) == 1


def test_what_is_to_be_made_may_not_exist_by_now() -> None:
    create = replace(update(WAS), action=Action.CREATE, live_id=None, precondition=None)
    assert apply.stale(plan(create), reading()) == (f"{ANA} exists by now",)
    assert apply.stale(plan(create), make.reading()) == ()


def test_what_is_to_be_changed_may_be_gone() -> None:
    assert apply.stale(plan(update(WAS, MOVE)), make.reading()) == (f"{ANA} is not there any more",)


def test_a_renamed_agent_is_found_by_the_tenants_own_id() -> None:
    change = update(WAS, MOVE, address="agent/ana.smith@acme.example")
    assert apply.stale(plan(change), reading()) == ()
    assert apply.handles(plan(change), reading()) == {
        ANA: Handle("id-0", 'W/"7"'),
        "agent/ana.smith@acme.example": Handle("id-0", 'W/"7"'),
    }


def test_fields_that_the_tenant_does_not_show_are_not_compared() -> None:
    hidden = FieldChange("recording_mode", None, "manual")
    assert apply.stale(plan(update(WAS, hidden)), reading()) == ()


def test_a_new_agent_may_have_the_address_that_another_one_gives_up() -> None:
    """The successor of a replaced agent, or a newcomer on somebody's old e-mail."""
    away = FieldChange("email", "ana.diaz@acme.example", "ana@acme.example")
    mover = update(WAS, away, address="agent/ana@acme.example")
    newcomer = Change(ANA, "agent", "4003 Cy Low", Action.CREATE, (), "declared")
    assert apply.stale(plan(mover, newcomer), reading()) == ()
    assert apply.stale(plan(newcomer), reading()) == (f"{ANA} exists by now",)
    assert ANA not in apply.handles(plan(mover, newcomer), reading())
