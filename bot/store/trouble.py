"""Trouble with the database: what people are told of it, and what the log says while it lasts."""

from __future__ import annotations

import threading
import time

import sqlalchemy as sa
import structlog

log = structlog.get_logger()

REMIND_SECONDS = 60.0
"""How often the log repeats that the database cannot be used."""

SILENT = "it does not answer"

_BY_STATE = {
    "53100": "its disk is full",
    "53300": "it takes no more connections",
    "25006": "it can only be read just now",
    "3D000": "it is not there",
    "57P": SILENT,
    "08": SILENT,
    "28": "it does not let Sitrep in",
}
"""By the beginning of PostgreSQL's code. Source: its manual, appendix A."""

_BY_NAME = {
    "SQLITE_FULL": "its disk is full",
    "SQLITE_IOERR": "its disk cannot be written or read",
    "SQLITE_READONLY_DBMOVED": "its file was moved or replaced",
    "SQLITE_READONLY": "it can only be read just now",
    "SQLITE_CANTOPEN": "its file cannot be opened",
    "SQLITE_CORRUPT": "its file is damaged",
    "SQLITE_NOTADB": "file is not a database",
}
"""By the beginning of SQLite's name of it. Source: https://www.sqlite.org/rescode.html."""


def why(error: sa.exc.DBAPIError) -> str:
    """In plain words and without addresses, for people in Slack; what the database said, where there are none."""
    cause = error.orig
    state, name = getattr(cause, "sqlstate", None) or "", getattr(cause, "sqlite_errorname", "") or ""
    known = [text for key, text in _BY_STATE.items() if state.startswith(key)]
    known += [text for key, text in _BY_NAME.items() if name.startswith(key)]
    if known:
        return known[0]
    if not state and not name and isinstance(error, sa.exc.OperationalError):
        return SILENT  # the connection was never made, or broke
    return said(error)


def said(error: sa.exc.DBAPIError) -> str:
    """What the database, or the way to it, said: one line, for the log."""
    return " ".join(str(error.orig).split())


QUIET_SECONDS = 5.0
"""How long nothing may have failed before it counts as over: a full disk has room for one change, and not for the next
one."""


class Standing:
    """Whether the database can be used, as far as the last work told: the log hears of every change, and once a minute
    while it cannot. Told from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._since: float | None = None
        self._failed = 0.0
        self._told = 0.0

    def failed(self, reason: str) -> None:
        with self._lock:
            now = self._failed = time.monotonic()
            since = self._since = self._since or now
            if since != now and now - self._told < REMIND_SECONDS:
                return
            self._told = now
        log.error("database_unusable", reason=reason, seconds=round(now - since))

    def saved(self) -> None:
        """Something was written: that it can be read says nothing of a full disk."""
        with self._lock:
            since, over = self._since, time.monotonic() - self._failed >= QUIET_SECONDS
            if since is None or not over:
                return
            self._since = None
        log.info("database_works_again", after=round(self._failed - since, 1))
