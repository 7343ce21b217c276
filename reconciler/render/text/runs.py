"""An apply as text: a line an outcome, and the verdict."""

from collections.abc import Iterator

from reconciler.model import Change, Outcome, Result, Verdict
from reconciler.render import facts, words
from reconciler.render.text.lines import joined, section


def outcome(shown: Outcome) -> str:
    """`applied      op-3 update agent/ana@acme.example  extension 4002`."""
    return joined([f"{shown.result:<11}  {words.happened(shown)}"])


def verdict(shown: Verdict) -> str:
    """What did not go well, what is left to do, and one line last; every outcome where what is left
    cannot be told.
    """
    is_whole = bool(shown.cannot_tell)
    troubled = [item for item in shown.outcomes if is_whole or item.result is not Result.APPLIED]
    return "\n".join(
        [
            *map(outcome, troubled),
            joined(
                [
                    *section("Left to do", map(_left, shown.left)),
                    *section("Cannot tell", shown.cannot_tell),
                    *section("How well this is known", facts.evidence_lines(shown)),
                    *section("Unobserved", _unobserved(shown)),
                    *([""] if troubled or shown.left or is_whole or facts.unknown(shown) else []),
                    f"Apply: {facts.verdict_headline(shown)}",
                ]
            ),
        ]
    )


def _left(change: Change) -> str:
    what = ", ".join(words.short(field) for field in change.fields)
    return f"{words.SIGNS[change.action]} {change.address}  {change.label}  {change.action}  {what}"


def _unobserved(shown: Verdict) -> Iterator[str]:
    for unseen in facts.unseen(shown):
        yield f"{unseen.kind} {unseen.field}: {words.count(unseen.count, 'value')}"
