"""The YAML edit that takes a live value over, as one would type it into the entry."""

from datetime import timedelta

from reconciler import claims, kinds, scalars
from reconciler.model import Change, Desired, Value


def edit(change: Change, path: str | None, live: Value, desired: Desired) -> str | None:
    """None where no edit of the entry says it: a queue that is gone, a level that is unknown."""
    if path is None or path == "active":
        return _presence(change, live, desired)
    name, member = kinds.split_path(path)
    if member is not None:
        return _member(name, member, live, desired)
    if live is None and not _is_clearable(change.kind, name):
        return f"# remove {name}: {claims.HAS_NONE}"
    return f"{name}: {scalars.text(live)}"


def _presence(change: Change, live: Value, desired: Desired) -> str | None:
    """An agent who is gone or suspended has left; one who is back has not."""
    if change.kind != kinds.AGENT:
        return None
    if live:
        return "# remove until: it is past, and the agent is active"
    return f"until: {(desired.as_of - timedelta(days=1)).isoformat()}"


def _member(name: str, member: str, live: Value, desired: Desired) -> str | None:
    word = scalars.text(member)
    if live is None:
        return f"{name}: {{{word}: none}}"
    if name == "licenses":
        return f"{name}: [{word}]"
    if live is not True:
        return f"{name}: {{{word}: {scalars.text(live)}}}"
    target = desired.resources.get(kinds.address(kinds.MEMBERSHIPS[name], member))
    if target and target.fields.get("default_level") is not None:
        return None
    return f"{name}: {{{word}: default}}"


def _is_clearable(kind: str, name: str) -> bool:
    row = kinds.KINDS[kind].field(name)
    return row is not None and row.clearable
