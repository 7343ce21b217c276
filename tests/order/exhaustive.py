"""All that is possible on a tiny tenant, to compare an order with. Judged by the model alone.

A move writes any part of what is left of one object, parks one of its values, or lets an agent step
aside who holds a license only to stay in a queue. All other values between are those of before and
after; nobody who is not changed moves.
"""

from collections.abc import Iterator, Mapping
from itertools import chain, combinations

from tests.order import made
from tests.order.tenant import Flat, Judge, Tenant, licenses, memberships, overfilled
from tests.order.trial import Plan, goal

MOST_PATHS = 12
"""Tenants with more to write than this are not tried: the states double with each path."""
PLAIN = {"active", "phone"}
"""What is not scarce goes along with anything else."""

State = tuple[tuple[str, tuple[tuple[str, object], ...]], ...]


def complaints(tried: Plan) -> Iterator[str]:
    """A plan is only blocked if there is no lawful order."""
    if tried.graph.conflicts and is_tiny(tried) and is_possible(tried, dips=True):
        yield f"blocked, yet possible: {tried.graph.conflicts}"


def dips_in_vain(tried: Plan) -> bool:
    """The search is greedy: it may dip where a longer look finds another way."""
    return bool(tried.graph.dips) and is_tiny(tried) and is_possible(tried, dips=False)


def is_tiny(tried: Plan) -> bool:
    """Few paths, and no value with two holders: no tenant that checks them would let that be."""
    for state in (tried.situation.live, goal(tried)):
        if any(count > 1 for count in state.holders().values()):
            return False
    paths = [field.path for change in made.changes(tried.situation) for field in change.fields]
    return len(paths) - sum(path in PLAIN for path in paths) <= MOST_PATHS


def is_possible(tried: Plan, *, dips: bool) -> bool:
    start, end = tried.situation.live, goal(tried)
    before, after = start.coverage(), end.coverage()
    floors = {} if dips else {t: min(before[t], after[t]) for t in {*before, *after}}
    judge = Judge(start, floors)
    wanted = {h: w for h, w in tried.situation.wanted.items() if w != start.objects.get(h)}
    seen = {_state(start, wanted)}
    stack = [start]
    while stack:
        now = stack.pop()
        if not _left(now, wanted):
            return True
        for after_move in _moves(now, wanted, start):
            state = _state(after_move, wanted)
            if state not in seen and not any(
                (*judge.breaches(after_move), *overfilled(now, after_move))
            ):
                seen.add(state)
                stack.append(after_move)
    return False


def _state(now: Tenant, wanted: Mapping[str, Flat | None]) -> State:
    return tuple(
        (h, tuple(sorted(now.objects[h].items(), key=str))) for h in wanted if h in now.objects
    )


def _left(now: Tenant, wanted: Mapping[str, Flat | None]) -> bool:
    return any(now.objects.get(handle) != want for handle, want in wanted.items())


def _moves(now: Tenant, wanted: Mapping[str, Flat | None], start: Tenant) -> Iterator[Tenant]:
    for handle, want in wanted.items():
        have = now.objects.get(handle)
        if have is None and want is not None:
            for part in _parts({p: v for p, v in want.items() if "." in p}):
                plain = {p: v for p, v in want.items() if "." not in p}
                yield _with(now, handle, {**plain, **part})
        elif have is not None:
            yield from _changed(now, handle, have, want)
            yield from _aside(now, handle, have, want, start)
            yield from _parked(now, handle, have, want, start)


def _changed(now: Tenant, handle: str, have: Flat, want: Flat | None) -> Iterator[Tenant]:
    if want is None:
        yield _with(now, handle, None)
        rest: Flat = {path: None for path in have if "." in path}
    else:
        rest = {p: want.get(p) for p in {*have, *want} if have.get(p) != want.get(p)}
    for part in _parts(rest):
        if part:
            merged = {**have, **part}
            yield _with(
                now, handle, {p: v for p, v in merged.items() if v is not None or "." not in p}
            )


def _aside(
    now: Tenant, handle: str, have: Flat, want: Flat | None, start: Tenant
) -> Iterator[Tenant]:
    """Out of all queues and licenses at once, where every queue that waits for it stays staffed."""
    held = licenses(have)
    if want is None or now.terms.members_on_queue or not held or held & licenses(want):
        return
    staying = memberships(have) & memberships(want)
    before, covered = start.coverage(), now.coverage()
    if licenses(want) and all(covered[t] > min(1, before[t]) for t in staying):
        yield _with(now, handle, {path: value for path, value in have.items() if "." not in path})


def _parts(rest: Flat) -> Iterator[Flat]:
    along = {path: value for path, value in rest.items() if path in PLAIN}
    paths = sorted(set(rest) - PLAIN)
    subsets = chain.from_iterable(combinations(paths, n) for n in range(len(paths) + 1))
    return ({**along, **{path: rest[path] for path in subset}} for subset in subsets)


def _parked(
    now: Tenant, handle: str, have: Flat, want: Flat | None, start: Tenant
) -> Iterator[Tenant]:
    """One free number of the range will do: they are all alike."""
    before = start.objects.get(handle, {})
    if have.get("phone") == "uc":
        return
    moves = want is None or want.get("extension") != before.get("extension")
    if moves and have.get("extension") and have["extension"] == before.get("extension"):
        first, last = now.terms.first, now.terms.last
        if not first <= str(have["extension"]) <= last:
            first, last = ("4200", "4201") if have["kind"] == "queue" else ("4800", "4801")
        held = now.holders()
        free = [n for n in map(str, range(int(first), int(last) + 1)) if not held["extension", n]]
        for number in free:
            yield _with(now, handle, {**have, "extension": number})
    moves = want is None or want.get("email") != before.get("email")
    if moves and have.get("email") and have["email"] == before.get("email"):
        yield _with(now, handle, {**have, "email": f"parked-{have['email']}"})


def _with(now: Tenant, handle: str, one: Flat | None) -> Tenant:
    objects = dict(now.objects)
    objects.pop(handle, None)
    if one is not None:
        objects[handle] = one
    return Tenant(now.terms, objects)
