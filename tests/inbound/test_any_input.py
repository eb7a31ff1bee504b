"""Whatever is typed, through the real door: always an answer, never a bug, and nothing happens to another incident."""

from __future__ import annotations

import random

from bot.inbound.verbs import NAMED
from bot.sandbox import Channel
from bot.store import facts
from tests.living import Living

PIECES = (
    *sorted(NAMED),
    *("P1", "sev2", "p-1", "P9", "INC-1", "inc1:", "INC-999", "#inc-1-orders", "@Bea", "@Zoe", "@nobody", "<@U0GONE>"),
    *("30m", "until 14:00", "eta fri", "due tomorrow eod", "at 02:40", "at 25:99", "now", "no change", "false alarm"),
    *(
        "fixing",
        "monitoring",
        "“curly”",
        "’",
        "—",
        ":",
        "\n",
        "🔥",
        "数据",
        "a" * 300,
        "\u202e",
        "&lt;",
        "`",
        "*",
        "42",
        "-",
    ),
)
TRIES = 25
BY_NAME = 12


async def test_every_input_is_answered_and_none_breaks(town: Living, room: Channel) -> None:
    """The same 25 inputs every time: one to five pieces each, typed where no incident is and where one is."""
    await town.zoe.command("/incident", "declare P3 something else", "general")
    await town.slack.settled()
    before = await town.bot.db.read(lambda session: len(facts.entries(session, 2)))
    chance = random.Random(20_261_121)
    for _ in range(TRIES):
        words = " ".join(chance.choice(PIECES) for _ in range(chance.randint(1, 5)))
        where = chance.choice((room, town.general))
        answer = await town.ana.command("/incident", words, where)
        assert answer.ok, words
        said = answer.message.text if answer.message else (await town.ana.opened_view()).callback_id
        assert said, words
        assert "Something broke" not in said, words
    after = await town.bot.db.read(lambda session: facts.entries(session, 2))
    assert [e.fact.kind for e in after[before:] if e.by == town.ana.id] == []


async def test_every_input_to_the_bot_by_its_name_is_answered_too(town: Living, room: Channel) -> None:
    """In a thread of the incident's channel, in a channel that is no incident's, and in a conversation with the bot."""
    talk = await town.zoe.say(room, "how is it going?")
    chance = random.Random(7)
    for n in range(BY_NAME):
        words = " ".join(chance.choice(PIECES) for _ in range(chance.randint(0, 4)))
        before = len(town.zoe.ephemerals()) + len(town.zoe.dms())
        match n % 3:
            case 0:
                await town.zoe.mention(room, words, talk.ts)
            case 1:
                await town.zoe.mention("incidents", words)
            case _:
                await town.zoe.say(town.zoe.dm, words or "list")
                before += 1  # their own message stands there too

        def answered(seen: int = before) -> bool:
            return len(town.zoe.ephemerals()) + len(town.zoe.dms()) > seen

        await town.slack.wait_for(answered, 10, what=f"an answer to {words!r}")
    told = [m.text for m in (*town.zoe.ephemerals(), *town.zoe.dms())]
    assert not [text for text in told if "Something broke" in text]
