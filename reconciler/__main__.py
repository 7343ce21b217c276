"""`python -m reconciler`, and the console script.

A signal that comes before the command runs, or after it is done, ends the process with one line: no
exception is raised in the middle of an import.
"""

import os
import signal
import sys


def main() -> None:
    """Never returns; leaves with one of the exit codes of `cli.exits`."""
    _open_streams()
    for number in (signal.SIGINT, signal.SIGTERM):
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _end)
    from reconciler import cli

    cli.main()


def _end(number: int, _frame: object) -> None:
    os.write(2, b"interrupted\n")
    os._exit(128 + number)


def _open_streams() -> None:
    """Opens what is closed of stdin, stdout and stderr on nothing: else the next file that is
    opened, such as the ledger, would take its place and get what is printed.
    """
    for descriptor, name in enumerate(("stdin", "stdout", "stderr")):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
        if getattr(sys, name) is None:
            mode = "w" if descriptor else "r"
            setattr(sys, name, os.fdopen(descriptor, mode, encoding="utf-8", closefd=False))


if __name__ == "__main__":
    main()
