"""The run of an apply: a pool of workers, at most one write to a target at a time."""

import threading
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait

from reconciler import errors
from reconciler.apply.batch import LOST, BatchResult, WorkerContext, execute_batch, waits_for
from reconciler.apply.scheduler import Batch, Scheduler
from reconciler.apply.settings import Settings
from reconciler.apply.write import WriteResult
from reconciler.model import Address, Handle, Ledger, Operation, Outcome, Result, Writer


def run(
    operations: Sequence[Operation],
    writer: Writer,
    *,
    handles: Mapping[Address, Handle],
    ledger: Ledger,
    run_id: str,
    settings: Settings = Settings(),  # noqa: B008  # a frozen value
    stop: threading.Event | None = None,
) -> Iterator[Outcome]:
    """Yield an outcome for every operation, as soon as it is known.

    Each operation is in the ledger before it is sent and again with its outcome. When `stop` is
    set, what is in flight is finished and recorded, and nothing more is started; a consumer who
    stops early sets it. Raises, after the last outcome, what stopped the run before anything was
    sent (`ReconcilerError`), or a defect of this program.
    """
    context = WorkerContext(
        writer, dict(handles), ledger, run_id, settings, stop or threading.Event()
    )
    progress = _Progress(Scheduler(operations, writer.target), context)
    with ThreadPoolExecutor(settings.parallelism, thread_name_prefix="apply") as pool:
        try:
            progress.start(pool)
            while progress.has_pending:
                outcomes = progress.collect()
                progress.start(pool)
                yield from outcomes
        finally:
            progress.drain()
    yield from progress.rest()
    progress.raise_failure()


class _Progress:
    """What is in flight, and whether more may start; used by one thread."""

    def __init__(self, scheduler: Scheduler, context: WorkerContext) -> None:
        self._scheduler, self._context = scheduler, context
        self._pending: dict[Future[BatchResult], Batch] = {}
        self._stops = ""
        self._error: errors.ReconcilerError | None = None
        self._defect: BaseException | None = None
        self._was_sent = False

    @property
    def has_pending(self) -> bool:
        return bool(self._pending)

    def start(self, pool: ThreadPoolExecutor) -> None:
        while len(self._pending) < self._context.settings.parallelism and not self._has_stopped():
            batch = self._scheduler.next_batch()
            if batch is None:
                return
            self._pending[pool.submit(execute_batch, batch, self._context)] = batch

    def collect(self) -> list[Outcome]:
        """Wait for the next batches to finish; record and return their outcomes."""
        finished = wait(self._pending, return_when=FIRST_COMPLETED).done
        outcomes = [outcome for future in finished for outcome in self._outcomes_of(future)]
        self._record(outcomes)
        return outcomes

    def drain(self) -> None:
        """Finish and record what is in flight, when the consumer stops early."""
        if self._pending:
            self._context.stop.set()
            finished = wait(self._pending).done
            self._record([outcome for future in finished for outcome in self._outcomes_of(future)])

    def rest(self) -> list[Outcome]:
        """Record and return what was never started, with the reason."""
        why = f"stopped: {self._stops}" if self._stops else "interrupted before it was started"
        outcomes = [
            Outcome(operation, Result.NOT_STARTED, why) for operation in self._scheduler.rest()
        ]
        self._record(outcomes)
        return outcomes

    def raise_failure(self) -> None:
        """Raise a defect of this program, or what stopped the run before anything was sent."""
        if self._defect:
            raise self._defect
        if self._error and not self._was_sent:
            raise self._error

    def _has_stopped(self) -> bool:
        return bool(self._stops) or self._context.stop.is_set()

    def _outcomes_of(self, future: Future[BatchResult]) -> list[Outcome]:
        """Return the outcomes of a batch and of all that waited for it in vain."""
        batch = self._pending.pop(future)
        defect = future.exception()
        result = _failed_by_defect(batch, defect) if defect else future.result()
        self._defect = self._defect or defect
        self._was_sent |= result.was_sent
        self._stop(result.stops, result.error)
        outcomes = [result.outcomes[operation.id] for operation in result.batch]
        lost = result.lost()
        for operation in self._scheduler.finished(result.batch, result.names(Result.APPLIED), lost):
            outcomes.append(_skipped(operation, outcomes))
        return outcomes

    def _stop(self, why: str, error: errors.ReconcilerError | None) -> None:
        if why and not self._stops:
            self._stops, self._error = why, error

    def _record(self, outcomes: list[Outcome]) -> None:
        """Record outcomes; where the ledger fails, nothing more is started."""
        try:
            self._context.ledger.record(self._context.run, outcomes)
        except errors.ReconcilerError as error:
            self._stop(str(error), error)


def _failed_by_defect(batch: Batch, defect: BaseException) -> BatchResult:
    """Return a batch that failed by a defect of this program; it may have been sent."""
    why = f"a mistake of this program ({type(defect).__name__}: {defect})"
    result = BatchResult(batch, stops=why, was_sent=True)
    result.close(batch, WriteResult(because=f"{why}; whether it took effect is not known"))
    return result


def _skipped(operation: Operation, outcomes: Sequence[Outcome]) -> Outcome:
    """Return the outcome of an operation that waits for a lost one among `outcomes`."""
    before = next(
        outcome
        for outcome in outcomes
        if outcome.operation.id in operation.after and outcome.result in LOST
    )
    result = waits_for(before)
    return Outcome(operation, result.result, result.because)
