"""The long run, by hand: `python -m tests.order.long_run 20000`. Prints the seed that it used.

`--seed N` repeats a run, `--size N` makes larger tenants, `--exhaustive` compares with all that is
possible on tiny ones. The exit code says whether something was found.
"""

import argparse
import random
import sys
import time
from collections import Counter
from collections.abc import Iterator

from tests.order import exhaustive, made, trial
from tests.order.trial import Plan


def main() -> int:
    options = _options()
    _say(f"seed {options.seed}: {options.count} tenants of up to {options.size} agents")
    found, seen, started = 0, Counter[str](), time.monotonic()
    for number in range(options.count):
        chance = random.Random(options.seed * 1_000_003 + number)
        situation = made.situation(chance, options.size)
        words = list(trial.complaints(situation, chance))
        tried = trial.plan(situation)
        if options.exhaustive:
            words += exhaustive.complaints(tried)
            seen["compared"] += bool(tried.graph.conflicts) and exhaustive.is_tiny(tried)
            seen["dips where a dip-free order exists"] += exhaustive.dips_in_vain(tried)
        seen.update(_kinds(tried))
        found += bool(words)
        if words:
            _say(f"tenant {number}: {words[:2]}")
    _say(f"{time.monotonic() - started:.0f} s, {found} with complaints; {dict(seen)}")
    return int(found > 0)


def _say(words: str) -> None:
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("count", type=int, nargs="?", default=20_000)
    parser.add_argument("--seed", type=int, default=random.randrange(1_000_000))
    parser.add_argument("--size", type=int, default=6)
    parser.add_argument("--exhaustive", action="store_true")
    return parser.parse_args()


def _kinds(tried: Plan) -> Iterator[str]:
    """What occurred, so that a run that tries nothing is seen."""
    graph = tried.graph
    yield "tenants"
    yield from ["operations"] * len(graph.operations)
    yield from ["edges"] * sum(len(operation.after) for operation in graph.operations)
    yield from ["with conflicts"] * bool(graph.conflicts) + ["with dips"] * bool(graph.dips)
    for word in ("parked", "takes over", "first part", "before a successor", "steps aside"):
        yield from [f"'{word}'"] * any(word in operation.why for operation in graph.operations)


if __name__ == "__main__":
    sys.exit(main())
