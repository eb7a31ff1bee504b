"""The log as the bot sets it up, for as long as a test looks at it."""

from __future__ import annotations

import contextlib
import logging
import sys
from collections.abc import Collection, Iterator

import structlog

from bot import logs


@contextlib.contextmanager
def as_the_bot_logs(level: str = "DEBUG", secrets: Collection[str] = ()) -> Iterator[None]:
    """Everything goes to stderr as lines of JSON; put back afterwards. To be entered in the test itself: between its
    fixtures and its body pytest puts another stderr there."""
    known, root, ours = structlog.get_config(), logging.getLogger(), logging.getLogger(logs.OURS)
    handlers, levels, hook = root.handlers[:], (root.level, ours.level), sys.excepthook
    logs.configure(level, secrets)
    structlog.configure(
        **{**structlog.get_config(), "cache_logger_on_first_use": False}
    )  # what is cached stays for ever
    try:
        yield
    finally:
        logging.captureWarnings(False)
        structlog.configure(**known)
        root.handlers[:], sys.excepthook = handlers, hook
        root.setLevel(levels[0])
        ours.setLevel(levels[1])
