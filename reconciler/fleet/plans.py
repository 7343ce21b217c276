"""The folder of plans: one document for each tenant, named after it."""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from reconciler import regular_files
from reconciler.errors import SetupError

SUFFIX: Final = ".plan.json"
LARGEST: Final = 256 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class PlanFolder:
    """Plans by tenant name. `unreadable` are files with the reason."""

    folder: Path
    plans: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    unreadable: Mapping[str, str] = field(default_factory=dict)
    digest: str = ""


def file_name(tenant: str) -> str:
    """The file of a tenant's plan, whatever characters its name has."""
    plain = re.sub(r"[^A-Za-z0-9_-]+", "-", tenant).strip("-")[:80]
    if plain != tenant:
        plain += "-" + hashlib.sha256(tenant.encode("utf-8", "replace")).hexdigest()[:8]
    return plain + SUFFIX


def read(folder: Path) -> PlanFolder:
    """Which plan is of which tenant. Raises `SetupError` where there is no folder, or no plan."""
    try:
        files = sorted(folder.glob(f"*{SUFFIX}"))
        is_folder = folder.is_dir()
    except OSError as error:
        reason = regular_files.reason(error)
        raise SetupError(f"the plans in {folder} cannot be read: {reason}") from error
    if not is_folder or not files:
        what = "there is no plan in" if is_folder else "there is no folder"
        raise SetupError(f"{what} {folder}", hint=f"make them: reconciler fleet plan -o {folder}")
    plans: dict[str, tuple[str, ...]] = {}
    unreadable: dict[str, str] = {}
    whole = hashlib.sha256()
    for path in files:
        try:
            content = regular_files.content(path, largest=LARGEST)
            tenant = json.loads(content)["tenant"]["name"]
        except (regular_files.UnreadableError, ValueError, KeyError, TypeError, RecursionError):
            unreadable[path.name] = "it is no plan"
            continue
        whole.update(content)
        plans[str(tenant)] = (*plans.get(str(tenant), ()), path.name)
    return PlanFolder(folder, plans, unreadable, whole.hexdigest())


def make_room(folder: Path, tenants: Sequence[str]) -> None:
    """Make the folder, and remove the plans that an earlier run left of these tenants.

    Raises `SetupError`.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for tenant in tenants:
            (folder / file_name(tenant)).unlink(missing_ok=True)
    except OSError as error:
        reason = regular_files.reason(error)
        raise SetupError(f"the folder {folder} cannot be used: {reason}") from error
