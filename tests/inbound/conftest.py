"""The doors as people meet them: the real bot in a workspace in a box."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.inbound.edge import shape
from bot.sandbox import Channel
from tests.living import Living, living


@pytest.fixture
async def town(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Living]:
    async with living(sqlite_url, tmp_path) as town:
        yield town
        lacking = {one.name: shape.missing(one.payload) for one in town.slack.deliveries}
        assert not any(lacking.values()), f"over HTTP these would be turned away: {lacking}"


@pytest.fixture
async def room(town: Living) -> Channel:
    """The channel of INC-1, a P1 that Bea, who manages incidents, declared; with its card pinned."""
    await town.bea.command("/incident", "declare P1 orders mart is stale", "general")
    channel = await town.incident()
    await town.slack.wait_for(lambda: town.slack.pinned(channel), what="the card")
    for person in town.people.values():
        if person.id not in channel.members:
            await person.join(channel)
    await town.slack.wait_for(lambda: all_in(town), 10, what="the bot to have seen them come in")
    return channel


def all_in(town: Living) -> bool:
    """Whether everybody who came into a channel is on the record by now."""
    return all(one.acked for one in town.slack.deliveries if one.name == "member_joined_channel")
