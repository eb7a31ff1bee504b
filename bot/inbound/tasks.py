"""What doors do after they have answered: tasks that are known, waited for and never lost without a word."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Coroutine, Iterator
from typing import Any

import structlog

log = structlog.get_logger()


class Tasks:
    """Work under way: what was started here, and listeners that have not answered yet."""

    def __init__(self) -> None:
        self._running: set[asyncio.Task[Any]] = set()
        self._answering = 0
        self._still = asyncio.Event()
        self._still.set()

    def start(self, work: Coroutine[Any, Any, object]) -> None:
        """Let it run beside everything else. An error in it is logged."""
        self.keep(asyncio.get_running_loop().create_task(work))

    def keep(self, task: asyncio.Task[Any]) -> None:
        """As `start`, for a task that somebody waits for, but maybe not to its end."""
        self._running.add(task)
        task.add_done_callback(self._ended)
        self._mark()

    @contextlib.contextmanager
    def answering(self) -> Iterator[None]:
        """A listener at work: `settle` waits for it, too."""
        self._answering += 1
        self._mark()
        try:
            yield
        finally:
            self._answering -= 1
            self._mark()

    async def settle(self) -> None:
        """Until nothing is under way."""
        await self._still.wait()

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._running.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("task_failed", exc_info=error)
        self._mark()

    def _mark(self) -> None:
        if self._running or self._answering:
            self._still.clear()
        else:
            self._still.set()
