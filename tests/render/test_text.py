"""Plain text: order, grouping, signs, and nothing that a name could do."""

from dataclasses import replace

from reconciler.diagnostics import Diagnostic, Position, Severity
from reconciler.model import Action, Result, Unobserved
from reconciler.render import text
from tests.render import made


def test_a_diagnostic_is_one_line_with_place_rule_and_hint() -> None:
    found = Diagnostic(
        "level-out-of-range",
        Severity.ERROR,
        "level 11 of queue/support",
        "write a level from 1 to 10",
        made.ANA,
        Position("agents/a.yaml", 3, 14),
    )
    assert text.diagnostics([found]) == (
        "agents/a.yaml:3:14  level-out-of-range  level 11 of queue/support"
        "  -> write a level from 1 to 10"
    )


def test_diagnostics_stand_in_the_order_of_the_files() -> None:
    def at(line: int) -> Diagnostic:
        return Diagnostic("r", Severity.ERROR, "s", position=Position("a.yaml", line, 1))

    shown = text.diagnostics([at(10), at(2), Diagnostic("r", Severity.ERROR, "no place")])
    assert [line.split("  ")[0] for line in shown.splitlines()] == [
        "a.yaml:2:1",
        "a.yaml:10:1",
        "r",
    ]


def test_a_warning_says_so() -> None:
    assert "license-without-membership  warning: " in text.diagnostics([made.WARNING])


def test_the_address_comes_first_and_the_fields_follow() -> None:
    lines = text.plan(made.small()).splitlines()
    at = next(i for i, line in enumerate(lines) if line.startswith(f"  ~ {made.ANA}"))
    assert lines[at + 1 : at + 5] == [
        "      extension: 4001 -> 4002",
        "      licenses: -sms, +web_chat",
        "      queues: ~support level 5 -> 8",
        "      skills: +spanish level 7",
    ]


def test_every_action_is_shown_with_its_sign() -> None:
    shown = text.plan(made.small())
    for sign, action in zip(
        "~+-+-", ("update", "create", "suspend", "restore", "delete"), strict=True
    ):
        assert any(
            line.startswith(f"  {sign} ") and f"  {action}, " in line for line in shown.splitlines()
        )


def test_the_last_line_is_the_summary() -> None:
    assert text.plan(made.small()).splitlines()[-1] == (
        "Plan: 6 changes: 1 create, 2 update, 1 suspend, 1 restore, 1 delete; 37 unchanged; "
        "about 6 requests, 1 s; blocked by 2 guards"
    )
    assert text.plan(made.plan()).splitlines()[-1].endswith("nothing to do")


def test_each_blocker_names_the_acknowledgement_that_passes_it() -> None:
    shown = text.plan(made.small())
    assert (
        "agent.suspend: 7 planned, limit 2\n    -> to let it pass: --allow agent.suspend=7" in shown
    )
    assert "protect queue/support: queue/support is protected\n    -> change it" in shown


def test_fifty_alike_changes_are_one_block_with_their_count_and_some_names() -> None:
    alike = [
        made.change(
            f"agent/a{at}@acme.example",
            f"4{at:03} A{at}",
            Action.UPDATE,
            licenses__sms=(None, True),
        )
        for at in range(50)
    ]
    shown = text.plan(made.plan(alike))
    assert shown.count("licenses: +sms") == 1
    assert "~ 50 agents  update alike" in shown
    assert "and 40 more" in shown
    brief = text.plan(made.plan(alike), detail=False)
    assert "~ 50 agents  update: +licenses.sms" in brief


def test_a_parked_value_is_told_with_what_it_waits_for() -> None:
    assert "op-1 agent/ana.diaz+webrtc@acme.example extension 4990: parked" in text.plan(
        made.small()
    )


def test_only_tables_that_changed_are_shown() -> None:
    shown = text.plan(made.small())
    assert "queue/billing" not in shown
    assert "sms     " not in shown
    assert "\nSeats\n" not in text.plan(made.plan())


def test_unlisted_agents_are_named_and_the_unobserved_counted() -> None:
    shown = text.plan(made.small())
    assert "agent/4107  4107 Temp Desk  in a range of ours, in no file" in shown
    assert "agent recording_mode: unobserved, 3 values" in shown
    assert "phone" not in shown


def test_a_level_without_a_number_is_a_bare_member() -> None:
    add = made.change(made.BO, "4002 Bo Chen", Action.UPDATE, queues__support=(None, True))
    assert "queues: +support\n" in text.plan(made.plan([add])) + "\n"


def test_a_text_that_looks_like_our_words_stands_in_quotes() -> None:
    named = made.change(
        made.BO, "4002 none", Action.UPDATE, name=("none", "Null"), preferred_name=("", None)
    )
    shown = text.plan(made.plan([named]))
    assert 'name: "none" -> Null' in shown
    assert 'preferred_name: "" -> none' in shown


def test_drift_says_what_each_side_holds_and_how_to_take_it_over() -> None:
    shown = text.drift(made.report())
    assert "recording_mode: base automatic, files automatic, live disabled" in shown
    assert "changed by sam.supervisor@acme.example on 2026-11-24 09:00 UTC" in shown
    assert "to take it over: recording_mode: disabled" in shown
    assert "in base, in files, not in live" in shown
    assert shown.index("1 conflict") < shown.index("2 drift") < shown.index("1 pending")


def test_drift_without_a_base_says_so() -> None:
    assert text.drift(made.report(base=None, items=())).endswith("no base: two-way")


def test_an_incomplete_reading_is_never_no_drift() -> None:
    assert text.drift(made.report((), complete=False)).endswith("cannot tell more")


def test_a_verdict_names_what_failed_and_what_is_left() -> None:
    shown = text.verdict(made.verdict())
    assert "failed       op-2 update agent/bo.chen@acme.example  extension 4001: 409" in shown
    assert "skipped      op-3" in shown
    assert shown.endswith(
        "Apply: 1 applied, 1 failed, 1 skipped, 0 not started, 0 manual; "
        "not converged: 2 changes left"
    )


def test_a_tenant_with_blind_spots_is_not_simply_converged() -> None:
    done = replace(made.verdict(), outcomes=(), left=(), converged=True)
    assert text.verdict(done).endswith("; converged")
    blind = replace(done, unobserved=(Unobserved("agent", "phone", 3),))
    assert text.verdict(blind).endswith("converged as far as the tenant shows: 3 values unobserved")


def test_an_outcome_is_one_line() -> None:
    applied = made.verdict().outcomes[0]
    assert applied.result is Result.APPLIED
    assert text.outcome(applied) == f"applied      op-1 update {made.ANA}  extension 4990"


def test_no_name_starts_a_line_or_drives_the_terminal() -> None:
    hostile = "Eve\n+ agent/fake\x1b[2J\u202egnp.exe\x9b31m\u2028"
    shown = text.plan(
        made.plan([made.change(made.BO, hostile, Action.UPDATE, name=("x", hostile))])
    )
    assert "U+000A+ agent/fakeU+001B[2JU+202Egnp.exeU+009B31mU+2028" in shown
    assert not set(shown) & set("\x1b\u202e\x9b\u2028\r")


def test_nothing_is_cut_or_wrapped() -> None:
    name = "x" * 10_000
    assert name in text.plan(made.plan([made.change(made.BO, name, Action.UPDATE)]))
