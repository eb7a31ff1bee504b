"""Something that failed, and when it may be tried again."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

PAUSES = (1.0, 2.0, 5.0, 10.0, 30.0, 60.0)
"""Seconds until something that failed is tried again: the longer the more often it did."""


@dataclass
class Failing:
    """Something that failed so often, and when it may be tried again. Transport time."""

    times: int = 0
    since: float = 0.0
    until: float = 0.0

    @property
    def over(self) -> bool:
        return time.monotonic() >= self.until

    @property
    def seconds(self) -> int:
        """How long it has been failing."""
        return round(time.monotonic() - self.since) if self.times else 0

    def again(self, pauses: Sequence[float]) -> float:
        """It failed once more: the seconds until the next try."""
        now, pause = time.monotonic(), pauses[min(self.times, len(pauses) - 1)]
        self.since = self.since if self.times else now
        self.times, self.until = self.times + 1, now + pause
        return pause
