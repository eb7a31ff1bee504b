"""Steps, checklists and first questions, lived through: two people tick at once, Slack delivers twice, a phase is
entered again, and a private incident keeps its lists to itself."""

from __future__ import annotations

import asyncio
from pathlib import Path

from bot.domain import fact as f
from bot.sandbox import Channel, Message
from tests.listed import LISTED
from tests.living import CONFIG, Living, living
from tests.scenarios.world import COMMAND, MORNING, Clock, at, entries, incident, quiet, said, told, typed

LISTING = f"{CONFIG}protocol: listed.yml\n"


def standing(town: Living, room: Channel) -> Message:
    """`Next`: the one that is edited."""
    found = [m for m in town.slack.messages(room) if m.text.startswith(("*Next*", "✓ Who, what"))]
    assert len(found) == 1, "one message, however much changes"
    return found[0]


async def showing(town: Living, room: Channel, words: str) -> Message:
    def there() -> Message | None:
        found = [m for m in town.slack.messages(room) if m.text.startswith("*Next*") and words in m.text]
        return found[0] if found else None

    return await town.slack.wait_for(there, 10, what=words)


async def ticks(town: Living) -> list[tuple[str, str]]:
    return [(one.item, town.slack.person_named(_name(town, one.by)).id) for one in (await incident(town)).ticks]


def _name(town: Living, person: str | None) -> str:
    return next(one.name for one in town.people.values() if one.id == person)


async def test_what_is_next_is_one_message_on_which_everybody_ticks(sqlite_url: str, tmp_path: Path) -> None:
    (tmp_path / "listed.yml").write_text(LISTED)
    async with living(sqlite_url, tmp_path, config=LISTING) as town:
        await typed(town.bea, "declare P1 orders mart is stale")
        room = await town.incident()
        await quiet(town)
        for person in (town.ana, town.zoe):
            await person.join(room) if person.id not in room.members else None
        first = standing(town, room)
        assert [line for line in first.text.split("\n") if line.startswith("•")] == [
            "• *Who has it?* `/incident ack`",
            "• *Is it P1?* `/incident confirm`, or `/incident severity` and the right one",
            "• *What is broken?*",
            "• *Since when?*",
            "• *Who reads it?*",
            "• *What does it mean for them?*",
        ]
        assert "*Impact assessment* · 0 of 2 ticked · by " in first.text

        await town.ana.click(first, "Answer")
        form = await town.ana.opened_view()
        await town.ana.submit(form, {"What is broken?": "orders", "What does it mean for them?": "No revenue figures."})
        await showing(town, room, "• *Who reads it?*")
        await town.zoe.say(room, "finance does, every morning", thread_ts=first.ts)
        which = await told(town, town.zoe, "Does that answer one of the first questions?")
        await town.zoe.click(which, "Who reads it?")
        form = await town.zoe.opened_view()
        await town.zoe.submit(form, {"Since when?": MORNING})
        await showing(town, room, "0 of 2 ticked")
        assert (await incident(town)).first_answers == {"who": "finance does, every morning"}
        known = await incident(town)
        assert (known.affected, known.impact) == ("orders", "No revenue figures.")

        await typed(town.ana, "phase investigating", room)
        moved = await showing(town, room, "*Next* · Investigating")
        assert "☑ Say that you have it · on the record\n☐ Read the logs\n☐ Look at what was deployed" in moved.text
        before = len(town.ana.ephemerals())
        await asyncio.gather(town.ana.click(moved, "Read the logs"), town.zoe.click(moved, "Look at what was deployed"))
        done = await showing(town, room, "every step ticked")
        assert "☑" not in done.text
        assert sorted(await ticks(town)) == [("changes", town.zoe.id), ("logs", town.ana.id)]
        assert len(town.ana.ephemerals()) == before, "the box itself is the answer"

        await typed(town.ana, "phase fixing", room)
        await showing(town, room, "*Next* · Fixing until ")
        await typed(town.ana, "phase investigating", room)
        await showing(town, room, "Investigating: every step ticked")
        assert len(await ticks(town)) == 2, "what was done stays done"
        standing(town, room)


async def test_a_list_is_ticked_privately_and_nobody_takes_anothers_tick_away(sqlite_url: str, tmp_path: Path) -> None:
    (tmp_path / "listed.yml").write_text(LISTED)
    async with living(sqlite_url, tmp_path, config=LISTING) as town:
        await typed(town.bea, "declare P1 orders mart is stale")
        room = await town.incident()
        await quiet(town)
        for person in (town.ana, town.zoe):
            await person.join(room) if person.id not in room.members else None
        ana = (await town.ana.command("/incident", "checklist impact", room)).message
        zoe = (await town.zoe.command("/incident", "checklist impact", room)).message
        assert ana is not None
        assert zoe is not None
        assert ana.text.startswith("*Impact assessment* · 0 of 2 ticked · by ")
        await town.ana.click(ana, "Affected tables")
        page = await told(town, town.ana, "1 of 2 ticked")
        assert "☑ Affected tables · Ana" in page.text
        await town.zoe.click(zoe, "Money it touches")  # what she looks at is old: nothing is ticked on it
        await told(town, town.zoe, "2 of 2 ticked")
        assert sorted(await ticks(town)) == [("money", town.zoe.id), ("tables", town.ana.id)]
        await town.ana.click((await told(town, town.ana, "1 of 2 ticked")), "Affected tables")
        await town.slack.wait_for(lambda: said_last(town, "1 of 2 ticked"), 10, what="the page without the tick")
        assert await ticks(town) == [("money", town.zoe.id)]

        await typed(town.ana, "phase investigating", room)
        choice = (await town.ana.command("/incident", "checklist contain", room)).message
        assert choice is not None
        assert "What do you do? One is enough." in choice.text
        await town.ana.click(choice, "Revert what was changed")
        line = await town.slack.wait_for(lambda: said(town, room, "*Containment* Revert what was changed"), 10)
        assert "git revert" in str(line[0].blocks)

        assert "There is no list “nonsense”." in await typed(town.ana, "checklist nonsense", room)
        assert "There are also: best, fixing, validation, closure" in await typed(town.ana, "checklist", room)
        assert "Taken back: the tick" in await typed(town.ana, "undo", room)
        kinds = [e.fact.kind for e in await entries(town) if isinstance(e.fact, f.OfChecklist)]
        assert kinds == ["item_ticked", "item_ticked", "item_unticked", "item_ticked"]


def said_last(town: Living, words: str) -> bool:
    return words in town.ana.ephemerals()[-1].text


async def test_a_due_list_is_asked_for_in_a_private_incident_and_closing_counts_what_is_left(
    sqlite_url: str, tmp_path: Path, clock: Clock
) -> None:
    (tmp_path / "listed.yml").write_text(LISTED)
    async with living(sqlite_url, tmp_path, config=LISTING, environ=clock.environ) as town:
        await clock.go(at(0))
        await town.bea.command(COMMAND, "declare", "general")
        form = {"title": "salaries are wrong", "severity": "P1", "private": ["yes"]}
        await town.bea.submit(await town.bea.opened_view(), form)
        room = await town.incident()
        await quiet(town)
        await typed(town.bea, "phase investigating", room)
        assert "There is no INC-1" in await typed(town.zoe, "INC-1 checklist impact"), "it is not hers to know of"
        await clock.go(at(25))
        early = await town.slack.wait_for(
            lambda: [m for m in town.bea.dms() if "checklist" in m.text], 10, what="early"
        )
        assert "impact" in early[-1].text, "what is due together is asked together"
        await town.bea.click(early[-1], "Open the checklist")
        await told(town, town.bea, "0 of 2 ticked · by ")
        await clock.go(at(30))
        due = await town.slack.wait_for(lambda: said(town, room, "Impact assessment was to be ticked"), 10, what="due")
        assert "Nobody" not in due[-1].text
        await town.bea.click(due[-1], "Open the checklist")
        page = await told(town, town.bea, "0 of 2 ticked")
        await town.bea.click(page, "Affected tables")
        await town.slack.redeliver(1, "block_actions")
        page = await told(town, town.bea, "1 of 2 ticked")
        await town.bea.click(page, "Money it touches")
        await told(town, town.bea, "2 of 2 ticked")
        await typed(town.bea, "impact salaries of May cannot be used", room)
        await quiet(town)
        assert [e.fact.kind for e in await entries(town) if isinstance(e.fact, f.OfChecklist)] == ["item_ticked"] * 2
        asked = next(m for m in town.slack.messages(room) if m.ts == due[-1].ts)
        assert "to be ticked" not in asked.text, "what is left of the reminder asks for the rest"
        await typed(town.bea, "update the file of May is read again", room)
        await town.slack.wait_for(lambda: [m for m in said(town, room, "✓") if m.ts == due[-1].ts], 10, what="one line")

        await typed(town.bea, "checklist validation", room)
        await town.bea.click((await told(town, town.bea, "*Validation*")), "The data is fresh")
        await told(town, town.bea, "1 of 1 ticked")
        await town.bea.command(COMMAND, "resolve reverted", room)
        await town.bea.submit(await town.bea.opened_view(), {"data": "repaired"})
        await quiet(town)
        assert (await incident(town)).verified == "The data is fresh", "ticked before, ticked in the form"
        await showing(town, room, "*Best practice* · 0 of 2 ticked")
        await town.bea.command(COMMAND, "close", room)
        await town.bea.submit(await town.bea.opened_view(), {"met": ["resolved", "told"]})
        summary = await town.slack.wait_for(lambda: said(town, room, "*Closed"), 10, what="summary")
        assert "Containment: 0 of 2 ticked · Best practice: 0 of 2 ticked" in summary[-1].text
