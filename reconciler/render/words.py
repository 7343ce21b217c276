"""How values, members and counts are said; shared by every rendering for people.

Nothing is escaped here: what these functions return is passed through `escape` by the rendering.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import groupby

from reconciler import kinds
from reconciler.diagnostics import Diagnostic, Severity
from reconciler.evidence import grades, sentences
from reconciler.model import (
    Action,
    Address,
    Attestation,
    Blocker,
    ConfigRef,
    Dated,
    DateEvent,
    DriftClass,
    DriftItem,
    FieldChange,
    Grade,
    Graded,
    Operation,
    Outcome,
    TenantRef,
    Unmanaged,
    Value,
)

SIGNS = {
    Action.CREATE: "+",
    Action.RESTORE: "+",
    Action.UPDATE: "~",
    Action.SUSPEND: "-",
    Action.DELETE: "-",
    Action.NO_OP: " ",
}
PLURALS = {"queue or skill": "queues or skills"}
NAMES = 3
"""So many of those who vouch for a field are named."""
_LOOK_LIKE_VALUES = frozenset({"", "none", "yes", "no"})


def count(number: int, noun: str) -> str:
    """`1 agent`, `7 agents`."""
    return f"{number} {plural(number, noun)}"


def plural(number: int, noun: str) -> str:
    return noun if number == 1 else PLURALS.get(noun, f"{noun}s")


def listed(names: Sequence[str], bound: int) -> str:
    """The first names, and how many more there are."""
    shown = ", ".join(names[:bound])
    return shown if len(names) <= bound else f"{shown} and {len(names) - bound} more"


def of_class(number: int, drift: DriftClass) -> str:
    """`1 conflict`, `18 differences`, `2 drift`, `3 pending`."""
    noun = drift in (DriftClass.CONFLICT, DriftClass.DIFFERENCE)
    return count(number, drift) if noun else f"{number} {drift}"


def value(of: Value) -> str:
    """A text that could be taken for one of our words stands in quotes."""
    if of is None:
        return "none"
    if isinstance(of, bool):
        return "yes" if of else "no"
    text = str(of)
    quoted = text in _LOOK_LIKE_VALUES or text != text.strip()
    return f'"{text}"' if quoted and isinstance(of, str) else text


def known_as(address: Address, label: str) -> str:
    """The label, where it says more than the address."""
    return "" if label == kinds.name_of(address) else label


def tenant(of: TenantRef) -> str:
    where = f", {of.url}" if of.url else ""
    return f"{of.name} ({of.provider}{where})"


def files(of: ConfigRef) -> str:
    """Which state of the files it was."""
    commit = f"commit {of.commit}" if of.commit else "files outside git"
    return f"{commit} with uncommitted edits" if of.dirty else commit


def moment(of: datetime) -> str:
    return of.strftime("%Y-%m-%d %H:%M %Z").rstrip()


def fields(changed: Iterable[FieldChange], now: datetime | None) -> list[tuple[str, str]]:
    """`("extension", "4001 -> 4002")` for a scalar, `("licenses", "+voice, -sms")` for a set.

    What stands on a word says so: `manual -> disabled (before: manual, attested by ana today)`.
    """
    lines = []
    for name, group in groupby(changed, key=lambda change: kinds.split_path(change.path)[0]):
        lines.append((name, _marked(list(group), now)))
    return lines


def short(changed: FieldChange) -> str:
    """One field without its values: `+licenses.voice`, `-queues.sales`, `~extension (attested)`."""
    known = f" ({grades.grade(changed.word)})" if changed.word else ""
    return f"{sign(changed)}{changed.path}{known}"


def sign(changed: FieldChange) -> str:
    """`+` where there was nothing, `-` where nothing is left, `~` for another value."""
    if changed.before is None:
        return "+"
    return "-" if changed.after is None else "~"


def finding(diagnostic: Diagnostic) -> str:
    """`file:line:column  rule-id  what is wrong  -> what to do`; else the address."""
    place = str(diagnostic.position or diagnostic.address or "")
    severity = "" if diagnostic.severity is Severity.ERROR else f"{diagnostic.severity}: "
    hint = f"-> {diagnostic.hint}" if diagnostic.hint else ""
    parts = (place, diagnostic.rule, f"{severity}{diagnostic.summary}", hint)
    return "  ".join(part for part in parts if part)


def sides(item: DriftItem, *, three_way: bool, now: datetime | None) -> str:
    """What each side holds; of a whole resource, on which sides it is."""
    parts = [("files", item.desired), ("live", item.live)]
    if three_way:
        parts.insert(0, ("base", item.base))
    if item.path is None:
        return ", ".join(f"{'not ' if side is None else ''}in {name}" for name, side in parts)
    member = kinds.split_path(item.path)[1] is not None
    held = {name: side_value(side, member=member) for name, side in parts}
    if item.word:
        held["live"] = _live(item.word, held["live"], now)
    return ", ".join(f"{name} {said}" for name, said in held.items())


def dated(item: Dated) -> str:
    """`2027-01-05  4016 Lea Stone starts  agents/support.yaml:12`."""
    place = f"  {item.source.file}:{item.source.line}" if item.source else ""
    return f"{item.day}  {_happens(item)}{place}"


def _happens(item: Dated) -> str:
    match item.event:
        case DateEvent.WAIVER:
            return f"{item.label} for {item.address}: last day of the waiver"
        case DateEvent.ACKNOWLEDGEMENT:
            return f"{item.label}: last day of the acknowledgement"
        case DateEvent.START | DateEvent.END:
            begins = item.event is DateEvent.START
    name, member = kinds.split_path(item.path or "")
    if member is None:
        return f"{item.label}: {'starts' if begins else 'last day'}"
    what = f"skill {member}" if name == "skills" else f"queue {member}"
    return f"{item.label}: {'first' if begins else 'last'} day with {what}"


def trail(item: DriftItem) -> list[str]:
    """Where it is stated, since when it is so, who did it, and the edit that takes it over."""
    when = f" on {moment(item.changed_at)}" if item.changed_at else ""
    return [
        *([f"stated at {item.source.file}:{item.source.line}"] if item.source else []),
        *([f"first seen {moment(item.first_seen)}"] if item.first_seen else []),
        *([f"changed by {item.actor or 'somebody'}{when}"] if item.actor or when else []),
        *([f"to take it over: {line}" for line in (item.edit.split("\n") if item.edit else ())]),
    ]


def unlisted(item: Unmanaged) -> str:
    """Who lives in a range of ours and in no file, and who put them there."""
    added = f", added by {item.actor}" if item.actor else ""
    label = known_as(item.address, item.label)
    return f"{label or item.address} lives in a range of ours and stands in no file{added}"


def drifted(item: DriftItem, *, three_way: bool, now: datetime | None) -> str:
    path = f" {item.path}" if item.path else ""
    return f"{item.address}{path}: {sides(item, three_way=three_way, now=now)}"


def not_due(item: DriftItem) -> str:
    """What keeps due work from being applied, and whose doing it is."""
    return f"{drifted(item, three_way=True, now=None)} ({item.drift})"


def evidence_lines(found: Sequence[Graded], now: datetime | None) -> list[str]:
    """How well each field is known, and in one line what all of is observed now."""
    lines = [
        f"{each.kind} {each.field}: {_graded(each, now)}"
        for each in found
        if each.attested or each.unobserved
    ]
    seen = [each for each in found if each.observed and not (each.attested or each.unobserved)]
    of_kind = [
        f"{kind} {', '.join(each.field for each in group)}"
        for kind, group in groupby(seen, key=lambda each: each.kind)
    ]
    values = count(sum(each.observed for each in seen), "value")
    return [*lines, f"observed now: {'; '.join(of_kind)} ({values})"] if seen else lines


def blocker(of: Blocker) -> str:
    """What stops the plan and, where there is one, the acknowledgement that lets it pass."""
    where = f" {of.address}" if of.address else ""
    what = of.summary or f"{of.planned} planned, limit {of.limit}"
    return "  ".join([f"{of.guard}{where}: {what}", *(f"-> {line}" for line in way_out(of))])


def way_out(of: Blocker) -> list[str]:
    passes = f"to let it pass: --allow {of.acknowledge}, or policy.allow" if of.acknowledge else ""
    return [line for line in (of.hint, passes) if line]


def ordered(operation: Operation) -> str:
    """An operation, what it waits for, and why it stands where it stands."""
    after = f" after {', '.join(operation.after)}" if operation.after else ""
    return f"{operation.id} {operation.address} {sent(operation)}{after}: {operation.why}"


def happened(outcome: Outcome) -> str:
    """An operation and what became of it."""
    operation = outcome.operation
    parts = [f"{operation.id} {operation.verb} {operation.address}", sent(operation)]
    because = f": {outcome.because}" if outcome.because else ""
    return "  ".join(part for part in parts if part) + because


def sent(operation: Operation) -> str:
    """What an operation sets: `extension 4002, licenses.voice yes`."""
    return ", ".join(f"{path} {value(of)}" for path, of in sorted(operation.set.items()))


def _field(changed: FieldChange) -> str:
    member = kinds.split_path(changed.path)[1]
    if member is not None:
        return _member(member, changed)
    if changed.before is None:
        return value(changed.after)
    return f"{value(changed.before)} -> {value(changed.after)}"


def _marked(changed: Sequence[FieldChange], now: datetime | None) -> str:
    """Members that all stand on one word are marked once, behind the last."""
    said = {sentences.of_many(one.word, now) if one.word else "" for one in changed}
    if len(changed) > 1 and len(said) == 1 and any(said):
        return f"{', '.join(map(_field, changed))} ({said.pop()})"
    return ", ".join(f"{_field(one)}{_stands(one, now)}" for one in changed)


def _stands(changed: FieldChange, now: datetime | None) -> str:
    if changed.word is None:
        return ""
    member = kinds.split_path(changed.path)[1] is not None
    return (
        f" ({sentences.value_before(changed.word, side_value(changed.before, member=member), now)})"
    )


def _live(word: Attestation, held: str, now: datetime | None) -> str:
    if grades.grade(word) is Grade.UNOBSERVED:
        return f"{Grade.UNOBSERVED} ({sentences.value_before(word, held, now)})"
    return f"{held} ({sentences.attested(word, now)})"


def _graded(of: Graded, now: datetime | None) -> str:
    names = listed([sentences.who(name) for name in of.by], NAMES)
    oldest = f"; oldest {sentences.age(of.oldest, now)}" if of.oldest else ""
    parts = (
        (of.observed, ""),
        (of.attested, f" (by {names}{oldest})"),
        (of.unobserved, ""),
    )
    told = zip(parts, Grade, strict=True)
    return ", ".join(f"{number} {grade}{more}" for (number, more), grade in told if number)


def _member(member: str, changed: FieldChange) -> str:
    before, after = changed.before, changed.after
    if before is not None and after is not None:
        return f"~{member} level {_level(before)} -> {_level(after)}"
    level = after if before is None else before
    return f"{sign(changed)}{member}" + ("" if level is True else f" level {_level(level)}")


def _level(of: Value) -> str:
    return "unstated" if of is True else value(of)


def side_value(of: Value, *, member: bool) -> str:
    """A value of one side; of a member of a collection, its level or whether it is there."""
    if not member:
        return value(of)
    if of is None:
        return "no"
    return "yes" if of is True else f"level {value(of)}"
