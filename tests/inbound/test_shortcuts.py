"""Shortcuts: both answer, wherever they are chosen."""

from __future__ import annotations

from bot.domain import fact as f
from bot.sandbox import Channel
from bot.store import facts
from bot.views.ids import Form
from tests.living import Living


async def test_declare_from_anywhere(town: Living) -> None:
    assert (await town.zoe.global_shortcut("Declare an incident")).ok
    assert (await town.zoe.opened_view()).callback_id == Form.DECLARE


async def test_add_to_timeline_keeps_the_message_once(town: Living, room: Channel) -> None:
    message = await town.zoe.say(room, "the loader died")
    await town.max.message_shortcut("Add to timeline", message)
    await town.slack.wait_for(lambda: [m for m in town.max.ephemerals(room) if "timeline" in m.text])
    await town.zoe.message_shortcut("Add to timeline", message)
    found = await town.bot.db.read(lambda session: facts.entries(session, 1))
    [marked] = [entry.fact for entry in found if isinstance(entry.fact, f.MessageMarked)]
    assert (marked.text, marked.author, marked.marker) == ("the loader died", town.zoe.id, "shortcut")
    assert marked.permalink == town.slack.ws.permalink(room.id, message.ts)


async def test_add_to_timeline_elsewhere_says_what_to_do(town: Living) -> None:
    message = await town.zoe.say("general", "the loader died")
    await town.max.message_shortcut("Add to timeline", message)
    await town.slack.wait_for(lambda: [m for m in town.max.ephemerals() if "/incident note INC-12" in m.text])


async def test_an_action_item_from_elsewhere_asks_which_incident_it_is_of(town: Living, room: Channel) -> None:
    message = await town.zoe.say("incidents", "alert on row counts")
    await town.max.message_shortcut("Make an action item", message)
    asked = await town.slack.wait_for(lambda: [m for m in town.max.ephemerals() if "Which incident?" in m.text])
    await town.max.click(asked[-1], "INC-1 · P1 · orders mart is stale")
    await town.slack.wait_for(lambda: [m for m in town.max.ephemerals() if "an action item of INC-1" in m.text])
    found = await town.bot.db.read(lambda session: facts.entries(session, 1))
    assert [one.fact.text for one in found if isinstance(one.fact, f.ActionAdded)] == ["alert on row counts"]
