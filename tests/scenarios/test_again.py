"""Everything that arrives at any door is delivered again: at once, five times at the same moment, minutes later, to
another replica, after a restart. The record, the channels and the answers stay as they were."""

from __future__ import annotations

import asyncio
import copy
from pathlib import Path

import pytest

from bot import settings
from bot.app import Bot
from bot.sandbox import Channel, Message
from bot.sandbox.delivery import Delivery, Reply
from tests.living import Living, living
from tests.scenarios.conftest import opened
from tests.scenarios.world import COMMAND, Clock, access, at, entries, kinds, quiet, said, shows, typed

TYPED = (
    "impact figures of today are wrong",
    "update loader restarted",
    "severity P2 fewer customers",
    "phase fixing",
    "note 09:10 it was the disk",
    "task look at the disk",
    "snooze 10m lunch",
    "cause the disk was full",
    "rename orders mart is late",
    "undo",
)


async def everything(town: Living, room: Channel, clock: Clock) -> None:
    """A life of INC-1 and INC-2 through every door."""
    ana, bea, zoe = town.ana, town.bea, town.zoe
    await ana.click(await shows(town, room, "Acknowledge"), "Acknowledge")
    await bea.click(await shows(town, room, "Confirm P1"), "Confirm P1")
    for text in TYPED:
        await typed(bea, text, room)
    await bea.command(COMMAND, "update", room)
    await bea.submit(await bea.opened_view(10), {"What changed": "loader crawls"})
    message = await ana.say(room, "the disk of the loader is full")
    await bea.message_shortcut("Add to timeline", message)
    await bea.message_shortcut("Make an action item", message)
    await bea.mention(room, "update by its name")
    await bea.react(await ana.say(room, "it has eaten the logs"), "pushpin")
    await town.slack.settled()
    await ana.edit(message, "the disk of the loader was full")
    await ana.delete(await marked(town, room, "it has eaten the logs"))
    await zoe.message_shortcut("Send as update", await zoe.say(room, "it is loading again"))
    await zoe.command(COMMAND, "declare", "general")
    await zoe.submit(await zoe.opened_view(10), {"title": "invoices are late", "severity": "P2"})
    await typed(zoe, "declare P3 nobody reads this table")
    await clock.go(at(121))
    asked = next(m for m in reversed(said(town, room)) if "update" in m.text and "Not me" in str(m.blocks))
    await bea.say(room, "no change", thread_ts=asked.ts)
    await bea.say(bea.dm, "update restarting once more")
    await town.slack.settled()


async def marked(town: Living, room: Channel, text: str) -> Message:
    return next(m for m in town.slack.messages(room) if m.text == text)


async def again(town: Living, delivery: Delivery) -> Reply:
    """The same payload in another envelope, as it also comes."""
    return await town.slack.dispatcher.ask(delivery.kind, copy.deepcopy(delivery.payload), delivery.accepts_response)


def answer(reply: Reply) -> str:
    return str((reply.payload or {}).get("text", ""))


async def as_it_is(town: Living, rooms: list[Channel]) -> set[str]:
    """The record of every incident, and what everybody can read."""
    await town.slack.settled(30)
    await quiet(town, 60)
    record = [str(entry) for number in (1, 2, 3) for entry in await entries(town, number)]
    where: list[Channel | str] = [*rooms, "incidents", "data-stakeholders"]
    return {*record, *(f"{m.ts} {m.text}" for room in where for m in town.slack.messages(room))}


@pytest.mark.parametrize("database_url", [pytest.param("sqlite", marks=pytest.mark.long), "postgresql"], indirect=True)
async def test_everything_delivered_again_changes_nothing(database_url: str, tmp_path: Path) -> None:
    clock = Clock()
    async with living(database_url, tmp_path, environ=clock.environ) as town:
        await clock.go(at(0))
        room = await opened(town)
        await everything(town, room, clock)
        rooms = [await town.incident(number) for number in (1, 2, 3)]
        deliveries = [d for d in town.slack.deliveries if d.acked]
        assert {d.name for d in deliveries} >= DOORS
        before, counted = await as_it_is(town, rooms), await kinds(town)

        async def same(*others: Bot) -> None:
            after = await as_it_is(town, rooms)
            assert sorted(after ^ before) == []
            for bot in others:
                await bot.courier.quiet()

        for delivery in deliveries:
            first = next(answer(reply) for reply in delivery.replies if reply.ok)
            replies = await asyncio.gather(*(again(town, delivery) for _ in range(5)))
            assert {answer(reply) for reply in replies} == {first}, delivery.payload
        await same()
        await clock.go(at(124))
        before = await as_it_is(town, rooms)
        for delivery in reversed(deliveries):
            await again(town, delivery)
        await same()
        if database_url.startswith("sqlite"):
            await town.bot.stop()
        second = Clock()
        replica = Bot(settings.load({**access(town.slack, database_url), **second.environ}, tmp_path))
        try:
            await replica.start()
            await second.go(at(124))
            town.bot = replica
            for delivery in deliveries:
                reply = await again(town, delivery)
                assert answer(reply) == next(answer(one) for one in delivery.replies if one.ok), delivery.payload
            await same(replica)
        finally:
            await replica.stop()
        assert counted


DOORS = {
    "/incident",
    "block_actions",
    "view_submission",
    "message_action",
    "reaction_added",
    "app_mention",
    "message",
    "member_joined_channel",
}


async def test_what_was_refused_is_not_done_when_it_comes_again_and_could_be(town: Living, room: Channel) -> None:
    """Whoever read that it is not possible has done something else by then."""
    assert "INC-1 is open" in await typed(town.bea, "reopen it is back", room)
    [refused] = [d for d in town.slack.deliveries if d.payload.get("text") == "reopen it is back"]
    message = await town.bea.mention(room, "reopen it is back, says the log")
    await town.slack.settled(30)
    [spoken] = [d for d in town.slack.deliveries if d.name == "app_mention"]
    await typed(town.ana, "cancel false alarm a test", room)
    before = await kinds(town)
    assert "Slack sent me this twice" in answer(await again(town, refused))
    await again(town, spoken)
    assert message.ts
    assert await kinds(town) == before
    assert "is open again" in await typed(town.bea, "reopen it is back", room), "said again it is done"
