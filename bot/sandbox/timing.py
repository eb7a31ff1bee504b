"""Slack's transport times (real seconds, never business time) and its rate limits."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field


@dataclass
class Timing:
    """Every transport time in seconds; a test may compress any of them."""

    ack: float = 3.0
    """Acknowledgement budget of commands, interactions and events (interactivity/handling-user-interaction)."""
    trigger: float = 3.0
    """Life of a trigger_id (interactivity/handling-user-interaction)."""
    response_url: float = 1_800.0
    """Life of a response_url: 30 minutes (same page)."""
    response_url_uses: int = 5
    event_retries: tuple[float, ...] = (0.0, 60.0, 300.0)
    """Pauses before the three retries of an event: at once, 1 min, 5 min (apis/events-api#retries)."""
    disconnect_warning: float = 10.0
    """Seconds between a ``disconnect`` message and the socket's closing (apis/events-api/using-socket-mode)."""
    connection_time: int = 18_060
    """What ``hello`` announces as approximate_connection_time."""


TIERS = {1: 1, 2: 20, 3: 50, 4: 100}
"""Calls per minute of each tier (apis/web-api/rate-limits)."""


@dataclass
class Limits:
    """Rate limits, off unless asked for. A refused call answers 429 with Retry-After in whole seconds.

    ``messages``: one message per second and channel, by any way of posting, after ``burst`` free ones.
    ``tiers``: the documented calls per minute of each method.
    """

    messages: bool = False
    tiers: bool = False
    message_interval: float = 1.0
    burst: int = 1
    per_minute: dict[str, int] = field(default_factory=dict)
    """Overrides of a method's calls per minute."""
    _posts: dict[str, list[float]] = field(default_factory=dict, repr=False)
    _calls: dict[str, list[float]] = field(default_factory=dict, repr=False)

    @classmethod
    def strict(cls) -> Limits:
        return cls(messages=True, tiers=True)

    def check_call(self, method: str, tier: int | None) -> int | None:
        """Seconds to wait, or None when the call may pass (and is counted)."""
        allowed = self.per_minute.get(method) or (TIERS[tier] if self.tiers and tier else None)
        if allowed is None:
            return None
        return _take(self._calls.setdefault(method, []), allowed, 60.0)

    def check_post(self, channel: str) -> int | None:
        """Seconds to wait before another message may go into ``channel``, or None."""
        if not self.messages:
            return None
        return _take(self._posts.setdefault(channel, []), self.burst, self.message_interval * self.burst)


def _take(taken: list[float], allowed: int, window: float) -> int | None:
    now = time.monotonic()
    while taken and taken[0] <= now - window:
        taken.pop(0)
    if len(taken) < allowed:
        taken.append(now)
        return None
    return max(1, math.ceil(taken[0] + window - now))
