"""The rate limiter alone, in virtual time: what it gets through, and how often it is refused.

Run by hand: `python tests/benchmarks/rate_limiter.py`. 2,000 requests by eight workers; then five
minutes, the first half of a minute left out. `apply.py` measures whole applies by a real clock.
"""

import math
import sys
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.providers import throttled

LIMITERS: dict[str, Callable[[float], throttled.Limiter]] = {
    "sliding second": throttled.sliding,
    "fixed second": throttled.fixed,
    "token bucket": throttled.bucket,
}
TELLS: dict[str, Callable[[float], float | None]] = {
    "whole seconds": math.ceil,
    "exactly": lambda wait: wait,
    "nothing": lambda _wait: None,
}
ROW = "{:15} {:14} {:>5} {:>9} {:>7} {:>9} {:>7}\n"


def main() -> None:
    sys.stdout.write(
        ROW.format("limit", "told to wait", "R", "of 2,000", "429s", "settled", "429s")
    )
    for limit, limiter in LIMITERS.items():
        for told, tell in TELLS.items():
            for rate in (25, 100, 400):
                short = throttled.run(limiter(rate), 2_000, tell=tell)
                long = throttled.run(limiter(rate), rate * 300, tell=tell)
                sys.stdout.write(
                    ROW.format(
                        limit,
                        told,
                        rate,
                        f"{short.share(rate):.1%}",
                        f"{refused(short):.2%}",
                        f"{long.share(rate, start=30):.1%}",
                        f"{refused(long):.2%}",
                    )
                )


def refused(run: throttled.Run) -> float:
    return run.refused / (run.refused + run.accepted)


if __name__ == "__main__":
    main()
