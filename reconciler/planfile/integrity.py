"""Which parts of a plan document `apply` may trust, and whether the document was edited.

Three checks, each for another reader:

checksum    the document is as it was written, all of it; `parse` refuses any other
digest      the plan is the one that was approved: what `COVERED` gives `DIGEST`
verify      id and operations fit the changes

Whoever edits a document can also write a new checksum, so `apply` believes only what the digest
covers. Everything else it takes from the trusted files and the tenant (`DERIVED`), or never uses.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import Any, Final

from reconciler.errors import StalePlanError
from reconciler.model import Action, Change, Operation, Plan, Value, Verb
from reconciler.planfile.document import covered_parts

ONCE: Final = {Action.CREATE: Verb.CREATE, Action.DELETE: Verb.DELETE}
MEMBERSHIPS: Final = frozenset({"queues", "skills"})
PARKABLE: Final = frozenset({"extension", "email"})
HINT: Final = "plan again; a plan document is not meant to be edited"
_encode: Final = json.JSONEncoder(sort_keys=True, separators=(",", ":")).encode
CROCKFORD: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


class Cover(StrEnum):
    """What stands behind a property of the document when it is applied.

    DIGEST   it is under the digest, and believed
    BOUND    it is checked against the digest (the id and the time that is part of it)
    DERIVED  it is made again from the trusted files and the tenant; the document's is never used
    RECORD   it tells how the plan was made; at most it makes `apply` refuse
    """

    DIGEST = "digest"
    BOUND = "bound"
    DERIVED = "derived"
    RECORD = "record"


COVERED: Final[Mapping[str, Cover]] = {
    **dict.fromkeys(("format_version", "tool_version", "config", "live", "due"), Cover.RECORD),
    **dict.fromkeys(("plan_id", "digest", "checksum", "created_at"), Cover.BOUND),
    **dict.fromkeys(("as_of", "expires_at", "tenant.name", "tenant.url"), Cover.DIGEST),
    "tenant.provider": Cover.DERIVED,
    **dict.fromkeys(("selection.select", "selection.exclude"), Cover.DIGEST),
    **dict.fromkeys(
        (
            *("changes[].address", "changes[].kind", "changes[].label", "changes[].action"),
            *("changes[].reason", "changes[].live_id", "changes[].precondition"),
            *("changes[].execution", "changes[].fields[].path", "changes[].fields[].before"),
            "changes[].fields[].after",
        ),
        Cover.DIGEST,
    ),
    **dict.fromkeys(("changes[].source", "changes[].fields[].word"), Cover.DERIVED),
    **dict.fromkeys(
        (f"acknowledged[].{name}" for name in ("what", "count", "reason", "until")), Cover.DIGEST
    ),
    **dict.fromkeys(
        (
            *("applyable", "complete", "summary", "operations", "drift", "unmanaged"),
            *("unobserved", "grades", "seats", "costs", "coverage", "access", "extensions"),
            *("forecast", "gone_files", "upcoming", "overdue"),
            *("diagnostics", "blockers", "policy"),
        ),
        Cover.DERIVED,
    ),
}
"""Every property of `schemas/plan.schema.json`, on its own or with all that is below it."""


def _prefixes(path: str) -> list[str]:
    steps = path.split(".")
    return [".".join(steps[:count]) for count in range(1, len(steps) + 1)]


_UNDER_DIGEST: Final = frozenset(
    name.removesuffix("[]")
    for path, cover in COVERED.items()
    if cover is Cover.DIGEST
    for name in _prefixes(path)
)


def digest(plan: Plan) -> str:
    """Return the SHA-256 of what a plan does, independent of the order of its lists and files."""
    content = _canonical(covered_parts(plan), "")
    return "sha256:" + hashlib.sha256(content.encode()).hexdigest()


def changes_digest(plan: Plan) -> str:
    """Return the SHA-256 of the same without the day and the expiry, which each run has anew.

    Two plans have it in common if they make the same changes to the same objects of one tenant,
    with the same acknowledgements.
    """
    parts = covered_parts(plan)
    del parts["as_of"], parts["expires_at"]
    content = "changes:" + _canonical(parts, "")
    return "sha256:" + hashlib.sha256(content.encode()).hexdigest()


def identified(plan: Plan, chance: bytes) -> Plan:
    """Return the plan with its digest, and with an id that fits it.

    `chance` are at least 5 random bytes.
    """
    of_plan = digest(plan)
    return replace(plan, digest=of_plan, plan_id=new_id(plan.created_at, chance, of_plan))


def new_id(now: datetime, chance: bytes, of_plan: str) -> str:
    """Return a ULID: 48 bits of milliseconds, 40 of chance, 40 that bind both to the digest."""
    return _ulid(int(now.timestamp() * 1000) << 40 | int.from_bytes(chance[:5]), of_plan)


def verify(plan: Plan) -> None:
    """Raise `StalePlanError` where digest, id or operations disagree with the changes."""
    if digest(plan) != plan.digest:
        raise StalePlanError("the plan was edited: its digest does not fit its changes", hint=HINT)
    if not _is_bound(plan):
        raise StalePlanError("the plan was edited: its id does not fit its digest", hint=HINT)
    if not composes(plan):
        raise StalePlanError(
            "the plan was edited: its operations do not fit its changes", hint=HINT
        )


def same_change(change: Change, other: Change) -> bool:
    """Return whether two changes do the same to the same object, and are shown alike."""
    return _essence(change) == _essence(other)


def _essence(change: Change) -> tuple[object, ...]:
    fields = {(item.path, repr(item.before), repr(item.after)) for item in change.fields}
    whom = (change.address, change.live_id, change.label, change.reason)
    return *whom, change.action, change.execution, fields


def _canonical(value: Any, path: str) -> str:
    """Return what the digest covers as JSON; the order of lists does not matter."""
    if isinstance(value, list):
        return "[" + ",".join(sorted(_canonical(each, f"{path}[]") for each in value)) + "]"
    if not isinstance(value, dict):
        return _encode(value)
    kept = [(key, below) for key, below in _kept(path) if key in value]
    scalars = {key: value[key] for key, _ in kept if not isinstance(value[key], dict | list)}
    parts = (f"{key}:{_canonical(value[key], name)}" for key, name in kept if key not in scalars)
    return ",".join((_encode(scalars), *parts))


@cache
def _kept(path: str) -> tuple[tuple[str, str], ...]:
    """Return the keys below a path that the digest covers, each with its own path."""
    start = f"{path}." if path else ""
    below = sorted(name for name in _UNDER_DIGEST if name.startswith(start))
    keys = ((name.removeprefix(start), name) for name in below)
    return tuple((key, name) for key, name in keys if "." not in key and "[" not in key)


def _is_bound(plan: Plan) -> bool:
    """Return whether the id was made for this digest at the time that the document states."""
    number = 0
    for letter in plan.plan_id:
        if letter not in CROCKFORD:
            return False
        number = number << 5 | CROCKFORD.index(letter)
    made = int(plan.created_at.timestamp() * 1000)
    return number >> 80 == made and _ulid(number >> 40, plan.digest) == plan.plan_id


def _ulid(head: int, of_plan: str) -> str:
    check = hashlib.sha256(f"{head} {of_plan}".encode()).digest()[:5]
    number = head << 40 | int.from_bytes(check)
    return "".join(CROCKFORD[number >> shift & 31] for shift in range(125, -1, -5))


def composes(plan: Plan) -> bool:
    """Return whether the operations, in their sequence, make the changes and nothing else.

    In an incomplete plan some changes have no operation; the others must still be about them.
    """
    made: dict[str, list[Operation]] = {change.address: [] for change in plan.changes}
    seen: set[str] = set()
    for operation in plan.operations:
        if operation.address not in made or operation.id in seen:
            return False
        if not seen.issuperset(operation.after):
            return False
        seen.add(operation.id)
        made[operation.address].append(operation)
    return not plan.complete or all(_makes(made[c.address], c) for c in plan.changes)


def _makes(operations: Sequence[Operation], change: Change) -> bool:
    for action, verb in ONCE.items():
        times = sum(operation.verb is verb for operation in operations)
        if times != (change.action is action):
            return False
    values: dict[str, Value] = {}
    for operation in operations:
        values.update(operation.set)
    if change.action is Action.DELETE:
        return all(value is None or path in PARKABLE for path, value in values.items())
    wanted = {item.path: item.after for item in change.fields}
    return all(_comes_back(operations, path) for path in values.keys() - wanted.keys()) and (
        wanted == {path: value for path, value in values.items() if path in wanted}
    )


def _comes_back(operations: Sequence[Operation], path: str) -> bool:
    """Return whether a membership is ended by one operation and restored by another."""
    written = [operation.set[path] for operation in operations if path in operation.set]
    is_membership = path.partition(".")[0] in MEMBERSHIPS
    return is_membership and len(written) == 2 and written[0] is None and written[1] is not None
