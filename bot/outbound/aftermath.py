"""After a long silence: the record may be an older one, put back from a backup, and Slack knows more than it does."""

from __future__ import annotations

import asyncio
import re

import structlog

from bot.outbound.api import Api
from bot.outbound.people import Failed
from bot.store import incidents
from bot.store.session import Database

log = structlog.get_logger()

OURS = re.compile(r"inc-([0-9]{1,9})(?:-|$)")
"""How the channels of incidents are called."""

PATIENCE = 20.0
"""Seconds that Slack gets to tell in which channels we are; the start waits for it."""


async def numbers_skipped(db: Database, api: Api, me: str) -> None:
    """Give out no number that a channel has already which we (`me`) made: buttons of an incident that the record does
    not know must not act on another one."""
    highest = 0
    try:
        async with asyncio.timeout(PATIENCE):
            kinds = "public_channel,private_channel"
            async for channel in api.pages("users.conversations", "channels", types=kinds):
                found = OURS.match(str(channel.get("name"))) if channel.get("creator") == me else None
                if found is not None:
                    highest = max(highest, int(found[1]))
    except (*Failed, TimeoutError) as error:
        log.warning("channels_not_looked_at", error=str(error), hint="numbers of incidents may be given out twice")
    if highest and await db.run(lambda session: incidents.skip_to(session, highest), door=False):
        hint = "the record is older than what stands in Slack; later incidents are not in it"
        log.error("numbers_skipped", up_to=highest, hint=hint)
