"""Sitrep in processes of their own, forked from one that has imported it already: starting Python anew costs a second.

What is forked runs the real command line, in a folder and with an environment of its own, and can be killed. A test
that must see the interpreter itself start uses subprocess instead.
"""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import gc
import importlib
import json
import os
import selectors
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from functools import cache
from pathlib import Path
from typing import IO, Any

ROOT = Path(__file__).parent.parent
OWN = ("SITREP_", "SLACK_", "DATABASE_URL", "HOST", "PORT")
"""What the bot reads of the environment; a test says all of it."""

WARM = ("bot.__main__", "bot.app", "bot.cli_demo", "bot.cli_doctor", "sqlalchemy.dialects.postgresql.psycopg")


class Forked:
    """One process. `before` is run in it first of all: a module's function, `package.module:name`."""

    def __init__(self, pid: int, ended: Future[int]) -> None:
        self.pid = pid
        self._ended = ended

    @property
    def returncode(self) -> int | None:
        """The exit code, -9 when it was killed; None while it runs."""
        return self._ended.result() if self._ended.done() else None

    async def wait(self) -> int:
        return await asyncio.shield(asyncio.wrap_future(self._ended))  # who waits no longer does not end it

    def send_signal(self, number: int) -> None:
        if self.returncode is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


class Zygote:
    """Our end of the line to the process that forks."""

    def __init__(self) -> None:
        ours, theirs = socket.socketpair()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.zygote", str(theirs.fileno())], cwd=ROOT, pass_fds=[theirs.fileno()]
        )
        theirs.close()
        self._line = ours
        self._answers = ours.makefile("r")
        self._ended: dict[int, Future[int]] = {}
        self._asked: list[Future[int]] = []
        self._lock = threading.Lock()
        threading.Thread(target=self._listen, name="zygote", daemon=True).start()
        atexit.register(self.close)

    def start(
        self,
        arguments: Sequence[str],
        folder: Path,
        environ: Mapping[str, str],
        out: IO[bytes],
        err: IO[bytes],
        before: str = "",
    ) -> Forked:
        told = {"arguments": list(arguments), "folder": str(folder), "environ": dict(environ), "before": before}
        answer: Future[int] = Future()
        with self._lock:
            self._asked.append(answer)
            body = json.dumps(told).encode()
            socket.send_fds(self._line, [len(body).to_bytes(4, "big")], [out.fileno(), err.fileno()])
            self._line.sendall(body)
        pid = answer.result(120)
        return Forked(pid, self._ended[pid])

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._line.shutdown(socket.SHUT_RDWR)
        self._process.wait(10)
        self._line.close()

    def _listen(self) -> None:
        for line in self._answers:
            kind, pid, code = line.split()
            if kind == "started":
                self._ended[int(pid)] = Future()
                self._asked.pop(0).set_result(int(pid))
            else:
                self._ended[int(pid)].set_result(int(code))


@cache
def zygote() -> Zygote:
    """The one of this test process, started when it is first wanted."""
    return Zygote()


def surroundings(environ: Mapping[str, str]) -> dict[str, str]:
    """This process's environment without what is Sitrep's own, and with `environ`."""
    return {**{k: v for k, v in os.environ.items() if not k.startswith(OWN)}, **environ}


async def sitrep(folder: Path, environ: Mapping[str, str], *arguments: str) -> tuple[int, str, str]:
    """Run the command line to its end: exit code, stdout, stderr."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        forked = await asyncio.to_thread(zygote().start, arguments, folder, surroundings(environ), out, err)
        try:
            code = await forked.wait()
        finally:
            forked.kill()
        return code, _whole(out), _whole(err)


def _whole(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode("utf-8", errors="replace")


# the process that forks ----------------------------------------------------------------------------------------------


def _serve(number: int) -> None:
    for module in WARM:
        importlib.import_module(module)
    importlib.import_module("bot.views.words").warm()
    importlib.import_module("bot.inbound.times").warm()
    gc.collect()
    gc.freeze()
    line = socket.socket(fileno=number)
    woken, waker = os.pipe()
    os.set_blocking(waker, False)
    signal.set_wakeup_fd(waker)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    children: set[int] = set()
    with selectors.DefaultSelector() as ready:
        ready.register(line, selectors.EVENT_READ)
        ready.register(woken, selectors.EVENT_READ)
        while True:
            for key, _ in ready.select():
                if key.fd == woken:
                    os.read(woken, 1024)
                    _reap(line, children)
                elif not _fork(line, children):
                    for pid in children:
                        os.kill(pid, signal.SIGKILL)
                    return


def _reap(line: socket.socket, children: set[int]) -> None:
    for pid in tuple(children):
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            children.discard(pid)
            with contextlib.suppress(OSError):  # nobody listens any more
                line.sendall(f"ended {pid} {os.waitstatus_to_exitcode(status)}\n".encode())


def _fork(line: socket.socket, children: set[int]) -> bool:
    head, files, _, _ = socket.recv_fds(line, 4, 2)
    if len(head) < 4:
        return False
    told = json.loads(line.recv(int.from_bytes(head, "big"), socket.MSG_WAITALL))
    pid = os.fork()
    if pid == 0:
        _become(line, files, told)
    for file in files:
        os.close(file)
    children.add(pid)
    line.sendall(f"started {pid} 0\n".encode())
    return True


def _become(line: socket.socket, files: Sequence[int], told: Mapping[str, Any]) -> None:
    """From here on this is Sitrep; it never returns."""
    signal.set_wakeup_fd(-1)
    for number in (signal.SIGCHLD, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    line.close()
    nothing = os.open(os.devnull, os.O_RDONLY)
    for file, place in zip((nothing, *files), (0, 1, 2), strict=True):
        os.dup2(file, place)
    os.closerange(3, 64)
    os.environ.clear()
    os.environ.update(told["environ"])
    os.chdir(told["folder"])
    sys.argv = ["sitrep", *told["arguments"]]
    code = 70
    try:
        if told["before"]:
            module, _, name = told["before"].partition(":")
            getattr(importlib.import_module(module), name)()
        importlib.import_module("bot.__main__").main()
        code = 0
    except SystemExit as exit_:
        code = exit_.code if isinstance(exit_.code, int) else 0 if exit_.code is None else 1
    except BaseException:  # noqa: BLE001 - the fork must not go on as its parent
        sys.excepthook(*sys.exc_info())
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    _serve(int(sys.argv[1]))
