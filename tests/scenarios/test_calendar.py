"""What happens at its hour: the stand-up's digest, the handover, the schedule, the review, the user group."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path

from bot.domain.fact import ShiftChanged, TakenOver
from bot.sandbox import Message
from tests.living import CONFIG, Living, living
from tests.scenarios.world import MORNING, Clock, another, entries, incident, quiet, said, typed

ONCALL = CONFIG[: CONFIG.index("oncall:")] + """\
oncall:
  primary: {members: [U0ANA, U0BEA], starts: 2026-11-16, handoff: "mon 09:00"}
  secondary: {members: [U0CAR, U0TEC], starts: 2026-11-16, handoff: "mon 09:00"}
"""
"""Ana until Monday 23 November 09:00 in Amsterdam, then Bea for a week."""


def monday(hour: int, minute: int = 0) -> datetime:
    """A wall time in Amsterdam, on the Monday of the handoff."""
    return datetime(2026, 11, 23, hour - 1, minute, tzinfo=UTC)


def dm(town: Living, who: str, words: str) -> list[Message]:
    return [m for m in town.people[who].dms() if words in m.text]


async def test_a_week_on_call_goes_from_one_to_the_other(sqlite_url: str, tmp_path: Path, clock: Clock) -> None:
    async with living(sqlite_url, tmp_path, config=ONCALL, environ=clock.environ) as town:
        await clock.go(MORNING)
        await typed(town.zoe, "declare P3 stock counts are late")
        room = await town.incident()
        await quiet(town)
        await typed(town.ana, "take", room)
        await clock.go(monday(8, 20))
        assert not dm(town, "bea", "You are on call")
        await clock.go(monday(8, 31))
        (comes,) = dm(town, "bea", "You are on call")
        assert "Ana has" in comes.text
        assert "stock counts" in comes.text
        (goes,) = dm(town, "ana", "Bea is on call")
        assert "INC-1" in goes.text
        print(comes.text); print(goes.text)
        for m in said(town, "incidents"): print("CHANNEL", m.text)
        await town.bea.click(comes, "I have it")
        await quiet(town)
        print([m.text for m in town.bea.ephemerals()])
        assert (await incident(town)).responder == "U0ANA", "it is hers until the handoff"
        await clock.go(monday(9, 1))
        assert (await incident(town)).responder == "U0BEA"
        assert (await incident(town)).primary == "U0BEA"
        await clock.go(monday(9, 40))
        for m in said(town, "incidents"): print("CHANNEL", m.text)
        for m in said(town, room): print("ROOM", m.text)
        print(dm(town,"bea","")[-3:])
