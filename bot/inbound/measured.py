"""How commands, clicks and forms fared, counted for `GET /metrics`."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from bot import metrics
from bot.domain.errors import DomainError
from bot.store.session import CannotSay, NotSaved, Unknown


@dataclass
class Measured:
    """What is being done; the door fills in the `verb` once it is understood."""

    verb: str = "none"
    outcome: str = "done"


@contextmanager
def measured(door: str, verb: str = "none") -> Iterator[Measured]:
    """Count and time what happens inside, by how it ends."""
    began, seen = time.monotonic(), Measured(verb)
    try:
        yield seen
    except Exception as error:
        seen.outcome = _outcome(error)
        raise
    finally:
        metrics.COMMANDS.labels(door, seen.verb, seen.outcome).inc()
        metrics.COMMAND_SECONDS.labels(door).observe(time.monotonic() - began)


def _outcome(error: Exception) -> str:
    match error:
        case DomainError():
            return "refused"
        case NotSaved():
            return "not_saved"
        case CannotSay() | Unknown():
            return "unknown"
        case _:
            return "bug"
