"""The identity of this process, such that another one can tell whether it is still alive."""

import getpass
import os
import socket
from dataclasses import dataclass
from pathlib import Path

GONE = frozenset({"Z", "X", "x"})
"""States of proc(5) in which a process runs no more: nobody has asked for its exit code yet."""


@dataclass(frozen=True, slots=True)
class Process:
    """A process.

    `machine` is the boot and the process-id namespace, within which ids are unique. Ids are used
    again; start times (clock ticks since boot) are not.
    """

    host: str
    machine: str
    pid: int
    started: str

    @property
    def name(self) -> str:
        return f"{self.machine} {self.pid} {self.started}"


def me() -> Process:
    return Process(socket.gethostname(), _machine(), os.getpid(), _started(os.getpid()) or "")


def holder() -> str:
    """Describe the person, machine and process, as far as they are known."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):
        user = "somebody"
    return f"{user}@{socket.gethostname()} (process {os.getpid()})"


def is_gone(name: str) -> bool:
    """Return whether a process of this machine has ended; False for other machines."""
    machine, pid, started = ["", "", *name.rsplit(" ", 2)][-3:]
    if machine != _machine() or not pid.isdecimal():
        return False
    now = _started(int(pid))
    return not _answers(int(pid)) if now is None else now != started


def _machine() -> str:
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        namespace = Path("/proc/self/ns/pid").readlink()
    except OSError:
        return socket.gethostname()
    return f"{boot}/{namespace}"


def _started(pid: int) -> str | None:
    """Return field 22 of proc(5) stat.

    None where it is not shown, the state for a process that has ended.
    """
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    state, *rest = stat.rpartition(")")[2].split()
    return state if state in GONE else rest[18]


def _answers(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
