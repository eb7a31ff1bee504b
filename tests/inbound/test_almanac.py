"""The almanac: what happens at its hour is recorded once, whoever looks, and made up for once where nobody looked."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot.domain import request as r
from bot.domain.calendar import Calendar
from bot.domain.caller import Caller
from bot.domain.errors import NotNow, NotYours
from bot.domain.oncall import Override, Rotation
from bot.domain.scribe import Audiences
from bot.inbound.almanac import Almanac
from bot.inbound.failing import Failing
from bot.store import protocols
from bot.store.session import Database
from bot.store.tables import calendar, outbox
from bot.usecases.act import act
from bot.usecases.answer_calendar import answer
from bot.usecases.declare import declare
from bot.usecases.team import Team

ANA, BEA, ZOE = "U0ANA", "U0BEA", "U0ZOE"
ZONE = "Europe/Amsterdam"


def on(day: int, hour: int, minute: int = 0) -> datetime:
    """A wall time in Amsterdam, in November 2026; the 20th is a Friday."""
    return datetime(2026, 11, day, hour - 1, minute, tzinfo=UTC)


@pytest.fixture
async def db(sqlite_url: str) -> AsyncIterator[Database]:
    db = Database(sqlite_url)
    yield db
    await db.close()


@pytest.fixture
async def both(database_url: str) -> AsyncIterator[Database]:
    """Where it matters which database it is."""
    db = Database(database_url)
    yield db
    await db.close()


def team() -> Team:
    """Ana until Monday the 23rd at nine, then Bea."""
    primary = Rotation(name="primary", members=(ANA, BEA), starts=date(2026, 11, 16), timezone=ZONE, group="S0ONCALL")
    return Team(
        protocols.load("self-healing-pipeline", Calendar(timezone=ZONE)),
        rotations={"primary": primary},
        audiences=Audiences(team="incidents"),
    )


async def declared(db: Database, at: datetime, severity: str = "P3", **more: Any) -> int:
    request = r.Declare(f"{severity} of {at:%H:%M}", severity, **more)
    done = await db.run(lambda s: declare(s, team(), request, Caller(ZOE, "slash"), at))
    return done.incident.id


async def said(db: Database) -> list[dict[str, Any]]:
    """The arguments of what is to be said of no incident, in order."""
    rows = sa.select(outbox.c.body).where(outbox.c.incident.is_(None)).order_by(outbox.c.position)
    found = await db.read(lambda s: [json.loads(body)["args"] for body in s.conn.execute(rows).scalars()])
    return [args for args in found if "group" not in args]


def whats(found: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [(args["what"], args["to"]) for args in found]


async def test_what_was_missed_is_made_up_for_once_and_says_so(both: Database) -> None:
    before = Almanac(both, team())
    assert await before.look(on(20, 12)) == 1, "the user group"
    number = await declared(both, on(20, 16))
    after = Almanac(both, team())
    await after.look(on(24, 11))
    found = await said(both)
    assert whats(found) == [("handover", BEA), ("feedback", ANA), ("standup", "incidents")]
    handed, _, digest = found
    assert handed["begun"], "the handover half an hour before is of no use any more"
    assert (digest["new"], digest["late"]) == ([number], on(24, 9, 30).isoformat()), "of two that were missed, the last"
    assert await Almanac(both, team()).look(on(24, 11)) == 1, "a restart repeats nothing but the look at the group"
    assert len(await said(both)) == 3
    await after.look(on(25, 9, 31))
    assert (await said(both))[3]["new"] == [], "and the next one begins where it ended"


async def test_a_digest_that_would_come_in_the_evening_waits_for_the_morning(db: Database) -> None:
    await Almanac(db, team()).look(on(19, 12))
    number = await declared(db, on(19, 16))
    later = Almanac(db, team())
    await later.look(on(20, 19))
    assert await said(db) == []
    await later.look(on(23, 9, 31))
    (digest,) = [args for args in await said(db) if args["what"] == "standup"]
    assert (digest["new"], digest["late"]) == ([number], "")


async def test_nothing_is_made_up_for_before_we_first_ran(db: Database) -> None:
    await Almanac(db, team()).look(on(23, 11))
    assert await said(db) == []


async def test_what_is_private_or_practice_or_announced_elsewhere_is_in_no_digest(db: Database) -> None:
    almanac = Almanac(db, team())
    await almanac.look(on(20, 9))
    await declared(db, on(20, 9, 1), private=True)
    await declared(db, on(20, 9, 2), drill=True)
    await declared(db, on(20, 9, 3), severity="P1")
    await almanac.look(on(20, 9, 31))
    assert await said(db) == []
    await almanac.look(on(23, 8, 31))
    handed = [args for args in await said(db) if args["what"] == "handover"]
    assert [args["incidents"] for args in handed] == [[3, 2]], "whoever comes reads of all that is not private"


async def test_several_who_look_at_once_do_everything_once(both: Database) -> None:
    almanacs = [Almanac(both, team()) for _ in range(3)]
    await asyncio.gather(*(one.look(on(23, 8)) for one in almanacs))
    await declared(both, on(23, 8, 5))
    for at in (on(23, 8, 31), on(23, 9, 0), on(23, 9, 31)):
        await asyncio.gather(*(one.look(at) for one in almanacs))
    assert whats(await said(both)) == [("handover", BEA), ("going", ANA), ("handover", BEA), ("standup", "incidents")]


async def test_a_cover_that_began_before_it_was_written_down_is_seen(db: Database) -> None:
    """Somebody takes over at 12:00:00, and it is recorded a second later."""
    almanac, now = Almanac(db, team()), on(20, 12)
    await almanac.look(now - timedelta(hours=1))
    await almanac.look(now + timedelta(seconds=1))
    (primary,) = team().rotations.values()
    covered = Override(person=BEA, start=now, end=now + timedelta(hours=2), why="cover")
    almanac._team.rotations = {"primary": primary.model_copy(update={"overrides": (covered,)})}
    assert await almanac.look(now + timedelta(seconds=2)) == 2, "the incidents learn it, and the group"
    assert await said(db) == [], "the two of them have spoken"


async def test_one_hours_trouble_is_not_anothers(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    almanac = Almanac(db, team())
    await almanac.look(on(23, 8))
    await declared(db, on(23, 8, 5))
    with monkeypatch.context() as patched:
        patched.setattr("bot.usecases.keep_calendar.handover", lambda *_, **__: 1 / 0)
        await almanac.look(on(23, 9, 31))
        assert whats(await said(db)) == [("standup", "incidents")]
    almanac._failing.clear()
    await almanac.look(on(23, 9, 32))
    assert whats(await said(db))[1:] == [("handover", BEA)], "tried again, as long as it is of use"
    keys = await db.read(lambda s: s.conn.execute(sa.select(calendar.c.key)).scalars().all())
    assert sorted(keys) == ["began", "handoff:primary", "standup:self-healing-pipeline"]


async def test_where_there_is_no_channel_to_announce_in_nothing_is_announced(db: Database) -> None:
    quiet = Almanac(db, replace(team(), audiences=Audiences()))
    await quiet.look(on(23, 8))
    await declared(db, on(23, 8, 5))
    await quiet.look(on(23, 9, 31))
    assert "standup" not in {what for what, _ in whats(await said(db))}


async def test_whatever_is_wrong_here_reminders_go_on(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    almanac = Almanac(db, team())
    with monkeypatch.context() as patched:
        patched.setattr("bot.inbound.almanac.agenda", lambda *_: 1 / 0)
        assert await almanac.look(on(23, 8)) == 0
        assert await almanac.look(on(23, 8)) == 0, "and not tried every second"
    almanac._broken = Failing()
    assert await almanac.look(on(23, 8)) == 1


async def test_who_presses_as_the_turn_passes_on_gets_what_the_other_had(both: Database) -> None:
    """Pressed a moment before the handoff, recorded a moment after it: one of the two has to see the other."""
    almanac = Almanac(both, team())
    await almanac.look(on(23, 8))
    number = await declared(both, on(23, 8, 5), severity="P1")
    take = r.Acknowledge(take=True)
    await both.run(lambda s: act(s, team(), number, take, Caller(ANA, "slash"), on(23, 8, 6)))
    await almanac.look(on(23, 9))
    pressed = r.HaveIt("primary", on(23, 9))
    just_before = on(23, 9) - timedelta(milliseconds=50)
    done = await both.run(lambda s: answer(s, team(), pressed, Caller(BEA, "button"), just_before))
    assert (done.at, done.numbers) == (None, (number,))
    with pytest.raises(NotYours):
        await both.run(lambda s: answer(s, team(), pressed, Caller(ZOE, "button"), on(23, 9, 1)))
    with pytest.raises(NotNow):
        await both.run(
            lambda s: answer(s, team(), r.HaveIt("primary", on(23, 10)), Caller(BEA, "button"), on(23, 9, 1))
        )
    with pytest.raises(NotNow):
        await both.run(lambda s: answer(s, team(), pressed, Caller(BEA, "button"), on(30, 9, 1)))


async def test_who_presses_late_reads_it_where_they_were_asked_and_nowhere_else(db: Database) -> None:
    """Nobody ran us half an hour before, so there is one question only, and one place to show the answer in."""
    await Almanac(db, team()).look(on(20, 12))
    await declared(db, on(20, 16))
    later = Almanac(db, team())
    await later.look(on(23, 9, 20))
    pressed = r.HaveIt("primary", on(23, 9))
    for _ in range(2):
        await db.run(lambda s: answer(s, team(), pressed, Caller(BEA, "button"), on(23, 9, 25), key="click:1"))
    found = [args for args in await said(db) if args["what"] in ("handover", "going")]
    assert [(args["what"], bool(args["taken"])) for args in found] == [("handover", True)], (
        "the question itself, changed"
    )
