"""One apply at a time, and nobody stays locked out by the dead."""

import os
import signal
import threading
from datetime import timedelta

import pytest

from reconciler.errors import LeaseHeldError, SetupError
from reconciler.ledger import leases
from reconciler.ledger.sql import SqlLedger
from tests.ledger.kept import Place

HOLDS = "with ledger.lease('acme', 'merge 3f2a'):\n    print('held', flush=True)\n    {then}\n"


def test_a_tenant_is_held_by_one_at_a_time(ledger: SqlLedger, place: Place) -> None:
    with ledger.lease("acme", "merge 3f2a"):
        with pytest.raises(LeaseHeldError, match=r"acme is held by .*: merge 3f2a") as refused:
            place.open().lease("acme", "another").__enter__()
        assert "lock status" in refused.value.hint
    with place.open().lease("acme", "another"):
        pass


def test_tenants_do_not_hold_each_other(ledger: SqlLedger) -> None:
    with ledger.lease("acme", "one"), ledger.lease("globex", "two"):
        assert ledger.lease_status("globex") is not None


def test_a_lease_is_given_back_when_the_block_fails(ledger: SqlLedger) -> None:
    with pytest.raises(SetupError), ledger.lease("acme", "one"):
        raise SetupError("no token")
    assert ledger.lease_status("acme") is None


def test_status_says_who_holds_it_why_and_since_when(ledger: SqlLedger, place: Place) -> None:
    child = place.start(HOLDS.format(then="sys.stdin.read()"))
    assert child.stdout is not None
    assert child.stdout.readline() == "held\n"
    found = ledger.lease_status("acme")
    assert found is not None
    assert (found.pid, found.reason, found.is_dead) == (child.pid, "merge 3f2a", False)
    assert f"(process {child.pid})" in found.holder
    assert found.since == found.beat == found.expires - timedelta(seconds=leases.EXPIRES)
    assert found.is_local == (place.environ == {})
    child.communicate()
    assert ledger.lease_status("acme") is None


def test_a_process_of_this_machine_that_was_killed_is_taken_over_at_once(
    ledger: SqlLedger, place: Place
) -> None:
    """Also while its parent has not asked for its exit code, as in many a container."""
    child = place.start(HOLDS.format(then="sys.stdin.read()"))
    assert child.stdout is not None
    child.stdout.readline()
    with pytest.raises(LeaseHeldError):
        ledger.lease("acme", "mine").__enter__()
    child.send_signal(signal.SIGKILL)
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    found = ledger.lease_status("acme")
    assert found is not None
    assert found.is_dead
    with ledger.lease("acme", "mine"):
        pass
    child.communicate()


def test_another_machine_is_waited_for_until_a_minute_has_passed_without_a_beat(
    ledger: SqlLedger, place: Place
) -> None:
    with ledger.lease("acme", "far away"):
        place.elsewhere()
        place.silent_for(leases.EXPIRES - 5)
        with pytest.raises(LeaseHeldError):
            place.open().lease("acme", "mine").__enter__()
        place.silent_for(6)
        with place.open().lease("acme", "mine"):
            found = ledger.lease_status("acme")
            assert found is not None
            assert found.reason == "mine"


def test_a_heartbeat_keeps_a_lease_alive(place: Place) -> None:
    database = place.database()
    with leases.held(database, "acme", "long", threading.Event(), beats=0.01):
        place.silent_for(3600)
        for _ in range(2000):
            found = leases.status(database, "acme")
            assert found is not None
            if not found.is_dead and found.beat > found.since:
                break
        else:
            pytest.fail("no beat came")
    database.close()


def test_whoever_lost_the_lease_is_told(place: Place) -> None:
    database, lost = place.database(), threading.Event()
    with leases.held(database, "acme", "long", lost, beats=0.01):
        assert leases.release(database, "acme")
        with place.open().lease("acme", "mine"):
            assert lost.wait(timeout=10)
    database.close()


def test_giving_back_takes_nobody_elses_lease_away(ledger: SqlLedger, place: Place) -> None:
    first = ledger.lease("acme", "first")
    first.__enter__()
    ledger.release("acme")
    with place.open().lease("acme", "second"):
        first.__exit__(None, None, None)
        found = ledger.lease_status("acme")
        assert found is not None
        assert found.reason == "second"


def test_releasing_says_whether_anybody_held_it(ledger: SqlLedger) -> None:
    assert not ledger.release("acme")
    with ledger.lease("acme", "mine"):
        assert ledger.release("acme")


def test_of_processes_that_start_together_exactly_one_holds(place: Place) -> None:
    """They race for making the ledger, too."""
    script = (
        "print('ready', flush=True)\n"
        "sys.stdin.readline()\n"
        "try:\n"
        "    with ledger.lease('acme', 'race'):\n"
        "        print('held', ledger.use_plan('01JD', 'acme'), flush=True)\n"
        "        sys.stdin.readline()\n"
        "except LeaseHeldError:\n"
        "    print('refused', ledger.use_plan('01JD', 'acme'), flush=True)\n"
    )
    children = [place.start(script) for _ in range(4)]
    for child in children:
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
    for child in children:
        assert child.stdin is not None
        child.stdin.write("go\n")
        child.stdin.flush()
    said = sorted(child.stdout.readline() for child in children if child.stdout)
    for child in children:
        child.communicate()
    assert [line.split()[0] for line in said] == ["held", "refused", "refused", "refused"]
    assert sum("True" in line for line in said) == 1
