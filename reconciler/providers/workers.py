"""Threads that read, for whom nobody waits who leaves.

Those of the standard library are waited for at the end of the process, however long a tenant takes
to answer what nobody wants to know any more.
"""

from collections.abc import Callable
from concurrent.futures import Future
from queue import SimpleQueue
from threading import Thread
from types import TracebackType
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class Workers:
    """So many threads, from entering to leaving."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._waiting: SimpleQueue[Callable[[], None] | None] = SimpleQueue()

    def __enter__(self) -> "Workers":
        for _ in range(self._count):
            Thread(target=self._work, daemon=True).start()
        return self

    def __exit__(
        self,
        sort: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for _ in range(self._count):
            self._waiting.put(None)

    def submit(self, call: Callable[P, T], *given: P.args, **named: P.kwargs) -> Future[T]:
        promised: Future[T] = Future()

        def run_call() -> None:
            try:
                promised.set_result(call(*given, **named))
            except BaseException as error:
                promised.set_exception(error)

        self._waiting.put(run_call)
        return promised

    def _work(self) -> None:
        while call := self._waiting.get():
            call()
