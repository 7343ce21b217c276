"""What a judge says."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """Something false or unlawful. `kind` is its class, for counting."""

    kind: str
    text: str
