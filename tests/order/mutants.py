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
    ("the chain of one object", "simulation", "after[task.subject.last] = None", "pass"),
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
    ("a value is needed", "partial_writes", "        *values,\n", ""),
    (
        "a seat is needed",
        "partial_writes",
        "*(Token(SEAT, name) for name in sorted(write.adds)),",
        "",
    ),
    (
        "coverage is needed",
        "partial_writes",
        "*(coverage(path) for path in sorted(_uncovered(task, write))),",
        "",
    ),
    (
        "a queue is there before its members",
        "partial_writes",
        "if to in snapshot.made)",
        "if not to)",
    ),
    (
        "a license before a membership apart",
        "partial_writes",
        "yield licensed(subject)\n        el",
        "el",
    ),
    (
        "the agent before a membership apart",
        "partial_writes",
        "            yield there(subject.address)\n    elif subject.apart",
        "            pass\n    elif subject.apart",
    ),
    (
        "memberships apart end before the license",
        "partial_writes",
        "yield from (left(subject, path) for path in sorted(subject.apart))",
        "yield from ()",
    ),
    (
        "they end before a suspension, too",
        "partial_writes",
        'or write.plain.get("active") is False',
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
    ("queues hold numbers", "snapshot", "    kinds.QUEUE: (EXTENSION,),\n", ""),
    (
        "the directory holds values",
        "snapshot",
        "    kinds.DIRECTORY_ENTRY: (EXTENSION, EMAIL),\n",
        "",
    ),
    ("values are compared without case", "snapshot", "str(value).casefold()", "str(value)"),
    (
        "the tenant's own count of seats",
        "snapshot",
        "seats[name] = max(seats[name], assigned)",
        "pass",
    ),
    (
        "two holders are a debt",
        "tokens",
        "balance(1 - len(self.holders.get(token, ())))",
        "Capacity(int(token not in self.holders))",
    ),
    (
        "a pool over its limit is a debt",
        "start",
        "balance(purchased - snapshot.seats.get(name, 0))",
        "balance(max(0, purchased - snapshot.seats.get(name, 0)))",
    ),
    (
        "only spare coverage is free",
        "start",
        "max(0, supply.demand[need] - given.get(need, 0))",
        "supply.demand[need]",
    ),
    ("UC values never move", "tasks", '{} if fields.get("phone") == UC else ', ""),
    (
        "an unlicensed member covers nothing",
        "tasks",
        "before = subject.members if subject.licenses else set()",
        "before = subject.members",
    ),
    # partial writes
    (
        "one license stays while memberships do",
        "partial_writes",
        "task.drops - _kept(held, supply, snapshot)",
        "task.drops",
    ),
    ("also while memberships apart are coming", "partial_writes", " | subject.coming", ""),
    ("bases come first", "partial_writes", "requires.get(n, n) in {*held, n}", "True"),
    (
        "bases stay with what needs them",
        "partial_writes",
        "        name = requires.get(name, name)\n",
        "        break\n",
    ),
    (
        "joining ties to a license",
        "partial_writes",
        "may_join = stays or (permissions.tied and subject.licensed)",
        "may_join = True",
    ),
    ("a create takes all its values", "partial_writes", "len(moves) < len(task.moves)", "False"),
    (
        "leaving needs coverage",
        "partial_writes",
        "(permissions.uncovered or _may_leave(task, supply))",
        "True",
    ),
    # parking
    (
        "no slot that somebody wants",
        "parking",
        "if value in self._snapshot.holders or value in self._wanted:",
        "if value in self._snapshot.holders:",
    ),
    (
        "no slot that somebody holds",
        "parking",
        "if value in self._snapshot.holders or value in self._wanted:",
        "if value in self._wanted:",
    ),
    (
        "no e-mail that somebody holds",
        "parking",
        "value not in self._snapshot.holders and value not in",
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
    ("partial writes that give", "deadlock", "return _give(run) or ", "return "),
    (
        "partial writes that join",
        "deadlock",
        "if task.waits and not task.done and _give_or_join(run, task):",
        "if False:",
    ),
    (
        "rather leave than be tied",
        "deadlock",
        "return _split(run, task, GIVING) or _split(run, task, JOINING)",
        "return _split(run, task, JOINING)",
    ),
    ("hand-over", "deadlock", "(Role.HIRE, _hand_over), ", ""),
    ("partial writes that take seats", "deadlock", "(Role.TAKER, _take), ", ""),
    ("partial writes given early", "deadlock", ", (Role.ANY, _give_early)", ""),
    (
        "dips",
        "deadlock",
        "return _dip(run, _some(run, Role.LEAVER, everywhere=everywhere))",
        "return False",
    ),
    (
        "dips spare minimums",
        "deadlock",
        "return before - used - run.dips[name] - 1 < floor(run.snapshot, name)",
        "return False",
    ),
    (
        "takers come last",
        "start",
        "task.deferred = greedy and seats and not first",
        "task.deferred = False",
    ),
    ("a second simulation", "search", "TRIES = 4", "TRIES = 0"),
    ("a simulation with seats reserved", "search", "reserved=number % 2 == 0", "reserved=False"),
    # stepping aside
    ("somebody steps aside", "step_aside", "    if best is None:", "    if True:"),
    ("not below a minimum", "step_aside", "left - 1 < floor(run.snapshot, need.name)", "False"),
    (
        "not by as many as there are",
        "step_aside",
        "left - 1 < floor(run.snapshot, need.name)",
        "left < floor(run.snapshot, need.name)",
    ),
    ("not before what others lack", "step_aside", "if frees else None", "if True else None"),
    ("not out of what no file states", "step_aside", "unstated(run, task) or ", ""),
    ("not from a level that no file states", "step_aside", "(level != NO_LEVEL or ", "(True or "),
    ("not where queues are written", "step_aside", "run.snapshot.bounds.members_on_queue or ", ""),
    ("not out of a queue just joined", "step_aside", " and not _has_joined(run, task)", ""),
    ("it comes back", "step_aside", "    task.joins |= _way_back(run, task)\n", ""),
    ("it counts as leaving", "step_aside", "    subject.loses |= staying\n", ""),
    ("it counts as joining", "step_aside", "    subject.gains |= staying\n", ""),
    (
        "its coverage is scarce",
        "step_aside",
        "        run.supply.capacities.setdefault(need, balance(0))\n",
        "",
    ),
    ("nobody is tied before stepping aside", "deadlock", "run.ties and _tie(run)", "_tie(run)"),
    ("nobody waits to step aside", "search", "    if at_once:\n", "    if False:\n"),
    ("only those who are left go first", "search", "(number >= WIDELY and _left(run)) or ", ""),
    # the exhaustive search
    ("small groups are searched", "search", "if not (run.left() or run.dips):", "if True:"),
    (
        "coverage is kept",
        "states",
        "count[to] - 1 >= floors[to] for to in lost",
        "True for to in lost",
    ),
    ("seats are kept", "states", "count[name] < problem.purchased[name]", "True"),
    ("values have one holder", "states", "value not in problem.held_outside and all(", "any("),
    (
        "a seat is a choice",
        "exhaustive",
        "    for name in sorted(item.goal.licenses - now.licenses):",
        "    for name in ():",
    ),
    (
        "joining early is a choice",
        "exhaustive",
        "if joins := _joins(problem, state, item, now):",
        "if False:",
    ),
    (
        "which license to keep is a choice",
        "exhaustive",
        "for name in sorted(now.licenses):",
        "for name in ():",
    ),
    (
        "parking is a choice",
        "exhaustive",
        "_places(problem, state, item, sort) if waits else ()",
        "()",
    ),
    (
        "few dips",
        "exhaustive",
        "return _with_fewer_dips(problem, moves, lowest, budget)",
        "return Result(moves, _depth(problem, moves), is_complete=True)",
    ),
    (
        "free numbers are contended",
        "contention",
        "    for block in scarce:\n",
        "    for block in ():\n",
    ),
    (
        "seats are contended",
        "contention",
        "run.supply.demand[token] > run.supply.capacity(token).free",
        "False",
    ),
    ("coverage is contended", "contention", "return takers > 0 and (", "return False and ("),
    (
        "memberships apart follow each other",
        "replay",
        "chained = run.snapshot.bounds.members_on_queue",
        "chained = False",
    ),
    # the worst moment
    (
        "takers wait for releases",
        "extremes",
        "return gains - _Flow(weights, after, between).maximum()",
        "return gains",
    ),
    ("flow goes back", "extremes", "if before in self.nodes] + back", "if before in self.nodes]"),
    ("what is given counts", "graph", "(-1, step.given)", "(0, step.given)"),
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
            "tests/order/test_complete.py",
            "tests/order/test_extremes.py",
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
