"""Shortcuts: *Declare an incident* from anywhere; on a message *Add to timeline*, *Send as update* and *Make an action
item*."""

from __future__ import annotations

from typing import Any

from bot.domain.errors import BadInput, NoSuchIncident
from bot.inbound.desk import Doors
from bot.inbound.doing import Call, Reply
from bot.inbound.grammar import Context
from bot.inbound.intents import Fill
from bot.inbound.marks import asked_for, marked
from bot.inbound.slash import Ack, run
from bot.inbound.understanding import Understood
from bot.inbound.verbs import NAMED
from bot.views.ids import Form, Shortcut

ELSEWHERE = (
    "Add to timeline keeps messages of an incident's channel, and this channel belongs to none. "
    "Keep the words with /incident note INC-12 <text>."
)

UNSHOWN = "Nothing can be made of that message. Type /incident and say it in your own words."


async def started(doors: Doors, ack: Ack, body: dict[str, Any]) -> None:
    """A shortcut was chosen."""
    call = doors.call(
        body["user"]["id"],
        "shortcut",
        channel=(body.get("channel") or {}).get("id"),
        thread=(body.get("message") or {}).get("thread_ts"),
        key=f"shortcut:{body['trigger_id']}",
        reply=doors.reply_to(body),
    )
    reply = await doors.answered(call, _chosen(doors, call, body))
    await ack()
    if reply.view is not None:
        doors.show(call, body["trigger_id"], reply.view)
    if reply.post is not None:
        doors.tell(call.person, call.back(), reply.post)


async def _chosen(doors: Doors, call: Call, body: dict[str, Any]) -> Reply:
    if body["callback_id"] not in HANDLED:
        raise BadInput("This shortcut belongs to another version of me. Type /incident for what can be done now.")
    return await HANDLED[Shortcut(body["callback_id"])](doors, call, body)


async def _declare(doors: Doors, call: Call, _: dict[str, Any]) -> Reply:
    return await run(doors, call, lambda context, names: Understood(Fill(Form.DECLARE)))


async def _message(doors: Doors, call: Call, body: dict[str, Any]) -> Reply:
    """What was chosen on a message. Where no incident is, a mark is refused, and the other two ask which is meant."""
    domain = (body.get("team") or {}).get("domain")
    url = f"https://{domain}.slack.com/" if domain else doors.workspace
    kept = await marked(doors, body["message"], body["channel"]["id"], "shortcut", url)
    does = Shortcut(body["callback_id"]).value
    request = asked_for(does, kept, call.person)
    if request is None:
        raise BadInput(UNSHOWN)

    def reading(context: Context, _: dict[str, str]) -> Understood:
        if not context.inside and does == Shortcut.MARK:
            raise NoSuchIncident(ELSEWHERE)
        verb = NAMED.get(does)
        return Understood(request, verb, tail=kept.text, heard=kept.text) if verb else Understood(request)

    return await run(doors, call, reading)


HANDLED = {
    Shortcut.DECLARE: _declare,
    Shortcut.MARK: _message,
    Shortcut.UPDATE: _message,
    Shortcut.ACTION: _message,
}
"""Every shortcut that has a handler (house test)."""
