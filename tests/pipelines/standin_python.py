"""Stands in for `python3 -m venv FOLDER` and that folder's `python -m pip install`.

It checks that everything is installed by its hash, and makes a `reconciler` that runs from the
folder that was to be installed. `ROOT` comes first on the command line.
"""

import re
import shlex
import shutil
import sys
from pathlib import Path

HASH = re.compile(r" +--hash=sha256:[0-9a-f]{64}( \\)?")


def make_environment(root: str, folder: Path) -> None:
    (folder / "bin").mkdir(parents=True)
    program = folder / "bin" / "python"
    words = [sys.executable, __file__, root, "--in", str(folder)]
    program.write_text(f'#!/bin/sh\nexec {shlex.join(words)} "$@"\n')
    program.chmod(0o755)


def install(root: str, folder: Path, arguments: list[str]) -> None:
    options = [each for each in arguments if each.startswith("-") and each != "-r"]
    options = [each for each in options if each not in ("--quiet", "--disable-pip-version-check")]
    names = [each for each in arguments if not each.startswith("-")]
    if "-r" in arguments:
        assert "--require-hashes" in options, arguments
        for line in Path(names[0]).read_text().splitlines():
            assert line.startswith("#") or HASH.search(line) or "==" in line, line
        (folder / "pins").write_text(Path(names[0]).name)
        return
    assert options == ["--no-deps", "--no-build-isolation"], arguments
    assert (Path(names[0]) / "pyproject.toml").exists(), names
    program = folder / "bin" / "reconciler"
    installed = Path(names[0]).resolve()
    if installed != Path(root):  # a copy of it, which may be removed
        shutil.copytree(installed / "reconciler", folder / "lib" / "reconciler")
        shutil.copytree(installed / "schemas", folder / "lib" / "reconciler" / "schemas")
        installed = folder / "lib"
    source = shlex.quote(str(installed))
    program.write_text(
        f'#!/bin/sh\nPYTHONPATH={source} exec {shlex.quote(sys.executable)} -m reconciler "$@"\n'
    )
    program.chmod(0o755)


def main() -> None:
    root, *arguments = sys.argv[1:]
    if arguments[:2] == ["-m", "venv"]:
        make_environment(root, Path(arguments[2]))
        return
    assert arguments[0] == "--in", arguments
    folder, (flag, module, *rest) = Path(arguments[1]), arguments[2:]
    assert (flag, module) == ("-m", "pip"), arguments
    rest.remove("install")
    install(root, folder, rest)


main()
