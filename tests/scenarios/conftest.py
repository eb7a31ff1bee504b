"""The real bot in a workspace in a box, and an incident in it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import structlog

from bot.sandbox import Channel
from tests.living import Living, living
from tests.scenarios.world import MORNING, Clock


@pytest.fixture(autouse=True)
def plain_log() -> None:
    """structlog's own way of drawing a traceback takes seconds, in which the bot and the workspace stand still."""
    plain = structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
    structlog.configure(processors=[structlog.processors.add_log_level, plain])


@pytest.fixture
async def town(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Living]:
    """A bot on SQLite, in real time."""
    async with living(sqlite_url, tmp_path) as town:
        yield town


@pytest.fixture
async def both(database_url: str, tmp_path: Path) -> AsyncIterator[Living]:
    """A bot in real time, once on each database."""
    async with living(database_url, tmp_path) as town:
        yield town


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def slow(sqlite_url: str, tmp_path: Path, clock: Clock) -> AsyncIterator[Living]:
    """A bot on SQLite whose business time stands until `clock` moves it; it is Friday morning."""
    async with living(sqlite_url, tmp_path, environ=clock.environ) as town:
        await clock.go(MORNING)
        yield town


async def opened(town: Living) -> Channel:
    """The channel of INC-1, a P1 that Bea, the incident manager, declared; with its card pinned and everybody in it."""
    await town.bea.command("/incident", "declare P1 orders mart is stale", "general")
    channel = await town.incident()
    await town.slack.wait_for(lambda: town.slack.pinned(channel), 10, what="the card")
    for person in town.people.values():
        if person.id not in channel.members:
            await person.join(channel)
    await town.slack.wait_for(lambda: all_in(town), 10, what="the bot to have seen them come in")
    return channel


def all_in(town: Living) -> bool:
    """Whether everybody who came into a channel is on the record by now."""
    return all(one.acked for one in town.slack.deliveries if one.name == "member_joined_channel")


@pytest.fixture
async def room(town: Living) -> Channel:
    return await opened(town)


@pytest.fixture
async def room_of_both(both: Living) -> Channel:
    return await opened(both)


@pytest.fixture
async def slow_room(slow: Living) -> Channel:
    return await opened(slow)
