"""What people wrote can be deleted, by the team's rule and because somebody has a right to it; nothing else goes."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.domain import fact as f
from bot.domain import request as r
from bot.domain.caller import Caller
from bot.domain.errors import BadInput, NoSuchIncident, NotNow
from bot.domain.measures import measured
from bot.inbound.retention import Retention
from bot.store import forgetting, people
from bot.store.session import Database, Session
from bot.store.tables import metadata
from bot.usecases.forget import forget, forget_old
from bot.usecases.record import Done
from tests.domain.life import ANA, BEA, EVE
from tests.usecases.desk import Desk

DAYS = timedelta(days=1)
KEPT = 400
SECRET = "Schrödinger"
"""Stands in everything that people write here."""


@pytest.fixture
def lite(sqlite_url: str) -> Iterator[Desk]:
    """For what the database has no part in."""
    db = Database(sqlite_url, door_seconds=20)
    yield Desk(db)
    db.dispose()


def lived(desk: Desk, *, over: bool = True) -> int:
    """An incident in which people wrote in every way; resolved after an hour and closed, unless it is not over."""
    number = desk.declare(f"{SECRET} wrote the loader", affected=f"{SECRET}_mart").incident.id
    desk.deliver()
    for request in (
        r.AddNote(f"{SECRET} saw it first"),
        r.PostUpdate(f"{SECRET} reverts it", impact=f"{SECRET} has wrong figures", data="suspect"),
        r.MarkMessage("C1", "1.5", BEA, f"{SECRET} did it", "pushpin", "https://x.slack.com/1"),
        r.ProposeCause(f"{SECRET}'s change"),
        r.Rename(f"{SECRET} again"),
    ):
        desk.act(number, request)
    desk.now += timedelta(hours=1)
    if over:
        desk.act(number, r.Resolve(f"{SECRET} reverted it", "repaired", cause=f"{SECRET}"))
        desk.act(number, r.Close(met=(), reason=f"{SECRET} says so"))
    desk.deliver()
    return number


def everything(desk: Desk) -> str:
    """Every row of every table, as text."""

    def dumped(session: Session) -> str:
        tables = metadata.sorted_tables
        return "\n".join(str(tuple(row)) for table in tables for row in session.conn.execute(sa.select(table)))

    return desk.db.run_sync(dumped)


def old(desk: Desk, number: int) -> Done | None:
    return desk.db.run_sync(lambda s: forget_old(s, desk.team, number, desk.now, KEPT))


def due(desk: Desk) -> list[int]:
    return desk.db.run_sync(lambda s: forgetting.due(s, desk.now - KEPT * DAYS))


def by_hand(desk: Desk, number: int, *seqs: int) -> Done:
    return desk.db.run_sync(lambda s: forget(s, desk.team, number, seqs, Caller(None, "cli"), desk.now))


def test_after_so_many_days_only_the_words_are_gone(desk: Desk) -> None:
    number = lived(desk)
    desk.deliver()
    before, told = desk.row(number), desk.entries(number)
    words = sum(len([t for field in e.fact.prose_fields() if (t := getattr(e.fact, field))]) for e in told)
    assert everything(desk).count(SECRET) > 15
    desk.now += KEPT * DAYS - timedelta(hours=2)
    assert (due(desk), old(desk, number)) == ([], None)
    desk.now += timedelta(hours=3)
    assert due(desk) == [number]

    done = old(desk, number)
    assert done is not None
    assert [e.fact for e in done.entries] == [f.TextsForgotten(texts=words, days=KEPT)]
    assert SECRET not in everything(desk)
    desk.assert_whole(number)
    assert [(e.seq, e.at, e.by, e.fact.kind) for e in desk.entries(number)[:-1]] == [
        (e.seq, e.at, e.by, e.fact.kind) for e in told
    ]
    after = desk.row(number)
    assert (after.stage, after.severity, after.data, after.title) == ("closed", "P1", before.data, "(removed)")
    assert measured([(after, desk.team.protocol)], desk.now) == measured([(before, desk.team.protocol)], desk.now)
    assert (after.forgotten_at, after.forgotten_after) == (desk.now, KEPT)
    assert (due(desk), old(desk, number)) == ([], None), "once"
    assert desk.claim() == [], "nobody in Slack hears of it"


def test_what_is_not_over_or_was_spoken_of_since_stays(desk: Desk) -> None:
    running, later = lived(desk, over=False), lived(desk)
    desk.now += KEPT / 2 * DAYS
    desk.act(later, r.AddNote(f"{SECRET} again, half a year later"))
    desk.now += (KEPT / 2 + 1) * DAYS
    assert due(desk) == []
    assert old(desk, running) is old(desk, later) is None
    desk.act(running, r.Resolve("reverted", "repaired"))
    desk.now += (KEPT / 2) * DAYS
    assert due(desk) == [later], "half of the time since the other one was over"


async def test_replicas_that_are_stopped_and_start_again_do_each_once(desk: Desk) -> None:
    """A round that dies half-way is gone on with; rounds at the same time share the work."""
    numbers = [lived(desk) for _ in range(3)]
    desk.now += (KEPT + 1) * DAYS
    assert old(desk, numbers[0]) is not None, "and then the process died"
    swept: list[None] = []
    replicas = [Retention(desk.db, desk.team, KEPT, lambda: swept.append(None)) for _ in range(3)]
    did = await asyncio.gather(*(each.round(desk.now) for each in replicas))
    assert sum(did) == 2
    assert len(swept) == sum(1 for count in did if count)
    for number in numbers:
        assert desk.kinds(number).count("texts_forgotten") == 1
        desk.assert_whole(number)
    assert SECRET not in everything(desk)


async def test_a_clock_that_jumps_deletes_nothing(lite: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is deleted is gone, so a clock that is put forward by years is not believed until it is right again."""
    lived(lite)
    ahead = 0.0
    monkeypatch.setattr("bot.inbound.wall_clock._ahead", lambda: ahead)
    rule = Retention(lite.db, lite.team, KEPT, lambda: None)
    then, ahead = lite.now + (KEPT + 1) * DAYS, (KEPT + 1) * 86_400.0
    assert [await rule.round(then) for _ in range(2)] == [0, 0]
    ahead = 3.0
    assert await rule.round(then) == 1, "it was put right, and 400 days have passed indeed"


async def test_ones_trouble_is_not_anothers(lite: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = lived(lite), lived(lite)
    lite.now += (KEPT + 1) * DAYS

    def broken(session: Session, team: object, number: int, now: datetime, days: int) -> Done | None:
        if number == first:
            raise ZeroDivisionError("a bug")
        return forget_old(session, lite.team, number, now, days)

    monkeypatch.setattr("bot.inbound.retention.forget_old", broken)
    assert await Retention(lite.db, lite.team, KEPT, lambda: None).round(lite.now) == 1
    assert "texts_forgotten" in lite.kinds(second)


def test_one_entry_of_one_that_is_not_over(desk: Desk) -> None:
    number = lived(desk, over=False)
    note = next(e.seq for e in desk.entries(number) if isinstance(e.fact, f.NoteAdded))
    update = next(e.seq for e in desk.entries(number) if isinstance(e.fact, f.UpdatePosted))
    promised = desk.clock_table(number)
    done = by_hand(desk, number, update, note)
    assert done.entries[-1].fact == f.TextsForgotten(entries=(note, update), texts=2)
    assert (done.entries[-1].by, done.entries[-1].via) == (None, "cli")
    desk.assert_whole(number)
    row = desk.row(number)
    assert (row.updates[-1].text, row.title, row.forgotten_at) == ("(removed)", f"{SECRET} again", None)
    assert desk.clock_table(number) == promised
    assert {"card", "notice"} <= {message.message.kind for message in desk.claim()}, "what stands is drawn anew"
    with pytest.raises(BadInput, match="Nothing that people wrote is left"):
        by_hand(desk, number, note)


def test_what_cannot_be_deleted_is_said(lite: Desk) -> None:
    number = lived(lite, over=False)
    with pytest.raises(NotNow, match="not over, so only single entries"):
        by_hand(lite, number)
    with pytest.raises(NoSuchIncident, match="no INC-99"):
        by_hand(lite, 99)
    assert lite.kinds(number).count("texts_forgotten") == 0


def test_two_at_once_delete_once(desk: Desk) -> None:
    number = lived(desk)

    def attempt(_: int) -> bool:
        try:
            by_hand(desk, number)
        except BadInput:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(attempt, range(4))) == [False, False, False, True]
    desk.assert_whole(number)


def test_people_whom_nobody_asked_for_since_are_forgotten(desk: Desk) -> None:
    """The cache of names and addresses, and that they were greeted; whoever is named again is looked up again."""
    now = desk.db.run_sync(lambda session: session.now())
    for name, seen_at in ((ANA, now - 2 * DAYS), (BEA, now)):
        person = people.Person(id=name, name=SECRET, email=f"{SECRET}@example.org", fetched_at=seen_at)
        desk.db.run_sync(partial(people.put, person=person))
    assert desk.db.run_sync(partial(forgetting.forget_people, before=now - DAYS)) == 1
    assert set(desk.db.run_sync(lambda session: people.many(session, (ANA, BEA)))) == {BEA}


def test_nothing_is_left_in_the_files(desk: Desk, database_url: str, tmp_path: Path) -> None:
    """On SQLite: not in free pages, not in the write-ahead log. PostgreSQL writes over it in time."""
    number = lived(desk)
    by_hand(desk, number)
    forgetting.sweep(database_url)
    files = list(tmp_path.glob("sitrep.db*"))
    assert bool(files) == database_url.startswith("sqlite")
    for file in files:
        assert SECRET.encode() not in file.read_bytes(), file.name
    assert EVE in desk.row(number).participants, "whose ids stay"
