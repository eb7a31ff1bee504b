"""Rule 9: business time is one clock, passed down. After being down each promise asks once and says how late."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest

from bot.domain.fact import Asked, Escalated
from bot.inbound.clock import SteppedClock
from bot.views.ids import Action
from tests.living import living
from tests.scenarios.conftest import opened
from tests.scenarios.world import Clock, another, at, entries, incident, quiet, said, typed


async def test_after_being_down_each_clock_asks_once_and_says_how_late(
    database_url: str, tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with living(database_url, tmp_path, environ=clock.environ) as town:
        await clock.go(at(0))
        room = await opened(town)
        for text in ("ack", "confirm", "impact figures of today are wrong", "update loader restarted"):
            await typed(town.bea, text, room)
        await quiet(town)
        before = len(await entries(town))
        await town.bot.stop()
        monkeypatch.setattr(SteppedClock, "BEGINNING", at(80))
        later = Clock()
        async with another(town, database_url, tmp_path, later.environ) as town.bot:
            await later.go(at(80))
            new = (await entries(town))[before:]
            asked = Counter((c.key, c.occurrence) for e in new if isinstance(e.fact, Asked) for c in e.fact.covers)
            assert asked, "the update is 50 minutes late"
            assert set(asked.values()) == {1}, "one ask per clock"
            assert len([e for e in new if isinstance(e.fact, Escalated)]) == 1
            assert {e.recorded_at for e in new} == {at(80)}
            [told] = [town.bea.screen.text(m.text) for m in said(town, room) if Action.NOT_ME in str(m.blocks)]
            assert "09:30" in told
            assert "could not ask before 10:20" in told
            await later.go(at(81))
            assert len(await entries(town)) == before + len(new), "and then it is silent until the next step"


async def test_slacks_wall_clock_is_nobodys_time_but_slacks(sqlite_url: str, tmp_path: Path, clock: Clock) -> None:
    """The workspace's clock is three years off; what is recorded, due and drawn goes by the bot's own."""
    wrong = at(0) + timedelta(days=1000)
    async with living(sqlite_url, tmp_path, environ=clock.environ, clock=wrong.timestamp) as town:
        await clock.go(at(0))
        room = await opened(town)
        await clock.go(at(4))
        await typed(town.ana, "ack", room)
        await quiet(town)
        found = await incident(town)
        assert found.declared_at == at(0)
        assert found.acknowledged_at == at(4)
        assert {e.recorded_at for e in await entries(town)} == {at(0), at(3), at(4)}
        card = town.bea.screen.message(town.slack.pinned(room)[0])
        assert "declared 09:00" in "\n".join(card).replace("*", "")


async def test_the_record_never_runs_backwards(
    sqlite_url: str, tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The machine's clock was set back between two starts: the order stays, and times do not go back."""
    async with living(sqlite_url, tmp_path, environ=clock.environ) as town:
        await clock.go(at(10))
        room = await opened(town)
        await town.bot.stop()
        early = Clock()
        async with another(town, sqlite_url, tmp_path, early.environ) as town.bot:
            await early.go(at(2))
            await typed(town.ana, "ack", room)
            times = [e.recorded_at for e in await entries(town)]
            assert times == sorted(times)
            assert (await incident(town)).acknowledged_at == at(10)
