"""kill -9 at the worst moments of a P1's life: after the next start nothing is lost and nothing is there twice."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.domain.fact import Asked, Entry
from bot.sandbox import Channel, Message, Person, Sandbox
from bot.store import facts
from bot.store.session import Database
from bot.views.ids import Action
from tests.living import CONFIG, MANIFEST, _people
from tests.scenarios.world import COMMAND, Child, at

EVERYBODY = {"U0ZOE", "U0ANA", "U0BEA", "U0CAR"}


@pytest.fixture
async def slack() -> AsyncIterator[Sandbox]:
    async with Sandbox(manifest=MANIFEST) as slack:
        people = _people(slack)
        slack.channel("general", list(people.values()), general=True)
        for name in ("incidents", "data-stakeholders"):
            slack.channel(name, list(people.values()), bot=True)
        yield slack


@pytest.fixture
async def child(slack: Sandbox, sqlite_url: str, tmp_path: Path) -> AsyncIterator[Child]:
    """The bot in a process of its own; it is Friday morning."""
    (tmp_path / "sitrep.yml").write_text(CONFIG)
    child = Child(slack, tmp_path, sqlite_url)
    try:
        await child.start()
        await child.clock.go(at(0))
        yield child
    finally:
        await child.end()


def zoe(slack: Sandbox) -> Person:
    return slack.people["U0ZOE"]


def channels(slack: Sandbox) -> list[Channel]:
    return [c for c in slack.channels if c.name.startswith("inc-")]


def cards(slack: Sandbox, room: Channel) -> list[Message]:
    return [m for m in slack.messages(room) if "Catch me up" in str(m.blocks) and not m.is_reply]


def announced(slack: Sandbox) -> list[Message]:
    return [m for m in slack.messages("incidents") if not m.is_reply]


def posted(slack: Sandbox) -> Counter[str]:
    """How often each message of the outbox was posted, by the id it carries; a delayed answer means it was."""
    there = [c for c in slack.calls_of("chat.postMessage") if c.fault in (None, "delay") and c.error is None]
    return Counter(str(call.args.get("metadata")) for call in there)


async def record(child: Child) -> list[Entry]:
    database = Database(child.url)
    try:
        assert await database.read(lambda session: facts.verify(session, 1)) == []
        return await database.read(lambda session: facts.entries(session, 1))
    finally:
        await database.close()


async def declared(child: Child) -> None:
    ack = await zoe(child.slack).command(COMMAND, "declare P1 orders mart is stale", "general")
    assert "INC-1 is saved" in ack.text


async def all_there(child: Child, minutes: float) -> Channel:
    """Once everything is said: one channel with everybody and one card in it, announced once, each told once."""
    await child.clock.go(at(minutes))
    slack = child.slack
    [room] = channels(slack)
    assert set(room.members) >= EVERYBODY
    assert len(cards(slack, room)) == 1
    assert [m.ts for m in slack.pinned(room)] == [cards(slack, room)[0].ts]
    assert len(room.bookmarks) == 1
    lines = [m.text for m in announced(slack)]
    assert len(lines) == len(set(lines)), "announced twice"
    topics = [m.text for m in slack.messages(room, system=True) if m.subtype == "channel_topic"]
    assert len(topics) == len(set(topics)), "the same topic was set twice"
    assert [what for what, times in posted(slack).items() if times > 1] == [], "posted twice"
    return room


DEATHS = {
    "before the channel is asked for": ("conversations.create", "lost_request"),
    "when the channel is made and nobody has said so": ("conversations.create", "delay"),
    "when the card is posted and nobody has said so": ("chat.postMessage", "delay"),
    "while people are invited": ("conversations.invite", "delay"),
    "while the card is pinned": ("pins.add", "delay"),
}


@pytest.mark.parametrize("moment", DEATHS)
async def test_killed_while_the_incident_opens(child: Child, moment: str) -> None:
    method, kind = DEATHS[moment]
    slack = child.slack
    slack.faults.add(method, kind, times=None, seconds=30)
    await declared(child)
    await child.when(lambda: [c for c in slack.calls_of(method) if c.fault], f"{method}, struck")
    slack.faults.clear()
    await child.lives_on()
    await all_there(child, 0)
    assert len(announced(slack)) == 1


def asks_in_the_channel(args: dict[str, Any]) -> bool:
    return str(args["channel"]).startswith("C") and Action.NOT_ME in str(args.get("blocks"))


async def test_killed_again_and_again_through_a_whole_life(child: Child) -> None:
    slack, people = child.slack, child.slack.people
    await declared(child)
    await child.lives_on_later()
    room = await all_there(child, 0)

    async def says(who: str, text: str) -> str:
        ack = await people[who].command(COMMAND, text, room)
        assert ack.ok
        return ack.text

    assert "You acknowledged" in await says("U0ANA", "ack")
    await says("U0BEA", "confirm")
    await says("U0BEA", "impact figures of today are wrong")
    slack.faults.add(
        "chat.postMessage", "delay", seconds=30, match=lambda args: "first finding" in str(args.get("text"))
    )
    assert "Update saved" in await says("U0ANA", "update first finding")
    await says("U0ANA", "update second finding")
    await child.when(lambda: [c for c in slack.calls if c.fault == "delay"], "the first update, half said")
    await child.lives_on_later()
    reminder = slack.faults.add("chat.postMessage", "delay", seconds=30, match=asks_in_the_channel)
    asking = asyncio.create_task(child.clock.go(at(32)))
    await child.when(lambda: reminder.used, "a reminder, half said")
    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)
    slack.faults.clear()
    await child.lives_on_later()
    await child.clock.go(at(62))
    await says("U0ANA", "update third finding")
    await people["U0BEA"].command(COMMAND, "resolve", room)
    view = await people["U0BEA"].opened_view()
    await people["U0BEA"].submit(view, {"Fix applied": "reverted", "State of the data": "repaired"})
    await child.lives_on_later()
    await people["U0BEA"].command(COMMAND, "close", room)
    view = await people["U0BEA"].opened_view()
    await people["U0BEA"].submit(view, {"reason": "all is well"})
    await child.lives_on_later()
    await all_there(child, 63)
    texts = [m.text for m in slack.messages(room) if not m.is_reply]
    for words in (":* first finding", ":* second finding", ":* third finding", "*Impact, said by", "*Resolved · "):
        assert len([text for text in texts if words in text]) == 1, words
    assert [file.name for file in slack.files] == ["inc-1-timeline.md"]
    asked = [
        (c.key, c.occurrence, e.fact.step)
        for e in await record(child)
        if isinstance(e.fact, Asked)
        for c in e.fact.covers
    ]
    assert len(asked) == len(set(asked)), "each step of asking once"


async def test_what_was_acknowledged_before_the_kill_is_kept(child: Child) -> None:
    """Killed in the very moment that Slack got the answer, with every call hanging."""
    child.slack.faults.add("*", "hang", times=None, seconds=30)
    await declared(child)
    await child.die()
    child.slack.faults.clear()
    assert (await record(child))[0].fact.kind == "declared"
    await child.start()
    await all_there(child, 0)
