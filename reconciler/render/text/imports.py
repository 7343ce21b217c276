"""What became of a roster, in one sentence."""

from reconciler.render import escape
from reconciler.roster import ImportResult


def imported(shown: ImportResult, *, folder: str) -> str:
    """`12 agents written to DIR; 2 already declared; 1 row left out`."""
    agents = _counted(len(shown.agents), "agent")
    written = f"{agents} written to {', '.join(f'{folder}/{name}' for name in shown.files)}"
    parts = (
        written if shown.agents else "no agents written",
        f"{len(shown.declared)} already declared" if shown.declared else "",
        f"{_counted(len(shown.left_out), 'row')} left out" if shown.left_out else "",
    )
    return escape.terminal("; ".join(part for part in parts if part))


def _counted(count: int, word: str) -> str:
    return f"{count} {word}{'' if count == 1 else 's'}"
