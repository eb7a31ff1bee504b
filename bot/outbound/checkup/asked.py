"""A question to Slack that only reads, so it may be asked again."""

from __future__ import annotations

import asyncio
from typing import Any

from bot.domain.checkup import Finding, doubtful
from bot.outbound.api import Api
from bot.outbound.errors import Again, Refusal, Unclear

TRIES = 3
LONGEST_PAUSE = 30.0
"""Seconds somebody at a terminal waits because Slack wants a pause; longer ones are told instead."""


async def asked(api: Api, method: str, /, **arguments: Any) -> dict[str, Any]:
    """Slack's answer, asked again while it is only busy. Raises Refusal, Again or Unclear."""
    for _ in range(TRIES - 1):
        try:
            return await api.call(method, **arguments)
        except (Again, Unclear) as error:
            pause = getattr(error, "after_seconds", None) or 1.0
            if pause > LONGEST_PAUSE:
                raise
            await asyncio.sleep(pause)
    return await api.call(method, **arguments)


def unanswered(about: str, what: str, error: Exception) -> Finding:
    """Slack did not say, so nobody knows."""
    if isinstance(error, Refusal) and error.error == "missing_scope":
        return doubtful(about, f"{what} cannot be looked at without {error.needed}", "grant the scope, then ask again")
    return doubtful(about, f"Slack does not say how it is with {what} ({error})", "run sitrep doctor again")
