"""What is known of a tenant besides what its API shows: people's words, and operators' files.

A reading goes in, a reading comes out, whose resources also hold what somebody vouches for.
`Reading.attested` says of each such value who and when; nothing else ever tells the two apart.
"""

from reconciler.evidence.absence import (
    doubted,
    expect_as_many,
    expect_declared,
    expect_mapping,
    mapping_of,
)
from reconciler.evidence.weigh import weigh

__all__ = ["doubted", "expect_as_many", "expect_declared", "expect_mapping", "mapping_of", "weigh"]
