"""Fuzzing that follows coverage, by hand: `pip install atheris`, then

    python tests/fuzz/guided.py yaml -max_total_time=300

atheris (Apache-2.0) is no dependency: it has wheels for some platforms only. An input that it finds
goes to `corpus/<target>/`, with a name that says what was wrong.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))


def main() -> None:
    import atheris

    name = sys.argv.pop(1)
    with atheris.instrument_imports(include=["reconciler"]):
        from tests.fuzz import targets

    atheris.Setup([*sys.argv, str(targets.CORPUS / name)], lambda data: targets.run(name, data))
    atheris.Fuzz()


if __name__ == "__main__":
    main()
