"""Slack answers late, wrongly or not at all: everything is said whole, once and in order."""

from __future__ import annotations

import asyncio
import random
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from typing import Any

import pytest

from bot.domain import request as r
from bot.outbound.desk import Desk, Job, Result
from bot.outbound.slack import SENDERS
from bot.sandbox import Limits
from bot.store import outbox
from bot.store.session import NotSaved
from tests.outbound.town import QUICK, Town, founded, running

pytestmark = pytest.mark.usefixtures("impatient")

UNHEARD = ["429", "500", "html", "garbage", "lost_request", "error:fatal_error"]
"""Nothing happened, though only a 429 says so for certain."""

HEARD = ["lost_reply", "500_after", "error_after:fatal_error"]
"""It happened, and Slack did not say so."""

ANY = [*UNHEARD, *HEARD]


def of_update(args: dict[str, Any]) -> bool:
    return "Restarted." in str(args.get("text"))


@pytest.mark.parametrize("kind", ["html", "lost_reply", "error_after:fatal_error"])
async def test_the_card_stands_once_and_is_current(town: Town, kind: str) -> None:
    card = {"match": lambda args: bool(args.get("blocks")) and "INC-1" in str(args.get("text"))}
    town.slack.faults.add("chat.postMessage", kind, **card)  # type: ignore[arg-type]
    town.slack.faults.add("chat.update", kind, **card)  # type: ignore[arg-type]
    await town.declare()
    await town.quiet()
    await town.act(r.PostUpdate("Restarted."), by="car")
    await town.quiet()
    (card_there,) = town.slack.pinned("inc-1-orders-mart-is-stale")
    same = [m for m in town.said("inc-1") if m.text.startswith(card_there.text[:20]) and not m.is_reply]
    assert "Restarted." in card_there.text
    assert len([m for m in same if "Next update" in str(m.blocks)]) == 1


async def test_a_direct_message_that_was_looked_for_is_found_again_later(town: Town) -> None:
    town.slack.faults.add("chat.postMessage", "lost_reply", match={"channel": town.car.id})
    await town.declare()
    await town.quiet()
    await town.act(r.Acknowledge(), by="car")
    await town.quiet()
    (told,) = town.told("car")
    assert told.text.startswith("✓"), "it shrinks where it stands when it is answered"


@pytest.mark.parametrize("seed", range(2))
async def test_in_a_storm_everything_is_said_once_and_in_order(town: Town, seed: int) -> None:
    chance = random.Random(seed)
    methods = ["chat.postMessage", "chat.update", "conversations.create", "conversations.invite", "pins.add"]
    for _ in range(25):
        kinds = [kind for kind in ANY if kind != "429"]
        town.slack.faults.add(chance.choice(methods), chance.choice(kinds), after=chance.randrange(4))
    await town.declare()
    for number in range(8):
        await town.act(r.PostUpdate(f"Update number {number}."), by="car")
    await town.quiet(50)
    assert town.updates() == [f"Update number {n}." for n in range(8)]
    threads = [m.text for m in town.said("incidents") if m.is_reply]
    assert [n for n in range(8) for text in threads if f"number {n}." in text] == list(range(8))
    assert len(town.slack.pinned("inc-1-orders-mart-is-stale")) == 1
    assert "Update number 7." in town.slack.pinned("inc-1-orders-mart-is-stale")[0].text
    assert [c.name for c in town.slack.channels if c.name.startswith("inc-")] == ["inc-1-orders-mart-is-stale"]


async def test_slack_down_for_long_costs_that_long_and_drains_in_order(town: Town) -> None:
    down = town.slack.faults.add("*", "503", times=None)
    await town.declare()
    await town.act(r.PostUpdate("While it was down."), by="car")
    await town.act(r.PostUpdate("Still down."), by="car")
    await town.slack.wait_for(lambda: down.used > 10)
    town.slack.faults.clear()
    await town.quiet()
    assert town.updates() == ["While it was down.", "Still down."]


async def test_a_revoked_token_loses_nothing(town: Town) -> None:
    town.slack.ws.revoked = True
    await town.declare()
    await town.slack.wait_for(lambda: town.slack.calls_of("conversations.create"))
    town.slack.ws.revoked = False
    assert await town.db.read(outbox.waiting) > 0
    assert (await town.incident()).channel_error is None


async def test_slacks_limits_are_kept_without_losing_or_doubling_anything(town: Town) -> None:
    town.slack.limits = Limits(messages=True, burst=2)
    await town.declare()
    for number in range(4):
        await town.act(r.PostUpdate(f"Update number {number}."), by="car")
    await town.quiet(40)
    assert town.updates() == [f"Update number {n}." for n in range(4)]


@pytest.mark.parametrize("lag", [0.0, 0.2])
async def test_history_that_lags_is_waited_for(sqlite_url: str, lag: float) -> None:
    async with founded(sqlite_url, replace(QUICK, look_after=0.5)) as town, running(town):
        town.slack.unconfirmed.history_lag_seconds = lag
        town.slack.faults.add("chat.postMessage", "lost_reply", match=of_update)
        await town.declare()
        await town.act(r.PostUpdate("Restarted."), by="car")
        await town.quiet()
        assert town.updates() == ["Restarted."]


@pytest.mark.parametrize("allowed", [True, False])
async def test_a_thread_that_cannot_be_read_holds_nothing_up(town: Town, allowed: bool) -> None:
    town.slack.unconfirmed.bot_replies_allowed = allowed
    in_thread = lambda args: of_update(args) and "thread_ts" in args  # noqa: E731 - a name for one use
    town.slack.faults.add("chat.postMessage", "lost_request", match=in_thread)
    await town.declare()
    await town.act(r.PostUpdate("Restarted."), by="car")
    await town.quiet()
    assert len([m for m in town.said("incidents", "Restarted.") if m.is_reply]) == 1


async def test_a_courier_that_dies_in_the_middle_leaves_nothing_undone_and_nothing_doubled(sqlite_url: str) -> None:
    async with founded(sqlite_url, replace(QUICK, lease=2.0)) as town:
        town.slack.latency = 0.2
        town.team.wake = town.courier.wake
        dying = asyncio.create_task(town.courier.run())
        await town.declare()
        await town.slack.wait_for(lambda: [m for m in town.slack.ws.messages if town.said("inc-1", "INC-1")])
        await kill(dying, town)
        town.slack.latency = 0.0
        async with running(town, town.another()):
            await town.quiet()
        assert len(town.slack.pinned("inc-1-orders-mart-is-stale")) == 1
        cards = [m for m in town.said("inc-1") if "Next update" in str(m.blocks) and not m.is_reply]
        assert len(cards) == 1
        assert Counter(c.name for c in town.slack.channels)["inc-1-orders-mart-is-stale"] == 1
        assert len(town.told("ana")) == 1


async def kill(task: asyncio.Task[None], town: Town) -> None:
    """As kill -9: nothing is waited for and nothing written any more."""
    for each in [t for t in asyncio.all_tasks() if t.get_name().startswith("deliver ")] + [task]:
        each.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_two_replicas_say_everything_once(database_url: str) -> None:
    async with founded(database_url) as town, running(town), running(town, town.another()):
        for number in range(1, 4):
            await town.declare(f"Table {number} is late")
        for number in range(1, 4):
            await town.act(r.PostUpdate("Restarted."), by="car", incident=number)
        await town.quiet(40)
        for number in range(1, 4):
            name = f"inc-{number}-table-{number}-is-late"
            assert len(town.slack.pinned(name)) == 1
            assert town.updates(name) == ["Restarted."]
        assert len([m for m in town.said("incidents") if not m.is_reply]) == 3


async def test_what_came_of_a_message_is_written_as_soon_as_the_database_can(sqlite_url: str) -> None:
    """Somebody else holds the write lock just when the channel is made: who declared does not wait for a lease."""
    async with founded(sqlite_url) as town, running(town):
        town.slack.faults.add("conversations.create", "delay", seconds=0.3)
        await town.declare()
        await town.slack.wait_for(lambda: town.slack.calls_of("conversations.create"))
        with held(sqlite_url):
            await town.slack.wait_for(lambda: town.slack.channel_named("inc-1"))
            await asyncio.sleep(0.3)  # longer than a loop waits for the lock
        await town.quiet(5)
        assert len(town.slack.pinned("inc-1-orders-mart-is-stale")) == 1
        assert [c.name for c in town.slack.channels if c.name.startswith("inc-")] == ["inc-1-orders-mart-is-stale"]


@contextmanager
def held(url: str) -> Iterator[None]:
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


async def test_trouble_with_slack_is_no_mistake_of_ours(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """A message may meet Slack's trouble many times and a mistake of ours once, and is still sent."""
    await town.declare()
    await town.quiet()
    sender, stumbles = SENDERS["say"], iter([False, False, True])

    async def stumbling(desk: Desk, job: Job) -> Result:
        if next(stumbles, False):
            raise KeyError("a mistake")
        return await sender(desk, job)

    town.slack.faults.add("chat.postMessage", "500", times=2, match=of_update)
    monkeypatch.setitem(SENDERS, "say", stumbling)
    await town.act(r.PostUpdate("Restarted."), by="car")
    await town.quiet()
    assert town.updates() == ["Restarted."]


async def test_a_database_that_fails_for_a_while_is_no_mistake_of_ours(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    await town.declare()
    await town.quiet()
    sender, busy = SENDERS["say"], iter([True] * 4)

    async def stumbling(desk: Desk, job: Job) -> Result:
        if next(busy, False):
            raise NotSaved("Not saved: the database was busy for too long.")
        return await sender(desk, job)

    monkeypatch.setitem(SENDERS, "say", stumbling)
    await town.act(r.PostUpdate("Restarted."), by="car")
    await town.quiet()
    assert town.updates() == ["Restarted."]


async def test_a_topic_with_marks_in_it_is_set_once(town: Town) -> None:
    town.slack.faults.add("conversations.setTopic", "lost_reply")
    await town.declare("Orders & returns <late>")
    await town.quiet()
    channel = town.slack.channel_named("inc-1")
    assert channel
    assert len([m for m in town.slack.messages(channel, system=True) if m.subtype == "channel_topic"]) == 1
