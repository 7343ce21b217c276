"""The walk itself: a pool of workers, one target in flight once, every outcome told."""

import threading
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait

from reconciler import errors
from reconciler.apply.graph import Walk
from reconciler.apply.write import Attempt, Settings, outcomes
from reconciler.model import Address, Handle, Ledger, Operation, Outcome, Result, Writer

__all__ = ["Settings", "run"]

Sent = tuple[Handle | None, Result, str, bool]


def run(
    operations: Sequence[Operation],
    writer: Writer,
    *,
    known: Mapping[Address, Handle],
    ledger: Ledger,
    run_id: str,
    settings: Settings = Settings(),  # noqa: B008  # a frozen value
    stop: threading.Event | None = None,
) -> Iterator[Outcome]:
    """Yields an outcome for every operation, in the order in which they become known.

    Each operation is in the ledger before it is sent and again with its outcome. When `stop` is
    set, what is in flight is finished and recorded, and nothing more is started.
    """
    walk = Walk(operations, writer.target)
    handles = dict(known)
    stop = stop or threading.Event()
    refused = ""
    flying: dict[Future[Sent], tuple[Address, tuple[Operation, ...]]] = {}
    with ThreadPoolExecutor(max_workers=settings.parallelism) as pool:
        while True:
            while not (stop.is_set() or refused) and len(flying) < settings.parallelism:
                following = walk.next_batch()
                if following is None:
                    break
                target, batch = following
                future = pool.submit(_one, batch, writer, handles, ledger, run_id, settings)
                flying[future] = target, batch
            if not flying:
                break
            for future in wait(flying, return_when=FIRST_COMPLETED).done:
                target, batch = flying.pop(future)
                handle, result, because, is_refused = future.result()
                refused = because if is_refused else refused
                if handle and result is Result.APPLIED:
                    handles[target] = handle
                found = outcomes(batch, result, because, handle)
                found += _followers(walk, target, batch, result)
                ledger.record(run_id, found)
                yield from found
    why = f"the tenant refuses: {refused}" if refused else "interrupted before it was started"
    left = outcomes(walk.rest(), Result.NOT_STARTED, why)
    ledger.record(run_id, left)
    yield from left


def _one(
    batch: Sequence[Operation],
    writer: Writer,
    known: Mapping[Address, Handle],
    ledger: Ledger,
    run_id: str,
    settings: Settings,
) -> Sent:
    """A worker's whole job: look, record the intent, send until it is known."""
    attempt = Attempt(writer, known, settings)
    try:
        busy = attempt.on_call(batch)
    except errors.ReconcilerError as error:
        return None, Result.FAILED, f"whether somebody is on a call cannot be told: {error}", False
    if busy:
        return None, Result.SKIPPED, f"{busy} is on a call", False
    ledger.intend(run_id, batch)
    handle, because = attempt.send(batch)
    if handle:
        return handle, Result.APPLIED, "", False
    return None, Result.FAILED, because, attempt.is_refused


def _followers(
    walk: Walk, target: Address, batch: Sequence[Operation], result: Result
) -> list[Outcome]:
    """After success the next may start; after anything else they are skipped, with the reason."""
    if result is Result.APPLIED:
        walk.done(target, batch)
        return []
    lost = list(walk.failed(target, batch))
    first = batch[0]
    because = f"waits for {first.id} of {first.address}, which was {_past(result)}"
    return outcomes(lost, Result.SKIPPED, because)


def _past(result: Result) -> str:
    return "skipped" if result is Result.SKIPPED else "not applied"
