"""What several tests of the suite expect, in words that an author can act on."""

import json
from typing import Any

import pytest

from reconciler import cli, errors, kinds
from reconciler.model import Handle, Reading, Resource, Verb
from reconciler.testing import proxy, samples
from reconciler.testing.trial import Trial, operation


def files(trial: Trial) -> str:
    return str(trial.folder / "desired-state")


def empty_plan(folder: str, capfd: pytest.CaptureFixture[str], when: str) -> None:
    capfd.readouterr()
    code = cli.run(["plan", folder, "--format", "json"])
    captured = capfd.readouterr()
    assert code == 0, f"the plan {when} left with {code}: {captured.err}{captured.out[:2000]}"
    assert json.loads(captured.out)["changes"] == [], f"the plan {when} has changes"


def refused(trial: Trial, why: str) -> None:
    try:
        reading = trial.read()
    except errors.CannotTellError:
        return
    pytest.fail(
        f"{why}, and the reading has {len(people(reading))} people: raise ImplausibleError "
        "or another CannotTellError"
    )


def whole_or_refused(trial: Trial, why: str) -> None:
    try:
        reading = trial.read()
    except errors.CannotTellError:
        return
    wrong = trial.unlike_the_store(reading)
    assert wrong == [], f"{why}, and the reading was taken for whole: {wrong[0]}"


def no_write(trial: Trial) -> None:
    """What the capabilities do not offer is never asked for; a provider that can write nothing
    also refuses to.
    """
    if trial.can_write:
        return
    before = trial.stored()
    with trial.opened(read_only=False) as provider:
        agent = people(provider.reader.read())[0]
        change = operation(Verb.UPDATE, agent.address, {"name": "Other Name"})
        with pytest.raises(errors.WriteForbiddenError):
            provider.writer.write([change], {agent.address: Handle(agent.id or "")})
    assert trial.writes == [], f"nothing is writable, and {trial.writes[0]} was sent"
    assert trial.stored() == before, "nothing is writable, and the store was changed"


def only(trial: Trial, agent: Resource, values: dict[str, Any]) -> None:
    """Write values, and expect the store to differ in these alone."""
    stored = trial.stored()
    trial.write(operation(Verb.UPDATE, agent.address, values))
    fields = kinds.with_values(stored[agent.address].fields, values)
    address = samples.address_of(fields) if agent.kind == kinds.AGENT else agent.address
    after = trial.stored()
    assert address in after, f"{address} is not in the store"
    for name, value in fields.items():
        held = after[address].fields.get(name)
        assert held == value, (
            f"{_words(values)} was written to {agent.address}: {name} is {held!r} in the store "
            f"instead of {value!r}"
        )
    others = {a: r for a, r in stored.items() if a not in (agent.address, address)}
    for other, resource in others.items():
        assert after.get(other) == resource, (
            f"{_words(values)} was written to {agent.address}, and {other} changed as well"
        )
    made = sorted(after.keys() - stored.keys() - {address})
    assert not made, f"{_words(values)} was written to {agent.address}, and {made[0]} was created"
    wrong = trial.unlike_the_store(trial.read())
    assert wrong == [], first(wrong)
    if address != agent.address:  # as it was, for what follows
        back: dict[str, Any] = {n: agent.fields[n] for n in values}
        trial.write(operation(Verb.UPDATE, address, back))


def stored(trial: Trial, agent: Resource) -> None:
    """The agent is in the store once, with every writable field, and is read so."""
    stored = trial.stored()
    assert agent.address in stored, f"{agent.address} is not in the store"
    writable = trial.capabilities.writable.get(kinds.AGENT, frozenset())
    held = stored[agent.address].fields
    for name in sorted(writable & agent.fields.keys() & held.keys()):
        assert held[name] == agent.fields[name], (
            f"{name} of {agent.address} is {held[name]!r} in the store, and "
            f"{agent.fields[name]!r} was written"
        )
    wrong = trial.unlike_the_store(trial.read())
    assert wrong == [], first(wrong)


def requests_of_a_reading(trial: Trial) -> int:
    """How many requests a reading needs where nothing goes wrong."""
    before = len(trial.proxy.requests)
    trial.read()
    return len(trial.proxy.requests) - before


def newcomer(trial: Trial) -> Resource:
    return samples.person(trial.capabilities, samples.COUNT + 1 - samples.COUNT % 2)


def can_update(trial: Trial, name: str) -> bool:
    """Whether a field can be changed, and the store of the stand-in keeps it."""
    capabilities = trial.capabilities
    writable = capabilities.writable.get(kinds.AGENT, frozenset())
    observed = capabilities.observed.get(kinds.AGENT, frozenset())
    is_kept = name in observed and name != "phone"
    return is_kept and name in writable and f"agent.{name}" not in capabilities.once


def plain_field(trial: Trial) -> str | None:
    """A field of plain text that can be changed."""
    names = ("name", "preferred_name")
    return next((name for name in names if can_update(trial, name)), None)


def is_token(trial: Trial, request: proxy.Request) -> bool:
    return request.path in trial.stand_in.token_paths


def people(reading: Reading) -> list[Resource]:
    return [resource for resource in reading.resources.values() if resource.kind == kinds.AGENT]


def row_of(name: str) -> kinds.Field:
    return next(row for row in kinds.AGENT_FIELDS if row.name == name)


def first(wrong: list[str]) -> str:
    return f"{wrong[0]} ({len(wrong)} in all)" if len(wrong) > 1 else "".join(wrong)


def _words(values: dict[str, Any]) -> str:
    return ", ".join(f"{name}: {value!r}" for name, value in values.items())
