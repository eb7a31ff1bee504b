"""Deliveries that come twice are acted upon once."""

import threading
from concurrent.futures import ThreadPoolExecutor

from bot.domain import fact as f
from bot.store import facts, seen
from bot.store.session import Database, Session
from tests.store.record import add, declare


def test_a_delivery_is_remembered_with_what_it_led_to(db: Database, number: int) -> None:
    assert db.run_sync(lambda s: seen.seen(s, "Ev1")) is None
    db.run_sync(lambda s: seen.remember(s, "Ev1", number, (2, 3)))
    db.run_sync(lambda s: seen.remember(s, "Ev2", None, ()))
    assert db.run_sync(lambda s: (seen.seen(s, "Ev1"), seen.seen(s, "Ev2"))) == ((number, (2, 3)), (None, ()))


def test_the_same_delivery_at_two_replicas_is_acted_upon_once(database_url: str) -> None:
    replicas = [Database(database_url) for _ in range(2)]
    number = replicas[0].run_sync(declare)
    start = threading.Barrier(2)

    def note(session: Session) -> tuple[int | None, tuple[int, ...]]:
        known = seen.seen(session, "Ev1")
        if known is None:
            add(session, number, f.NoteAdded(text="Once."))
            seen.remember(session, "Ev1", number, (2,))
            known = number, (2,)
        return known

    def deliver(replica: Database) -> tuple[int | None, tuple[int, ...]]:
        start.wait()
        return replica.run_sync(note)

    with ThreadPoolExecutor(2) as network:
        answers = list(network.map(deliver, replicas))
    assert answers == [(number, (2,))] * 2
    assert replicas[0].run_sync(lambda s: facts.count(s, number)) == 2
    for replica in replicas:
        replica.dispose()


def test_old_deliveries_are_forgotten(db: Database) -> None:
    db.run_sync(lambda s: seen.remember(s, "Ev1", None, ()))
    assert db.run_sync(lambda s: (seen.forget_old(s), seen.forget_old(s, days=-1))) == (0, 1)
    assert db.run_sync(lambda s: seen.seen(s, "Ev1")) is None
