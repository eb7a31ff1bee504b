"""What people say finds its way: the latest message of one's own as an update, `fixed`, times told back in both zones,
and an answer under the very message that asked."""

from __future__ import annotations

import asyncio

from bot.domain import fact as f
from bot.sandbox import Channel, Person
from bot.store import people
from tests.living import Living
from tests.scenarios.world import Clock, at, entries, quiet, said, typed


async def test_send_that_takes_what_the_one_who_presses_said_last(
    slow: Living, slow_room: Channel, clock: Clock
) -> None:
    town, room = slow, slow_room
    await typed(town.ana, "ack", room)
    await typed(town.ana, "impact do not use revenue", room)
    await typed(town.ana, "update looking at it", room)
    await quiet(town)
    await town.zoe.say(room, "any news?")
    await town.ana.say(room, "loader restarted")
    await town.ana.say(room, "@Sitrep brief")
    await town.slack.settled()
    await clock.go(at(31))
    [reminder] = said(town, room, "update is due")
    await town.ana.click(reminder, "Send that")
    form = await town.ana.opened_view()
    assert "loader restarted" in str(form.blocks)
    assert "any news?" not in str(form.blocks)
    await town.ana.submit(form, {})
    await clock.go(at(32))
    news = [one.fact.text for one in await entries(town) if isinstance(one.fact, f.UpdatePosted)]
    assert news == ["looking at it", "loader restarted"]


async def test_fixed_asks_and_keeps_the_words(town: Living, room: Channel) -> None:
    asked = (await town.ana.command("/incident", "fixed reverted the deploy", room)).message
    assert asked is not None
    assert "still have to be watched" in asked.text
    await town.ana.click(asked, "Resolved")
    assert "reverted the deploy" in str((await town.ana.opened_view()).blocks)
    again = (await town.ana.command("/incident", "fixed reverted the deploy", room)).message
    assert again is not None
    await town.ana.click(again, "Monitoring")
    kept = await town.slack.wait_for(
        lambda: [m for m in town.ana.ephemerals(room) if "“reverted the deploy”" in m.text]
    )
    await town.ana.click(kept[-1], "Update")
    await town.slack.wait_for(lambda: said(town, room, "reverted the deploy"))


async def known(town: Living, person: Person, zone: str) -> None:
    """Until the bot has kept the zone that Slack says somebody is in."""
    async with asyncio.timeout(10):
        while True:
            kept = await town.bot.db.read(lambda session: people.get(session, person.id))
            if kept and kept.tz == zone:
                return
            await asyncio.sleep(0.01)


async def test_a_time_is_told_back_in_both_zones(slow: Living, slow_room: Channel) -> None:
    slow.zoe.change(tz="America/New_York")
    await slow.slack.settled()
    await typed(slow.zoe, "brief", slow_room)
    await known(slow, slow.zoe, "America/New_York")
    answer = await typed(slow.zoe, "impact do not use revenue, eta 2pm", slow_room)
    assert "expected right" in answer
    assert "(20:00 CET)" in answer
    assert "CET)" not in await typed(slow.ana, "impact do not use revenue today, eta 14:30", slow_room)
