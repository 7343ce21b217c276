"""Tests of reading: whole or refused, absent is not none, and nothing is written."""

from typing import Any, Final

import pytest

from reconciler import cli, errors, kinds
from reconciler.model import Handle, Verb
from reconciler.providers import registry
from reconciler.testing import expect, samples, spoiled
from reconciler.testing.proxy import Fault
from reconciler.testing.stand_in import Listing
from reconciler.testing.trial import Trial, operation

WAIT: Final = 3
PASSING: Final[dict[str, dict[str, Any]]] = {
    "429 with Retry-After": {"status": 429, "headers": {"Retry-After": str(WAIT)}},
    "429 without Retry-After": {"status": 429},
    "503": {"status": 503},
    "a cut connection": {},
}
LASTING: Final[dict[str, dict[str, Any]]] = {
    "401": {"status": 401},
    "403": {"status": 403},
    "500": {"status": 500},
    "503": {"status": 503},
    "a redirect": {"status": 302, "headers": {"Location": "https://other.example/"}},
    "HTML": {"status": 200, "headers": {"Content-Type": "text/html"}, "body": b"<html>busy</html>"},
    "an empty answer": {"status": 200},
    "JSON of another shape": {"status": 200, "body": b'{"message": "welcome"}'},
}
PARTS: Final = {"500": 500, "404": 404, "400": 400}
COLLECTIONS: Final = tuple(kinds.KINDS[kinds.AGENT].collections)


class ReadingTests:
    """What every provider has to do when it reads."""

    # -- the tenant block -------------------------------------------------------------------------

    def test_the_tenant_block_is_valid(self, trial: Trial) -> None:
        assert trial.problems() == [], "the tenant block of the stand-in is refused"

    def test_what_is_known_offline_is_what_a_reading_says(self, trial: Trial) -> None:
        stated = registry.levels(trial.stand_in.provider)
        shown = trial.capabilities.levels
        assert dict(stated) == dict(shown), (
            f"the ProviderType states the levels {dict(stated)}, and Capabilities {dict(shown)}"
        )

    # -- reading ----------------------------------------------------------------------------------

    def test_an_empty_tenant_is_read_as_empty(self, trial: Trial) -> None:
        people = [a for a, r in trial.read().resources.items() if r.kind == kinds.AGENT]
        assert people == [], "people were read of a tenant that has none"

    def test_everything_is_read(self, trial: Trial) -> None:
        trial.seed()
        wrong = trial.unlike_the_store(trial.read())
        assert wrong == [], expect.first(wrong)

    def test_an_agent_that_was_read_has_an_id(self, trial: Trial) -> None:
        trial.seed()
        without = [r.address for r in expect.people(trial.read()) if trial.can_write and not r.id]
        assert without == [], f"{without[0]} was read without an id: it cannot be written to"

    @pytest.mark.parametrize("name", [row.name for row in kinds.AGENT_FIELDS] + [*COLLECTIONS])
    def test_a_field_is_shown_exactly_where_it_is_declared(self, trial: Trial, name: str) -> None:
        trial.seed()
        showing = [r.address for r in expect.people(trial.read()) if name in r.fields]
        if name in trial.capabilities.observed.get(kinds.AGENT, frozenset()):
            assert showing, f"{name} is declared as observed, and nobody was read with it"
        else:
            assert not showing, f"{name} was read of {showing[0]}, and is not declared as observed"

    def test_more_than_one_page_is_read(self, listed: Listing, connected: Trial) -> None:
        if not listed.pages:
            pytest.skip("the listing declares that its pages hold more people than the suite has")
        connected.read()
        pages = [r for r in connected.proxy.requests if r.path == listed.path]
        assert len(pages) > 1, (
            f"{samples.COUNT} people came in one page of {listed.path}: make the pages of the "
            "stand-in smaller, or say `pages=False`"
        )

    def test_a_short_page_is_refused(self, listed: Listing, connected: Trial) -> None:
        """One entry is missing all the time, and the total still counts it."""
        if not (listed.total or listed.total_header):
            pytest.skip("the service states no total: nobody can tell that an entry is missing")
        connected.proxy.fault = Fault(
            path=listed.path, passes=True, rewrite=spoiled.shortened(listed)
        )
        expect.whole_or_refused(connected, "the listing left somebody out whom its total counts")

    def test_a_total_that_moves_is_refused_or_read_again(
        self, listed: Listing, connected: Trial
    ) -> None:
        if not (listed.total or listed.total_header):
            pytest.skip("the service states no total")
        connected.proxy.fault = Fault(path=listed.path, passes=True, rewrite=spoiled.moving(listed))
        expect.refused(connected, "the total grew with every page and was never reached")

    def test_an_answer_without_its_list_is_refused(self, listed: Listing, connected: Trial) -> None:
        rewrite = spoiled.without_list(listed)
        connected.proxy.fault = Fault(path=listed.path, passes=True, rewrite=rewrite)
        expect.refused(connected, "the answer held no list of people")

    @pytest.mark.parametrize("status", PARTS.values(), ids=PARTS.keys())
    def test_half_a_listing_is_refused(
        self, listed: Listing, connected: Trial, status: int
    ) -> None:
        if not listed.pages:
            pytest.skip("the listing declares that its pages hold more people than the suite has")
        connected.proxy.fault = Fault(path=listed.path, after=1, status=status)
        expect.refused(connected, f"the second page was answered with {status}")

    def test_a_field_that_an_answer_leaves_out_is_unobserved(
        self, listed: Listing, connected: Trial
    ) -> None:
        if not listed.keys:
            pytest.skip("the listing has no `keys`: what it leaves out is empty")
        whole = expect.requests_of_a_reading(connected)
        for name, key in listed.keys.items():
            rewrite = spoiled.without_key(listed, key)
            connected.proxy.fault = Fault(path=listed.path, passes=True, rewrite=rewrite)
            before = len(connected.proxy.requests)
            try:
                reading = connected.read()
            except errors.CannotTellError:
                continue
            has_sent_more = len(connected.proxy.requests) - before > whole
            if has_sent_more and not connected.unlike_the_store(reading):
                continue  # the provider saw it elsewhere
            showing = [agent for agent in expect.people(reading) if name in agent.fields]
            assert not showing, (
                f"`{key}` was left out of every entry, and {name} of {showing[0].address} was read "
                f"as {showing[0].fields[name]!r}: leave the field out of the resource"
            )

    # -- a bad connection -------------------------------------------------------------------------

    @pytest.mark.parametrize("fault", PASSING.values(), ids=PASSING.keys())
    def test_a_passing_fault_is_waited_for(self, connected: Trial, fault: dict[str, Any]) -> None:
        connected.seed()
        connected.proxy.fault = Fault(times=1, **fault)
        try:
            reading = connected.read()
        except errors.CannotTellError as error:
            pytest.fail(f"one bad answer ended the reading: {error}")
        wrong = connected.unlike_the_store(reading)
        assert wrong == [], expect.first(wrong)

    def test_retry_after_is_kept_to(self, connected: Trial) -> None:
        connected.seed()
        begun = len(connected.proxy.requests)
        connected.proxy.fault = Fault(times=1, **PASSING["429 with Retry-After"])
        connected.read()
        requests = [
            r for r in connected.proxy.requests[begun:] if not expect.is_token(connected, r)
        ]
        assert len(requests) > 1, "nothing was read"
        waited = requests[-1].at - requests[0].at
        assert waited >= WAIT, (
            f"the service asked to wait {WAIT} seconds; the next request came after {waited:.1f}"
        )

    @pytest.mark.parametrize("fault", LASTING.values(), ids=LASTING.keys())
    def test_a_lasting_fault_is_refused(self, connected: Trial, fault: dict[str, Any]) -> None:
        connected.seed()
        connected.proxy.fault = Fault(**fault)
        expect.refused(connected, "every answer was a fault")

    # -- reading writes nothing -------------------------------------------------------------------

    def test_a_reading_sends_no_write(self, trial: Trial) -> None:
        trial.seed()
        before = trial.stored()
        trial.read()
        assert trial.writes == [], f"a reading sent {trial.writes[0]}"
        assert trial.stored() == before, "a reading changed the store"

    def test_a_plan_sends_no_write(self, trial: Trial) -> None:
        trial.seed()
        trial.declare({"skills": {"of-the-plan": {}}, "queues": {"queue-of-the-plan": {}}})
        before = trial.stored()
        code = cli.run(["plan", str(trial.folder / "desired-state")])
        assert code in (0, 2), f"the plan left with {code}"
        assert trial.writes == [], f"a plan sent {trial.writes[0]}"
        assert trial.stored() == before, "a plan changed the store"

    def test_opened_for_reading_it_cannot_write(self, trial: Trial) -> None:
        trial.seed()
        before = trial.stored()
        with trial.opened(read_only=True) as provider:
            agent = expect.people(provider.reader.read())[0]
            change = operation(Verb.UPDATE, agent.address, {"name": "Other Name"})
            with pytest.raises(errors.WriteForbiddenError):
                provider.writer.write([change], {agent.address: Handle(agent.id or "")})
        assert trial.writes == [], f"{trial.writes[0]} was sent, and only reading was allowed"
        assert trial.stored() == before, "the store was changed, and only reading was allowed"
