"""Messages people write: talking in an incident's channel is a sign of life, answering a reminder is an update, and
marked messages that change are noted. Nothing else that is said is kept."""

from __future__ import annotations

from functools import partial
from typing import Any

from bot.domain import request as r
from bot.domain.caller import Caller
from bot.domain.incident import Ask, Incident
from bot.domain.message import NEXT
from bot.domain.promises.asking import still_asked
from bot.domain.promises.clocks import open_clocks
from bot.inbound import arrivals
from bot.inbound.desk import Doors
from bot.inbound.doing import Call, Reply
from bot.inbound.grammar import Context, normal
from bot.inbound.intents import Show
from bot.inbound.marks import written
from bot.inbound.replies import HERE, answering
from bot.inbound.scenes import scene
from bot.inbound.slash import Reading, run
from bot.inbound.text import addressed, heard, mentioned, plain
from bot.inbound.understanding import Understood, said_with, understand
from bot.inbound.verbs.course import no_news
from bot.store import incidents, outbox, pinned, seen
from bot.store.incidents import Wanted
from bot.store.session import Session
from bot.usecases.act import act
from bot.views import checklists, choices, refusals

SPOKEN = (None, "file_share", "thread_broadcast", "me_message")
"""Subtypes of messages that people write. Source: Slack, message event (subtypes)."""

SHORT = (r.Acknowledge, r.Confirm, r.SnoozeAsking, r.Undo, Show)
"""What an answer to a reminder may be besides an update; anything else people write there is the update itself."""


async def came(doors: Doors, body: dict[str, Any], _: bool) -> None:
    """A message was written, edited or deleted. Raises what makes Slack deliver the event again."""
    event = body["event"]
    match event.get("subtype"):
        case "message_changed":
            await _edited(doors, body)
        case "message_deleted":
            await _note(doors, body, event.get("previous_message") or {}, event["deleted_ts"], None)
        case subtype if subtype in SPOKEN and event.get("user") and not event.get("bot_id"):
            await _spoken(doors, body)


async def _edited(doors: Doors, body: dict[str, Any]) -> None:
    event = body["event"]
    message, before = event["message"], event.get("previous_message") or {}
    if message.get("subtype") == "tombstone":
        await _note(doors, body, message, message["ts"], None)
    elif message.get("text") != before.get("text"):
        await _note(doors, body, message, message["ts"], message)


async def _note(
    doors: Doors, body: dict[str, Any], message: dict[str, Any], ts: str, newer: dict[str, Any] | None
) -> None:
    """A marked message was edited (`newer`) or went away (None)."""
    channel = body["event"]["channel"]
    number = await doors.db.read(partial(_marked, channel=channel, ts=ts))
    if number is None:
        return
    text = await written(doors, newer) if newer is not None else None
    editor = (message.get("edited") or {}).get("user") or message.get("user")
    request, caller, now = r.NoteEdit(channel, ts, text), Caller(editor, "message"), doors.clock.now()
    key = f"event:{body['event_id']}"
    await doors.db.run(lambda session: act(session, doors.team, number, request, caller, now, key=key))


def _marked(session: Session, channel: str, ts: str) -> int | None:
    incident = _of_channel(session, channel)
    return incident.id if incident is not None and incident.mark_of(channel, ts) else None


def _of_channel(session: Session, channel: str) -> Incident | None:
    number = incidents.by_channel(session, channel)
    return incidents.load(session, number) if number is not None else None


async def _spoken(doors: Doors, body: dict[str, Any]) -> None:
    event = body["event"]
    key = f"event:{body['event_id']}"
    shared = bool(body.get("is_ext_shared_channel"))
    call = doors.call(
        event["user"], "message", channel=event["channel"], thread=event.get("thread_ts"), key=key, shared=shared
    )
    direct = event.get("channel_type") == "im" or event["channel"].startswith("D")
    if not direct and addressed(event.get("text") or "", doors.bot_user) is not None:
        return  # the same message comes as a mention, which is a command
    if await doors.db.read(partial(seen.seen, key=key)) is not None:
        return  # delivered again: an answer that was taken is no answer to the next reminder, and no command
    if direct:
        await _written_to_us(doors, call, event)
        return
    if event.get("thread_ts") and await doors.db.read(partial(arrivals.announced, event=event)) is not None:
        await arrivals.asked(doors, call, event, await written(doors, event))
        return
    number, asked = await doors.db.read(partial(place, event=event))
    if number is not None and asked:
        await _answer(doors, call, event, number)
    elif number is not None and (known := await doors.admitted(call)) is not None:
        speak, caller = r.Speak(), known.caller
        await doors.db.run(lambda session: act(session, doors.team, number, speak, caller, call.now, key=call.key))
    under = await doors.db.read(partial(_under_next, event=event)) if event.get("thread_ts") and not asked else None
    if under is not None and await doors.admitted(call) is not None:
        text = await written(doors, event)
        offer = partial(_first_answer, call=call, number=under, text=text)
        _told(doors, call, await doors.answered(call, doors.db.run(offer), text))


def _under_next(session: Session, event: dict[str, Any]) -> int | None:
    """The incident under whose first questions a message stands; None anywhere else."""
    standing = outbox.standing_at(session, event["channel"], event["thread_ts"])
    return standing.incident if standing is not None and standing.name == NEXT else None


def _first_answer(session: Session, call: Call, number: int, text: str) -> Reply:
    """Somebody may be answering one of them: they are asked which, for talk is not kept unasked."""
    incident, key = incidents.load(session, number), f"{call.key}:first"
    if incident is None or not incident.running or seen.seen(session, key) is not None:
        return Reply()
    seen.came_to_nothing(session, key)
    return Reply(post=checklists.which_question(scene(session, incident, call.now, reader=call.person), text))


def place(session: Session, event: dict[str, Any]) -> tuple[int | None, bool]:
    """The incident a message matters to, and whether it answers a reminder in its thread."""
    incident = _of_channel(session, event["channel"])
    if incident is None or not incident.running:
        return None, False
    thread = event.get("thread_ts")
    slots = outbox.slots(session, incident.id) if thread else {}
    seqs = {int(name[4:]) for name, slot in slots.items() if name.startswith("ask-") and slot.ts == thread}
    if any(ask.seq in seqs for ask in open_asks(session, incident)):
        return incident.id, True
    asked = still_asked(incident, pinned.get(session, incident.protocol_digest))
    return (incident.id if incident.acknowledged_at is None or event["user"] in asked else None), False


def open_asks(session: Session, incident: Incident) -> list[Ask]:
    """Reminders whose promise is still owed."""
    owed = {clock.name for clock in open_clocks(incident, pinned.get(session, incident.protocol_digest))}
    return [ask for ask in incident.asks if any((c.key, c.occurrence) in owed for c in ask.covers)]


async def _written_to_us(doors: Doors, call: Call, event: dict[str, Any]) -> None:
    """In the conversation with the bot: an answer to what it asked, else a command without its slash."""
    asking = await doors.read(partial(_asking, call=call)) if await doors.admitted(call) else []
    if len(asking) == 1:
        await _answer(doors, call, event, asking[0])
        return
    words = addressed(event.get("text") or "", doors.bot_user) or event.get("text") or ""
    if not asking:
        called = await doors.read(partial(_called, call=call)) if normal(words) in HERE else None
        coming = Understood(r.Speak(), incident=called)
        await obeyed(doors, call, words, lambda context, _: coming if called else _said_directly(words, context))
        return
    text = await written(doors, event)
    which = partial(_which, call=call, numbers=asking, text=text)
    _told(doors, call, await doors.answered(call, doors.db.run(which), text))


def _called(session: Session, call: Call) -> int | None:
    """The latest incident in which this person was called up the ladder while somebody else works on it."""
    found = [
        (max(e.at for e in one.escalations if call.person in e.people), one.id)
        for one in incidents.listing(session, Wanted(open_only=True, naming=(call.person,)))
        if one.responder not in (None, call.person) and any(call.person in e.people for e in one.escalations)
    ]
    return max(found)[1] if found else None


def _said_directly(words: str, context: Context) -> Understood:
    if no_news(words):
        return said_with("update", words, context)
    return understand(heard(words), context)


def _owed(session: Session, call: Call, number: int) -> frozenset[str]:
    """The open promises that a reply is about: those of the reminder it stands under, else of all asked of its
    writer."""
    incident = incidents.load(session, number)
    asks = open_asks(session, incident) if incident is not None else []
    above = outbox.standing_at(session, call.channel, call.thread) if call.channel and call.thread else None
    under = [ask for ask in asks if above and above.name.partition(":")[0] in (f"ask-{ask.seq}", f"direct-{ask.seq}")]
    mine = under or [ask for ask in asks if call.person in ask.people]
    return frozenset(covered.key for ask in mine for covered in ask.covers)


def _asking(session: Session, call: Call) -> list[int]:
    """Incidents in which this person is being asked something, the latest ask first; only that of the direct message
    they answer in the thread of."""
    found = incidents.listing(session, Wanted(open_only=True, naming=(call.person,)))
    latest = {
        one.id: max((a.at for a in open_asks(session, one) if call.person in a.people), default=None) for one in found
    }
    asked = sorted((n for n, at in latest.items() if at is not None), key=lambda n: (latest[n], n), reverse=True)
    above = outbox.standing_at(session, call.channel, call.thread) if call.channel and call.thread else None
    return [above.incident] if above and above.incident in asked else asked


def _which(session: Session, call: Call, numbers: list[int], text: str) -> Reply:
    seen.came_to_nothing(session, call.key)  # delivered again, it must not be the answer of the only one left
    found = [one for number in numbers if (one := incidents.load(session, number)) is not None]
    scenes = [scene(session, one, call.now, reader=call.person) for one in found]
    return Reply(post=refusals.which(scenes, "update", text, direct=True))


async def _answer(doors: Doors, call: Call, event: dict[str, Any], number: int) -> None:
    text = await written(doors, event)
    owed = await doors.read(partial(_owed, call=call, number=number))

    def reading(context: Context, _: dict[str, str]) -> Understood:
        return answering(text, number, context, owed)

    _told(doors, call, await doors.answered(call, run(doors, call, reading), text))


async def obeyed(doors: Doors, call: Call, words: str, reading: Reading) -> None:
    """Do what a message says to the bot (`words` as Slack escaped them) and answer its writer privately. A message
    opens no form: the answer is the button that does."""
    meant: list[Understood] = []

    def noted(context: Context, names: dict[str, str]) -> Understood:
        meant.append(reading(context, names))
        return meant[-1]

    reply = await doors.answered(call, run(doors, call, noted, mentioned(words)), plain(words))
    if reply.view is not None:
        verb = meant[-1].word or (meant[-1].verb.name if meant[-1].verb else "declare")
        reply = Reply(post=choices.form_needed(meant[-1].incident, verb, meant[-1].heard))
    _told(doors, call, reply)


def _told(doors: Doors, call: Call, reply: Reply) -> None:
    if reply.post is not None:
        doors.tell(call.person, call.back(), reply.post)
