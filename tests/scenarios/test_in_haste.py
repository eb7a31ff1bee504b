"""Typed by somebody tired: what stands in a hurry's way, and what must not be lost, said twice or taken for another."""

from __future__ import annotations

from pathlib import Path

from tests.living import Living, living
from tests.scenarios.world import incident, quiet, typed


async def said_alone(town: Living, text: str) -> str:
    """What Ana reads after writing to the bot alone."""
    before = len(town.ana.dms())
    await town.ana.say(town.ana.dm, text)
    await town.slack.wait_for(lambda: len(town.ana.dms()) > before + 1, 10, what=f"an answer to {text!r}")
    return town.ana.dms()[-1].text


async def test_words_typed_in_haste_do_what_was_meant_or_say_what_does(sqlite_url: str, tmp_path: Path) -> None:
    async with living(sqlite_url, tmp_path) as town:
        many = [town.slack.person(f"Helper {n}") for n in range(9)]
        assert "INC-1 is saved" in await typed(town.ana, "declare P2 orders mart is stale")
        room = await town.incident()
        await quiet(town)

        answer = await typed(town.ana, "add " + " ".join(f"@{one.name}" for one in many), room)
        assert answer.startswith("Helper 0, Helper 1, Helper 2, Helper 3, Helper 4 and 4 others are invited to INC-1")
        assert "“@Bea friday” is nothing I can use there" in await typed(town.ana, "metrics @bea friday", room)
        assert (await typed(town.ana, "help resolv", room)).startswith("`/incident resolve [fix]`")
        assert "“blah” is nothing I can use there" in await typed(town.ana, "help blah", room)
        assert "no change" in await typed(town.ana, "no change", room)
        assert (await incident(town)).updates[-1].no_change
        assert "INC-1 · P2" in await typed(town.zoe, "show 1")
        assert "I know people by mention only" in await typed(town.ana, "lead bea", room)
        assert "may mean several things" in await typed(town.ana, "p1 it is worse", room)
        assert "INC-2 is saved" in await typed(town.ana, "drill P3 practise", room), "a drill is part of no incident"
        await town.incident(2)
        await typed(town.ana, "INC-2 cancel noise")
        await quiet(town)

        assert "may mean several things" in await said_alone(town, "p1 it is worse")
        assert (await incident(town)).severity == "P2"
        assert "That call is linked" not in await typed(town.ana, "call https://meet.example.com/a", room)
        assert "That call is linked to INC-1 already" in await typed(town.ana, "call https://meet.example.com/a", room)

        for text in ("task check the logs", "task call the vendor"):
            await typed(town.ana, text, room)
        await typed(town.ana, "actions", room)
        for text in ("check the logs", "call the vendor"):
            await town.ana.click(town.ana.ephemerals()[-1], "Done", beside=text)
            await quiet(town)
        assert [todo.open for todo in (await incident(town)).todos] == [False, False], "one list ticks them all"


async def test_without_a_channel_nobody_is_sent_there(sqlite_url: str, tmp_path: Path) -> None:
    async with living(sqlite_url, tmp_path) as town:
        town.slack.faults.add("conversations.create", kind="error:restricted_action", times=None)
        await typed(town.ana, "declare P1 orders mart is stale")
        await quiet(town)
        answer = await typed(town.ana, "INC-1 propose drop it because it is bad, risk none, rollback restore")
        assert answer.startswith("Your plan is saved. INC-1 has no channel yet, so ask Bea and Tec yourself")
        assert "channel" not in await typed(town.ana, "INC-1 rename Orders are late")
        assert "Approved" in await typed(town.bea, "INC-1 approve")
