"""People who come in: whoever joins an incident's channel reads how it stands; questions under the announcement."""

from __future__ import annotations

from collections.abc import Awaitable
from functools import partial
from typing import Any

import structlog

from bot.domain import fact as f
from bot.domain import request as r
from bot.domain.caller import Caller
from bot.domain.incident import Incident
from bot.domain.message import NOTICE
from bot.inbound.desk import Doors
from bot.inbound.doing import Call
from bot.inbound.letters import Return
from bot.inbound.scenes import scene
from bot.store import incidents, outbox, seen
from bot.store.session import CannotSay, NotSaved, Session, Unknown
from bot.usecases.act import act
from bot.usecases.team import Team
from bot.views import brief, newcomers
from bot.views.scene import Post

log = structlog.get_logger()

SLACK = Caller(None, "message")
"""Coming in is nobody's act in the incident: it acknowledges nothing and answers no page."""


async def joined(doors: Doors, body: dict[str, Any], _: bool) -> None:
    """Somebody came into a channel. Whom the bot brought has a message of their own already; of a private incident
    that is kept all the same, because who is in it may see it from elsewhere too."""
    event = body["event"]
    person, channel = event.get("user"), event.get("channel")
    if person in (None, doors.bot_user):
        return
    doors.tasks.start(doors.people.person(person))  # whoever comes in will be named soon
    brought = event.get("inviter") == doors.bot_user
    if brought and not await doors.db.read(partial(_private, channel=channel)):
        return
    shared = bool(body.get("is_ext_shared_channel"))
    call = doors.call(person, "message", channel=channel, key=f"event:{body['event_id']}", shared=shared)
    try:
        post = await doors.db.run(partial(_welcomed, team=doors.team, call=call, brought=brought))
    except CannotSay as slow:
        doors.tasks.start(_welcome_late(doors, call, slow.late))
        raise  # delivered again it will be known by then, and they hear nothing of it
    await _welcome(doors, call, post)


async def _welcome(doors: Doors, call: Call, post: Post | None) -> None:
    if post is not None and await doors.admitted(call) is not None:  # guests read the channel, and nothing else
        doors.tell(call.person, Return(channel=call.channel), post)


async def _welcome_late(doors: Doors, call: Call, late: Awaitable[Post | None]) -> None:
    try:
        post = await late
    except (NotSaved, Unknown) as error:
        log.info("left_for_later", error=str(error))
        return
    await _welcome(doors, call, post)


async def left(doors: Doors, body: dict[str, Any], _: bool) -> None:
    """Somebody left a channel or was removed: a private incident is not theirs to see any more."""
    event = body["event"]
    person, key = event.get("user"), f"event:{body['event_id']}"
    incident = await doors.db.read(lambda session: _of_channel(session, event.get("channel")))
    if incident is not None and incident.private and person not in (None, doors.bot_user):
        now, number = doors.clock.now(), incident.id
        await doors.db.run(lambda session: act(session, doors.team, number, r.Leave(person), SLACK, now, key=key))


def _welcomed(session: Session, team: Team, call: Call, brought: bool) -> Post | None:
    """What a newcomer reads, once per person and incident, unless the bot `brought` them."""
    incident = _of_channel(session, call.channel)
    if incident is None:
        return None
    over = incident.stage in ("closed", "cancelled")
    if over and not incident.private:
        return None
    done = act(session, team, incident.id, r.Join(call.person), SLACK, call.now, key=call.key)
    if brought or over or done.repeated or not any(isinstance(entry.fact, f.Joined) for entry in done.entries):
        return None
    drawn = scene(session, done.incident, call.now, reader=call.person)
    post = brief.brief(drawn)
    return newcomers.with_hints(post) if seen.first_met(session, call.person) else post


def _private(session: Session, channel: str | None) -> bool:
    incident = _of_channel(session, channel)
    return incident is not None and incident.private


def _of_channel(session: Session, channel: str | None) -> Incident | None:
    number = incidents.by_channel(session, channel) if channel else None
    return incidents.load(session, number) if number is not None else None


# questions under the announcement


async def asked(doors: Doors, call: Call, event: dict[str, Any], text: str) -> bool:
    """Somebody who takes no part in the incident wrote under its announcement: the channel reads it, with *Answer*.
    False for who does take part, and where it is no announcement."""
    number = await doors.db.read(partial(announced, event=event))
    if number is None:
        return False
    request = r.HearQuestion(event["channel"], event["ts"], event["thread_ts"], event["user"], text)
    done = await doors.db.run(
        lambda session: act(session, doors.team, number, request, call.caller, call.now, key=call.key)
    )
    return bool(done.entries)


def announced(session: Session, event: dict[str, Any]) -> int | None:
    """The incident whose announcement, or a later post of its there, heads the thread of a message; None for a private
    one's, and for none."""
    thread = event.get("thread_ts")
    if thread is None or thread == event.get("ts"):
        return None
    standing = outbox.standing_at(session, event["channel"], thread)
    ours = standing is not None and (standing.name == NOTICE or standing.name.startswith("turning-"))
    incident = incidents.load(session, standing.incident) if standing and standing.incident and ours else None
    return incident.id if incident is not None and not incident.private else None
