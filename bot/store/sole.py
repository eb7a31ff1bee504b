"""One bot per SQLite file: two would send each other's messages again."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bot.store.engines import StartError, address

LOOKS, LOOK_SECONDS = 3, 0.1
"""Whoever only looks whether a bot runs (`runs_with`) holds the lock for the blink of an eye."""


@contextmanager
def only_bot(url: str) -> Iterator[None]:
    """Be the one bot that works with this SQLite file, by holding `<file>.lock`, which the system gives back when the
    process dies. Reading beside it is free to all, and PostgreSQL may have any number of bots.

    Raises StartError when another bot has the file, or when the lock cannot be made.
    """
    place = address(url)
    if place.get_backend_name() != "sqlite":
        yield
        return
    held = _held(Path(str(place.database)).resolve())
    try:
        yield
    finally:
        os.close(held)


def runs_with(url: str) -> bool:
    """Whether a bot works with this SQLite file now, as far as this user may see. Where none does, the lock is taken
    for the blink of an eye."""
    place = address(url)
    lock = Path(f"{Path(str(place.database)).resolve()}.lock")
    if place.get_backend_name() != "sqlite" or not os.access(lock, os.R_OK):
        return False
    seen = os.open(lock, os.O_RDONLY)
    try:
        fcntl.flock(seen, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(seen)
    return False


def _held(database: Path) -> int:
    try:
        held = os.open(f"{database}.lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise StartError(
            f"The database {database} cannot be used: {error.strerror}. Check DATABASE_URL and who may write there."
        ) from error
    for _ in range(LOOKS):
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(LOOK_SECONDS)
        else:
            return held
    os.close(held)
    raise StartError(f"Another Sitrep runs with {database}; stop it first, or give each a database of its own.")
