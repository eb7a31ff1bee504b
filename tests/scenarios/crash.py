"""Dying at a chosen instruction: counts what a bot does in a process of its own, and kills it at the N-th.

The instructions of interest are each SQL statement and COMMIT (before and after), each call to Slack (before it is
sent, after its answer is there) and each acknowledgement (before and after). `install` runs in the child first of all,
by a plan that the parent wrote into the folder the child works in; both see it through shared memory.
"""

from __future__ import annotations

import mmap
import os
import signal
import struct
import threading
from collections.abc import Awaitable, Callable
from functools import wraps
from pathlib import Path
from typing import Any

import aiohttp
import sqlalchemy as sa
from sqlalchemy.engine.default import DefaultDialect

INSTALL = "tests.scenarios.crash:install"
PLAN, LOG = "crash.plan", "crash.log"
SHAPE, SIZE = "IIII", 16

KINDS = (
    "before a statement", "after a statement", "before a commit", "after a commit",
    "before a call", "after a call", "before an answer", "after an answer",
)  # fmt: skip


class Plan:
    """What both sides see: whether instructions are counted, at which the process dies (0: at none), how many there
    were."""

    def __init__(self, folder: Path) -> None:
        self._log = folder / LOG
        with (folder / PLAN).open("a+b") as file:
            if file.tell() == 0:
                file.write(bytes(SIZE))
                file.flush()
            self._memory = mmap.mmap(file.fileno(), SIZE)

    def arm(self, target: int, number: signal.Signals = signal.SIGKILL) -> None:
        """Count from now on, and die at this one; or get another signal."""
        self._log.write_text("")
        self._memory[:] = struct.pack(SHAPE, 1, target, 0, number)

    def disarm(self) -> None:
        self._memory[:4] = struct.pack("I", 0)

    @property
    def counted(self) -> int:
        return int(struct.unpack(SHAPE, self._memory[:])[2])

    @property
    def killed_at(self) -> str:
        """The kind of instruction at which it died; empty when it lived."""
        return self._log.read_text() if self._log.exists() else ""

    def reached(self, kind: str) -> None:
        """The child is at an instruction of this kind."""
        armed, target, count, number = struct.unpack(SHAPE, self._memory[:])
        if not armed:
            return
        self._memory[8:12] = struct.pack("I", count + 1)
        if count + 1 == target:
            self._log.write_text(kind)
            os.kill(os.getpid(), number)


def install() -> None:
    """Count in this process."""
    plan, lock = Plan(Path.cwd()), threading.Lock()

    def reached(kind: str) -> None:
        with lock:
            plan.reached(kind)

    sa.event.listen(sa.Engine, "before_cursor_execute", lambda *_: reached("before a statement"))
    sa.event.listen(sa.Engine, "after_cursor_execute", lambda *_: reached("after a statement"))
    _around(DefaultDialect, "do_commit", "a commit", reached)
    _around_call(aiohttp.ClientSession, "_request", "a call", reached)
    _around_call(aiohttp.ClientWebSocketResponse, "send_str", "an answer", reached)


def _around(owner: type, name: str, what: str, reached: Callable[[str], None]) -> None:
    original = getattr(owner, name)

    @wraps(original)
    def counted(*args: Any, **more: Any) -> Any:
        reached(f"before {what}")
        result = original(*args, **more)
        reached(f"after {what}")
        return result

    setattr(owner, name, counted)


def _around_call(owner: type, name: str, what: str, reached: Callable[[str], None]) -> None:
    original: Callable[..., Awaitable[Any]] = getattr(owner, name)

    @wraps(original)
    async def counted(*args: Any, **more: Any) -> Any:
        reached(f"before {what}")
        result = await original(*args, **more)
        reached(f"after {what}")
        return result

    setattr(owner, name, counted)
