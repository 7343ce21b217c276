"""What an import came to, for those who show it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from reconciler.diagnostics import Diagnostic
from reconciler.model import Address


@dataclass(frozen=True, slots=True)
class Imported:
    """File name to content; who stands in them, who was declared already (an address for each
    row), and the lines that were left out.
    """

    files: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    agents: tuple[Address, ...] = ()
    declared: tuple[Address, ...] = ()
    left_out: tuple[int, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()
