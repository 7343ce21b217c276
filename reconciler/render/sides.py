"""What every rendering of two compared sides says: counts, values, and the one line last."""

from collections.abc import Mapping
from dataclasses import dataclass

from reconciler import kinds
from reconciler.model import DriftItem, Side, SideComparison
from reconciler.render import words


@dataclass(frozen=True, slots=True)
class Parts:
    """The items by what they are: objects on one side only, and fields of those on both."""

    only_left: tuple[DriftItem, ...]
    only_right: tuple[DriftItem, ...]
    fields: tuple[DriftItem, ...]

    @property
    def counts(self) -> Mapping[str, int]:
        return {
            "only_in_a": len(self.only_left),
            "only_in_b": len(self.only_right),
            "values": len(self.fields),
            "objects": len({item.address for item in self.fields}),
        }


def parts(made: SideComparison) -> Parts:
    whole = [item for item in made.items if item.path is None]
    return Parts(
        tuple(item for item in whole if item.live is None),
        tuple(item for item in whole if item.desired is None),
        tuple(item for item in made.items if item.path is not None),
    )


def side(of: Side) -> str:
    """`live:training, the tenant training (sandbox)`; of files, the tenant that they are for."""
    what = "the tenant" if of.is_live else "files for"
    return f"{of.name}, {what} {words.tenant(of.tenant)}"


def values(item: DriftItem, made: SideComparison) -> str:
    """`A level 8, B no`; a side of files that leaves the field out says so."""
    is_member = kinds.split_path(item.path or "")[1] is not None
    is_unstated = (item.address, item.path or "") in made.unstated
    texts = [
        "not stated" if is_unstated and value is None else words.side_value(value, member=is_member)
        for value in (item.desired, item.live)
    ]
    return f"A {texts[0]}, B {texts[1]}"


def only_in(item: DriftItem, made: SideComparison) -> str | None:
    """The side that has the object, or states the field; None where both do."""
    if item.path is not None and (item.address, item.path) not in made.unstated:
        return None
    return "b" if item.desired is None else "a"


def unobserved(made: SideComparison) -> list[str]:
    return [
        f"{each.kind} {each.field}: {words.count(each.count, 'value')}, not shown by a tenant"
        for each in made.unobserved
    ]


def headline(made: SideComparison) -> str:
    """`1 only in A, 2 only in B, 3 values differ in 2 objects; 40 the same`."""
    counts = parts(made).counts
    differ = "value differs" if counts["values"] == 1 else "values differ"
    texts = [
        f"{counts['only_in_a']} only in A, {counts['only_in_b']} only in B, "
        f"{counts['values']} {differ} in {words.count(counts['objects'], 'object')}",
        f"{made.same} the same",
    ]
    if left_out := sum(each.count for each in made.unobserved):
        texts.append(f"{words.count(left_out, 'value')} not shown and not compared")
    return "; ".join(texts)
