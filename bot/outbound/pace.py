"""Pace: what Slack's rate limits leave room for just now, and whose turn it is.

Source: https://docs.slack.dev/apis/web-api/rate-limits. Limits hold per method and workspace, posts per channel too.
All of it is transport time, real and never stepped.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

POSTS = frozenset({"chat.postMessage", "files.completeUploadExternal"})

RANK_APART = 0.05
"""Seconds by which a higher rank comes back earlier when everybody waits for the same moment."""

PATIENCE = 5.0
"""Seconds for which a place in the queue is kept for somebody who should have come back."""


def later_by(rank: int) -> float:
    """How many seconds after the highest rank this one comes back from a pause."""
    return RANK_APART * (rank - 1)


class Turn(NamedTuple):
    """Who wants to go: the message's id, and its rank, 1 first."""

    key: str
    rank: int


class _Place(NamedTuple):
    """A place in the queue: rank, then who came first; and until when it is kept."""

    rank: int
    number: int
    kept_until: float


@dataclass
class Bucket:
    """So many at once, and one more each `seconds`. Whoever must wait is told when it is their turn, and has a place
    in the queue until then: so each asks about once, however many wait."""

    size: int
    seconds: float
    left: float = -1.0
    filled_at: float = 0.0
    _queue: dict[str, _Place] = field(default_factory=dict)
    _number: int = 0

    def wait(self, now: float, turn: Turn | None = None) -> float:
        """Seconds until there is one; taken at once when there is one now (0.0). A higher rank is before a lower one
        that already waits."""
        full = self.left < 0 or not self.seconds
        self.left = self.size if full else min(self.size, self.left + (now - self.filled_at) / self.seconds)
        self.filled_at = now
        turn = turn or Turn("", 0)
        self._queue = {key: place for key, place in self._queue.items() if place.kept_until > now}
        mine = self._queue.get(turn.key) or _Place(turn.rank, self._number, now)
        ahead = sum(place[:2] < (turn.rank, mine.number) for key, place in self._queue.items() if key != turn.key)
        needed = 1 + ahead - self.left
        if needed <= 1e-6:  # a token that is full but for the rounding of floats
            self.left -= 1
            self._queue.pop(turn.key, None)
            return 0.0
        seconds = needed * self.seconds
        if turn.key:
            self._queue[turn.key] = _Place(turn.rank, mine.number, now + seconds + PATIENCE)
            self._number += 1
        return seconds


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

    def wait(self, method: str, channel: str | None, turn: Turn | None = None) -> float:
        """Seconds until this call may go out; 0.0, and counted, when it may go now. Where many wait, the highest rank
        goes first."""
        now = self.clock()
        until = max(self._pauses.get((method, channel), 0.0), self._pauses.get((method, None), 0.0))
        if until > now:
            return until - now + (later_by(turn.rank) if turn else 0.0)
        if method in POSTS and channel:
            return self._bucket(channel).wait(now, turn)
        if method == "chat.update":
            self._updates = self._updates or Bucket(self.updates_at_once, self.per_update)
            return self._updates.wait(now, turn)
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
