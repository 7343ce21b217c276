"""The embedded tenant: started in this process on a loopback port, reached over HTTP like any."""

import hashlib
import re
from pathlib import Path

FOLDER = ".reconciler"


def database(root: Path, tenant: str) -> Path:
    """One database per tenant name, whatever characters the name has."""
    plain = re.sub(r"[^a-z0-9_-]+", "-", tenant.lower()).strip("-")[:40]
    if plain != tenant:
        plain += "-" + hashlib.sha256(tenant.encode()).hexdigest()[:8]
    return root / FOLDER / f"{plain}.db"
