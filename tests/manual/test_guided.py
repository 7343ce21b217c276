"""A person guided through a pseudo-terminal: left, resumed, verified; and a sheet on paper."""

import csv
import io
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pexpect
import pytest

from reconciler import sandbox
from tests.manual import person
from tests.manual.person import Listener, Person

NEW = ("Noor Aziz", "Oda Berg", "Pia Costa", "Ravi Das", "Sol Egea", "Tom Fox")
TWO_GETS = {"GET /rest/api/v1/agents", "GET /rest/api/v1/skills"}
QUESTION = "? "


@dataclass
class Site:
    """A folder, the tenant that it is about, and the person at the console."""

    place: Path
    listener: Listener
    person: Person
    environ: dict[str, str]
    steps: dict[str, Mapping[str, Any]] = field(default_factory=dict)

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "reconciler", *arguments],
            cwd=self.place,
            env=self.environ,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
            stdin=subprocess.DEVNULL,
        )

    def json(self, *arguments: str) -> Any:
        return json.loads(self.command(*arguments, "--format", "json").stdout)

    def sheet(self) -> list[Mapping[str, Any]]:
        """The steps as an apply without a terminal writes them."""
        ran = self.command("apply")
        assert ran.returncode == 3, ran.stderr
        found = json.loads((self.place / "worksheet.json").read_text(encoding="utf-8"))
        return [step for visit in found["visits"] for step in visit["steps"]]

    def guided(self, *arguments: str) -> "pexpect.spawn[str]":
        self.steps = {step["title"]: step for step in self.sheet()}
        return pexpect.spawn(
            sys.executable,
            ["-m", "reconciler", "apply", "--by", "sam", "--wait", "20", *arguments],
            cwd=str(self.place),
            env=self.environ,
            encoding="utf-8",
            timeout=60,
            dimensions=(50, 200),
        )

    def do(self, asked: str) -> None:
        """What the last question asks, if it is a step; a page's save needs no hand here."""
        title = re.findall(r"Step \d+ of \d+: (.*?)\r?\n", asked)
        if title:
            self.person.do(self.steps[title[-1]])


def carry_out(site: Site, terminal: "pexpect.spawn[str]", answers: int | None = None) -> str:
    """Does and answers so many questions, or all; returns everything that was shown."""
    shown = ""
    while answers is None or answers > 0:
        if terminal.expect_exact([QUESTION, pexpect.EOF]) == 1:
            return shown + str(terminal.before)
        asked = str(terminal.before)
        shown += asked
        site.do(asked)
        terminal.sendline("d")
        answers = answers if answers is None else answers - 1
    return shown


def left(terminal: "pexpect.spawn[str]") -> int | None:
    terminal.expect(pexpect.EOF)
    terminal.close()
    return terminal.exitstatus


DESIRED = """
tenant:
  name: acme
  provider: xima
  url: "{url}"
  token_env: RECONCILER_TOKEN_X
  request_interval: 0
policy: {{absent_percent: 100, limits: {{agent: {{suspend: 5}}}}}}
queues: {{support: {{}}, night: {{extension: 1900, priority: 3}}}}
extension_ranges:
  agents: {{purpose: webrtc_agent, range: 4000-4999}}
  desks: {{purpose: uc_user, range: 2000-2999}}
agents:
  - {{extension: 2025, licenses: [voice], queues: {{support: 2}}}}
  - {{name: Ana Diaz-Soto, extension: 4001, email: ana.diaz+webrtc@acme.example}}
  - {{name: Bo Chen-Lee, extension: 4002, email: bo.chen+webrtc@acme.example}}
  - {{name: Chidi Okafor, extension: 4003, until: 2026-01-31}}
  - {{name: Dagny Lund, extension: 4004, until: 2026-01-31}}
{new}
"""


def entry(number: int, name: str) -> str:
    email = f"{name.lower().replace(' ', '.')}+webrtc@acme.example"
    return (
        f"  - {{name: {name}, extension: {number}, email: {email}, licenses: [voice], "
        "queues: {support: 5, night: 3}, recording_mode: Manual}"
    )


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    new = "\n".join(entry(4900 + number, name) for number, name in enumerate(NEW))
    with (
        sandbox.start(seed="acme") as running,
        person.listener(running) as heard,
        person.console(running) as somebody,
    ):
        (tmp_path / "desired-state").mkdir()
        text = DESIRED.format(url=heard.url, new=new)
        (tmp_path / "desired-state/acme.yaml").write_text(text, encoding="utf-8")
        environ = {k: v for k, v in os.environ.items() if not k.startswith("RECONCILER_")}
        environ |= {"RECONCILER_TOKEN_X": running.tokens["manager"], "TERM": "dumb"}
        yield Site(tmp_path, heard, somebody, environ)


def grades(found: Any) -> dict[str, tuple[int, int, int]]:
    return {
        f"{one['kind']}.{one['field']}": (one["observed"], one["attested"], one["unobserved"])
        for one in found["grades"]
    }


def test_twelve_changes_left_after_the_fifth_answer_resumed_and_verified(site: Site) -> None:
    before = site.json("plan")
    assert len(before["changes"]) == 12
    assert {change["execution"] for change in before["changes"]} == {"manual"}
    assert "attested" not in {k for k, v in grades(before).items() if v[1]}

    terminal = site.guided()
    carry_out(site, terminal, answers=5)
    terminal.expect_exact(QUESTION)
    terminal.sendline("q")
    assert left(terminal) == 3

    between = site.json("plan")
    assert 0 < len(between["changes"]) < 12
    titles = [step["title"] for step in site.sheet()]
    assert not set(site.person.done[:5]) & set(titles) - {site.person.done[0]}

    terminal = site.guided()
    shown = carry_out(site, terminal)
    assert left(terminal) == 0, shown
    assert "the tenant shows it" in shown
    assert "not shown; it is your word" not in shown

    after = site.json("plan")
    assert after["changes"] == []
    known = grades(after)
    assert known["agent.name"][1:] == (0, 0)
    assert known["agent.licenses"] == (0, 7, 0)
    assert known["agent.email"][1:] == (6, 2)
    assert {one["by"][0] for one in after["grades"] if one["attested"]} == {"sam"}
    drift = site.json("drift")
    assert drift["items"] == []
    assert grades(drift) == known
    said = site.command("plan").stdout
    assert "attested" in said
    assert "unobserved" in said
    assert set(site.listener.heard) == TWO_GETS


def test_what_shows_later_is_waited_for(site: Site) -> None:
    terminal = site.guided()
    carry_out(site, terminal, answers=1)
    terminal.expect_exact("Make the skill night")
    terminal.expect_exact(QUESTION)
    terminal.sendline("d")
    terminal.expect_exact("looking for up to 20 s")
    site.person.do(site.steps["Make the skill night"])
    terminal.expect_exact("step 2: the tenant shows it")
    terminal.expect_exact(QUESTION)
    terminal.sendline("q")
    assert left(terminal) == 3


def test_a_killed_run_leaves_what_was_answered_in_the_history(site: Site) -> None:
    terminal = site.guided()
    carry_out(site, terminal, answers=2)
    terminal.expect_exact(QUESTION)
    terminal.kill(signal.SIGKILL)
    terminal.expect(pexpect.EOF)
    terminal.close()
    (run,) = site.json("history")
    assert (run["state"], run["counts"]["manual"]) == ("died", 1)
    assert run["unknown"] > 5
    assert len(site.json("plan")["changes"]) < 12


def test_going_back_takes_the_word_back_and_a_failure_leaves_out_what_needs_it(site: Site) -> None:
    terminal = site.guided()
    answered = []
    for answer in ("d", "b", "d", "s"):
        terminal.expect_exact(QUESTION)
        answered.append(str(terminal.before))
        site.do(str(terminal.before)) if answer == "d" and len(answered) == 1 else None
        terminal.sendline(answer)
    terminal.expect_exact(QUESTION)
    terminal.sendline("f")
    terminal.expect_exact("What happened")
    terminal.sendline("the box was grey")
    terminal.expect_exact(QUESTION)
    terminal.sendline("nonsense")
    terminal.expect_exact("is none of them")
    terminal.expect_exact(QUESTION)
    terminal.sendline("q")
    terminal.expect(pexpect.EOF)
    shown = str(terminal.before)
    assert "the box was grey" in shown
    assert "left; the same command goes on with what is open" in shown
    terminal.close()
    assert terminal.exitstatus == 3
    step = re.compile(r"Step \d+ of \d+: .*")
    first, second, third = (step.search(text) for text in answered[:3])
    assert first
    assert second
    assert third
    assert second.group() != first.group() == third.group()


def test_a_save_that_failed_is_asked_again_on_the_way_back(site: Site) -> None:
    terminal = site.guided("--wait", "0")
    while True:
        terminal.expect_exact(QUESTION)
        if "Save the page" in str(terminal.before):
            break
        terminal.sendline("d")
    terminal.sendline("f")
    terminal.expect_exact("What happened")
    terminal.sendline("the page was frozen")
    terminal.expect_exact(QUESTION)
    terminal.sendline("b")
    terminal.expect_exact(QUESTION)
    assert "Save the page" in str(terminal.before)
    terminal.sendline("q")
    assert left(terminal) == 3


def test_what_is_typed_before_a_question_stands_does_not_answer_it(site: Site) -> None:
    terminal = site.guided()
    terminal.sendline("d")
    terminal.sendline("d")
    terminal.expect_exact("Step 1 of")
    terminal.expect_exact(QUESTION)
    terminal.sendline("q")
    assert left(terminal) == 3
    assert {grade[1] for grade in grades(site.json("plan")).values()} == {0}


def filled(text: str, answer: Callable[[Mapping[str, str]], str]) -> str:
    rows = list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]), delimiter=";")
    writer.writeheader()
    writer.writerows({**row, "result": answer(row), "by": "kim"} for row in rows)
    return out.getvalue()


def test_a_sheet_on_paper_comes_back(site: Site) -> None:
    for step in site.sheet():
        site.person.do(step)
    sheet = site.place / "worksheet.csv"
    sheet.write_text(filled(sheet.read_text(encoding="utf-8"), lambda _: "done"))
    ran = site.command("apply", "--attest", "worksheet.csv")
    assert ran.returncode == 0, ran.stderr
    assert "recorded as done" in ran.stderr
    found = site.json("plan")
    assert found["changes"] == []
    assert {name for one in found["grades"] for name in one["by"]} == {"kim"}
    assert set(site.listener.heard) == TWO_GETS
    (run,) = site.json("history")
    assert (run["state"], run["converged"]) == ("finished", True)
    assert run["counts"]["manual"] == len(site.person.done)
    (whole,) = site.json("history", run["id"])
    assert {one["because"] for one in whole["operations"]} == {"on a sheet, by kim"}


SEEN_BY_NOBODY = """
tenant:
  name: acme
  provider: xima
  url: "{url}"
  token_env: RECONCILER_TOKEN_X
  request_interval: 0
agents: [{{name: Ana Diaz, extension: 4001, email: ana.diaz@acme.example,
  licenses: [{licenses}], recording_mode: {mode}}}]
"""


@pytest.fixture
def edited(site: Site) -> Site:
    """Two fields that the tenant does not show were edited since the last apply."""
    desired = site.place / "desired-state/acme.yaml"
    for licenses, mode in (("voice", "manual"), ("voice, web_chat", "disabled")):
        text = SEEN_BY_NOBODY.format(url=site.listener.url, licenses=licenses, mode=mode)
        desired.write_text(text, encoding="utf-8")
        if mode == "manual":
            assert site.command("apply").returncode == 0
    return site


def edits(site: Site) -> list[str]:
    return [item["path"] for one in site.json("plan")["changes"] for item in one["fields"]]


def test_an_edit_that_nobody_sees_stays_to_do_until_it_is_done(edited: Site) -> None:
    assert edits(edited) == ["licenses.web_chat", "recording_mode"]
    terminal = edited.guided()
    for answer in ("d", "s"):
        terminal.expect_exact(QUESTION)
        terminal.sendline(answer)
    assert left(terminal) == 3
    assert edits(edited) == ["licenses.web_chat"]
    terminal = edited.guided()
    carry_out(edited, terminal)
    assert left(terminal) == 0
    assert edits(edited) == []


def test_a_sheet_settles_an_edit_that_nobody_sees(edited: Site) -> None:
    edited.sheet()
    sheet = edited.place / "worksheet.csv"
    sheet.write_text(filled(sheet.read_text(encoding="utf-8"), lambda _: "done"))
    ran = edited.command("apply", "--attest", "worksheet.csv")
    assert ran.returncode == 0, ran.stdout
    assert edits(edited) == []
    assert grades(edited.json("plan"))["agent.licenses"] == (0, 0, 1)


def test_half_a_sheet_leaves_the_other_half_to_do(site: Site) -> None:
    steps = site.sheet()
    half = {step["id"] for step in steps[: len(steps) // 2]}
    for step in steps:
        if step["id"] in half:
            site.person.do(step)
    sheet = site.place / "worksheet.csv"
    text = filled(sheet.read_text(encoding="utf-8"), lambda r: "done" if r["id"] in half else "")
    sheet.write_text(text)
    ran = site.command("apply", "--attest", "worksheet.csv")
    assert ran.returncode == 3
    assert "by hand" in ran.stdout


@pytest.mark.parametrize("cell", ["values", "seal", "result"])
def test_an_edited_sheet_records_nothing(site: Site, cell: str) -> None:
    site.sheet()
    sheet = site.place / "worksheet.csv"
    rows = filled(sheet.read_text(encoding="utf-8"), lambda _: "done")
    old = {"values": "4900", "seal": ";done;", "result": ";done;"}[cell]
    new = {"values": "4911", "seal": "x;done;", "result": ";perhaps;"}[cell]
    sheet.write_text(rows.replace(old, new))
    ran = site.command("apply", "--attest", "worksheet.csv")
    assert ran.returncode == 1
    assert "nothing was recorded" in ran.stderr
    assert site.command("apply", "--attest", "nowhere.csv").returncode == 1
    assert len(site.json("plan")["changes"]) == 12


def test_a_list_that_is_cut_short_is_not_planned_on(site: Site) -> None:
    desired = site.place / "desired-state/acme.yaml"
    desired.write_text(desired.read_text().replace("absent_percent: 100, ", ""))
    for verb in ("plan", "drift", "apply"):
        ran = site.command(verb)
        assert ran.returncode == 7
        assert "agents who should have a license are not on the tenant's list" in ran.stderr
