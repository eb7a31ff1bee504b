"""Figures count what there is, and tell nothing else."""

from dataclasses import asdict
from datetime import timedelta

import sqlalchemy as sa

from bot.domain import request as r
from bot.store import figures
from bot.store.session import Database, Session
from bot.store.tables import outbox
from tests.domain.life import ANA
from tests.usecases.desk import Desk


def test_figures_count_what_is_open_and_what_is_late(db: Database) -> None:
    desk = Desk(db)
    for title in ("Orders are late", "The takeover of Acme", "Refunds are twice"):
        desk.declare(title, private=title.startswith("The"))
    desk.declare("Nobody saw this", severity="P3")
    desk.act(3, r.Cancel("false alarm"))
    desk.declare("practice", drill=True)
    before = desk.now
    now = before + timedelta(minutes=16)

    found = db.read_sync(lambda session: figures.read(session, now))

    assert found.incidents == {(1, "triage"): 2, (3, "triage"): 1}
    assert found.promises["acknowledge", "late"] == 2, "a P1 is acknowledged within 15 minutes, a P3 within 4 hours"
    assert found.promises["acknowledge", "running"] == 1
    assert found.promises["update", "running"] == 3
    assert found.waiting == len(
        [row for number in (1, 2, 3, 4, 5) for row in desk.outbox(number) if row.state == "waiting"]
    )
    assert found.overdue == timedelta(minutes=13), "the primary should have been called again after three minutes"
    assert "Acme" not in str(asdict(found))


def test_the_age_of_the_outbox_is_that_of_what_is_due(db: Database) -> None:
    desk = Desk(db)
    assert db.read_sync(lambda session: figures.read(session, desk.now)).oldest == timedelta(0)
    desk.declare()

    def wait_since_an_hour(session: Session) -> None:
        ago = session.now() - timedelta(hours=1)
        session.conn.execute(sa.update(outbox).where(outbox.c.position == 1).values(next_at=ago))

    db.run_sync(wait_since_an_hour)
    oldest = db.read_sync(lambda session: figures.read(session, desk.now)).oldest
    assert timedelta(hours=1) <= oldest < timedelta(hours=1, minutes=1)


def test_a_promise_whose_reminders_are_over_is_still_counted(db: Database) -> None:
    desk = Desk(db)
    number = desk.declare().incident.id
    desk.act(number, r.Acknowledge(), by=ANA)
    for _ in range(40):
        desk.now += timedelta(hours=1)
        desk.tick(number)
    left = {(row.key, row.occurrence) for row in desk.clock_table(number)}
    found = db.read_sync(lambda session: figures.read(session, desk.now))
    assert sum(found.promises.values()) > len(left)
    assert found.promises["update", "late"] == 1


def test_writing_means_nothing_and_can_be_done_again(db: Database) -> None:
    for _ in range(2):
        db.run_sync(figures.write)
    assert Desk(db).declare().incident.id == 1
