"""Runbooks lived through: the ingestion failure of a protocol that has one, with a step that needs approval; causes
looked for, advice that comes by itself once, a backfill by a recipe."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from bot.sandbox import Channel, Message, Person
from tests.living import CONFIG, Living, living
from tests.scenarios.world import COMMAND, MORNING, Clock, at, incident, kinds, quiet, said, shows, told, typed

FORGE = CONFIG.replace("incident-manager: [U0BEA]", "data-producer: [U0BEA]") + "protocol: dataforge\n"


async def standing(town: Living, room: Channel, words: str) -> Message:
    """The message in the channel, once it reads like this."""
    found = await town.slack.wait_for(lambda: said(town, room, words), 10, what=words)
    return found[-1]


def read(person: Person, message: Message) -> str:
    return "\n".join(person.screen.message(message))


async def test_the_ingestion_failure_with_a_step_that_needs_approval(sqlite_url: str, tmp_path: Path) -> None:
    async with living(sqlite_url, tmp_path, config=FORGE) as town:
        await town.ana.command(COMMAND, "declare SEV1 alarm: ingestion-error-rate-high", "general")
        room = await town.incident()
        await town.slack.wait_for(lambda: town.slack.pinned(room), 10, what="the card")
        await town.bea.join(room)
        await quiet(town)

        # it fits by its alarm; the ticket is linked in any case of letters, and the wrong shape is told in a sentence
        offered = await standing(town, room, "Ingestion failures")
        assert "fits: IngestionErrorRateHigh" in offered.text
        assert "they look like DFG-INC-204" in await typed(town.ana, "link DFG-204", room)
        assert "belongs to DFG-INC-204 in Jira" in await typed(town.ana, "link dfg-inc-204", room)
        await shows(town, room, "DFG-INC-204")

        # started: it stands in the channel once, its steps are private, commands exactly as they are written
        await town.ana.click(offered, "Start")
        steps = await told(town, town.ana, "Runbook · Ingestion failures")
        assert "aws sqs receive-message" in read(town.ana, steps)
        stands = await standing(town, room, "Runbook · Ingestion failures")
        assert "0 of 9 steps ticked" in stands.text
        posts = len([m for m in said(town, room) if not m.is_reply])

        # ticks edit what stands there and post nothing
        await town.ana.click(steps, "Look for new messages in the dead letter queue of the Lambdas")
        await town.bea.command(COMMAND, "runbook ingestion failures", room)
        theirs = await told(town, town.bea, "1 of 9 steps ticked")
        assert "Look for new messages in the dead letter queue of the Lambdas" in theirs.text
        assert " Ana: Look for new messages" in theirs.text
        await town.bea.click(theirs, "Replay what is in the dead letter queue")
        stands = await standing(town, room, "2 of 9 steps ticked")
        assert "*Mitigate* 1 of 4 · next: If it is saturated" in stands.text
        assert len([m for m in said(town, room) if not m.is_reply]) == posts

        # the override cannot be ticked: it asks for approval, by the step's own words
        assert "needs approval" in await typed(town.ana, "runbook ingestion", room)
        mine = await told(town, town.ana, "2 of 9 steps ticked")
        assert "Override the schema for the time being" not in [box["text"]["text"] for box in boxes(mine)]
        await town.ana.click(mine, "Ask for approval")
        form = await town.ana.opened_view()
        text = "\n".join(town.ana.screen.view(form))
        assert "A step of Ingestion failures, Mitigate (dataforge § ingestion.mitigate.3)" in text
        await town.ana.submit(
            form, {"How it is taken back": "the old schema is in git", "Risk and side effects": "none"}
        )
        plan = await standing(town, room, "asks for approval: *Override the schema for the time being*")
        waiting = await typed(town.ana, "runbook ingestion", room)
        assert "Ana asked for approval" in waiting
        assert "Go ahead without approval" in read(town.ana, await told(town, town.ana, "Ana asked for approval"))
        await typed(town.bea, "role data-producer @Bea", room)
        await town.bea.click(plan, "Approve")
        await standing(town, room, "Bea approved: *Override the schema")
        ready = await typed(town.ana, "runbook ingestion", room)
        assert "Bea approved it" in ready
        await town.ana.click(await told(town, town.ana, "Bea approved it"), "Override the schema for the time being")
        await standing(town, room, "3 of 9 steps ticked")

        # what is not finished says where it stands, and the record has each tick with who made it
        assert "📖 *Ingestion failures* 3 of 9 steps ticked" in await typed(town.bea, "runbook", room)
        record = await typed(town.bea, "timeline all", room)
        for words in (
            "Ana started the runbook Ingestion failures",
            "Bea ticked: Replay what is",
            "Ana linked the ticket",
        ):
            assert words in record, words
        assert (await kinds(town)).count("item_ticked") == 4, "three steps, and the ticket by its link"


def boxes(message: Message) -> list[dict[str, Any]]:
    """What can be ticked in a message."""
    rows = [block["elements"] for block in message.blocks if block["type"] == "actions"]
    return [option for row in rows for one in row for option in one.get("options", ())]


WALK = CONFIG + "protocol: data-walkthrough\n"


async def test_advice_comes_by_itself_once_and_causes_are_looked_for(
    sqlite_url: str, tmp_path: Path, clock: Clock
) -> None:
    async with living(sqlite_url, tmp_path, config=WALK, environ=clock.environ) as town:
        await clock.go(MORNING)
        await town.ana.command(COMMAND, "declare P0 orders are short", "general")
        room = await town.incident()
        await typed(town.ana, "affected orders_mart", room)
        await quiet(town)

        # half-way to the escalation (house: 30 min) nobody knows the cause: one quiet message, with the way to find it
        await clock.go(at(14))
        assert not said(town, room, "The cause cannot be found")
        await clock.go(at(16))
        advice = await standing(town, room, "The cause cannot be found")
        assert "Half of the time until the escalation is over" in advice.text
        assert "<@" not in advice.text
        await town.ana.click(advice, "5 whys")
        form = await town.ana.opened_view()
        refused = await town.ana.submit(form, {"Why did the data fail?": " "})
        assert refused.errors
        second = "Why did that happen, which values or which step?"
        answers = {"Why did the data fail?": "Tests failed", second: "Nulls"}
        assert not (await town.ana.submit(form, answers)).errors
        theory = await standing(town, room, "*Theory 1* Nulls")
        assert "Tests failed" in theory.text
        await town.ana.click(theory, "Confirmed")
        await standing(town, room, "✓ *Cause* Nulls")
        await town.zoe.join(room)
        await town.zoe.command(COMMAND, "ishikawa", room)
        assert "Ishikawa" in "\n".join(town.zoe.screen.view(await town.zoe.opened_view()))

        # going back, and opening it again: each once
        await typed(town.ana, "phase resolving", room)
        await typed(town.ana, "phase investigating", room)
        await standing(town, room, "The repair does not help")
        await typed(town.ana, "cancel noise", room)
        await typed(town.ana, "reopen it was real", room)
        await standing(town, room, "It comes again and again")
        await quiet(town)
        assert len(said(town, room, "The repair does not help")) == 1
        assert "Double-check" not in await typed(town.ana, "troubleshoot", room)
        assert "See that the repair is really deployed" in await typed(town.ana, "runbook stuck", room)

        # a recipe with what is known filled in; the ledger keeps by which one it is done
        await typed(town.ana, "data suspect since 06:10 until 08:20", room)
        ledger = (await town.ana.command(COMMAND, "backfill", room)).message
        assert ledger is not None
        await town.ana.click(ledger, "dbt, for some days")
        recipe = await told(town, town.ana, "dbt run --select")
        await town.ana.click(recipe, "Plan a backfill")
        plan = await town.ana.opened_view()
        await town.ana.submit(plan, {"What is written again": "orders_mart"})
        await standing(town, room, "Backfill planned:* orders_mart, by dbt, for some days")

        # resolved; the next one about the same thing says which one it is like
        await town.ana.command(COMMAND, "resolve reverted", room)
        await town.ana.submit(await town.ana.opened_view(), {"State of the data": "repaired"})
        await standing(town, room, "Resolved")
        await clock.go(at(24 * 60))
        await town.ana.command(COMMAND, "declare P2 orders are doubled", "general")
        later = await town.incident(2)
        await typed(town.ana, "affected orders_mart", later)
        again = await standing(town, later, "It comes again and again")
        assert f"INC-1 (<#{room.id}>) was like this and was resolved" in again.text

        # what is typical is asked with its reason, and kept on demand
        answer = await typed(town.ana, "category data loss", later)
        assert "Data loss is typically P0 (data-walkthrough §" in answer
        asked = await told(town, town.ana, "Data loss is typically P0")
        await town.ana.click(asked, "Keep P2")
        await told(town, town.ana, "It stays P2")
        assert (await incident(town, 2)).severity == "P2"
