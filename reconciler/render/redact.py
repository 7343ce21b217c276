"""`--redact`: people are replaced in the value, before anything is rendered.

So no rendering can leak what it never had. Replaced are names and e-mails in addresses, labels and
values, and every occurrence of them in sentences (findings, reasons, edits). Queues, skills,
licenses, ranges, files, lines and extensions stay. What cannot be searched for names (reasons that
people wrote, findings that quote a name from elsewhere) is withheld. A redacted plan cannot be
applied: its digest is that of the original.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final

from reconciler.diagnostics import Diagnostic
from reconciler.evidence import grades
from reconciler.model import (
    Access,
    Address,
    Allowance,
    Attestation,
    Blocker,
    Change,
    Coverage,
    Dated,
    DateEvent,
    DriftItem,
    DriftReport,
    DueWork,
    FieldChange,
    Graded,
    Operation,
    Outcome,
    Plan,
    Policy,
    SideComparison,
    Unmanaged,
    Value,
    Verdict,
)
from reconciler.render.pseudonyms import NAMES, People, parted, people

WITHHELD: Final = "withheld"
_FILE: Final = "file: "
_QUOTING: Final = {
    "uc-owned-field": "states a name or e-mail that the UC directory contradicts",
    "observation-disagrees": "is not in the tenant as somebody vouches for",
    "who-is-this": "asks for an extension or e-mail that somebody else holds",
    "previously-names-nobody": "names somebody under `previously` whom the tenant does not show",
    "previously-names-another": "names somebody under `previously` who is another entry's",
    "previously-contradicts": "names somebody under `previously` whom nothing in the entry fits",
    "replaces-nobody": "replaces somebody whom the tenant does not show",
    "replaces-declared": "replaces somebody whom the files still declare",
    "replaces-uc-agent": "replaces a UC agent, which nobody can",
    "replaces-twice": "replaces somebody whom another entry replaces as well",
}
"""Rules whose summary quotes people who may stand nowhere else in the document."""


def plan(original: Plan) -> Plan:
    known = people(original.tenant.name, names_in(original))
    return replace(
        original,
        select=_selection(known, original.select),
        exclude=_selection(known, original.exclude),
        changes=tuple(_change(known, change) for change in original.changes),
        operations=tuple(_operation(known, item) for item in original.operations),
        drift=tuple(_item(known, item) for item in original.drift),
        due=_due(known, original.due),
        unmanaged=_unmanaged(known, original.unmanaged),
        grades=_grades(known, original.grades),
        coverage=tuple(_coverage(known, row) for row in original.coverage),
        access=Access(
            _addresses(known, original.access.gain), _addresses(known, original.access.lose)
        ),
        diagnostics=_diagnostics(known, original.diagnostics),
        blockers=tuple(_blocker(known, item) for item in original.blockers),
        acknowledged=_allowances(original.acknowledged),
        policy=_policy(known, original.policy),
        upcoming=_dates(known, original.upcoming),
        overdue=_dates(known, original.overdue),
    )


def drift(original: DriftReport) -> DriftReport:
    items, unmanaged = original.items, original.unmanaged
    texts = (*_of_items(items), *_of_labels(unmanaged), *_of_grades(original.grades))
    known = people(original.tenant.name, texts)
    return replace(
        original,
        base=known.prose(original.base) if original.base else original.base,
        items=tuple(_item(known, item) for item in items),
        unmanaged=_unmanaged(known, unmanaged),
        grades=_grades(known, original.grades),
        diagnostics=_diagnostics(known, original.diagnostics),
    )


def compared(original: SideComparison) -> SideComparison:
    known = people(original.left.tenant.name, _of_items(original.items))
    return replace(
        original,
        items=tuple(_item(known, item) for item in original.items),
        unstated=frozenset((known.address(a), path) for a, path in original.unstated),
        diagnostics=_diagnostics(known, original.diagnostics),
    )


def diagnostics(
    diagnostics: Iterable[Diagnostic], tenant: str, names: Iterable[str] = ()
) -> tuple[Diagnostic, ...]:
    """`names` are the names and e-mails to look for in the sentences."""
    return _diagnostics(people(tenant, names), diagnostics)


def verdict(original: Verdict, tenant: str) -> Verdict:
    operations = [outcome.operation for outcome in original.outcomes]
    texts = (*_of_operations(operations), *_of_changes(original.left))
    known = people(tenant, (*texts, *_of_grades(original.grades)))
    return replace(
        original,
        outcomes=tuple(_outcome(known, item) for item in original.outcomes),
        left=tuple(_change(known, change) for change in original.left),
        grades=_grades(known, original.grades),
        cannot_tell=tuple(known.prose(why) for why in original.cannot_tell),
    )


def _outcome(replacements: People, original: Outcome) -> Outcome:
    return replace(
        original,
        operation=_operation(replacements, original.operation),
        because=replacements.prose(original.because),
        live_id=None,
    )


def names_in(original: Plan) -> Iterator[str]:
    """Yield the names and e-mails of everybody in a plan."""
    yield from _of_changes(original.changes)
    yield from _of_operations(original.operations)
    yield from _of_items(original.drift)
    yield from _of_items(original.due.others if original.due else ())
    yield from _of_labels(original.unmanaged)
    yield from _of_grades(original.grades)
    days = (*original.upcoming, *original.overdue)
    yield from _of_labels(item for item in days if item.event in (DateEvent.START, DateEvent.END))


def _of_changes(changes: Iterable[Change]) -> Iterator[str]:
    for change in changes:
        yield from _of_labels([change])
        values = ((field.path, value) for field in change.fields for value in _both(field))
        yield from _of_values(change.kind, values)
        yield from _of_words(field.word for field in change.fields)


def _of_operations(operations: Iterable[Operation]) -> Iterator[str]:
    for operation in operations:
        yield from _of_values(operation.kind, operation.set.items())


def _of_items(items: Iterable[DriftItem]) -> Iterator[str]:
    for item in items:
        yield from _of_labels([item])
        sides = ((item.path or "", side) for side in (item.base, item.desired, item.live))
        yield from _of_values(item.kind, sides)
        yield from _of_words([item.word])


def _of_grades(found: Iterable[Graded]) -> Iterator[str]:
    yield from (name for each in found for name in each.by if not name.startswith(_FILE))


def _of_words(said: Iterable[Attestation | None]) -> Iterator[str]:
    yield from (word.by for word in said if word and word.source == grades.ATTESTED)


def _of_labels(labelled: Iterable[Change | DriftItem | Unmanaged | Dated]) -> Iterator[str]:
    for one in labelled:
        _, name = parted(one.address, one.label)
        yield from (text for text in (name, _email(one.address)) if text)


def _of_values(kind: str, values: Iterable[tuple[str, Value]]) -> Iterator[str]:
    for path, value in values:
        if kind == "agent" and path in {*NAMES, "email"} and isinstance(value, str):
            yield value


def _both(field: FieldChange) -> tuple[Value, Value]:
    return field.before, field.after


def _email(address: Address) -> str | None:
    kind, _, name = address.partition("/")
    return name if kind == "agent" and not name.isdecimal() else None


def _change(replacements: People, change: Change) -> Change:
    return replace(
        change,
        address=replacements.address(change.address),
        label=replacements.label(change.address, change.label),
        reason=replacements.prose(change.reason),
        fields=tuple(_field(replacements, change.kind, field) for field in change.fields),
        live_id=None,
        precondition=None,
    )


def _field(replacements: People, kind: str, field: FieldChange) -> FieldChange:
    before, after = (replacements.value(kind, field.path, value) for value in _both(field))
    return FieldChange(field.path, before, after, _word(replacements, kind, field.word))


def _word(replacements: People, kind: str, word: Attestation | None) -> Attestation | None:
    """Of a file or a revision the name stays, without the people in it."""
    if word is None:
        return None
    is_person = word.source == grades.ATTESTED
    return replace(
        word,
        address=replacements.address(word.address),
        value=replacements.value(kind, word.path, word.value),
        by=replacements.by(word.by) if is_person else replacements.prose(word.by),
        source=replacements.prose(word.source),
    )


def _grades(replacements: People, found: Iterable[Graded]) -> tuple[Graded, ...]:
    return tuple(
        replace(each, by=tuple(_voucher(replacements, by) for by in each.by)) for each in found
    )


def _voucher(replacements: People, by: str) -> str:
    return replacements.prose(by) if by.startswith(_FILE) else replacements.by(by)


def _operation(replacements: People, operation: Operation) -> Operation:
    values = operation.set.items()
    return replace(
        operation,
        address=replacements.address(operation.address),
        set={path: replacements.value(operation.kind, path, value) for path, value in values},
        why=replacements.prose(operation.why),
    )


def _item(replacements: People, item: DriftItem) -> DriftItem:
    path = item.path or ""
    base, desired, live = (
        replacements.value(item.kind, path, side) for side in (item.base, item.desired, item.live)
    )
    return replace(
        item,
        address=replacements.address(item.address),
        label=replacements.label(item.address, item.label),
        base=base,
        desired=desired,
        live=live,
        actor=_actor(replacements, item.actor),
        word=_word(replacements, item.kind, item.word),
        edit=replacements.prose(item.edit) if item.edit else item.edit,
    )


def _due(replacements: People, work: DueWork | None) -> DueWork | None:
    if work is None:
        return None
    others = tuple(_item(replacements, item) for item in work.others)
    return replace(work, addresses=_addresses(replacements, work.addresses), others=others)


def _actor(replacements: People, actor: str | None) -> str | None:
    return replacements.by(actor) if actor else actor


def _unmanaged(replacements: People, unmanaged: Iterable[Unmanaged]) -> tuple[Unmanaged, ...]:
    return tuple(
        replace(
            item,
            address=replacements.address(item.address),
            label=replacements.label(item.address, item.label),
            actor=_actor(replacements, item.actor),
        )
        for item in unmanaged
    )


def _dates(replacements: People, items: Iterable[Dated]) -> tuple[Dated, ...]:
    return tuple(
        replace(
            item,
            address=replacements.address(item.address) if item.address else item.address,
            label=replacements.label(item.address, item.label)
            if item.address.startswith("agent/") and item.event in (DateEvent.START, DateEvent.END)
            else item.label,
        )
        for item in items
    )


def _coverage(replacements: People, row: Coverage) -> Coverage:
    return replace(
        row, join=_addresses(replacements, row.join), leave=_addresses(replacements, row.leave)
    )


def _selection(replacements: People, names: Iterable[str]) -> tuple[str, ...]:
    """Redact what was selected: by address, or as somebody wrote it."""
    return tuple(replacements.prose(replacements.address(name)) for name in names)


def _addresses(replacements: People, addresses: Iterable[Address]) -> tuple[Address, ...]:
    return tuple(replacements.address(address) for address in addresses)


def _diagnostics(replacements: People, diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    return tuple(_diagnostic(replacements, diagnostic) for diagnostic in diagnostics)


def _diagnostic(replacements: People, diagnostic: Diagnostic) -> Diagnostic:
    address = replacements.address(diagnostic.address) if diagnostic.address else diagnostic.address
    said = _QUOTING.get(diagnostic.rule)
    summary = f"{address or 'somebody'} {said}" if said else replacements.prose(diagnostic.summary)
    return replace(
        diagnostic, address=address, summary=summary, hint=replacements.prose(diagnostic.hint)
    )


def _blocker(replacements: People, blocker: Blocker) -> Blocker:
    return replace(
        blocker,
        address=replacements.address(blocker.address) if blocker.address else blocker.address,
        acknowledge=replacements.prose(blocker.acknowledge) if blocker.acknowledge else None,
        summary=replacements.prose(blocker.summary),
        hint=replacements.prose(blocker.hint),
    )


def _allowances(allowances: Iterable[Allowance]) -> tuple[Allowance, ...]:
    return tuple(replace(item, reason=item.reason and WITHHELD) for item in allowances)


def _policy(replacements: People, policy: Policy) -> Policy:
    return replace(
        policy,
        protect=frozenset(_addresses(replacements, policy.protect)),
        protect_fields={
            replacements.address(a): fields for a, fields in policy.protect_fields.items()
        },
        allow=_allowances(policy.allow),
        waivers=tuple(
            replace(item, address=replacements.address(item.address), reason=WITHHELD)
            for item in policy.waivers
        ),
    )
