"""What happens at its hour: the stand-up's digest, the handover, the schedule, the review, the user group."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.domain.fact import ShiftChanged, TakenOver
from bot.sandbox import Message, Sandbox
from tests.living import CONFIG, Living, living
from tests.scenarios.world import Clock, another, by_hand, entries, incident, quiet, said, typed

OURS = """\
name: ours
extends: self-healing-pipeline
severities:
  P1: {update_every: 20m}
duty: {review: true, published: month, clause: on-call}
review: {every: month, by: [incident-manager], clause: review}
"""

GROUP = "S0ONCALL"
ONCALL = f"""\
protocol: ours.yml
{CONFIG[: CONFIG.index("oncall:")]}oncall:
  primary: {{members: [U0ANA, U0BEA], starts: 2026-11-16, handoff: "mon 09:00", group: {GROUP}}}
  secondary: {{members: [U0CAR, U0TEC], starts: 2026-11-16, handoff: "mon 09:00"}}
"""
"""Ana until Monday 23 November 09:00 in Amsterdam, then Bea for a week, then Ana; behind them Car, Tec and Car."""


def on(day: int, hour: int, minute: int = 0, month: int = 11) -> datetime:
    """A wall time in Amsterdam, in the winter of 2026."""
    return datetime(2026, month, day, hour - 1, minute, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "ours.yml").write_text(OURS)
    return tmp_path


def grouped(slack: Sandbox) -> None:
    slack.subteam("on-call", [], id=GROUP)


def dm(town: Living, who: str, words: str) -> list[Message]:
    return [m for m in town.people[who].dms() if words in m.text]


def members(town: Living) -> list[str]:
    return town.slack.ws.subteams[GROUP].users


async def test_being_on_call_goes_from_one_to_the_next(sqlite_url: str, folder: Path, clock: Clock) -> None:
    async with living(sqlite_url, folder, config=ONCALL, environ=clock.environ, before=grouped) as town:
        await clock.go(on(23, 7))
        assert members(town) == ["U0ANA"], "the group is looked at when we start"
        await typed(town.zoe, "declare P3 stock counts are late")
        room = await town.incident()
        await quiet(town)
        await typed(town.ana, "take", room)
        await clock.go(on(23, 8, 31))
        (comes,), (goes,) = dm(town, "bea", "You are on call from"), dm(town, "ana", "Bea is on call from")
        assert "INC-1 · P3 · stock counts are late" in comes.text
        assert "Ana has: On-Call Responder" in comes.text
        assert "Tec is second in line" in comes.text
        assert "What you have in INC-1 goes to them" in goes.text
        await asyncio.gather(*(town.bea.click(comes, "I have it") for _ in range(2)))
        await quiet(town)
        assert (await incident(town)).responder == "U0ANA", "it is Ana's until the handoff"
        (comes,) = dm(town, "bea", "you said that you have it")
        assert "I have it" not in str(comes.blocks), "the button is gone"
        assert dm(town, "ana", "Bea said that they have it")
        await clock.go(on(23, 9, 10))
        moved = [entry.fact for entry in await entries(town) if isinstance(entry.fact, TakenOver | ShiftChanged)]
        told = [(fact.kind, fact.rotation) for fact in moved]
        once = [("taken_over", "primary"), ("shift_changed", "primary"), ("shift_changed", "secondary")]
        assert told == once, "however often it was pressed"
        assert (await incident(town)).responder == "U0BEA"
        assert (await incident(town)).primary == "U0BEA"
        assert said(town, room, "Bea is on call and takes over from Ana: On-Call Responder")
        assert not said(town, room, "have not said that you have it")
        assert members(town) == ["U0BEA"]
        await how_it_was(town, clock)
        await nobody_says_so(town, clock)


async def how_it_was(town: Living, clock: Clock) -> None:
    """Ana, who went, is asked; what she wishes stands in the next stand-up."""
    await clock.go(on(23, 10, 1))
    (digest,) = said(town, "incidents", "Stand-up")
    assert "New since the last one* (1)\n• 🔴 *INC-1 · P3 · stock counts are late*" in digest.text
    (asked,) = dm(town, "ana", "How was your turn on call")
    await town.ana.click(asked, "Something should change")
    await town.ana.submit(await town.ana.opened_view(), {"What should change": "The stock alert rings for nothing."})
    await quiet(town)
    assert dm(town, "ana", "you wrote: The stock alert rings for nothing.")
    await typed(town.zoe, "cancel false alarm it was the test system", await town.incident())
    await clock.go(on(24, 9, 31))
    assert len(said(town, "incidents", "Stand-up")) == 2
    assert "Ana: The stock alert rings for nothing." in said(town, "incidents", "Stand-up")[1].text
    await clock.go(on(25, 12))
    assert len(said(town, "incidents", "Stand-up")) == 2, "where there is nothing to say nothing is said"


async def nobody_says_so(town: Living, clock: Clock) -> None:
    """The Monday after, which is the last working day of the month: Ana comes, and does not say that she has it."""
    await clock.go(on(30, 8, 20))
    await typed(town.bea, "declare P2 orders mart is stale")
    room = await town.incident(2)
    await quiet(town)
    await typed(town.bea, "take", room)
    await clock.go(on(30, 9, 1))
    (month,) = said(town, "incidents", "On call in December 2026")
    assert "Bea" in month.text
    (unclaimed,) = said(town, room, "have not said that you have it")
    assert "<@U0ANA>" in unclaimed.text
    assert "Bea still has: On-Call Responder and Incident Manager. Car is second in line." in unclaimed.text
    (again,) = dm(town, "ana", "have not said that you have it")
    await town.ana.click(again, "I have it")
    await quiet(town)
    assert (await incident(town, 2)).responder == "U0ANA", "pressed late it counts at once"
    assert "what Bea had in INC-2 is yours now" in town.ana.ephemerals()[-1].text
    await clock.go(on(30, 10, 30))
    assert [m for m in dm(town, "ana", "orders mart is stale") if "⏰" in m.text], "she is asked from now on"
    await clock.go(on(1, 9, 1, month=12))
    (review,) = dm(town, "bea", "is due for review") or said(town, "incidents", "is due for review")
    assert "<@U0BEA>" in review.text
    assert "2 incidents" in review.text or "1 incident" in review.text
    await town.ana.click(review, "Reviewed")
    await quiet(town)
    assert "you are not among them" in town.ana.ephemerals()[-1].text
    await town.bea.click(review, "Reviewed")
    await quiet(town)
    assert said(town, "incidents", "Bea reviewed the protocol")


@pytest.mark.long  # what the database decides of it is in tests/inbound/test_almanac.py
async def test_replicas_say_everything_once(pg_url: str, folder: Path, clock: Clock) -> None:
    other = Clock()
    async with (
        living(pg_url, folder, config=ONCALL, environ=clock.environ, before=grouped) as town,
        another(town, pg_url, folder, other.environ),
    ):
        await asyncio.gather(clock.go(on(23, 8)), other.go(on(23, 8)))
        await typed(town.zoe, "declare P3 stock counts are late")
        room = await town.incident()
        for minute in (31, 61, 91):
            at = on(23, 8 + minute // 60, minute % 60)
            await asyncio.gather(clock.go(at), other.go(at))
        assert len(dm(town, "bea", "You are on call")) == 2, "half an hour before, and at the handoff"
        assert len(said(town, room, "have not said that you have it")) == 1
        assert len(said(town, "incidents", "Stand-up")) == 1
        with by_hand(pg_url) as connection:
            rows = connection.execute("SELECT key, at FROM calendar").fetchall()
        assert len(rows) == len(set(rows))
        assert members(town) == ["U0BEA"]
