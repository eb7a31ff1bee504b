"""`/incident`: understood, done in one transaction, and answered in the acknowledgement itself."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial
from typing import Any

from bot.domain import request as r
from bot.domain.errors import DomainError, Hidden, Newer, NotAllowed, NotYours
from bot.inbound.desk import Doors
from bot.inbound.doing import Call, Reply, look, offer, perform
from bot.inbound.grammar import Context
from bot.inbound.intents import Fill, Show, Unsure
from bot.inbound.letters import Return
from bot.inbound.measured import measured
from bot.inbound.rights import guard
from bot.inbound.rights.overriding import offered
from bot.inbound.text import heard, mentioned, plain
from bot.inbound.understanding import Understood, understand
from bot.store.people import Person
from bot.views import refusals
from bot.views.scene import Post

Ack = Callable[..., Awaitable[Any]]
Reading = Callable[[Context, dict[str, str]], Understood]


async def slash(doors: Doors, ack: Ack, body: dict[str, Any]) -> None:
    """Answer a command. Only the form it may open is Slack's matter, and comes after the acknowledgement."""
    typed = body.get("text") or ""
    doors.team.heard_of(body.get("channel_id"), body.get("channel_name"))
    call = doors.call(
        body["user_id"],
        "slash",
        channel=body.get("channel_id"),
        key=f"command:{body['trigger_id']}",
        reply=doors.reply_to(body),
    )
    reply = await doors.answered(call, run(doors, call, partial(_understood, typed), mentioned(typed)), plain(typed))
    if reply.post is not None:
        await ack({"response_type": "ephemeral", **reply.post})
        return
    await ack()
    if reply.view is not None:
        doors.show(call, body["trigger_id"], reply.view, plain(typed))


def unheard(doors: Doors, body: dict[str, Any], answer: dict[str, Any]) -> None:
    """A command's answer that could not be given in the acknowledgement: it goes to the response URL."""
    if "command" in body and "blocks" in answer:
        post = Post(text=answer["text"], blocks=answer["blocks"])
        doors.tell(body["user_id"], Return(body.get("response_url"), time.time(), body.get("channel_id")), post)


def _understood(typed: str, context: Context, _: dict[str, str]) -> Understood:
    return understand(heard(typed), context)


async def run(doors: Doors, call: Call, reading: Reading, people: tuple[str, ...] = ()) -> Reply:
    """Look around, know the caller, read what they want, do it. Raises what `perform` raises."""
    with measured(call.via) as counted:
        seen = await doors.read(lambda session: look(session, doors.team, call, people))
        person = await doors.who(call.person, seen.person)
        if person is not None and (why := guard.not_a_member(person, doors.team_id)):
            counted.outcome = "refused"
            return Reply(post=refusals.refusal(why))
        if person is None and call.shared:
            raise NotYours(guard.SLOW)
        call = replace(call, known=person is not None, now=seen.now)
        names = await doors.named(people, seen.names)
        wanted = reading(replace(_in_zone(seen.context, person), names=names), names)
        counted.verb = wanted.verb.name if wanted.verb else type(wanted.intent).__name__.lower()
        if isinstance(wanted.intent, r.AddPeople):
            members = await doors.members(wanted.intent.groups)
            wanted = replace(wanted, intent=replace(wanted.intent, members=members))
        try:
            reply = await done(doors, call, wanted)
        except (NotAllowed, Hidden) as refusal:
            raise offered(refusal, wanted, person) from refusal
        if isinstance(wanted.intent, r.Request | r.OfShifts):
            doors.look_at(call, [one for one in wanted.intent.engages if one not in names])
        return reply


def _in_zone(context: Context, person: Person | None) -> Context:
    return replace(context, zone=person.tz) if person else context


async def done(doors: Doors, call: Call, wanted: Understood) -> Reply:
    """Perform it: what only reads does not wait for who writes. Who may not acknowledge is offered to take it."""
    work = partial(perform, team=doors.team, call=call, wanted=wanted)
    if isinstance(wanted.intent, Show | Fill | Unsure) and not call.admin:
        return await doors.read(work)
    try:
        return await doors.db.run(work)
    except Newer:
        raise  # it may come to the version that can do it
    except DomainError as refusal:
        await doors.came_to_nothing(call)
        theirs = isinstance(refusal, NotYours) and not isinstance(refusal, NotAllowed)
        if not isinstance(wanted.intent, r.Acknowledge) or not call.known or not theirs:
            raise
        return await doors.read(partial(offer, call=call, number=wanted.incident, sentence=str(refusal)))
