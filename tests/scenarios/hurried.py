"""What is run first in a bot of a process of its own, so that a test of its stop need not wait as long as people do."""

from __future__ import annotations

from bot import app
from bot.inbound import clock
from bot.outbound import courier
from bot.store import session


def stops() -> None:
    """Everything gets half a second to end."""
    app.STOP_SECONDS = app.SETTLE_SECONDS = clock.STOP_SECONDS = courier.PATIENCE = session.CLOSE_SECONDS = 0.5
