"""The almanac: what happens at its hour is recorded once, whoever looks, and made up for once where nobody looked."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot.domain import request as r
from bot.domain.calendar import Calendar
from bot.domain.caller import Caller
from bot.domain.duty.oncall import Override, Rotation
from bot.domain.errors import NotNow, NotYours
from bot.domain.protocol.around import Duty, Review
from bot.domain.scribe import Audiences
from bot.inbound.almanac import Almanac
from bot.inbound.failing import Failing
from bot.store import incidents
from bot.store.files import protocols
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


def changed(almanac: Almanac, *overrides: Override) -> Team:
    """Hours that somebody else has, from now on."""
    (primary,) = team().rotations.values()
    almanac._team.rotations = {"primary": primary.model_copy(update={"overrides": overrides})}
    return almanac._team


async def led(db: Database, number: int, person: str) -> None:
    """Somebody leads this incident."""
    await db.run(lambda s: act(s, team(), number, r.AssignRole(), Caller(person, "slash"), on(23, 6, 5)))


async def test_who_comes_after_a_cover_gets_what_both_had_and_the_one_whose_turn_it_was_is_asked(db: Database) -> None:
    """Zoe covers for the last two hours of Ana's week, and Bea comes."""
    almanac = Almanac(db, team())
    await almanac.look(on(23, 6))
    await led(db, await declared(db, on(23, 6, 1)), ANA)
    await led(db, await declared(db, on(23, 6, 2)), ZOE)
    known = changed(almanac, Override(person=ZOE, start=on(23, 7), end=on(23, 9), why="cover"))
    await almanac.look(on(23, 8, 31))
    assert whats(await said(db)) == [("handover", BEA), ("going", ANA), ("going", ZOE)]
    assert [args["incidents"] for args in await said(db)] == [[2, 1], [1], [2]]
    done = await db.run(
        lambda s: answer(s, known, r.HaveIt("primary", on(23, 9)), Caller(BEA, "button"), on(23, 8, 40))
    )
    assert done.goes == (ANA, ZOE)
    await almanac.look(on(23, 10, 1))
    held = await db.read(lambda s: [one.roles for one in incidents.listing(s)])
    assert [set(roles.values()) for roles in held] == [{BEA}, {BEA}]
    assert [to for what, to in whats(await said(db)) if what == "feedback"] == [ANA]
    tell = r.TellHow(on(23, 9))
    with pytest.raises(NotYours):
        await db.run(lambda s: answer(s, known, tell, Caller(ZOE, "button"), on(23, 10, 5)))
    await db.run(lambda s: answer(s, known, tell, Caller(ANA, "button"), on(23, 10, 5)))


async def test_a_shift_that_is_swapped_after_somebody_said_so_is_for_the_other_to_say(db: Database) -> None:
    almanac = Almanac(db, team())
    await almanac.look(on(23, 8))
    await declared(db, on(23, 8, 5))
    await almanac.look(on(23, 8, 31))
    pressed = r.HaveIt("primary", on(23, 9))
    await db.run(lambda s: answer(s, team(), pressed, Caller(BEA, "button"), on(23, 8, 40)))
    known = changed(almanac, Override(person=ZOE, start=on(23, 9), end=on(30, 9), why="swap"))
    await almanac.look(on(23, 9))
    await db.run(lambda s: answer(s, known, pressed, Caller(ZOE, "button"), on(23, 9, 5)))
    mine = [args for args in await said(db) if (args["what"], args["to"]) == ("handover", ZOE)]
    assert [args["begun"] for args in mine] == [True], "what Bea said is not Zoe's word: she is asked"
    assert mine[0]["taken"] == on(23, 9, 5).isoformat(), "and reads what she said where she was asked"


async def test_while_figures_are_made_nobody_waits_to_write(db: Database) -> None:
    """They are read from many incidents: never in the transaction that records the hour, nor in that of an answer."""
    asks = {"review": Review(every="month"), "duty": Duty(review=True)}
    known = replace(team(), protocol=team().protocol.model_copy(update=asks))
    almanac, first = Almanac(db, known), on(30, 9) + timedelta(days=1)
    await almanac.look(on(30, 8))
    await declared(db, on(30, 8, 30))
    await almanac.look(on(30, 9, 59))
    read: list[str] = []

    def noted(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if "FROM incidents" in statement:
            read.append(threading.current_thread().name.split("_")[0])

    sa.event.listen(sa.Engine, "before_cursor_execute", noted)
    try:
        for at in (on(30, 10, 1), first):
            assert await almanac.look(at) == 1, "nothing else happens then"
        assert read
        assert not [name for name in read if "writer" in name]
        read.clear()
        begins = datetime(2026, 11, 30, 23, tzinfo=UTC)
        asked = r.Reviewed(known.protocol.name, begins)
        await db.run(lambda s: answer(s, known, asked, Caller(ANA, "button"), first + timedelta(minutes=5)))
        assert read == []
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", noted)
    (review,) = [args for args in await said(db) if args["what"] == "review"]
    assert (review["count"], review["reviewed"]) == (1, ANA), "the same figures, and who reviewed it"


async def test_of_many_incidents_a_message_names_as_many_as_it_shows(db: Database) -> None:
    """Each that it names is looked up again, with everything about it, when it is said."""
    almanac = Almanac(db, team())
    await almanac.look(on(23, 8))
    for minute in range(14):
        await declared(db, on(23, 8, minute))
    await almanac.look(on(23, 8, 31))
    await almanac.look(on(23, 9, 31))
    before, going, _, digest = await said(db)
    assert (before["incidents"], before["more"]) == ([*range(14, 2, -1)], 2)
    assert (going["incidents"], going["more"]) == (before["incidents"], 2), "Ana is asked for an answer in each"
    assert (digest["incidents"], digest["more"]) == ([*range(1, 13)], {"new": 2, "older": 0})
