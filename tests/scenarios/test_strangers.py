"""Guests, people of other workspaces, deactivated accounts and other bots: whatever they try at whatever door, nothing
happens, and they read of no incident but the one they were let into. What they write can be marked by members."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from bot.sandbox import Channel, Message, Person, Sandbox
from bot.sandbox.errors import ClientRefused
from tests.living import Living, living
from tests.scenarios.world import MORNING, Clock, at, entries, kinds, quiet, said, typed


def crowd(slack: Sandbox) -> None:
    slack.person("Guy", id="U0GUY", guest=True)
    slack.person("Sol", id="U0SOL", single_channel_guest=True)
    slack.person("Ext", id="U0EXT", stranger=True)


NAMES = ("Guy", "Sol", "Ext")
OTHER = "payroll figures leak"


async def calm(town: Living) -> None:
    await town.slack.settled()
    await town.bot.db.read(lambda session: session.now())
    await quiet(town)


async def test_who_is_no_full_member_does_nothing_at_any_door_and_reads_nothing_more(
    sqlite_url: str, tmp_path: Path, clock: Clock
) -> None:
    async with living(sqlite_url, tmp_path, environ=clock.environ, before=crowd) as town:
        await clock.go(MORNING)
        await typed(town.zoe, "declare P2 orders mart is stale")
        room = await town.incident()
        await typed(town.zoe, f"declare P3 {OTHER}")
        room.shared = True
        those = [town.slack.person_named(name) for name in NAMES]
        for person in those:
            await town.ana.invite(room, person)
        await clock.go(at(4))
        await calm(town)
        before, posted = await kinds(town), len(town.slack.messages(room))
        (asked,) = said(town, room, "🔔")
        for person in those:
            await _tries_everything(town, person, room, asked)
        await calm(town)
        now = [kind for kind in await kinds(town) if kind != "message_marked"]
        assert now == before
        assert len(town.slack.messages(room)) - posted == len(those) * 4, "their own words, and none of ours"
        for person in those:
            ours = [m for m in (*person.ephemerals(), *person.dms()) if m.user == town.slack.bot_user_id]
            read = [m.text + str(m.blocks) for m in ours]
            assert read
            assert not [text for text in read if OTHER in text or "INC-2" in text or "orders mart" in text]
            assert all("Guests cannot" in text or "another workspace" in text for text in read)
        await _a_question_is_passed_on(town, room, those[0])
        await _members_mark_what_they_wrote(town, room, those)


def buttons_of(message: Message) -> list[str]:
    rows = [block["elements"] for block in message.blocks if block["type"] == "actions"]
    return [one["action_id"] for row in rows for one in row if one["type"] == "button"]


async def _tries_everything(town: Living, person: Person, room: Channel, asked: Message) -> None:
    card = town.slack.pinned(room)[0]
    for message in (card, asked, *said(town, room, "*Next*")):
        for label in buttons_of(message):
            await person.click(message, label)
    assert person.view is None
    for emoji in ("eyes", "pushpin", "mega"):
        await person.react(card, emoji)
    await person.unreact(card, "pushpin")
    words = await person.say(room, f"{person.name} saw this too")
    for emoji in ("pushpin", "mega", "ballot_box_with_check", "clipboard"):
        await person.react(words, emoji)
    await person.mention(room, "resolve it is over")
    await person.mention(room, "list all")
    await person.say(room, "no change", thread_ts=asked.ts)
    await person.say(person.dm, "list all")
    await person.say(person.dm, "show INC-2")
    if person.user.stranger:
        with pytest.raises(ClientRefused):
            await person.command("/incident", "list", room)
        return
    ack = await person.command("/incident", "list all", room)
    assert ack.text.startswith("Guests cannot run incidents.")
    await person.global_shortcut("declare")
    await person.message_shortcut("update", words)
    assert person.view is None


async def _members_mark_what_they_wrote(town: Living, room: Channel, those: list[Person]) -> None:
    for person in those:
        (words,) = said(town, room, f"{person.name} saw this too")
        await town.zoe.react(words, "star")
    await calm(town)
    marked = {e.fact.author for e in await entries(town) if e.fact.kind == "message_marked"}  # type: ignore[attr-defined]
    assert marked == {person.id for person in those}
    shown = await typed(town.zoe, "INC-1 timeline all")
    assert "Guy (guest)" in shown
    assert "Ext (another workspace)" in shown


async def _a_question_is_passed_on(town: Living, room: Channel, guest: Person) -> None:
    town.slack.find("incidents").members.append(guest.id)
    (notice,) = said(town, "incidents", "orders mart is stale")
    await guest.say("incidents", "Is yesterday right?", thread_ts=notice.ts)
    await calm(town)
    (question,) = said(town, room, "Is yesterday right?")
    assert "Guy (guest)" in question.text, "members see who asks, and answer"


async def test_while_slack_is_slow_strangers_are_not_let_in_and_afterwards_nobody_was(
    sqlite_url: str, tmp_path: Path
) -> None:
    """In a channel that another workspace shares, whoever Slack has not described may be anybody; elsewhere somebody
    unknown may declare and speak, and is looked at afterwards."""
    async with living(sqlite_url, tmp_path, before=crowd) as town:
        await typed(town.zoe, "declare P2 orders mart is stale")
        room = await town.incident()
        await calm(town)
        guest, ext = town.slack.person_named("Guy"), town.slack.person_named("Ext")
        room.shared = True
        room.members += [guest.id, ext.id]
        town.slack.faults.add("users.info", "hold", times=None)
        before = await kinds(town)
        message = await ext.say(room, "is it us?")
        await ext.react(message, "pushpin")
        await ext.mention(room, "update all is well again")
        await ext.click(town.slack.pinned(room)[0], "Post update")
        found = await town.slack.wait_for(lambda: len(ext.ephemerals()) >= 2, 20, what="two honest answers")
        assert found
        assert all("Slack does not tell me who you are" in m.text for m in ext.ephemerals())
        assert ext.view is None
        town.slack.faults.release()
        await asyncio.sleep(0)
        await calm(town)
        assert await kinds(town) == before
