"""Rule 4: what Slack answers is a fact when the incident needs it; what depends on it waits, parks, and is revived."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from bot.sandbox import Call, Channel, Message, Person
from bot.store import outbox
from bot.views.ids import Action
from tests.living import Living, living
from tests.scenarios.world import COMMAND, incident, kinds, quiet, said, typed


def ours(args: dict[str, Any]) -> bool:
    """The channel of an incident; the announcement channel is looked for under its name, too."""
    return str(args.get("name")).startswith("inc-")


async def test_member_and_card_after_two_calls_in_a_row_and_everything_else_beside_them(
    database_url: str, tmp_path: Path
) -> None:
    async with living(database_url, tmp_path) as town:
        await typed(town.zoe, "list")  # who she is was asked long ago
        before = len(town.slack.calls)
        beside = {"chat.postMessage", "conversations.invite", "conversations.setTopic"}
        for method in (*beside, "response_url"):
            town.slack.faults.add(method, "hold", times=None)
        await typed(town.zoe, "declare P1 orders mart is stale")

        def under_way() -> list[Call]:
            return [c for c in town.slack.calls[before:] if c.ended is None]

        def made() -> bool:
            channel = town.slack.channel_named("inc-1")
            mine = [c for c in under_way() if channel and c.args.get("channel") == channel.id]
            member = any(town.zoe.id in str(c.args.get("users")) for c in mine)
            card = any("Detecting" in str(c.args.get("text")) for c in mine)
            return member and card and beside <= {c.method for c in under_way()}

        await town.slack.wait_for(made, 20, "member and card beside what else there is to say")
        answered = [c for c in town.slack.calls[before:] if c.ended is not None and c.method != "users.info"]
        assert [c.method for c in answered] == ["conversations.create"], "one call came before them"
        town.slack.faults.release()
        await quiet(town)
        assert town.zoe.id in (await town.incident()).members


async def test_what_slack_answered_is_a_fact_and_opens_the_way(both: Living) -> None:
    both.slack.faults.add("conversations.create", "delay", seconds=0.5, match=ours)
    await typed(both.zoe, "declare P1 orders mart is stale")
    assert "channel_opened" not in await kinds(both)
    assert await both.bot.db.read(outbox.waiting) > 3
    channel = await both.incident()
    assert "channel_opened" in await kinds(both)
    assert (await incident(both)).channel == channel.id
    await quiet(both)
    assert await both.bot.db.read(outbox.waiting) == 0
    assert {both.zoe.id, both.ana.id, both.bea.id, both.car.id} <= set(channel.members)


async def retry_button(town: Living, person: Person) -> Message:
    found = await town.slack.wait_for(lambda: [m for m in person.dms() if Action.RETRY in str(m.blocks)], 10)
    return found[-1]


async def test_a_refused_channel_is_told_once_and_comes_with_everything_when_retried(both: Living) -> None:
    both.slack.faults.add("conversations.create", "error:restricted_action", times=2, match=ours)
    await typed(both.zoe, "declare P1 orders mart is stale")
    message = await retry_button(both, both.zoe)
    await quiet(both)
    assert both.slack.channel_named("inc-1") is None
    assert "orders mart is stale" in str(both.slack.messages("incidents")), "announced all the same"
    await typed(both.bea, "INC-1 update loader restarted")
    await both.zoe.click(message, Action.RETRY)
    await both.slack.wait_for(lambda: len([m for m in both.zoe.dms() if Action.RETRY in str(m.blocks)]) == 2, 10)
    await both.zoe.click(await retry_button(both, both.zoe), Action.RETRY)
    channel = await both.incident()
    await quiet(both)
    assert len(both.slack.pinned(channel)) == 1
    assert {both.zoe.id, both.ana.id, both.bea.id, both.car.id} <= set(channel.members)
    assert len(said(both, channel, "loader restarted")) == 2, "what was said meanwhile, and the card"
    assert len([c for c in both.slack.channels if c.name.startswith("inc-1")]) == 1
    assert (await incident(both)).channel == channel.id


async def test_retry_pressed_twice_makes_one_channel(town: Living) -> None:
    town.slack.faults.add("conversations.create", "error:restricted_action", match=ours)
    await typed(town.zoe, "declare P1 orders mart is stale")
    message = await retry_button(town, town.zoe)
    await quiet(town)
    await asyncio.gather(*(town.zoe.click(message, Action.RETRY) for _ in range(2)))
    await town.incident()
    await quiet(town)
    assert len([c for c in town.slack.channels if c.name.startswith("inc-1")]) == 1


@pytest.mark.parametrize("kind", ["lost_reply", "500_after", "error_after:fatal_error"])
async def test_a_channel_that_was_made_without_an_answer_is_found_again(town: Living, kind: str) -> None:
    """Really waiting the 3 s that Slack's history may lag."""
    town.slack.faults.add("conversations.create", kind, match=ours)
    await typed(town.zoe, "declare P1 orders mart is stale")
    channel = await town.incident()
    await quiet(town)
    assert [c.name for c in town.slack.channels if c.name.startswith("inc-")] == [channel.name]
    assert channel.name == "inc-1-orders-mart-is-stale"


async def test_a_name_that_is_taken_gets_a_suffix(town: Living, room: Channel) -> None:
    town.slack.channel("inc-2-invoices-are-late", [town.max])
    await town.bea.command(COMMAND, "declare P2 invoices are late", "general")
    channel = await town.slack.wait_for(lambda: town.slack.channel_named("inc-2-invoices-are-late-2"), 10)
    assert channel.creator == town.slack.bot_user_id
