"""Threads on which units of work run, off the event loop."""

from __future__ import annotations

import itertools
import queue
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

T = TypeVar("T")


class Closed(Exception):
    """Nothing is taken any more."""


class Workers:
    """Threads with a queue in which the lower urgency goes first and equals keep their order. The process does not wait
    for them when it ends: a database that hangs must not keep it."""

    def __init__(self, size: int, name: str) -> None:
        self._queue: queue.PriorityQueue[tuple[int, int, Callable[[], None] | None]] = queue.PriorityQueue()
        self._order = itertools.count()
        self._open = threading.Lock()
        self._closed = False
        self._threads = [threading.Thread(target=self._serve, name=name, daemon=True) for _ in range(size)]
        for thread in self._threads:
            thread.start()

    def submit(self, task: Callable[[], T], urgency: int = 0) -> Future[T]:
        """The result that is to come. Raises Closed."""
        future: Future[T] = Future()
        with self._open:
            if self._closed:
                raise Closed
            self._queue.put((urgency, next(self._order), lambda: _fulfil(future, task)))
        return future

    def close(self) -> None:
        """Take nothing more; what was taken is done first."""
        with self._open:
            if not self._closed:
                self._closed = True
                for _ in self._threads:
                    self._queue.put((2, next(self._order), None))

    def ended(self, until: float) -> bool:
        """Whether all was done by then, by `time.monotonic`."""
        for thread in self._threads:
            thread.join(max(0.0, until - time.monotonic()))
        return not any(thread.is_alive() for thread in self._threads)

    def _serve(self) -> None:
        while (job := self._queue.get()[2]) is not None:
            job()


def _fulfil(future: Future[T], task: Callable[[], T]) -> None:
    if not future.set_running_or_notify_cancel():
        return
    try:
        result = task()
    except BaseException as error:  # noqa: BLE001 - it is raised again where the result is awaited
        future.set_exception(error)
    else:
        future.set_result(result)
