"""Reactions: a message is kept once, as it was, with who wrote and who kept it; `:eyes:` on the card acknowledges."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from bot.domain import fact as f
from bot.sandbox import Channel
from bot.store import facts
from tests.living import Living


async def of_kind(town: Living, kind: type[f.Fact]) -> list[f.Entry]:
    found = await town.bot.db.read(lambda session: facts.entries(session, 1))
    return [entry for entry in found if isinstance(entry.fact, kind)]


async def marks(town: Living) -> list[Any]:
    await town.slack.settled()
    return [entry.fact for entry in await of_kind(town, f.MessageMarked)]


async def test_a_mark_keeps_writer_marker_time_and_text_as_it_was(town: Living, room: Channel) -> None:
    message = await town.zoe.say(room, "rows < 5 since @Bea deployed & left")
    await town.max.react(message, "pushpin")
    [marked] = await marks(town)
    assert (marked.author, marked.marker) == (town.zoe.id, "pushpin")
    assert marked.text == "rows < 5 since @Bea deployed & left"
    assert marked.permalink == town.slack.ws.permalink(room.id, message.ts)
    [entry] = await of_kind(town, f.MessageMarked)
    assert (entry.by, entry.via) == (town.max.id, "reaction")
    assert entry.at == datetime.fromtimestamp(float(message.ts), UTC)


async def test_a_second_mark_adds_nothing_and_the_last_one_taken_away_retracts(town: Living, room: Channel) -> None:
    message = await town.zoe.say(room, "the loader died at six")
    await town.max.react(message, "pushpin")
    await town.zoe.react(message, "star")
    assert len(await marks(town)) == 1
    await town.max.unreact(message, "pushpin")
    await town.slack.settled()
    assert await of_kind(town, f.MarkRetracted) == []
    await town.zoe.unreact(message, "star")
    await town.slack.settled()
    assert len(await of_kind(town, f.MarkRetracted)) == 1


async def test_a_reply_in_a_thread_can_be_kept(town: Living, room: Channel) -> None:
    parent = await town.zoe.say(room, "what now?")
    reply = await town.max.say(room, "revert it", thread_ts=parent.ts)
    await town.zoe.react(reply, "pushpin")
    [marked] = await marks(town)
    assert marked.text == "revert it"
    assert f"thread_ts={parent.ts}" in marked.permalink


async def test_later_edits_and_deletions_are_noted(town: Living, room: Channel) -> None:
    kept, other = await town.zoe.say(room, "it is the loader"), await town.zoe.say(room, "lunch?")
    await town.max.react(kept, "pushpin")
    await marks(town)
    await town.zoe.edit(kept, "it is the scheduler")
    await town.zoe.edit(other, "dinner?")
    await town.slack.settled()
    await town.zoe.delete(kept)
    await town.zoe.delete(other)
    await town.slack.settled()
    assert [e.fact.text for e in await of_kind(town, f.MarkedMessageEdited)] == ["it is the scheduler"]  # type: ignore[attr-defined]
    assert len(await of_kind(town, f.MarkedMessageDeleted)) == 1


async def test_only_marked_messages_of_the_incidents_channel_are_kept(town: Living, room: Channel) -> None:
    await town.max.react(await town.zoe.say(room, "hello"), "wave")
    await town.max.react(await town.zoe.say("incidents", "hello"), "pushpin")
    assert await marks(town) == []


async def test_the_same_event_again_keeps_one(town: Living, room: Channel) -> None:
    await town.max.react(await town.zoe.say(room, "the loader died"), "pushpin")
    await town.slack.settled()
    await town.slack.redeliver(1, "reaction_added", "http_timeout")
    assert len(await marks(town)) == 1


async def test_a_mark_survives_a_slack_that_does_not_show_the_message(town: Living, room: Channel) -> None:
    town.slack.timing.event_retries, town.slack.timing.ack = (0, 0, 0), 0.5
    message = await town.zoe.say(room, "the loader died")
    town.slack.faults.add("reactions.get", "500", times=2)
    await town.max.react(message, "pushpin")
    assert [one.text for one in await marks(town)] == ["the loader died"]
    town.slack.faults.add("reactions.get", "500", times=None)
    await town.max.react(await town.zoe.say(room, "it died again"), "pushpin")
    assert [one.author for one in await marks(town)] == [town.zoe.id, town.zoe.id]


async def test_guests_mark_nothing(town: Living, room: Channel) -> None:
    gil = town.slack.person("Gil", guest=True)
    room.members.append(gil.id)
    await gil.command("/incident", "list", room)
    await gil.react(await town.zoe.say(room, "the loader died"), "pushpin")
    assert await marks(town) == []


async def test_eyes_on_the_card_acknowledge_for_who_is_asked_only(town: Living, room: Channel) -> None:
    card = town.slack.pinned(room)[0]
    await town.zoe.react(card, "eyes")
    offered = await town.slack.wait_for(lambda: [m for m in town.zoe.ephemerals(room) if "I take it" in str(m.blocks)])
    assert "not on call" in offered[0].text
    assert await of_kind(town, f.Acknowledged) == []
    await town.ana.react(await town.zoe.say(room, "look"), "eyes")
    await town.slack.settled()
    assert await of_kind(town, f.Acknowledged) == []
    await town.ana.react(card, "eyes")
    await town.slack.settled()
    [acknowledged] = await of_kind(town, f.Acknowledged)
    assert acknowledged.by == town.ana.id
