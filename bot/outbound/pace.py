"""Pace: what Slack's rate limits leave room for just now.

Source: https://docs.slack.dev/apis/web-api/rate-limits. Limits hold per method and workspace, posts per channel too.
All of it is transport time, real and never stepped.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

POSTS = frozenset({"chat.postMessage", "files.completeUploadExternal"})


@dataclass
class Bucket:
    """So many at once, and one more each `seconds`."""

    size: int
    seconds: float
    left: float = -1.0
    filled_at: float = 0.0

    def wait(self, now: float) -> float:
        """Seconds until there is one; taken at once when there is one now (0.0)."""
        full = self.left < 0 or not self.seconds
        self.left = self.size if full else min(self.size, self.left + (now - self.filled_at) / self.seconds)
        self.filled_at = now
        if self.left >= 1:
            self.left -= 1
            return 0.0
        return (1 - self.left) * self.seconds


@dataclass
class Pace:
    """How fast we go. 0: no limit.

    `per_channel`: seconds between posts into one channel after a burst (Slack: one per second, short bursts allowed);
    `per_update`: seconds between edits in the whole workspace (Slack: tier 3, 50 a minute).
    """

    per_channel: float = 1.0
    per_update: float = 1.2
    burst: int = 5
    updates_at_once: int = 20
    clock: Callable[[], float] = time.monotonic
    _pauses: dict[tuple[str, str | None], float] = field(default_factory=dict)
    _channels: dict[str, Bucket] = field(default_factory=dict)
    _updates: Bucket | None = None

    def wait(self, method: str, channel: str | None) -> float:
        """Seconds until this call may go out; 0.0, and counted, when it may go now."""
        now = self.clock()
        until = max(self._pauses.get((method, channel), 0.0), self._pauses.get((method, None), 0.0))
        if until > now:
            return until - now
        if method in POSTS and channel:
            return self._bucket(channel).wait(now)
        if method == "chat.update":
            self._updates = self._updates or Bucket(self.updates_at_once, self.per_update)
            return self._updates.wait(now)
        return 0.0

    def pause(self, method: str, channel: str | None, seconds: float) -> None:
        """Slack said wait. A second channel that hears it while the first still waits pauses the method everywhere."""
        now = self.clock()
        self._pauses = {key: until for key, until in self._pauses.items() if until > now}
        others = any(m == method and c not in (channel, None) for m, c in self._pauses)
        key = (method, None if others else channel)
        self._pauses[key] = max(now + seconds, self._pauses.get(key, 0.0))

    def _bucket(self, channel: str) -> Bucket:
        if len(self._channels) > 1_000:  # a bucket that nobody asked for in a long time is full, as is a new one
            self._channels.clear()
        return self._channels.setdefault(channel, Bucket(self.burst, self.per_channel))
