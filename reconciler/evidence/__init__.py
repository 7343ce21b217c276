"""Who or what said what about which person's field, when, on what ground, and what refuted it.

sources       a run's evidence: the ledger and `--observed` files, laid over a reading
snapshot      a reading and evidence to a reading that also holds what is attested
newest        the newest evidence of each field, by its own time
plausibility  lists that are too short to be believed
baseline      what the files said before, where nobody has seen a value
grades        how well values are known, counted
sentences     evidence in words, the same in every rendering
"""

from reconciler.evidence.plausibility import (
    doubted,
    expect_as_many,
    expect_declared,
    expect_mapping,
    mapping_of,
)
from reconciler.evidence.snapshot import apply_evidence

__all__ = [
    "apply_evidence",
    "doubted",
    "expect_as_many",
    "expect_declared",
    "expect_mapping",
    "mapping_of",
]
