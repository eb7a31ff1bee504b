"""The form that declares, drawn anew while somebody fills it in."""

from __future__ import annotations

from functools import partial
from typing import Any

import structlog
from aiohttp import ClientError
from slack_sdk.errors import SlackApiError

from bot.domain import choosing
from bot.inbound import declaring, letters
from bot.inbound.desk import Doors
from bot.inbound.intents import Fill
from bot.inbound.slash import Ack
from bot.inbound.text import cleaned
from bot.store.session import CannotSay, NotSaved
from bot.views import read_forms
from bot.views.form_fields import Field
from bot.views.ids import Form

log = structlog.get_logger()


async def chosen(doors: Doors, ack: Ack, body: dict[str, Any]) -> None:
    """*Protocol* was changed in the form: its severities, categories and environments are drawn anew. Whatever else
    was typed stays where it is, because those fields keep their names."""
    await ack()
    view = body["view"]
    if view.get("callback_id") != Form.DECLARE:
        return
    values = read_forms.plain(cleaned(view["state"]["values"]))
    choice = choosing.of_name(doors.team.choices, read_forms.picked(values, Field.PROTOCOL))
    if choice is None:
        return
    to = letters.opened(view.get("private_metadata") or "")
    call = doors.call(body["user"]["id"], "form", channel=to.channel, key=f"view:{view['id']}")
    held = read_forms.read_declare(values)
    fill = Fill(Form.DECLARE, text=held["title"], severity=held["severity"], private=held["private"])
    metadata = view.get("private_metadata") or ""
    drawn = partial(declaring.drawn, team=doors.team, call=call, choice=choice, fill=fill, metadata=metadata)
    try:
        await doors.client.views_update(view_id=view["id"], view=await doors.db.read(drawn))
    except (SlackApiError, ClientError, TimeoutError, NotSaved, CannotSay) as error:
        log.info("form_not_drawn_anew", error=str(error))  # what is chosen is judged when it is sent
