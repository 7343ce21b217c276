"""How well values are known: the three grades in every rendering, and nothing twice."""

from dataclasses import replace
from datetime import timedelta
from types import ModuleType

import pytest

from reconciler.evidence import sentences
from reconciler.model import Action, Change, Unobserved, Verdict
from reconciler.render import document, facts, github, html, markdown, redact, sarif, text
from tests.render import made

RENDERINGS = pytest.mark.parametrize("render", [text, markdown, html, github, sarif])
SHARE = "31 values attested, 49 unobserved"
MODES = "31 attested (by ana, file: PBX export, sam; oldest 12 days ago), 9 unobserved"


def plain(shown: str) -> str:
    """Without what Markdown and HTML put before signs."""
    return shown.replace("\\", "").replace("-&gt;", "->")


@RENDERINGS
def test_plan_and_drift_tell_for_each_field_what_is_attested_and_what_unobserved(
    render: ModuleType,
) -> None:
    for shown in (render.plan(made.known_plan()), render.drift(made.known_report())):
        assert f"agent recording_mode: {MODES}" in plain(shown)
        assert "agent review_own_recordings: 40 unobserved" in plain(shown)
        assert "observed now: agent active, name; queue extension (82 values)" in plain(shown)
        assert SHARE in plain(shown)


@pytest.mark.parametrize("render", [text, markdown, github])
def test_a_verdict_tells_it_too(render: ModuleType) -> None:
    shown = plain(render.verdict(made.known_verdict()))
    assert f"converged as far as the tenant shows: {SHARE}" in shown
    assert "31 attested (by ana, file: PBX export, sam; oldest on 2026-11-12)" in shown


@pytest.mark.parametrize("render", [text, markdown, html])
def test_a_change_is_marked_where_the_tenant_does_not_show_what_was_before(
    render: ModuleType,
) -> None:
    shown = plain(render.plan(made.known_plan()))
    assert "manual -> automatic (before: manual, attested by ana 12 days ago)" in shown
    assert "manual -> disabled (nobody has seen it; the files said manual)" in shown
    assert "-sms, +web_chat (all before: attested by sam 1 day ago)" in shown
    assert "Ana Diaz -> Ana Diaz-Soto (" not in shown


@RENDERINGS
def test_the_live_side_of_a_drift_is_marked(render: ModuleType) -> None:
    shown = plain(render.drift(made.known_report()))
    assert "live disabled (attested by ana 12 days ago)" in shown
    assert "live unobserved (nobody has seen it; the files said manual)" in shown


@RENDERINGS
def test_what_a_plan_takes_back_is_in_every_rendering(render: ModuleType) -> None:
    assert "live disabled (attested by ana 12 days ago)" in plain(render.plan(made.known_plan()))


@RENDERINGS
def test_a_plan_without_changes_never_just_says_that_there_is_nothing_to_do(
    render: ModuleType,
) -> None:
    shown = plain(render.plan(made.known_plan(())))
    assert f"nothing to do as far as the tenant shows: {SHARE}" in shown
    assert "as the files say" not in shown
    unseen = made.plan(unobserved=(Unobserved("agent", "recording_mode", 3),))
    shown = plain(render.plan(unseen))
    assert "nothing to do as far as the tenant shows: 3 values unobserved" in shown


@RENDERINGS
def test_a_report_without_drift_says_how_far_it_sees(render: ModuleType) -> None:
    shown = plain(render.drift(made.known_report(())))
    assert f"as far as the tenant shows: {SHARE}" in shown


def test_a_page_counts_the_grades_at_its_head() -> None:
    for page in (html.plan(made.known_plan()), html.drift(made.known_report())):
        assert "<dt>values attested</dt><dd>31</dd>" in page
        assert "<dt>values unobserved</dt><dd>49</dd>" in page
    assert "<dt>values attested</dt>" not in html.plan(made.small())


def test_a_page_without_drift_is_not_green_where_not_all_is_known() -> None:
    page = html.drift(made.known_report(()))
    assert f'<p class="standing">No drift in what is known: {SHARE}</p>' in page
    everything = html.drift(made.report((), unobserved=()))
    assert '<p class="standing ready">No drift in what the tenant shows</p>' in everything


def test_nothing_unobserved_is_told_twice() -> None:
    shown = text.drift(made.known_report(()))
    assert "\nUnobserved\n" not in shown
    assert shown.count("review_own_recordings") == 1
    more = made.known_report(unobserved=(*made.UNSEEN, Unobserved("agent", "queues.level", 4)))
    assert "Unobserved\n  agent queues.level: 4 values" in text.drift(more)
    assert facts.unknown(more) == "31 values attested, 53 unobserved"


def test_a_plan_counts_the_changes_that_stand_on_words() -> None:
    shown = text.plan(made.known_plan())
    assert (
        "5 changed values: 3 on what somebody vouches for, 1 on what only the files said" in shown
    )


def test_in_short_a_change_names_its_grade() -> None:
    shown = text.plan(made.known_plan(), detail=False)
    assert "~name, ~recording_mode (attested)" in shown
    assert "~recording_mode (unobserved)" in shown


def vouched_alike(number: int, days: int, by: str = "ana") -> Change:
    address = f"agent/p{number}@acme.example"
    one = made.change(address, f"4{number:03} P", Action.UPDATE, recording_mode=("manual", None))
    word = made.attested(address, "recording_mode", "manual", by=by, days=days)
    return made.standing_on(one, word)


def test_changes_are_alike_whose_words_are_of_one_person_and_day() -> None:
    alike = [vouched_alike(number, 12) for number in range(5)]
    assert "5 agents  update alike" in text.plan(made.plan(alike))
    apart = [*alike[:3], *(vouched_alike(number, 12, "sam") for number in range(5, 8))]
    assert text.plan(made.plan(apart)).count("3 agents  update alike") == 2


def test_an_age_is_told_in_days_and_never_lies_ahead() -> None:
    ages = [sentences.age(made.CLOCK - timedelta(days=days), made.CLOCK) for days in (-1, 0, 1, 2)]
    assert ages == ["today", "today", "1 day ago", "2 days ago"]


def test_of_a_tenant_that_shows_everything_nothing_is_said() -> None:
    for render in (text, markdown, html, github, sarif):
        assert "How well" not in render.plan(made.small())
    assert "known" not in sarif.plan(made.small())


def test_who_vouches_is_redacted_with_all_that_they_said() -> None:
    by = ("Zoe Quill", "file: PBX of Zoe Quill", "zoe@acme.example")
    graded = tuple(replace(each, by=by if each.attested else ()) for each in made.GRADES)
    word = made.attested(made.ANA, "name", "Ana Diaz", by="Zoe Quill")
    changes = [made.standing_on(made.KNOWN_CHANGES[0], word)]
    items = [replace(made.KNOWN_ITEMS[0], word=word)]
    plan = replace(made.known_plan(changes), grades=graded)
    report = replace(made.known_report(items), grades=graded)
    verdict = Verdict((), converged=False, left=tuple(changes), grades=graded)
    for render in (text, markdown, html, github, sarif, document):
        for shown in (render.plan(redact.plan(plan)), render.drift(redact.drift(report))):
            assert "zoe" not in shown.lower()
            assert "Ana Diaz" not in shown
            assert "PBX of Person" in plain(shown)
    assert "zoe" not in document.verdict(redact.verdict(verdict, "acme")).lower()
    assert "attested by Person " in text.plan(redact.plan(plan))
