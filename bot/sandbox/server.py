"""The workspace as a process of its own, with the control doors open."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path

from bot.sandbox.control import Control
from bot.sandbox.sandbox import Sandbox

PEOPLE = ("Ana", "Bea", "Cem")
CHANNEL = "general"


@asynccontextmanager
async def open_sandbox(
    manifest: Path, host: str = "127.0.0.1", port: int = 0, people: Iterable[str] = PEOPLE
) -> AsyncIterator[Sandbox]:
    """A listening workspace with these people in #general and ``/_sandbox/`` to drive them."""
    slack = Sandbox(manifest, host=host, port=port)
    slack.app.add_routes(Control(slack).routes())
    members = [slack.person(name) for name in people]
    slack.channel(CHANNEL, members, general=True, bot=True)
    async with slack:
        yield slack


async def serve(manifest: Path, host: str = "127.0.0.1", port: int = 0, people: Iterable[str] = PEOPLE) -> None:
    """Run until cancelled. The workspace has no authentication: bind it to this machine only."""
    async with open_sandbox(manifest, host, port, people):
        await asyncio.Event().wait()
