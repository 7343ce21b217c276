"""Export a live tenant as files, with profiles for what agents have in common."""

from reconciler.export.selection import is_named, selected
from reconciler.export.tenant import (
    GROUPINGS,
    Content,
    Exported,
    entry,
    export,
    split,
    with_waivers,
)

__all__ = [
    "GROUPINGS",
    "Content",
    "Exported",
    "entry",
    "export",
    "is_named",
    "selected",
    "split",
    "with_waivers",
]
