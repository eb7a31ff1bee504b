"""Buttons and menus of messages. What a click answers rides in its value; the private answer follows the click."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from bot.domain import request as r
from bot.domain.errors import BadInput
from bot.inbound.desk import Doors
from bot.inbound.doing import Call, Reply
from bot.inbound.grammar import Context
from bot.inbound.intents import Fill, Intent, Show
from bot.inbound.slash import Ack, run
from bot.inbound.text import clean
from bot.inbound.verbs import NAMED, Understood, said_with
from bot.views.ids import Action, Form, read_value

OLD = "This button is from another version of me and does nothing any more. Type /incident for what can be done now."


@dataclass(frozen=True)
class Click:
    """What a button carried: the incident, the reminder it answers (fact seq), a verb and the words kept for it."""

    incident: int | None
    ask: int | None
    verb: str
    text: str


def _not_me(click: Click) -> Intent:
    if click.ask is None:
        raise BadInput(OLD)
    return r.DeclineAsk(click.ask)


def _form(form: Form) -> Callable[[Click], Intent]:
    return lambda click: Fill(form, ask=click.ask)


MEANINGS: dict[Action, Callable[[Click], Intent]] = {
    Action.ACKNOWLEDGE: lambda _: r.Acknowledge(),
    Action.TAKE: lambda _: r.Acknowledge(take=True),
    Action.CONFIRM: lambda _: r.Confirm(),
    Action.NO_CHANGE: lambda click: r.PostUpdate("", no_change=True, ask=click.ask),
    Action.NOT_ME: _not_me,
    Action.RETRY: lambda _: r.RetryChannel(),
    Action.POST_UPDATE: _form(Form.UPDATE),
    Action.SNOOZE: _form(Form.SNOOZE),
    Action.RESOLVE: _form(Form.RESOLVE),
    Action.CLOSE: _form(Form.CLOSE),
    Action.REOPEN: _form(Form.REOPEN),
    Action.CATCH_UP: lambda _: Show("brief"),
}
"""What a click on each button means."""

WORDED = (Action.DECLARE, Action.PICK, Action.MORE)
"""Buttons and menus that carry a verb with its words instead."""

HANDLED = frozenset({*MEANINGS, *WORDED})
"""Every action id that has a handler (house test)."""


async def clicked(doors: Doors, ack: Ack, body: dict[str, Any]) -> None:
    """A button was pressed: do it, acknowledge, and answer privately."""
    action = body["actions"][0]
    channel = (body.get("channel") or {}).get("id")
    call = doors.call(
        body["user"]["id"],
        "button",
        channel=channel,
        key=f"click:{body['trigger_id']}",
        reply=doors.reply_to(body),
    )
    reply = await doors.answered(call, _pressed(doors, call, action))
    await ack()
    private = bool((body.get("container") or {}).get("is_ephemeral"))
    if reply.view is not None:
        doors.show(call, body["trigger_id"], reply.view)
    if reply.post is not None:
        doors.tell(call.person, call.back(), reply.post, replace=private)


async def _pressed(doors: Doors, call: Call, action: dict[str, Any]) -> Reply:
    kind, click = _read(action)
    return await run(doors, call, lambda context, _: _meant(kind, click, context))


def _read(action: dict[str, Any]) -> tuple[Action, Click]:
    """Which button, and what it carries. Raises BadInput for one this version does not draw."""
    held = (action.get("selected_option") or action).get("value") or ""
    try:
        return Action(action["action_id"].partition(":")[0]), Click(*read_value(clean(held)))
    except (ValueError, TypeError) as error:
        raise BadInput(OLD) from error


def _meant(kind: Action, click: Click, context: Context) -> Understood:
    if kind not in WORDED:
        return Understood(MEANINGS[kind](click), incident=click.incident)
    word = "declare" if kind is Action.DECLARE else click.verb
    if word not in NAMED:
        raise BadInput(OLD)
    understood = said_with(word, click.text, context)
    return replace(understood, incident=click.incident or understood.incident)
