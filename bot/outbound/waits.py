"""How long the courier waits for what. Transport time: real, and never stepped with the business clock."""

from __future__ import annotations

from dataclasses import dataclass

LOOK_AFTER = 3.0
"""Seconds from an unclear try to the look: Slack does not say how soon a message shows in its history."""


@dataclass(frozen=True)
class Waits:
    """All in seconds."""

    call: float = 10.0
    """How long one call to Slack may take."""
    look_after: float = LOOK_AFTER
    first_pause: float = 1.0
    longest_pause: float = 60.0
    """Between two tries of one message: twice as long after each failure, up to the longest."""
    lease: float = 90.0
    """How long a message is its worker's: much longer than a call, and it is renewed before it is over."""
    give_up: float = 24 * 3600.0
    """After a day a message is refused, so that a person hears of it; Slack's own delayed events give up then too.
    Source: https://docs.slack.dev/apis/events-api#delayed-events-retry."""
