"""What may be said about a tenant, and on what evidence.

Sentences that claim something of the tenant are made here and nowhere else; a test looks through
the rest of the package for their words.

Every function takes plain values: how far a reading went (`Evidence`), how many changes are left,
what a run recorded. A renderer passes them on and adds nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from reconciler.model import DriftClass, Result

BY_HAND: Final = "by hand"
"""Of a step: the tenant takes it from a person only, in its console."""

CHANGED_BY_HAND: Final = "Changed by hand"
SINCE_THE_LAST_APPLY: Final = "changed by hand since the last apply"
"""Of fields: the tenant shows another value than the last apply left, and no run of ours wrote."""

NOT_IN_TENANT: Final = "declared, and the tenant does not have it"
UNKNOWN_UC_AGENT: Final = "is a UC agent whom the tenant does not have"
"""Of what no list has, where every list was read whole: a reader refuses half a one."""
NOT_ON_THE_LIST: Final = "declared with a license, and not on the tenant's list of the licensed"
"""The same, where the only list is of the licensed."""

HAS_NONE: Final = "the tenant has none"
"""Of a field that a reading showed as empty."""
GONE: Final = "gone from the tenant"
"""Of what was there at the last apply, and is on no list now that was read whole."""

DRIFT: Final[Mapping[DriftClass, str]] = {
    DriftClass.CONFLICT: "the files and the tenant both moved on",
    DriftClass.DRIFT: "changed in the tenant by hand",
    DriftClass.DIFFERENCE: "files and tenant are not the same",
    DriftClass.PENDING: "the files moved on, not yet applied",
    DriftClass.DUE: "a date in the files was reached, not yet applied",
    DriftClass.UNMANAGED: "set in the tenant, stated in no file",
}

_BECAME: Final = {
    True: "converged as far as the tenant showed at its end",
    False: "not converged",
}


@dataclass(frozen=True, slots=True)
class Evidence:
    """How far a reading went. `is_complete`: every list was read whole; `attested` values stand on
    somebody's word; `unobserved` ones nobody has seen.
    """

    is_complete: bool = True
    attested: int = 0
    unobserved: int = 0

    @property
    def bound(self) -> str:
        """`31 values attested, 9 unobserved`; empty where the tenant shows everything."""
        parts = [(self.attested, "attested"), (self.unobserved, "unobserved")]
        (first, how), *more = [part for part in parts if part[0]] or [(0, "")]
        if not first:
            return ""
        noun = "value" if first == 1 else "values"
        return ", ".join([f"{first} {noun} {how}", *(f"{number} {how}" for number, how in more)])

    @property
    def so_far(self) -> str:
        return f" as far as the tenant shows: {self.bound}" if self.bound else ""


def has_no(what: str) -> str:
    """Of a queue, skill or license that no list has, where every list was read whole."""
    return f"the tenant has no {what}"


def nothing_to_do(evidence: Evidence) -> str:
    """Of a plan without changes."""
    if not evidence.is_complete:
        return "incomplete reading: cannot tell whether there is something to do"
    return f"nothing to do{evidence.so_far}"


def may_run(*, is_complete: bool, is_applyable: bool) -> str:
    """Of a plan with changes."""
    if not is_complete:
        return "incomplete: cannot be applied"
    return "can be applied" if is_applyable else "cannot be applied"


def no_differences(evidence: Evidence) -> str:
    """Of a plan without changes, in a sentence."""
    if not evidence.is_complete:
        return "Nothing differs in what was read, which is not all."
    if evidence.bound:
        return f"Nothing differs in what is known, which is not all: {evidence.bound}."
    return "The tenant is as the files say, as far as it can be observed."


def no_drift(evidence: Evidence) -> str:
    """Of a report without drift, in a phrase."""
    if not evidence.is_complete:
        return "The reading is incomplete: cannot tell more"
    if evidence.bound:
        return f"No drift in what is known: {evidence.bound}"
    return "No drift in what the tenant shows"


def nothing_drifted(evidence: Evidence) -> str:
    """Of a report without items, in a sentence."""
    if evidence.is_complete and not evidence.bound:
        return "The tenant is as it was left, as far as it can be observed."
    return no_differences(evidence)


def end_of_apply(
    evidence: Evidence, *, is_converged: bool, left: int, is_doubtful: bool = False
) -> str:
    """After the reading at the end of an apply: `left` changes are still to do. `is_doubtful` where
    the tenant could not be read any more, or the ledger did not take something that was done.
    """
    if left:
        return f"not converged: {left} {'change' if left == 1 else 'changes'} left"
    if is_doubtful:
        return (
            "converged, and not all of it is in the ledger"
            if is_converged
            else "cannot tell what the rest is"
        )
    return f"converged{evidence.so_far}" if is_converged else "not converged"


def end_of_run(*, is_converged: bool | None, counts: Mapping[str, int]) -> str:
    """Of a run in the history, long after: only what the run recorded. Empty before its end."""
    if is_converged is None:
        return ""
    manual = counts.get(Result.MANUAL, 0)
    if not is_converged or not manual:
        return _BECAME[is_converged]
    steps = "step" if manual == 1 else "steps"
    return f"{_BECAME[True]}; {manual} {steps} on somebody's word"
