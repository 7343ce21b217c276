"""One changed record, explained for a person; never used in the pass over all of them."""

from collections.abc import Mapping

from reconciler.model import FieldValue


def explain(before: Mapping[str, FieldValue], after: Mapping[str, FieldValue]) -> str:
    """What deepdiff says of two records, a line each; some two milliseconds."""
    from deepdiff import DeepDiff

    return str(DeepDiff(_plain(before), _plain(after), verbose_level=2).pretty())


def _plain(fields: Mapping[str, FieldValue]) -> dict[str, object]:
    return {n: dict(v) if isinstance(v, Mapping) else v for n, v in fields.items()}
