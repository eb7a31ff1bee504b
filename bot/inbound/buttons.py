"""Buttons and menus of messages. What a click answers rides in its value; the private answer follows the click."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from bot.domain import request as r
from bot.domain.errors import BadInput
from bot.inbound.desk import Doors
from bot.inbound.doing import Call, Reply
from bot.inbound.grammar import Context
from bot.inbound.intents import Fill
from bot.inbound.latest import latest
from bot.inbound.rights import overriding
from bot.inbound.slash import Ack, run
from bot.inbound.text import clean, mentioned
from bot.inbound.understanding import Understood, said_with
from bot.inbound.verbs import BUTTONS, NAMED
from bot.inbound.verbs.verb import OLD, Click
from bot.views.ids import Action, Form, read_value

WORDED = (Action.DECLARE, Action.PICK, Action.MORE, Action.OVERRIDE)
"""Buttons and menus that carry a verb with its words instead, or all of what was wanted."""

HANDLED = frozenset({*BUTTONS, *WORDED})
"""Every action id that has a handler (house test)."""


async def clicked(doors: Doors, ack: Ack, body: dict[str, Any]) -> None:
    """A button was pressed: do it, acknowledge, and answer privately."""
    action = body["actions"][0]
    channel = (body.get("channel") or {}).get("id")
    call = doors.call(
        body["user"]["id"],
        "button",
        channel=channel,
        thread=(body.get("container") or {}).get("thread_ts"),
        key=f"click:{body['trigger_id']}",
        reply=doors.reply_to(body),
        shared=body["user"].get("team_id") not in (None, doors.team_id),
    )
    reply = await doors.answered(call, _pressed(doors, call, action))
    await ack()
    private = bool((body.get("container") or {}).get("is_ephemeral"))
    if reply.view is not None:
        doors.show(call, body["trigger_id"], reply.view)
    if reply.post is not None and (private or not reply.quiet):
        doors.tell(call.person, call.back(), reply.post, replace=private and not reply.refused)


async def _pressed(doors: Doors, call: Call, action: dict[str, Any]) -> Reply:
    kind, click = _read(action)
    if kind is Action.SEND_THAT:
        click = replace(click, text=await latest(doors, call, click.incident))
    if kind is Action.OVERRIDE:
        await doors.admin(call.person)
        call = replace(call, admin=True)
    return await run(doors, call, lambda context, _: _meant(kind, click, context), mentioned(click.text))


def _read(action: dict[str, Any]) -> tuple[Action, Click]:
    """Which button, and what it carries. Raises BadInput for one this version does not draw."""
    name, _, beside = action["action_id"].partition(":")
    held = (action.get("selected_option") or action).get("value") or ""
    try:
        kind = Action(name)
        if kind is Action.TICK:
            ticked = "ticked" if action.get("selected_options") else ""
            return kind, replace(Click(*read_value(clean(beside))), verb=ticked)
        return kind, Click(*read_value(clean(held)))
    except (ValueError, TypeError) as error:
        raise BadInput(OLD) from error


def _meant(kind: Action, click: Click, context: Context) -> Understood:
    if kind not in WORDED:
        return Understood(BUTTONS[kind](click), incident=click.incident)
    if kind is Action.OVERRIDE:
        return overriding.read(click)
    word = "declare" if kind is Action.DECLARE else click.verb
    if word not in NAMED:
        raise BadInput(OLD)
    understood = said_with(word, click.text, context)
    if kind is Action.DECLARE and isinstance(understood.intent, r.Declare):
        # nobody said that it is one, nor how bad: the form tells whom each severity rings before anybody is rung
        form = Fill(Form.DECLARE, text=understood.intent.title, severity=understood.intent.severity)
        understood = replace(understood, intent=form)
    return replace(understood, incident=click.incident or understood.incident)
