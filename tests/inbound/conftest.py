"""The doors as people meet them: the real bot in a workspace in a box."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.sandbox import Channel
from tests.living import Living, living


@pytest.fixture
async def town(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Living]:
    async with living(sqlite_url, tmp_path) as town:
        yield town


@pytest.fixture
async def room(town: Living) -> Channel:
    """The channel of INC-1, a P1 that Bea, who manages incidents, declared; with its card pinned."""
    await town.bea.command("/incident", "declare P1 orders mart is stale", "general")
    channel = await town.incident()
    await town.slack.wait_for(lambda: town.slack.pinned(channel), what="the card")
    for person in town.people.values():
        if person.id not in channel.members:
            await person.join(channel)
    return channel
