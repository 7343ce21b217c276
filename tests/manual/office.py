"""A folder of files, a stand-in tenant and the commands of an administrator, in one process."""

import csv
import io
import json
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from reconciler import pipeline
from reconciler.cli import by_hand, options
from reconciler.model import Verdict
from tests.manual.stand_in import Console, NoSuchRowError, Scripted
from tests.running import Ran, Run

HEAD = (
    "tenant: {{name: acme, provider: xima, url: '{url}', token_env: RECONCILER_TOKEN_X, "
    "request_interval: 0}}\n"
    "extension_ranges: {{agents: {{purpose: webrtc_agent, range: 4000-4999}}, "
    "desks: {{purpose: uc_user, range: 2000-2999}}}}\n"
)
POLICY = "policy: {absent_percent: 100, limits: {agent: {suspend: 50}}}\n"


@dataclass
class Office:
    """One administrator's desk. `is_blocked` is whether the last sheet was not written for that."""

    folder: Path
    console: Console
    run: Run
    outputs: list[str] = field(default_factory=list)
    is_blocked: bool = False

    def files(self, *agents: str, queues: str = "{support: {}, sales: {}}", more: str = "") -> None:
        """Entries of people; one without an e-mail gets the first name at our domain."""
        body = "".join(f"  - {{{_mailed(agent)}}}\n" for agent in agents)
        text = f"{HEAD.format(url=self.console.url)}{POLICY}{more}queues: {queues}\nagents:\n{body}"
        (self.folder / "desired-state").mkdir(exist_ok=True)
        (self.folder / "desired-state/all.yaml").write_text(text, encoding="utf-8")

    def do(self, *arguments: str) -> Ran:
        ran = self.run(*arguments)
        self.outputs += [ran.out, ran.err]
        return ran

    def json(self, *arguments: str) -> Any:
        return self.do(*arguments, "--format", "json").json

    def plan(self, *arguments: str) -> Any:
        return self.json("plan", *arguments)

    def changes(self, *arguments: str) -> dict[str, dict[str, Any]]:
        """By address and path, what is planned."""
        return {
            change["address"]: {item["path"]: item["after"] for item in change["fields"]}
            for change in self.plan(*arguments)["changes"]
        }

    # --- on paper --------------------------------------------------------------------------------

    def sheet(self, *arguments: str) -> list[Mapping[str, Any]]:
        """The visits of a sheet, written anew."""
        ran = self.do("apply", *arguments)
        assert ran.code in (0, 3, 4), (ran.code, ran.out[-1500:])
        self.is_blocked = ran.code == 4
        if ran.code != 3:
            return []
        found = json.loads((self.folder / "worksheet.json").read_text(encoding="utf-8"))
        return list(found["visits"])

    def carry_out(
        self, visits: Sequence[Mapping[str, Any]], does: Callable[[str], str] = lambda _: "all"
    ) -> set[str]:
        """The titles of what was done, by whoever holds the sheet in hand."""
        done = set()
        for visit in visits:
            for step in visit["steps"]:
                how = does(step["title"])
                try:
                    if how != "nothing":
                        self.console.do(step, saves=how == "all")
                except NoSuchRowError:
                    continue
                done.add(step["title"])
            self.console.save_page() if does("save") == "all" else self.console.reload_page()
        return done

    def hand_in(
        self, answer: Callable[[Mapping[str, str]], str] = lambda _: "done", **cells: str
    ) -> Ran:
        name = self.folder / "worksheet.csv"
        text = name.read_text(encoding="utf-8").removeprefix("\ufeff")
        rows = list(csv.DictReader(io.StringIO(text, newline="")))
        file = io.StringIO(newline="")
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows({**row, "result": answer(row), "by": "sam", **cells} for row in rows)
        name.write_text(file.getvalue(), encoding="utf-8")
        return self.do("apply", "--attest", str(name))

    # --- at the terminal -------------------------------------------------------------------------

    def guided(self, person: Scripted, *, wait: int = 0, page: str | None = None) -> Verdict | None:
        """`reconciler apply` at a terminal where `person` sits; None where nothing was to do."""
        environment, wanted = options.environment(), pipeline.PlanOptions()
        place = Path("desired-state")
        checked = pipeline.check(place, environment, wanted)
        assert checked.desired is not None
        tenant = checked.desired.tenant
        with pipeline.open_ledger(tenant, environment) as kept:
            compared = pipeline.compare(checked, place, environment, wanted)
            made = pipeline.plan(compared, environment, wanted, checked.diagnostics)
            if not made.changes:
                return None
            assert made.applyable, made.blockers
            with pipeline.open_provider(tenant, environment, read_only=False) as provider:
                prepared = pipeline.prepare(
                    made, checked, place, provider, environment, wanted, kept=kept
                )
                assert prepared.blockers == ()
                run = pipeline.start(prepared, kept)
                how = by_hand.GuideOptions("sam", wait, self.folder / "worksheet", place, page)
                outcomes = by_hand.guide(
                    prepared, provider, kept, run, how, threading.Event(), person
                )
                verdict = pipeline.verify(prepared, provider, kept, run, outcomes)
        self.outputs += person.lines
        return verdict


def _mailed(entry: str) -> str:
    name = entry.removeprefix("name: ").partition(" ")[0]
    if "email:" in entry or not entry.startswith("name: "):
        return entry
    return f"{entry}, email: {name.lower()}@acme.example"
