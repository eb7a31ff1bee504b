"""Slack gone for hours: it costs those hours and nothing else."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import pytest

from bot.app import Bot
from bot.domain.fact import Asked
from bot.inbound.clock import SteppedClock
from bot.outbound.pace import Pace
from bot.outbound.waits import Waits
from bot.sandbox import Channel
from bot.store import facts
from tests.living import Living, living
from tests.scenarios.conftest import opened
from tests.scenarios.world import at, entries, quiet, said, typed


@pytest.fixture
def hours(monkeypatch: pytest.MonkeyPatch) -> SteppedClock:
    """Business time, moved by hand: the door that moves it would wait until all is said."""
    clock = SteppedClock()
    clock.go_to(at(0))
    monkeypatch.setattr(Bot, "_clock", lambda _: clock)
    quick = partial(Waits, look_after=0.1, first_pause=0.1, longest_pause=0.5)
    monkeypatch.setattr("bot.outbound.courier.Waits", quick)
    monkeypatch.setattr(Bot, "_pace", lambda _: Pace(per_channel=0, per_update=0))
    return clock


async def until(town: Living, clock: SteppedClock, minutes: int) -> None:
    """Everything is asked when it is due, though nobody hears of it."""
    while (due := await town.bot.ticker.next_due()) is not None and due <= at(minutes):
        clock.go_to(due)
        await town.bot.ticker.tick(clock.now())
    clock.go_to(at(minutes))


def since(town: Living, before: set[str], where: Channel) -> list[str]:
    """What was said there since, in its order."""
    return [m.text for m in said(town, where) if m.ts not in before]


def edits(town: Living, calls: int, ts: str) -> int:
    mine: list[Any] = [c for c in town.slack.calls[calls:] if c.method == "chat.update" and c.args.get("ts") == ts]
    return len(mine)


async def test_slack_gone_for_hours(sqlite_url: str, tmp_path: Path, hours: SteppedClock) -> None:
    """Commands still arrive over HTTP; every call of ours fails, in one way and then in another."""
    async with living(sqlite_url, tmp_path, http=True) as town:
        room = await opened(town)
        for text in ("ack", "confirm", "impact figures of today are wrong", "update loader restarted"):
            await typed(town.bea, text, room)
        await quiet(town)
        card, slack = town.slack.pinned(room)[0], town.slack
        before = {m.ts for m in said(town, room)}

        slack.faults.add("*", "503", times=None)
        await until(town, hours, 10)
        assert "Update saved" in await typed(town.ana, "update backlog shrinks", room)
        await until(town, hours, 20)
        assert "Update saved" in await typed(town.tec, "update disks replaced", room)
        slack.faults.clear()
        slack.faults.add("*", "lost_request", times=None)
        await until(town, hours, 82)
        asked = [e.fact for e in await entries(town) if isinstance(e.fact, Asked) and e.recorded_at >= at(45)]
        assert [one.step for one in asked] == ["early", "due", "climb", "ladder"], "as if Slack had been there"
        assert since(town, before, room) == []

        slack.faults.clear()
        calls = len(slack.calls)
        await quiet(town, 60)
        read = since(town, before, room)
        order = (
            ":* backlog shrinks",
            ":* disks replaced",
            "update is due",
            f"<@{town.ana.id}> the",
            f"<@{town.car.id}> the",
        )
        places = [[i for i, text in enumerate(read) if words in text] for words in order]
        assert [len(found) for found in places] == [1] * len(order), "each once"
        assert places == sorted(places), "and in order"
        assert "I could not ask before" in read[places[2][0]]
        assert "32 min late" in read[places[3][0]], "how late it is by now, not when it was noticed"
        assert edits(town, calls, card.ts) <= 2
        assert len([m for m in town.bea.dms() if "update is" in m.text]) == 1, "what would come early is not sent late"
        assert await town.bot.db.read(lambda session: facts.verify(session, 1)) == []


async def test_a_night_without_slack_does_not_end_in_a_flood(
    sqlite_url: str, tmp_path: Path, hours: SteppedClock
) -> None:
    """Nobody answers for six hours, and nobody could: the question stands once, with everyone asked once."""
    async with living(sqlite_url, tmp_path) as town:
        room = await opened(town)
        await typed(town.bea, "ack", room)
        await quiet(town)
        slack, before = town.slack, {m.ts for m in said(town, room)}
        slack.faults.add("*", "503", times=None)
        slack.sockets.failing_handshakes = 10**6
        await slack.close_sockets("abort")
        rang = {person.id: len(slack.pings(person)) for person in town.people.values()}
        await until(town, hours, 360)
        slack.faults.clear()
        slack.sockets.failing_handshakes = 0
        await slack.connected(timeout=30)
        await quiet(town, 60)
        read = since(town, before, room)
        assert len(read) <= 8, "of some thirty reminders"
        assert len(read) == len(set(read))
        assert not [text for text in read if " min late" in text and " h " not in text], "how late it is by now"
        for person in town.people.values():
            asked = [m.text for m in person.dms() if "⏰" in m.text]
            assert len(asked) <= 2, "one for what fell due together"
            assert len(slack.pings(person)) - rang[person.id] <= 5, person.name
