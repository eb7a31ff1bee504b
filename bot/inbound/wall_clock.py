"""This machine's clock: whether somebody has put it forward or back while we run."""

from __future__ import annotations

import time

NOTABLE = 2.0
"""Seconds from which a move is one: what keeps clocks right (NTP) moves them by less, little by little."""


class WallClock:
    """Compares the time of day with the time since the machine's start, which nobody can move."""

    def __init__(self) -> None:
        self._ahead = _ahead()

    def moved(self) -> float:
        """By how many seconds it was put forward since this was last asked (back: less than zero); 0.0 when it was not.
        A machine that slept finds its clock put forward."""
        ahead = _ahead()
        by = ahead - self._ahead
        self._ahead = ahead
        return by if abs(by) >= NOTABLE else 0.0


def _ahead() -> float:
    return time.time() - time.monotonic()
