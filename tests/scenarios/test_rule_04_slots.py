"""Rule 4: what Slack answers is a fact when the incident needs it; what depends on it waits, parks, and is revived."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from bot.sandbox import Call, Channel, Message, Person
from bot.store import outbox
from bot.views.ids import Action
from tests.living import Living, living
from tests.scenarios.world import COMMAND, incident, kinds, quiet, said, typed

LATENCY = 0.1


def ours(args: dict[str, Any]) -> bool:
    """The channel of an incident; the announcement channel is looked for under its name, too."""
    return str(args.get("name")).startswith("inc-")


def after(call: Call, others: Sequence[Call]) -> list[Call]:
    """Those of the others that had ended when the call began."""
    return [other for other in others if other.ended is not None and other.ended <= call.started]


def depth(call: Call, others: Sequence[Call]) -> int:
    """How many calls, this one among them, were made one after the other."""
    return 1 + max((depth(before, others) for before in after(call, others)), default=0)


async def test_member_and_card_after_two_calls_in_a_row_and_everything_else_beside_them(
    database_url: str, tmp_path: Path
) -> None:
    async with living(database_url, tmp_path) as town:
        await typed(town.zoe, "list")  # who she is was asked long ago
        town.slack.latency = LATENCY
        before = len(town.slack.calls)
        await typed(town.zoe, "declare P1 orders mart is stale")
        await town.incident()
        await quiet(town)
        calls = town.slack.calls[before:]
        [create] = [c for c in calls if c.method == "conversations.create" and c.args["name"].startswith("inc-")]
        channel = town.slack.find("inc-1-orders-mart-is-stale")
        [card] = [
            c for c in calls if (c.result or {}).get("ts") == town.slack.pinned(channel)[0].ts and "chat" in c.method
        ]
        invites = [c for c in calls if c.method == "conversations.invite"]
        [member] = [c for c in invites if town.zoe.id in str(c.args["users"])]
        asked = [c for c in calls if c.method == "users.info"]
        way = [c for c in calls if c not in asked]
        assert depth(create, way) == 1
        assert depth(member, way) == depth(card, way) == 2
        assert card.started < (member.ended or 0), "member and card are made side by side"
        assert member.started < (card.ended or 0)
        for method in ("conversations.setTopic", "conversations.invite"):
            assert depth(next(c for c in calls if c.method == method), way) == 2
        beside = [c for c in calls if c.started < (card.ended or 0) and c is not card and c is not create]
        assert {"conversations.setTopic", "conversations.invite", "chat.postMessage"} <= {c.method for c in beside}


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
