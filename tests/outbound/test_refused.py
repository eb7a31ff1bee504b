"""What Slack refuses for good is told to one person, once for each cause, and holds nothing up."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.domain import request as r
from bot.outbound.delivery import ENOUGH_TRIES
from bot.sandbox import Message
from tests.outbound.town import QUICK, Town, founded, running

pytestmark = pytest.mark.usefixtures("impatient")


def sorry(town: Town) -> dict[str, list[Message]]:
    told = {who: town.told(who, "Slack did not let me") for who in town.persons}
    return {who: messages for who, messages in told.items() if messages}


async def busy(town: Town) -> None:
    """Everything that says something in the channel."""
    await town.act(r.Acknowledge(), by="car")
    await town.act(r.PostUpdate("Restarted."), by="car")
    await town.act(r.StateImpact("Revenue is wrong since six.", data="suspect"), by="car")
    await town.act(r.Rename("Returns mart is stale"), by="car")
    await town.act(r.AddPeople(("U0DIR",)), by="car")
    await town.act(r.Resolve(fix="reverted", data="repaired"), by="car")
    await town.act(r.Close(met=(), reason="done"), by="car")
    await town.quiet()


async def test_an_archived_channel_refuses_a_dozen_messages_and_is_told_once(town: Town) -> None:
    await town.declare()
    await town.quiet()
    room = town.slack.find("inc-1-orders-mart-is-stale")
    room.archived = True
    room.members.clear()
    await busy(town)
    assert len(town.slack.calls_of("chat.postMessage")) > 5
    assert {who: len(told) for who, told in sorry(town).items()} == {"ana": 1}
    assert "unarchive" in sorry(town)["ana"][0].text
    assert [m.text for m in town.said("incidents") if "Resolved" in m.text], "elsewhere everything goes on"


async def test_two_places_are_two_causes(town: Town) -> None:
    await town.declare()
    await town.quiet()
    for name in ("inc-1-orders-mart-is-stale", "incidents"):
        town.slack.find(name).archived = True
    await busy(town)
    assert len(sorry(town)["ana"]) == 2


async def test_who_cannot_be_reached_is_not_the_one_who_is_told(town: Town) -> None:
    """Ana declared and left the company; Bea leads."""
    await town.declare()
    await town.quiet()
    town.ana.change(deleted=True)
    town.slack.find("inc-1-orders-mart-is-stale").archived = True
    await town.act(r.PostUpdate("Restarted."), by="car")
    await town.quiet()
    assert {who: len(told) for who, told in sorry(town).items()} == {"bea": 1}


async def test_nobody_declared_it_and_somebody_is_told_all_the_same(town: Town) -> None:
    """An incident that a program declared has a lead and somebody on call."""
    town.slack.faults.add("conversations.create", "error:restricted_action", match=lambda a: "inc-" in str(a["name"]))
    await town.declare(by=None)
    await town.quiet()
    assert {who: len(told) for who, told in sorry(town).items()} == {"bea": 1}


async def test_what_waits_for_a_refused_card_follows_with_the_next_one(town: Town) -> None:
    def inside(args: dict[str, Any]) -> bool:
        room = town.slack.channel_named("inc-1")
        return room is not None and args["channel"] == room.id

    town.slack.faults.add("chat.postMessage", "error:restricted_action", match=inside)
    await town.declare()
    await town.quiet()
    assert town.slack.pinned("inc-1-orders-mart-is-stale") == []
    await town.act(r.Acknowledge(), by="car")
    await town.quiet()
    assert len(town.slack.pinned("inc-1-orders-mart-is-stale")) == 1
    assert len(town.slack.find("inc-1-orders-mart-is-stale").bookmarks) == 1


async def test_a_day_of_trouble_is_told_in_the_end_and_not_before_it_was_tried_often(sqlite_url: str) -> None:
    """Here the day is over at once: a Sitrep that was off for a day still tries."""
    restless = replace(QUICK, look_after=0.0, first_pause=0.01, longest_pause=0.01, give_up=0.0)
    async with founded(sqlite_url, restless) as town, running(town):
        town.slack.faults.add("pins.add", "503", times=None)
        await town.declare()
        await town.quiet(60)
        assert len(town.slack.calls_of("pins.add")) == ENOUGH_TRIES + 1
        assert [m.text.split(".")[0] for m in town.told("ana", "did not let me")] == [
            "Slack did not let me pin its card (HTTP 503)"
        ]
