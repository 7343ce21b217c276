"""The walk itself: a pool of workers, one target in flight once, every outcome told."""

import threading
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait

from reconciler import errors
from reconciler.apply.batch import LOST, Desk, Done, carry_out, waits_for
from reconciler.apply.graph import Batch, Walk
from reconciler.apply.settings import Settings
from reconciler.apply.write import Sent
from reconciler.model import Address, Handle, Ledger, Operation, Outcome, Result, Writer


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
    set, what is in flight is finished and recorded, and nothing more is started; a reader who
    leaves early sets it. Raises, behind the last outcome, what stopped it before anything was sent
    (`ReconcilerError`), or a mistake of this program.
    """
    desk = Desk(writer, dict(known), ledger, run_id, settings, stop or threading.Event())
    course = _Course(Walk(operations, writer.target), desk)
    with ThreadPoolExecutor(settings.parallelism, thread_name_prefix="apply") as pool:
        try:
            course.start(pool)
            while course.is_flying:
                outcomes = course.collect()
                course.start(pool)
                yield from outcomes
        finally:
            course.land()
    yield from course.rest()
    course.raise_failure()


class _Course:
    """What is in flight, and whether more may start; used by one thread."""

    def __init__(self, walk: Walk, desk: Desk) -> None:
        self._walk, self._desk = walk, desk
        self._flying: dict[Future[Done], Batch] = {}
        self._stops = ""
        self._error: errors.ReconcilerError | None = None
        self._defect: BaseException | None = None
        self._was_sent = False

    @property
    def is_flying(self) -> bool:
        return bool(self._flying)

    def start(self, pool: ThreadPoolExecutor) -> None:
        while len(self._flying) < self._desk.settings.parallelism and not self._has_stopped():
            batch = self._walk.next_batch()
            if batch is None:
                return
            self._flying[pool.submit(carry_out, batch, self._desk)] = batch

    def collect(self) -> list[Outcome]:
        """What has become known by now, recorded."""
        landed = wait(self._flying, return_when=FIRST_COMPLETED).done
        outcomes = [one for future in landed for one in self._settled(future)]
        self._record(outcomes)
        return outcomes

    def land(self) -> None:
        """Whoever leaves early: what is in flight is finished and recorded, unseen."""
        if self._flying:
            self._desk.stop.set()
            landed = wait(self._flying).done
            self._record([one for future in landed for one in self._settled(future)])

    def rest(self) -> list[Outcome]:
        """What was never started, with the reason."""
        why = f"stopped: {self._stops}" if self._stops else "interrupted before it was started"
        outcomes = [Outcome(one, Result.NOT_STARTED, why) for one in self._walk.rest()]
        self._record(outcomes)
        return outcomes

    def raise_failure(self) -> None:
        """Raises a mistake of this program, or what stopped the run before anything was sent."""
        if self._defect:
            raise self._defect
        if self._error and not self._was_sent:
            raise self._error

    def _has_stopped(self) -> bool:
        return bool(self._stops) or self._desk.stop.is_set()

    def _settled(self, future: Future[Done]) -> list[Outcome]:
        """The outcomes of a batch and of all that waited for it in vain."""
        batch = self._flying.pop(future)
        defect = future.exception()
        done = _broken(batch, defect) if defect else future.result()
        self._defect = self._defect or defect
        self._was_sent |= done.was_sent
        self._stop(done.stops, done.error)
        outcomes = [done.outcomes[operation.id] for operation in done.batch]
        lost = done.lost()
        for operation in self._walk.finished(done.batch, done.names(Result.APPLIED), lost):
            outcomes.append(_skipped(operation, outcomes))
        return outcomes

    def _stop(self, why: str, error: errors.ReconcilerError | None) -> None:
        if why and not self._stops:
            self._stops, self._error = why, error

    def _record(self, outcomes: list[Outcome]) -> None:
        """Where the ledger fails nothing more is started; the outcomes are told all the same."""
        try:
            self._desk.ledger.record(self._desk.run, outcomes)
        except errors.ReconcilerError as error:
            self._stop(str(error), error)


def _broken(batch: Batch, defect: BaseException) -> Done:
    """A batch in which this program made a mistake: it may have been sent before that."""
    why = f"a mistake of this program ({type(defect).__name__}: {defect})"
    done = Done(batch, stops=why, was_sent=True)
    done.close(batch, Sent(because=f"{why}; whether it took effect is not known"))
    return done


def _skipped(operation: Operation, found: Sequence[Outcome]) -> Outcome:
    """`found` has those it waits for: a lost one is told before its followers."""
    before = next(
        one for one in found if one.operation.id in operation.after and one.result in LOST
    )
    sent = waits_for(before)
    return Outcome(operation, sent.result, sent.because)
