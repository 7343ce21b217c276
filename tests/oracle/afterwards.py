"""What is true after an apply: no drift, a change by hand is drift, and whoever is dropped from the
files is treated as the range says, because the ledger proves that they were declared.
"""

import random
from collections.abc import Iterator

from tests.oracle.desired import Case, Expectation, Person
from tests.oracle.runner import Workplace
from tests.oracle.tenant import licenses
from tests.oracle.verdict import Finding


def judge(place: Workplace, case: Case, expected: Expectation, seed: int) -> Iterator[Finding]:
    rng = random.Random(seed + 2)
    ran = place.run("drift", "--format", "json")
    if ran.code:
        yield Finding("drift", f"leaves with {ran.code} right after an apply: {ran.out[:600]}")
        return
    people = [
        person
        for person in expected.people
        if person.scalars.get("email") and not person.has_left and not person.is_later
    ]
    if people:
        yield from _by_hand(place, expected, rng.choice(people))
    if people and rng.random() < 0.5:
        yield from _dropped(place, case, expected, rng.choice(people))


def _by_hand(place: Workplace, expected: Expectation, person: Person) -> Iterator[Finding]:
    """Somebody renames an agent in the tenant; then it is named as before."""
    email = str(person.scalars["email"]).lower()
    key = next(k for k, a in place.site.tenant.agents.items() if a.get("email") == email)
    agent = place.site.tenant.agents[key]
    name = agent["name"]
    _write(place, key, name="Changed By Hand")
    ran = place.run("drift", "--format", "json")
    items = ran.json["items"] if ran.code in (0, 2) else []
    drifted = [(item["address"], item["path"], item["class"]) for item in items]
    if ran.code != 2 or drifted != [(f"agent/{email}", "name", "drift")]:
        yield Finding("drift", f"leaves with {ran.code} after a hand's change: {drifted}{ran.err}")
    planned = place.run("plan", "--format", "json").json
    changes = [
        (change["address"], [field["path"] for field in change["fields"]])
        for change in planned["changes"]
    ]
    if changes != [(f"agent/{email}", ["name"])]:
        yield Finding("by hand", f"the plan after a hand's change of a name is {changes}")
    if [(item["address"], item["path"]) for item in planned["drift"]] != [
        (f"agent/{email}", "name")
    ]:
        yield Finding("by hand", f"the plan calls drift: {planned['drift']}")
    _write(place, key, name=name)


def _write(place: Workplace, key: str, **values: str) -> None:
    place.site.tenant.agents[key] = place.site.tenant.agents[key] | values
    place.site.versions[key] = place.site.versions.get(key, 1) + 1


def _dropped(
    place: Workplace, case: Case, expected: Expectation, person: Person
) -> Iterator[Finding]:
    """An entry is taken out of the files: reported or suspended, as its range says."""
    entries = [e for i, e in enumerate(case["files"]["agents"]) if i != person.index]
    if not entries or person.entry.get("replaces") or person.entry.get("previously"):
        return
    place.rewrite(entries)
    ran = place.run("plan", "--format", "json")
    if ran.code not in (0, 4):
        yield Finding("unlisted", f"plan leaves with {ran.code}: {ran.out}{ran.err}")
        return
    address = f"agent/{str(person.scalars['email']).lower()}"
    agent = expected.end.agents[person.key]
    rule = case["files"]["extension_ranges"].get("web", {}).get("unlisted", "report")
    is_live = bool(agent["active"] or licenses(agent))
    wanted = [(address, "suspend")] if rule == "suspend" and is_live else []
    changes = [(change["address"], change["action"]) for change in ran.json["changes"]]
    if changes != wanted:
        yield Finding("unlisted", f"{rule}: the plan is {changes}, true is {wanted}")
    unlisted = [item["address"] for item in ran.json["unmanaged"] if item["unlisted"]]
    if not wanted and address not in unlisted:
        yield Finding("unlisted", f"{address} stands in no file and is not listed: {unlisted}")
