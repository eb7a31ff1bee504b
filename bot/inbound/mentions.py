"""The bot called by its name: `@Sitrep update …`, also in threads, where slash commands do not exist.

Slack delivers such a message twice, as a message and as a mention; only the mention is a command (`messages` leaves it
alone). In a conversation with the bot the message is. Words that are edited afterwards are not obeyed again.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

from bot.domain import request as r
from bot.domain.errors import DomainError
from bot.inbound import arrivals
from bot.inbound.desk import Doors
from bot.inbound.doing import Call, look
from bot.inbound.grammar import Context
from bot.inbound.intents import Unsure
from bot.inbound.marks import written
from bot.inbound.messages import obeyed, place
from bot.inbound.text import addressed, heard, plain
from bot.inbound.understanding import Understood, understand
from bot.store import seen


async def called(doors: Doors, body: dict[str, Any], _: bool) -> None:
    """Somebody spoke to the bot, or only of it."""
    event = body["event"]
    words = addressed(event.get("text") or "", doors.bot_user)
    told_twice = "edited" in event or event["channel"].startswith("D")
    if words is None or event.get("bot_id") or not event.get("user") or told_twice:
        return
    key = f"event:{body['event_id']}"
    if await doors.db.read(partial(seen.seen, key=key)) is not None:
        return
    shared = bool(body.get("is_ext_shared_channel"))
    call = doors.call(
        event["user"], "message", channel=event["channel"], thread=event.get("thread_ts"), key=key, shared=shared
    )
    number, asked = await doors.db.read(partial(place, event=event))
    asks = event.get("thread_ts") and await _no_command(doors, call, words)
    if asks and await arrivals.asked(doors, call, event, await written(doors, {**event, "text": words})):
        return

    def reading(context: Context, names: dict[str, str]) -> Understood:
        found = understand(heard(words), context)
        if number is not None and asked and found.verb is None and isinstance(found.intent, Unsure):
            return Understood(r.PostUpdate(plain(words, names).strip()), incident=number)
        return found if found.incident or not asked else replace(found, incident=number)

    await obeyed(doors, call, words, reading)


async def _no_command(doors: Doors, call: Call, words: str) -> bool:
    """Whether nothing of this is a command: under an announcement it is a question then, as if the bot had not been
    named."""
    around = await doors.read(lambda session: look(session, doors.team, call))
    try:
        found = understand(heard(words), around.context)
    except DomainError:
        return False
    return found.verb is None and isinstance(found.intent, Unsure)
