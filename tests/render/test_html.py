"""The page without a browser: pictures, bounds, and what stands where."""

import re

from reconciler.model import Action, Coverage, RangeUse, Seats
from reconciler.render import html
from reconciler.render.html import pictures
from tests.render import made


def widths(picture: pictures.Picture) -> dict[str, int]:
    return {bar.look: bar.width for bar in picture.bars}


def test_seats_stand_on_one_scale_with_the_purchased_line() -> None:
    drawn = pictures.seats(Seats("voice", 20, 10, 15, 18, 5, 0))
    assert widths(drawn) == {"peak": 900, "after": 750, "before": 500}
    assert drawn.line == 1000


def test_seats_beyond_what_was_purchased_stand_out() -> None:
    drawn = pictures.seats(Seats("voice", 10, 10, 20, 20, 0, 10))
    assert drawn.line == 500
    over = next(bar for bar in drawn.bars if bar.look == "over")
    assert (over.start, over.width) == (500, 500)


def test_an_empty_pool_is_an_empty_picture() -> None:
    assert pictures.seats(Seats("sms", 0, 0, 0, 0, 0, 0)).bars == ()


def test_coverage_shows_before_lowest_after_and_the_minimum() -> None:
    drawn = pictures.coverage(Coverage("queue/a", 10, 5, 8, 2))
    assert widths(drawn) == {"before": 1000, "lowest": 500, "after": 800}
    assert drawn.line == 200
    assert "5 lowest" in drawn.told


def test_coverage_under_the_minimum_stands_out() -> None:
    assert "under" in widths(pictures.coverage(Coverage("queue/a", 4, 1, 4, 2)))
    assert "under" in widths(pictures.coverage(Coverage("queue/a", 4, 0, 4, None)))
    assert "under" not in widths(pictures.coverage(Coverage("queue/a", 1, 1, 1, 2)))


def test_a_strip_adds_up_to_its_range_and_names_who_moves() -> None:
    strip = pictures.strips(made.small())[0]
    assert dict(strip.counts) == {"used": 28, "moved": 3, "foreign": 1, "free": 968}
    assert sum(bar.width for bar in strip.bars) == 1000
    assert strip.moves == "4002 Ana Diaz (was 4001), 4001 Bo Chen (was 4002), 4010 Dee Kim (new)"


def test_one_number_of_a_million_is_seen() -> None:
    use = RangeUse("big", "0000000", "9999999", 1, 1, 9_999_999, 0)
    strip = pictures.strips(made.plan(extensions=(use,)))[0]
    assert {bar.look: bar.width for bar in strip.bars} == {"used": 4, "free": 996}


def test_the_policy_allows_this_style_and_this_script_and_nothing_else() -> None:
    policy = re.search(
        r'http-equiv="Content-Security-Policy" content="([^"]*)"', html.plan(made.plan())
    )
    assert policy
    rules = dict(rule.split(" ", 1) for rule in policy[1].replace("&#39;", "'").split("; "))
    assert rules.pop("default-src") == "'none'"
    assert re.fullmatch(r"'sha256-[A-Za-z0-9+/=]{44}'", rules.pop("script-src"))
    assert re.fullmatch(r"'sha256-[A-Za-z0-9+/=]{44}'", rules.pop("style-src"))
    assert rules == {"img-src": "data:", "base-uri": "'none'", "form-action": "'none'"}


def test_many_changes_are_told_in_short_first_and_few_are_not() -> None:
    page = html.plan(made.large(200))
    assert "50 agents</b> suspend: <bdi>-active" not in page
    assert re.search(r"<b>50 agents</b> update: <bdi>\+licenses\.voice</bdi>", page)
    assert 'id="short"' not in html.plan(made.small())


def test_every_change_is_on_the_page() -> None:
    page = html.plan(made.large(2_000))
    assert page.count('<li class="change"') == 2_000
    assert "agent/person.1999@acme.example" in page


def test_what_takes_away_comes_first() -> None:
    order = re.findall(r'data-class="(\w+)"', html.plan(made.small()))
    assert order == ["delete", "suspend", "update", "update", "restore", "create"]


def test_a_step_by_hand_says_so() -> None:
    from dataclasses import replace

    from reconciler.model import Execution

    by_hand = replace(
        made.change(made.BO, "4002 Bo Chen", Action.UPDATE, preferred_name=(None, "Bo")),
        execution=Execution.MANUAL,
    )
    assert "update by hand" in html.plan(made.plan([by_hand]))
