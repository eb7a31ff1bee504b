"""Reactions: a mark keeps a message, taking it away retracts it; others send it as an update, make it a task or an
action item, or say that this is done; `:eyes:` on the card acknowledges."""

from __future__ import annotations

from functools import partial
from typing import Any

import structlog
from aiohttp import ClientError
from slack_sdk.errors import SlackApiError

from bot.domain import request as r
from bot.domain.errors import DomainError, Newer, NotAllowed, NotYours
from bot.domain.message import CARD
from bot.inbound import marks
from bot.inbound.desk import Doors, refused
from bot.inbound.doing import Call, Reply, offer, perform
from bot.inbound.rights.overriding import offered
from bot.inbound.understanding import Understood
from bot.store import incidents, outbox, people, seen
from bot.store.session import Session
from bot.usecases.act import act

log = structlog.get_logger()

TAKEN_BACK = "the reaction was taken away"

ACKNOWLEDGES = "eyes"
"""On the card: somebody is looking."""


async def added(doors: Doors, body: dict[str, Any], last: bool) -> None:
    """Somebody reacted. Raises what makes Slack deliver the event again; `last`: it will not do so any more."""
    event = body["event"]
    item = event["item"]
    if item.get("type") != "message":
        return
    if event["reaction"] == ACKNOWLEDGES:
        await _looked_at(doors, _call(doors, body), item["ts"])
        return
    does = doors.emoji.get(event["reaction"])
    call, number = await _place(doors, _call(doors, body)) if does else (None, None)
    message = await _fetched(doors, item, event, last) if number is not None else None
    if call is None or number is None or message is None or does is None:
        return
    kept = await marks.marked(doors, message, item["channel"], event["reaction"], doors.workspace)
    request = marks.asked_for(does, kept, call.person)
    if request is not None:
        await _asked(doors, call, number, request)


async def removed(doors: Doors, body: dict[str, Any], last: bool) -> None:
    """Somebody took a reaction back: the message stays marked while another one keeps it; something to do is dropped
    when it was theirs."""
    event = body["event"]
    item = event["item"]
    does = doors.emoji.get(event["reaction"])
    if item.get("type") != "message" or does not in ("mark", "task", "action"):
        return
    call, number = await _place(doors, _call(doors, body))
    if call is None or number is None:
        return
    if does != "mark":
        if await doors.db.read(partial(_made_by, number=number, item=item)) == call.person:
            taken_back = r.EndAction(done=False, why=TAKEN_BACK, channel=item["channel"], ts=item["ts"])
            await _asked(doors, call, number, taken_back)
        return
    message = await _fetched(doors, item, event, last)
    if message is None or not marks.still_marked(message, doors):
        await _act(doors, call, number, r.RetractMark(item["channel"], item["ts"]))


def _came_to_nothing(session: Session, key: str | None) -> bool:
    """Whether this event was refused the first time it came."""
    before = seen.seen(session, key) if key else None
    return before is not None and before[0] is None


def _call(doors: Doors, body: dict[str, Any]) -> Call:
    event = body["event"]
    key, shared = f"event:{body['event_id']}", bool(body.get("is_ext_shared_channel"))
    return doors.call(event["user"], "reaction", channel=event["item"].get("channel"), key=key, shared=shared)


async def _place(doors: Doors, call: Call) -> tuple[Call | None, int | None]:
    """The incident whose channel it is, and the call of who may do things there: nobody else's reaction does any."""
    number = await doors.db.read(lambda session: incidents.by_channel(session, call.channel or ""))
    return (await doors.admitted(call) if number is not None else None), number


def _made_by(session: Session, number: int, item: dict[str, Any]) -> str | None:
    """Who made a task or an action item of the message: only they take it back by taking their reaction away."""
    incident = incidents.load(session, number)
    todo = incident.todo(source=(item["channel"], item["ts"])) if incident else None
    return todo.by if todo else None


async def _fetched(doors: Doors, item: dict[str, Any], event: dict[str, Any], last: bool) -> Any:
    """The message as it was when it was marked. When Slack does not show it however often it is asked, the mark is
    kept with what the event says."""
    try:
        return await marks.fetched(doors, item["channel"], item["ts"])
    except (SlackApiError, ClientError, TimeoutError) as error:
        if not last:
            raise
        log.warning("marked_unread", channel=item["channel"], ts=item["ts"], error=str(error))
        return {"ts": item["ts"], "user": event.get("item_user"), "reactions": []}


async def _act(doors: Doors, call: Call, number: int, request: r.Request) -> None:
    await doors.db.run(lambda session: act(session, doors.team, number, request, call.caller, call.now, key=call.key))


async def _asked(doors: Doors, call: Call, number: int, request: r.Request) -> None:
    """Do it. What changed for others to see is answered with the way back; the rest is confirmed by a reaction of ours,
    and a mark for which nothing is to be done says nothing. Whom a rule keeps from it reads that."""
    if await doors.db.read(partial(_came_to_nothing, key=call.key)):
        return
    wanted = Understood(request, incident=number)
    try:
        if isinstance(request, r.MarkMessage):
            await _act(doors, call, number, request)
            return
        reply = await doors.db.run(partial(perform, team=doors.team, call=call, wanted=wanted))
    except Newer:
        raise
    except NotAllowed as refusal:
        await doors.came_to_nothing(call)
        person = await doors.db.read(lambda session: people.get(session, call.person))
        doors.tell(call.person, call.back(), refused(offered(refusal, wanted, person)))
        return
    except DomainError as refusal:
        await doors.came_to_nothing(call)
        unsure = isinstance(refusal, NotYours) and not call.known
        reply = Reply(post=refused(refusal)) if isinstance(request, r.PostUpdate) or unsure else Reply()
        if unsure and reply.post is not None:
            doors.tell(call.person, call.back(), reply.post)
            return
    if reply.post is not None and isinstance(request, r.PostUpdate):
        doors.tell(call.person, call.back(), reply.post)


async def _looked_at(doors: Doors, call: Call, ts: str) -> None:
    number = await doors.db.read(partial(_of_card, call=call, ts=ts))
    known = await doors.admitted(call) if number is not None else None
    if number is None or known is None or await doors.db.read(partial(_came_to_nothing, key=call.key)):
        return
    try:
        await _act(doors, known, number, r.Acknowledge())
    except Newer:
        raise  # it may come to the version that can do it
    except DomainError as refusal:
        await doors.came_to_nothing(call)
        await _offered(doors, known, number, refusal)


def _of_card(session: Session, call: Call, ts: str) -> int | None:
    number = incidents.by_channel(session, call.channel or "")
    card = outbox.slot(session, number, CARD) if number is not None else None
    return number if card is not None and card.ts == ts else None


async def _offered(doors: Doors, call: Call, number: int, refusal: DomainError) -> None:
    """A reaction has nobody to answer to but the person: only they read it."""
    post = refused(refusal)
    if isinstance(refusal, NotYours) and not isinstance(refusal, NotAllowed):
        found = await doors.read(partial(offer, call=call, number=number, sentence=str(refusal)))
        post = found.post or post
    doors.tell(call.person, call.back(), post)
