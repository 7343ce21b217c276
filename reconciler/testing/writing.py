"""Tests of writing: every declared field, alone, and once whatever becomes of the answer."""

from typing import Any

import pytest

from reconciler import cli, kinds
from reconciler.model import Handle, Result, Verb
from reconciler.testing import expect, samples
from reconciler.testing.proxy import Fault
from reconciler.testing.reading import COLLECTIONS, PASSING
from reconciler.testing.trial import Trial, operation


class WritingTests:
    """What every provider has to do when it writes; who cannot write passes by refusing to."""

    # -- writing ----------------------------------------------------------------------------------

    @pytest.mark.parametrize("kind", [kinds.QUEUE, kinds.SKILL])
    def test_a_queue_and_a_skill_are_created(self, trial: Trial, kind: str) -> None:
        trial.seed()
        if kind not in trial.capabilities.creates:
            expect.no_write(trial)
            return
        created = samples.target(trial.capabilities, kind, f"new-{kind}", 9)
        trial.write(trial.creation(created))
        assert created.address in trial.stored(), f"{created.address} is not in the store"
        assert created.address in trial.read().resources, f"{created.address} is not read"

    def test_an_agent_is_created_with_every_field(self, trial: Trial) -> None:
        trial.seed()
        if kinds.AGENT not in trial.capabilities.creates:
            expect.no_write(trial)
            return
        agent = expect.newcomer(trial)
        trial.write(trial.creation(agent))
        expect.stored(trial, agent)

    @pytest.mark.parametrize("row", kinds.AGENT_FIELDS, ids=lambda row: row.name)
    def test_a_field_is_written_and_nothing_else(self, trial: Trial, row: kinds.Field) -> None:
        trial.seed()
        if not expect.can_update(trial, row.name):
            expect.no_write(trial)
            return
        agent = samples.person(trial.capabilities, 0)
        number = samples.COUNT + 5
        value = False if row.name == "active" else samples.value(kinds.AGENT, row, number)
        if value == samples.value(kinds.AGENT, row, 0):
            value = samples.value(kinds.AGENT, row, number + 1)
        expect.only(trial, agent, {row.name: value})
        if row.name == "active":
            expect.only(trial, agent, {"active": True})
        if row.clearable:
            expect.only(trial, agent, {row.name: None})

    @pytest.mark.parametrize("name", COLLECTIONS)
    def test_members_come_and_go(self, trial: Trial, name: str) -> None:
        trial.seed()
        if not expect.can_update(trial, name):
            expect.no_write(trial)
            return
        agent = samples.person(trial.capabilities, 0)
        first, second = samples.MEMBERS[name]
        level = samples.value_of_member(trial.capabilities, name, 1)
        expect.only(trial, agent, {f"{name}.{second}": level})
        expect.only(trial, agent, {f"{name}.{second}": None})
        if name != "licenses":
            expect.only(trial, agent, {f"{name}.{first}": None})

    @pytest.mark.parametrize("name", kinds.MEMBERSHIPS)
    def test_the_whole_range_of_levels_is_written(self, trial: Trial, name: str) -> None:
        trial.seed()
        if not expect.can_update(trial, name) or name in trial.capabilities.without_levels:
            expect.no_write(trial)
            return
        agent = samples.person(trial.capabilities, 0)
        member = samples.MEMBERS[name][0]
        for level in reversed(samples.bounds(trial.capabilities, name)):
            expect.only(trial, agent, {f"{name}.{member}": level})

    def test_a_deleted_agent_is_gone(self, trial: Trial) -> None:
        trial.seed()
        if kinds.AGENT not in trial.capabilities.deletes:
            expect.no_write(trial)
            return
        agent = samples.person(trial.capabilities, 0)
        trial.write(operation(Verb.DELETE, agent.address, {}))
        left = trial.stored().get(agent.address)
        assert left is None or left.fields.get("active") is False, f"{agent.address} is still there"
        assert agent.address not in trial.read().resources, f"{agent.address} is still read"

    # -- writing once -----------------------------------------------------------------------------

    @pytest.mark.parametrize("carried_out", [True, False], ids=["carried out", "never arrived"])
    def test_a_create_without_an_answer_makes_one_agent(
        self, connected: Trial, carried_out: bool
    ) -> None:
        connected.seed()
        if kinds.AGENT not in connected.capabilities.creates:
            expect.no_write(connected)
            return
        agent = expect.newcomer(connected)
        connected.proxy.fault = Fault(on="write", times=1, passes=carried_out)
        connected.write(connected.creation(agent))
        expect.stored(connected, agent)

    @pytest.mark.parametrize("carried_out", [True, False], ids=["carried out", "never arrived"])
    def test_a_change_without_an_answer_is_made(self, connected: Trial, carried_out: bool) -> None:
        connected.seed()
        name = expect.plain_field(connected)
        if name is None:
            expect.no_write(connected)
            return
        agent = samples.person(connected.capabilities, 0)
        connected.proxy.fault = Fault(on="write", times=1, passes=carried_out)
        expect.only(connected, agent, {name: "Other Name"})

    @pytest.mark.parametrize("fault", PASSING.values(), ids=PASSING.keys())
    def test_a_busy_service_is_written_to_once(
        self, connected: Trial, fault: dict[str, Any]
    ) -> None:
        connected.seed()
        if kinds.AGENT not in connected.capabilities.creates:
            expect.no_write(connected)
            return
        agent = expect.newcomer(connected)
        connected.proxy.fault = Fault(on="write", times=1, **fault)
        connected.write(connected.creation(agent))
        expect.stored(connected, agent)

    @pytest.mark.parametrize("status", [400, 401, 403, 409, 422])
    def test_a_refused_write_is_said_to_have_failed(self, connected: Trial, status: int) -> None:
        connected.seed()
        name = expect.plain_field(connected)
        if name is None:
            expect.no_write(connected)
            return
        before = connected.stored()
        agent = samples.person(connected.capabilities, 0)
        connected.proxy.fault = Fault(on="write", status=status, body=b'{"message": "no"}')
        outcomes = connected.carry_out(operation(Verb.UPDATE, agent.address, {name: "Other Name"}))
        results = {outcome.result for outcome in outcomes}
        assert Result.APPLIED not in results, f"a write that was answered with {status} is applied"
        assert connected.stored() == before

    def test_confirm_says_whether_a_write_has_taken_effect(self, trial: Trial) -> None:
        trial.seed()
        name = expect.plain_field(trial)
        if name is None:
            expect.no_write(trial)
            return
        address = samples.person(trial.capabilities, 0).address
        change = operation(Verb.UPDATE, address, {name: "Other Name"})
        with trial.opened(read_only=False) as provider:
            live = provider.reader.read().resources[address]
            handles = {address: Handle(live.id or "", live.version)}
            early = provider.writer.confirm([change], handles)
            assert early is None, f"`confirm` takes a change of {name} for done before it is sent"
            provider.writer.write([change], handles)
            late = provider.writer.confirm([change], handles)
            assert late is not None, f"`confirm` does not see the change of {name} that was made"

    # -- the end ----------------------------------------------------------------------------------

    def test_the_second_plan_is_empty(
        self, trial: Trial, capfd: pytest.CaptureFixture[str]
    ) -> None:
        """Export, change what can be changed, apply, plan again."""
        trial.seed()
        live = trial.folder / "live"
        assert cli.run(["export", str(live), "--from", expect.files(trial)]) == 0
        expect.empty_plan(str(live), capfd, "of the exported tenant")
        name = expect.plain_field(trial)
        if name is None:
            expect.no_write(trial)
            return
        changed = samples.value(kinds.AGENT, expect.row_of(name), 0)
        for path in live.rglob("*.yaml"):
            text = path.read_text(encoding="utf-8").replace(str(changed), "Other Name")
            path.write_text(text, encoding="utf-8")
        code = cli.run(["apply", str(live), "--yes"])
        assert code == 0, f"the apply left with {code}: {capfd.readouterr()}"
        expect.empty_plan(str(live), capfd, "after the apply")
