"""What must not grow is counted: the statements of an act, of a page and of a tick, however much there is."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from datetime import timedelta
from functools import partial

import pytest
import sqlalchemy as sa

from bot.domain import request as r
from bot.inbound.call import Call
from bot.inbound.clock import Ticker
from bot.inbound.doing import look, perform
from bot.inbound.understanding import understand
from bot.store import facts, figures
from bot.store.session import Database
from bot.store.tables import facts as fact_rows
from bot.store.tables import incidents as incident_rows
from tests.domain.life import EVE
from tests.usecases.desk import Desk


@pytest.fixture
def desk(sqlite_url: str) -> Iterator[Desk]:
    """Statements are the same on both databases, but for PostgreSQL's limits at the beginning of each transaction."""
    db = Database(sqlite_url, door_seconds=20)
    yield Desk(db)
    db.dispose()


@contextlib.contextmanager
def counted() -> Iterator[list[str]]:
    """The statements of this process, with those that begin transactions."""
    found: list[str] = []

    def executed(_conn: object, _cursor: object, statement: str, *_: object) -> None:
        found.append(statement)

    sa.event.listen(sa.Engine, "before_cursor_execute", executed)
    try:
        yield found
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", executed)


def test_an_act_takes_as_many_statements_in_a_long_incident_as_in_a_short_one(desk: Desk) -> None:
    desk.declare()
    desk.act(1, r.PostUpdate(text="I look at it"))
    acts: dict[str, r.Request] = {"note": r.AddNote("again"), "update": r.PostUpdate(text="Half of it is back")}
    costs: dict[str, list[int]] = {what: [] for what in acts}
    for length in (0, 60):
        for n in range(length):
            desk.act(1, r.AddNote(f"finding {n}"))
        for what, request in acts.items():
            with counted() as statements:
                desk.act(1, request, key=f"{what}:{length}")
            costs[what].append(len(statements))
    assert costs == {"note": [costs["note"][0]] * 2, "update": [costs["update"][0]] * 2}
    assert costs["note"][0] <= 10
    assert costs["update"][0] <= 18


def typed(desk: Desk, text: str) -> list[str]:
    """The statements of what somebody types."""
    call = Call(EVE, "slash", desk.now, channel="C0ANYWHERE", key=text)
    with counted() as statements:
        context = desk.db.read_sync(partial(look, team=desk.team, call=call)).context
        reply = desk.db.read_sync(partial(perform, team=desk.team, call=call, wanted=understand(text, context)))
    assert reply.post is not None
    return statements


def test_a_page_takes_as_many_statements_among_many_incidents_as_among_few(desk: Desk) -> None:
    pages = ("list", "list mine", "list all", "metrics", "inc-1 similar", "inc-1 show", "inc-1 timeline")
    costs: dict[str, list[int]] = {page: [] for page in pages}
    for there in (2, 30):
        for n in range(there):
            desk.declare(f"{'abcdefgh'[n % 8] * 9} {n}", severity="P3")
        for page in pages:
            costs[page].append(len(typed(desk, page)))
    assert {page: few for page, (few, _) in costs.items()} == {page: many for page, (_, many) in costs.items()}


def test_a_timeline_reads_what_it_shows_and_what_that_speaks_of(desk: Desk) -> None:
    desk.declare()
    told = desk.act(1, r.PostUpdate(text="Half of it is back"), by=EVE).entries
    update = next(entry for entry in told if entry.fact.kind == "update_posted")
    for n in range(40):
        desk.act(1, r.AddNote(f"finding {n}"))
    last = desk.act(1, r.Undo(seqs=(update.seq,)), by=EVE).entries[-1]
    found = desk.db.read_sync(lambda session: facts.latest(session, 1, 20))
    assert [entry.seq for entry in found] == [update.seq, *range(last.seq - 19, last.seq + 1)]


def test_figures_read_again_only_what_changed(desk: Desk) -> None:
    for n in range(3):
        desk.declare(f"{'abc'[n] * 9}")
    read = partial(figures.read, now=desk.now)
    first = desk.db.read_sync(read)
    with counted() as unchanged:
        assert desk.db.read_sync(read).promises == first.promises
    assert not any(str(incident_rows.c.state.name) + " " in one.split("FROM")[0] + " " for one in unchanged)
    desk.act(2, r.Cancel("false alarm"))
    assert sum(desk.db.read_sync(read).incidents.values()) == 2


def test_what_cannot_be_read_keeps_nobody_else_from_being_asked(desk: Desk) -> None:
    """However many there are: what is due is gone through, a few at a time."""
    for n in range(5):
        desk.declare(f"{'abcde'[n] * 9}")
    broken = sa.update(incident_rows).where(incident_rows.c.id.in_((1, 2, 3))).values(state="not an incident")
    desk.db.run_sync(lambda session: session.conn.execute(broken))
    before = {number: desk.kinds(number).count("asked") for number in (4, 5)}
    asked = asyncio.run(Ticker(desk.db, desk.team, at_once=2).tick(desk.now + timedelta(minutes=4)))
    assert asked == 2
    assert {number: desk.kinds(number).count("asked") - before[number] for number in (4, 5)} == {4: 1, 5: 1}


def test_the_latest_entries_are_found_by_an_index(desk: Desk) -> None:
    """Sorting a record of ten thousand entries for each look would be slow."""
    by_time = sa.select(fact_rows.c.seq).where(fact_rows.c.incident == 1)
    by_time = by_time.order_by(fact_rows.c.at.desc(), fact_rows.c.seq.desc()).limit(20)

    def plan(session):  # type: ignore[no-untyped-def]
        compiled = by_time.compile(session.conn.engine, compile_kwargs={"literal_binds": True})
        return [row[-1] for row in session.conn.exec_driver_sql(f"EXPLAIN QUERY PLAN {compiled}")]

    assert any("ix_facts_at" in line for line in desk.db.read_sync(plan))
    assert not any("TEMP B-TREE" in line for line in desk.db.read_sync(plan))
