"""`python -m tests.oracle 20000 --seed 7`: judges so many tenants, and shrinks what fails.

`--case FILE` judges one case that a run has printed. Leaves with 1 where something was found.
"""

import argparse
import json
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import yaml

from tests.oracle.desired import Case
from tests.oracle.generator import case as generated
from tests.oracle.judge import judge
from tests.oracle.server import Service
from tests.oracle.shrink import shrink
from tests.oracle.verdict import Finding

Say = Callable[[str], None]


def main() -> int:
    options = _options()
    with Service() as service:
        if options.case:
            case = json.loads(options.case.read_text("utf-8"))
            problems = judge(service, case, options.seed)
            print(as_text(case, problems, options.seed))
            return bool(problems)
        return run(service, options)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.oracle", description=__doc__)
    parser.add_argument("count", nargs="?", type=int, default=300, help="how many tenants")
    parser.add_argument("--seed", type=int, default=0, help="of the first one [0]")
    parser.add_argument("--case", type=Path, help="judge the case in this file")
    parser.add_argument("--each", type=int, default=1, help="so many of each kind are shrunk [1]")
    parser.add_argument("--save", type=Path, help="a folder for the shrunk cases")
    parser.add_argument("--plan-only", action="store_true", help="apply nothing: much faster")
    parser.add_argument("--knots", action="store_true", help="only people in each other's way")
    return parser.parse_args()


def run(service: Service, options: argparse.Namespace) -> int:
    kinds: Counter[str] = Counter()
    began = time.monotonic()
    for place in range(options.count):
        seed = options.seed * 1_000_000 + place
        case = generated(seed, is_knot=options.knots or None)
        judged = findings(service, case, seed, plan_only=options.plan_only)
        for finding in first_of_kind(judged):
            kinds[finding.kind] += 1
            if kinds[finding.kind] <= options.each:
                _report(service, finding, case, seed, options)
        if place % 100 == 99:
            took = time.monotonic() - began
            print(f"{place + 1} tenants, {took:.0f} s: {dict(kinds) or 'nothing'}", file=sys.stderr)
    print(f"{options.count} tenants from seed {options.seed}: {dict(kinds) or 'nothing found'}")
    return bool(kinds)


def findings(service: Service, case: Case, seed: int, *, plan_only: bool = False) -> list[Finding]:
    """What the judge says; a crash of the product is a finding as well."""
    try:
        return judge(service, case, seed, plan_only=plan_only)
    except Exception as error:
        return [Finding(f"crash: {type(error).__name__}", str(error))]


def first_of_kind(problems: list[Finding]) -> Iterator[Finding]:
    kinds = set()
    for finding in problems:
        if finding.kind not in kinds:
            kinds.add(finding.kind)
            yield finding


def _report(
    service: Service, finding: Finding, case: Case, seed: int, options: argparse.Namespace
) -> None:
    def of_kind(smaller: Case) -> list[Finding]:
        judged = findings(service, smaller, seed, plan_only=options.plan_only)
        return [other for other in judged if other.kind == finding.kind]

    small = shrink(case, lambda smaller: bool(of_kind(smaller)))
    print(as_text(small, of_kind(small)[:4], seed), flush=True)
    if options.save:
        options.save.mkdir(parents=True, exist_ok=True)
        name = f"{finding.kind.replace(' ', '-').replace(':', '')}-{seed}.json"
        (options.save / name).write_text(json.dumps(small, indent=1), "utf-8")


def as_text(case: Case, problems: list[Finding], seed: int) -> str:
    """A counterexample as a person reads it."""
    live = case["live"]
    people = [{"is": key, **agent} for key, agent in live["agents"].items()]
    entries = [
        {**entry, "# is": who or "somebody new"}
        for entry, who in zip(case["files"]["agents"], case["is"], strict=True)
    ]
    rest = {key: value for key, value in case["files"].items() if key != "agents"}
    lines = [f"seed {seed}", *(f"  {finding.kind}: {finding.text}" for finding in problems)]
    for title, block in (
        ("live", {**{k: v for k, v in live.items() if k != "agents" and v}, "agents": people}),
        ("files", {**rest, "agents": entries}),
    ):
        text = yaml.safe_dump(block, sort_keys=False, default_flow_style=None, width=150)
        lines += [f"  {title}:", *(f"    {line}" for line in text.splitlines())]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
