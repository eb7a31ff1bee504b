"""Whose people are told that there is a newer protocol."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from bot.domain import adoption
from bot.domain import request as r
from bot.domain.bench import difference
from bot.domain.bench.difference import Difference
from bot.domain.protocol import Protocol
from bot.store.session import Database
from bot.usecases import adopting
from tests.domain.life import BEA, default, graded_otherwise
from tests.usecases.desk import Desk

NEWER = graded_otherwise("P1", update_every=timedelta(minutes=20))
NAME = default().name


@pytest.fixture
def desk(sqlite_url: str) -> Iterator[Desk]:
    """On SQLite: the database has no part in this."""
    db = Database(sqlite_url, door_seconds=20)
    yield Desk(db)
    db.dispose()


def concerned(desk: Desk, protocol: Protocol, *edited: str) -> list[int]:
    """Whom a process would tell that has this protocol, and saw these files change."""
    desk.team.protocol = protocol
    return desk.db.run_sync(lambda session: adopting.concerned(session, desk.team, frozenset(edited)))


def test_a_process_that_still_has_the_older_file_does_not_offer_it_back(desk: Desk) -> None:
    number = desk.declare().incident.id
    assert concerned(desk, NEWER) == [number], "at its start, as nobody was told"
    desk.act(number, r.OfferProtocol(), by=None, via="clock")
    desk.act(number, r.Adopt(), by=BEA, via="button")
    assert concerned(desk, default()) == [], "nobody can tell that this file is newer"
    desk.act(number, r.OfferProtocol(), by=None, via="clock")
    assert len(desk.row(number).offers) == 1
    assert concerned(desk, default(), "another") == []
    assert concerned(desk, default(), NAME) == [number], "the file was seen to go back"


def test_two_protocols_are_compared_once_for_all_incidents_that_run_on_them(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared: list[str] = []

    def counting(before: Protocol, after: Protocol) -> tuple[Difference, ...]:
        compared.append(before.digest())
        return difference.differences(before, after)

    numbers = [desk.declare(f"Table {each} is stale").incident.id for each in range(3)]
    desk.declare("Marts are stale", severity="P4")
    monkeypatch.setattr(adoption, "differences", counting)
    assert sorted(concerned(desk, NEWER)) == numbers, "a P4 feels nothing of it"
    assert compared == [default().digest()]
