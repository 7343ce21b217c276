"""Metrics in the text format of Prometheus, for the textfile collector of the node exporter.

What a run measured stays in the file until a run measures it again: after a failed run the numbers
are those of the last success, whose time stands beside them. No label holds a person.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Final

from reconciler import kinds
from reconciler.model import Coverage, DriftClass, DriftReport, Graded, Plan, Seats, Verdict
from reconciler.render import escape, facts

PREFIX: Final = "reconciler_"
LAST_RUN: Final = "reconciler_last_run_"
"""Families that every run writes anew; all others are of the last success."""

_BLOCK: Final = re.compile(r"^# HELP (\S+) .*\n(?:(?!# HELP ).*\n)*", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Run:
    """The end of one command. `is_success`: the tenant was read, and an apply came to its end."""

    command: str
    tenant: str
    exit_code: int
    is_success: bool
    now: datetime


@dataclass(frozen=True, slots=True)
class Family:
    """One gauge: its samples are values by their labels."""

    name: str
    help: str
    samples: tuple[tuple[Mapping[str, str], float], ...]


def text(
    run: Run,
    *,
    plan: Plan | None = None,
    drift: DriftReport | None = None,
    verdict: Verdict | None = None,
    before: str = "",
) -> str:
    """Return the file after a run. `before` is the file that the run found, which may be "".

    A run that had no reason to read the tenant, as on a day on which nothing is due, measures
    nothing either: the numbers before stay.
    """
    blocks = [_block(family, run) for family in _of_run(run)]
    if run.is_success and (plan or drift or verdict):
        measured = [*_of_drift(drift), *_of_plan(plan, verdict), *_of_verdict(verdict)]
        last = _gauge("last_success_timestamp_seconds", _LAST_SUCCESS, _moment(run.now))
        blocks += [_block(family, run) for family in (last, *measured) if family.samples]
    else:
        blocks += _kept(before, run)
    return "".join(blocks)


_LAST_SUCCESS: Final = "When this command last read the whole tenant and came to a result."


def _kept(before: str, run: Run) -> Iterator[str]:
    """Yield the blocks of an earlier file that are of this tenant and command."""
    own = "{" + _labels({"tenant": run.tenant, "command": run.command})
    for match in _BLOCK.finditer(before):
        lines = [line for line in match[0].splitlines() if not line.startswith("#")]
        is_ours = match[1].startswith(PREFIX) and not match[1].startswith(LAST_RUN)
        if is_ours and lines and all(own in line for line in lines):
            yield match[0]


def tenant_of(before: str) -> str:
    """Return the tenant of an earlier file, for a run that does not know it; "" without one."""
    match = re.search(rf'^{LAST_RUN}\w+{{tenant="((?:[^"\\]|\\.)*)"', before, re.MULTILINE)
    return re.sub(r"\\(.)", r"\1", match[1]) if match else ""


def _of_run(run: Run) -> Iterator[Family]:
    yield _gauge("last_run_success", "1 if the last run came to a result.", int(run.is_success))
    yield _gauge("last_run_exit_code", "How the last run ended.", run.exit_code)
    yield _gauge("last_run_timestamp_seconds", "When the last run ended.", _moment(run.now))


def _of_drift(report: DriftReport | None) -> Iterator[Family]:
    if report is None:
        return
    counts = facts.drift_counts(report)
    classes = {name: counts.get(name, 0) for name in DriftClass}
    yield Family(
        "drift_items",
        "Differences between files and tenant by class.",
        tuple(({"class": str(name)}, number) for name, number in classes.items()),
    )
    seen: dict[DriftClass, list[datetime]] = {}
    for item in report.items:
        if item.first_seen:
            seen.setdefault(item.drift, []).append(item.first_seen)
    yield Family(
        "drift_oldest_timestamp_seconds",
        "Since when the oldest difference of a class is known.",
        tuple(({"class": str(name)}, _moment(min(times))) for name, times in sorted(seen.items())),
    )
    unlisted = sum(item.unlisted for item in report.unmanaged)
    yield _gauge("unlisted_agents", "Agents in owned ranges that no file declares.", unlisted)
    yield from _of_grades(report.grades)


def _of_plan(plan: Plan | None, verdict: Verdict | None) -> Iterator[Family]:
    """Yield what the tenant has now: before a plan, and after one that was applied."""
    if plan is None:
        return
    is_after = verdict is not None
    yield Family(
        "plan_changes",
        "Changes of the plan by action.",
        tuple(({"action": str(a)}, n) for a, n in facts.counts(facts.changes(plan)).items()),
    )
    yield _gauge("plan_blockers", "Rules and guards that stop the plan.", len(plan.blockers))
    yield from _of_seats(plan.seats, is_after=is_after)
    yield from _of_coverage(plan.coverage, is_after=is_after)
    ends = [
        *(each.until for each in (*plan.acknowledged, *plan.policy.allow) if each.until),
        *(each.until for each in plan.policy.waivers if each.until),
    ]
    if ends:
        until = _day(min(ends))
        yield _gauge("acknowledgement_first_end_timestamp_seconds", _FIRST_END, until)
    if is_after:
        yield from _of_grades(plan.grades)


_FIRST_END: Final = "The day on which the first acknowledgement or waiver of the files ends."


def _of_seats(pools: Sequence[Seats], *, is_after: bool) -> Iterator[Family]:
    in_use = {pool.license: pool.after if is_after else pool.assigned for pool in pools}
    known = {pool.license: pool.purchased for pool in pools if pool.purchased is not None}
    yield Family("seats_assigned", "Seats in use.", _by("license", in_use))
    yield Family("seats_purchased", "Seats that the tenant may use.", _by("license", known))
    free = {name: number - in_use[name] for name, number in known.items()}
    help_text = "Seats that nobody uses; negative where too many do."
    yield Family("seats_free", help_text, _by("license", free))


def _by(label: str, numbers: Mapping[str, int]) -> tuple[tuple[Mapping[str, str], float], ...]:
    return tuple(({label: name}, number) for name, number in sorted(numbers.items()))


def _of_coverage(rows: Sequence[Coverage], *, is_after: bool) -> Iterator[Family]:
    def samples(numbers: Mapping[str, int]) -> tuple[tuple[Mapping[str, str], float], ...]:
        return tuple(
            ({"kind": kinds.kind_of(address), "name": kinds.name_of(address)}, number)
            for address, number in sorted(numbers.items())
        )

    agents = {row.address: row.after if is_after else row.before for row in rows}
    minimums = {row.address: row.minimum for row in rows if row.minimum is not None}
    below = {address: int(agents[address] < minimum) for address, minimum in minimums.items()}
    yield Family("coverage_agents", "Licensed agents of a queue or skill.", samples(agents))
    yield Family("coverage_minimum", "Fewest agents that the files allow.", samples(minimums))
    yield Family("coverage_below_minimum", "1 if there are fewer than that.", samples(below))


def _of_verdict(verdict: Verdict | None) -> Iterator[Family]:
    if verdict is None:
        return
    yield Family(
        "apply_operations",
        "Writes of the last apply by result.",
        tuple(({"result": str(r)}, number) for r, number in facts.results(verdict).items()),
    )


def _of_grades(grades: Sequence[Graded]) -> Iterator[Family]:
    """Yield how old the evidence is on which values stand that the tenant does not show."""
    oldest = [each.oldest for each in grades if each.oldest]
    if oldest:
        help_text = "The time of the oldest evidence that still counts."
        yield _gauge("evidence_oldest_timestamp_seconds", help_text, _moment(min(oldest)))
    unobserved = sum(each.unobserved for each in grades)
    if grades:
        yield _gauge("unobserved_values", "Stated values that nobody has seen.", unobserved)


# --- the format ----------------------------------------------------------------------------------


def _gauge(name: str, help_text: str, value: float) -> Family:
    return Family(name, help_text, (({}, value),))


def _block(family: Family, run: Run) -> str:
    name = f"{PREFIX}{family.name}"
    own = {"tenant": run.tenant, "command": run.command}
    samples = [
        f"{name}{{{_labels({**own, **labels})}}} {_number(value)}"
        for labels, value in family.samples
    ]
    head = [f"# HELP {name} {family.help}", f"# TYPE {name} gauge"]
    return "".join(f"{line}\n" for line in (*head, *samples))


def _labels(labels: Mapping[str, str]) -> str:
    return ",".join(f'{name}="{_escaped(value)}"' for name, value in labels.items())


def _escaped(value: str) -> str:
    return escape.visible(value).replace("\\", r"\\").replace('"', r"\"")


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) else repr(value)


def _moment(of: datetime) -> float:
    return int(of.timestamp())


def _day(of: date) -> float:
    return _moment(datetime.combine(of, time(), UTC))
