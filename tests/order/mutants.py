"""By hand: takes out each rule of the order in turn and says which ones no test misses.

`python -m tests.order.mutants [WORD]` works on copies in a temporary folder. A mutant is killed by
a story, by the laws of the model, or by some hundred made tenants.
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
TENANTS = "400"

MUTANTS: tuple[tuple[str, str, str, str], ...] = (
    # edges
    ("the chain of one object", "rehearsal", "after[task.subject.last] = None", "pass"),
    (
        "the edge to who gave a token",
        "tokens",
        "return (giver, *self._paid())",
        "return self._paid()",
    ),
    ("the edge to who made a fact", "tokens", "return (self.facts[token],)", "return ()"),
    (
        "the edges to who paid a debt",
        "tokens",
        "if self.payers else ())",
        "if self.debt else ())",
    ),
    (
        "the edges between payers",
        "tokens",
        "return tuple(self.payers[max(0, start - BLOCK) : start])",
        "return ()",
    ),
    ("the edge that a reduction keeps", "graph", "- implied)", "- set(step.after))"),
    # tokens
    ("a value is needed", "portions", "        *values,\n", ""),
    ("a seat is needed", "portions", "*(Token(SEAT, name) for name in sorted(portion.adds)),", ""),
    (
        "coverage is needed",
        "portions",
        "*(coverage(path) for path in sorted(_uncovered(task, portion))),",
        "",
    ),
    ("a queue is there before its members", "portions", "if to in scene.made)", "if not to)"),
    (
        "a license before a membership apart",
        "portions",
        "yield licensed(subject)\n        el",
        "el",
    ),
    (
        "the agent before a membership apart",
        "portions",
        "            yield there(subject.address)\n    elif subject.apart",
        "            pass\n    elif subject.apart",
    ),
    (
        "memberships apart end before the license",
        "portions",
        "yield from (left(subject, path) for path in sorted(subject.apart))",
        "yield from ()",
    ),
    (
        "they end before a suspension, too",
        "portions",
        'or portion.plain.get("active") is False',
        "",
    ),
    (
        "a debt swallows what is given",
        "tokens",
        "        if not self.debt:\n",
        "        if True:\n",
    ),
    ("a token is handed out once", "tokens", "            self.free -= 1\n", ""),
    (
        "a given token is handed out once",
        "tokens",
        "        self.given[giver] -= 1\n",
        "        self.given[giver] += 0\n",
    ),
    # the start
    ("queues hold numbers", "scene", "    kinds.QUEUE: (EXTENSION,),\n", ""),
    ("the directory holds values", "scene", "    kinds.DIRECTORY_ENTRY: (EXTENSION, EMAIL),\n", ""),
    ("values are compared without case", "scene", "str(value).casefold()", "str(value)"),
    (
        "the tenant's own count of seats",
        "scene",
        "seats[name] = max(seats[name], assigned)",
        "pass",
    ),
    (
        "two holders are a debt",
        "tokens",
        "balance(1 - len(self.holders.get(token, ())))",
        "Bag(int(token not in self.holders))",
    ),
    (
        "a pool over its limit is a debt",
        "start",
        "max(purchased, min(before, after)) - before)",
        "max(0, max(purchased, min(before, after)) - before))",
    ),
    (
        "a pool that stays over may exchange",
        "start",
        "max(purchased, min(before, after))",
        "purchased",
    ),
    (
        "only spare coverage is free",
        "start",
        "max(0, supply.demand[need] - given.get(need, 0))",
        "supply.demand[need]",
    ),
    ("UC values never move", "subjects", '{} if fields.get("phone") == UC else ', ""),
    (
        "an unlicensed member covers nothing",
        "subjects",
        "before = subject.members if subject.licenses else set()",
        "before = subject.members",
    ),
    # portions
    (
        "one license stays while memberships do",
        "portions",
        "task.drops - _kept(held, supply, scene)",
        "task.drops",
    ),
    ("also while memberships apart are coming", "portions", " | subject.coming", ""),
    ("bases come first", "portions", "requires.get(n, n) in {*held, n}", "True"),
    (
        "bases stay with what needs them",
        "portions",
        "        name = requires.get(name, name)\n",
        "        break\n",
    ),
    (
        "joining ties to a license",
        "portions",
        "may_join = stays or (leave.tied and subject.licensed)",
        "may_join = True",
    ),
    ("a create takes all its values", "portions", "len(moves) < len(task.moves)", "False"),
    ("leaving needs coverage", "portions", "(leave.uncovered or _may_leave(task, supply))", "True"),
    # parking
    (
        "no slot that somebody wants",
        "slots",
        "if value in self._scene.holders or value in self._wanted:",
        "if value in self._scene.holders:",
    ),
    (
        "no slot that somebody holds",
        "slots",
        "if value in self._scene.holders or value in self._wanted:",
        "if value in self._wanted:",
    ),
    (
        "no e-mail that somebody holds",
        "slots",
        "value not in self._scene.holders and value not in",
        "value not in",
    ),
    ("cycles are parked", "search", "    cycles.park(run)\n", ""),
    (
        "a freed number serves a cycle",
        "search",
        "    while run.freed:\n        cycles.park_freed(run)\n        run.drain()\n",
        "    run.freed.clear()\n    run.drain()\n",
    ),
    (
        "a wanted number serves for the moment",
        "cycles",
        "            run.freed.append(want)\n",
        "            pass\n",
    ),
    (
        "both values are parked at once",
        "cycles",
        "(cycle.sort,) if alone else (cycle.sort, OTHER[cycle.sort])",
        "(cycle.sort,)",
    ),
    # moves when stuck
    ("portions that give", "stuck", "return _give(run) or ", "return "),
    (
        "portions that join",
        "stuck",
        "if task.waits and not task.done and _give_or_join(run, task):",
        "if False:",
    ),
    (
        "rather leave than be tied",
        "stuck",
        "return _split(run, task, GIVING) or _split(run, task, JOINING)",
        "return _split(run, task, JOINING)",
    ),
    ("hand-over", "stuck", "(Role.HIRE, _hand_over), ", ""),
    ("portions that take seats", "stuck", "(Role.TAKER, _take), ", ""),
    ("portions given early", "stuck", ", (Role.ANY, _give_early)", ""),
    (
        "dips",
        "stuck",
        "return _dip(run, _some(run, Role.LEAVER, everywhere=everywhere))",
        "return False",
    ),
    (
        "dips spare minimums",
        "stuck",
        "return before - used - run.dips[name] - 1 < floor",
        "return False",
    ),
    (
        "takers come last",
        "start",
        "task.deferred = greedy and seats and not first",
        "task.deferred = False",
    ),
    ("a second rehearsal", "search", "TRIES = 4", "TRIES = 0"),
    ("a rehearsal with seats reserved", "search", "reserved=number % 2 == 0", "reserved=False"),
    # stepping aside
    ("somebody steps aside", "aside", "    if best is None:", "    if True:"),
    ("not below a minimum", "aside", "left - 1 < floor", "False"),
    ("not by as many as there are", "aside", "left - 1 < floor", "left < floor"),
    ("not before what others lack", "aside", "if frees else None", "if True else None"),
    ("not out of what no file states", "aside", "unstated(run, task) or ", ""),
    ("not from a level that no file states", "aside", "(level != NO_LEVEL or ", "(True or "),
    ("not where queues are written", "aside", "run.scene.bounds.members_on_queue or ", ""),
    ("not out of a queue just joined", "aside", " and not _has_joined(run, task)", ""),
    ("it comes back", "aside", "    task.joins |= _way_back(run, task)\n", ""),
    ("it counts as leaving", "aside", "    subject.loses |= staying\n", ""),
    ("it counts as joining", "aside", "    subject.gains |= staying\n", ""),
    (
        "its coverage is scarce",
        "aside",
        "        run.supply.bags.setdefault(need, balance(0))\n",
        "",
    ),
    ("nobody is tied before stepping aside", "stuck", "run.ties and _tie(run)", "_tie(run)"),
    ("nobody waits to step aside", "search", "    if at_once:\n", "    if False:\n"),
    ("only those who are left go first", "search", "(number >= WIDELY and _left(run)) or ", ""),
    # what is told
    (
        "peaks count free seats taken",
        "graph",
        "seats.get(license, 0) + bag.used",
        "seats.get(license, 0)",
    ),
    ("lowest counts spare coverage used", "graph", " - bag.used - dips", " - dips"),
    ("lowest counts dips", "graph", " - dips[address]", ""),
)


def main() -> int:
    """Exit code 1 if a mutant survives."""
    assert _survives("nothing", "tokens", "", ""), "the tests fail without a mutant"
    word = sys.argv[1] if len(sys.argv) > 1 else ""
    chosen = [mutant for mutant in MUTANTS if word in mutant[0]]
    survivors = [name for name, *change in chosen if _survives(name, *change)]
    sys.stdout.write(f"{len(chosen)} mutants, survivors: {survivors or 'none'}\n")
    return int(bool(survivors))


def _survives(name: str, module: str, before: str, after: str) -> bool:
    with tempfile.TemporaryDirectory() as folder:
        for part in ("reconciler", "tests"):
            shutil.copytree(ROOT / part, Path(folder, part), ignore=shutil.ignore_patterns("cases"))
        shutil.copy(ROOT / "pyproject.toml", folder)
        source = Path(folder, "reconciler", "order", f"{module}.py")
        text = source.read_text(encoding="utf-8")
        assert before in text, f"{name}: {module}.py has no {before!r} any more"
        source.write_text(text.replace(before, after), encoding="utf-8")
        stories = [
            "-m",
            "pytest",
            "-x",
            "-q",
            "-p",
            "no:cacheprovider",
            "tests/order/test_stories.py",
            "tests/order/test_aside.py",
        ]
        tenants = ["-m", "tests.order.long_run", TENANTS, "--seed", "7"]
        killer = next((what for what in (stories, tenants) if _fails(folder, what)), None)
    sys.stdout.write(f"{'survives' if killer is None else 'killed':9} {name}\n")
    sys.stdout.flush()
    return killer is None


def _fails(folder: str, arguments: list[str]) -> bool:
    try:
        done = subprocess.run(
            [sys.executable, *arguments], cwd=folder, capture_output=True, timeout=300, check=False
        )
    except subprocess.TimeoutExpired:
        return True
    return done.returncode != 0


if __name__ == "__main__":
    sys.exit(main())
