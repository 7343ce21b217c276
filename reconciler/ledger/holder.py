"""This process, named so that another one can tell whether it still lives."""

import os
import socket
from pathlib import Path


def me() -> str:
    """Machine, boot, process id and start time: ids are used again, start times are not."""
    return "|".join((_machine(), str(os.getpid()), _started(os.getpid()) or ""))


def is_dead(process: str) -> bool:
    """Whether a process of *this* machine is gone; one of another machine is never called dead."""
    machine, _, rest = process.rpartition("|")[0].rpartition("|")
    started = process.rpartition("|")[2]
    if machine != _machine() or not rest.isdecimal():
        return False
    now = _started(int(rest))
    if now is not None:
        return now != started
    return not _answers(int(rest))


def _machine() -> str:
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        boot = ""
    return f"{socket.gethostname()}|{boot}"


def _started(pid: int) -> str | None:
    """The start time in clock ticks since boot (proc(5), stat field 22); None where unknown."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    return stat.rpartition(")")[2].split()[19]


def _answers(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
