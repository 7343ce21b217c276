"""The record of an approval: which changes were reviewed, for which tenant, and until when.

It holds a digest and no name of a person, so that it may leave the job that made it. A later job
derives the plan again from the merged files and the tenant, and compares: no document with names
has to be kept, encrypted or trusted. The digest covers what the digest of a plan covers, except for
the day and the expiry, which belong to the run and not to the changes.

The binding says what was reviewed where (repository, base branch, pull request, head, run); whoever
fetches a record compares it with what the forge says.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from reconciler import regular_files
from reconciler.errors import StalePlanError
from reconciler.model import Plan
from reconciler.planfile.integrity import changes_digest

FORMAT_VERSION: Final = "1.0"
LARGEST: Final = 64 * 1024
HINT: Final = "have the new plan approved"
_TEXTS: Final = ("tenant", "digest", "created_at", "expires_at")


@dataclass(frozen=True, slots=True)
class Approval:
    """`digest` is that of the changes; `is_applyable` is false for a plan that was blocked."""

    tenant: str
    digest: str
    created_at: datetime
    expires_at: datetime
    is_applyable: bool
    binding: Mapping[str, str] = field(default_factory=dict)

    def bound(self, **binding: str) -> "Approval":
        return replace(self, binding=binding)


def of_plan(plan: Plan) -> Approval:
    """Return the record of a plan that is about to be shown to its reviewers."""
    return Approval(
        plan.tenant.name, changes_digest(plan), plan.created_at, plan.expires_at, plan.applyable
    )


def text(approval: Approval) -> str:
    return json.dumps(
        {
            "format_version": FORMAT_VERSION,
            "tenant": approval.tenant,
            "digest": approval.digest,
            "created_at": approval.created_at.isoformat(),
            "expires_at": approval.expires_at.isoformat(),
            "applyable": approval.is_applyable,
            "binding": dict(sorted(approval.binding.items())),
        }
    )


def read(path: Path) -> Approval:
    """Read a record. Raises `StalePlanError` for a file that is none, `SetupError` without one."""
    return parse(regular_files.content(path, largest=LARGEST))


def parse(content: bytes) -> Approval:
    """Raises `StalePlanError` for anything but a record of this format."""
    try:
        document = json.loads(content.decode("utf-8"))
        return _parsed(document)
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise StalePlanError(
            "the approval cannot be read: it is no record of one", hint=HINT
        ) from (error)


def _parsed(document: Any) -> Approval:
    texts = {name: document[name] for name in _TEXTS}
    binding = document["binding"]
    if not isinstance(binding, dict):
        raise TypeError("no mapping")
    strings = [document["format_version"], *texts.values(), *binding, *binding.values()]
    if not all(isinstance(value, str) for value in strings):
        raise TypeError("not a text")
    if document["format_version"].partition(".")[0] != FORMAT_VERSION.partition(".")[0]:
        raise ValueError("another format")
    created_at, expires_at = map(datetime.fromisoformat, (texts["created_at"], texts["expires_at"]))
    if created_at.tzinfo is None or expires_at.tzinfo is None:
        raise ValueError("a time without its zone")
    return Approval(
        texts["tenant"],
        texts["digest"],
        created_at,
        expires_at,
        is_applyable=document["applyable"] is True,
        binding=binding,
    )


def verify(approval: Approval, plan: Plan, now: datetime) -> None:
    """Raise `StalePlanError` unless just the changes of this plan were approved."""
    if approval.tenant != plan.tenant.name:
        raise StalePlanError(
            f"the approval is for tenant {approval.tenant}, not {plan.tenant.name}", hint=HINT
        )
    if approval.expires_at <= now:
        raise StalePlanError(
            f"the approval expired at {approval.expires_at:%Y-%m-%d %H:%M} UTC", hint=HINT
        )
    if not approval.is_applyable:
        raise StalePlanError("the plan was blocked when it was reviewed", hint=HINT)
    if approval.digest != changes_digest(plan):
        raise StalePlanError(
            "the files and the tenant ask for other changes than those that were approved",
            hint=HINT,
        )
