"""The outbox: in order within a lane, nothing lost, nobody's row taken twice."""

import threading
import time
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
import sqlalchemy as sa

from bot.domain.message import Message
from bot.store import outbox
from bot.store.engines import address, postgresql_engine
from bot.store.outbox import Row, Slot
from bot.store.session import Database, Session
from bot.store.tables import outbox as rows
from tests.store.record import card, declare, say

ALL = ("say", "card", "open_channel", "notice", "pin")


def put(db: Database, number: int | None, *messages: Message) -> None:
    db.run_sync(lambda s: outbox.put(s, number, messages))


def claim(db: Database, owner: str = "me", **changes: Any) -> list[Row]:
    wanted = {"limit": 10, "lease_seconds": 60, "kinds": ALL, **changes}
    return db.run_sync(lambda s: outbox.claim(s, owner, **wanted))


def texts(rows: list[Row]) -> list[str]:
    return [row.message.args.get("text", row.message.kind) for row in rows]


def sent(db: Database, row: Row, owner: str = "me", slot: Slot | None = None) -> bool:
    return db.run_sync(lambda s: outbox.sent(s, row.id, owner, slot))


def again(db: Database, row: Row, owner: str = "me", *, after: float = 0, **how: bool) -> bool:
    back = {"after_seconds": after, "error": "ratelimited", "ambiguous": False, **how}
    return db.run_sync(lambda s: outbox.again(s, row.id, owner, **back))  # type: ignore[arg-type]


def refuse(db: Database, row: Row, owner: str = "me") -> bool:
    return db.run_sync(lambda s: outbox.refuse(s, row.id, owner, "restricted_action"))


def drain(db: Database) -> list[str]:
    """Send everything that can be sent, one claim after the other."""
    order: list[str] = []
    while rows := claim(db):
        order += texts(rows)
        for row in rows:
            assert sent(db, row)
    return order


def test_a_lane_keeps_its_order_and_others_do_not_wait(db: Database, number: int) -> None:
    put(db, number, say("a1", "a"), say("a2", "a"), say("b1", "b"), say("a3", "a"))
    first = claim(db)
    assert texts(first) == ["a1", "b1"]
    assert claim(db, "another") == []
    assert sent(db, first[0])
    assert texts(claim(db)) == ["a2"]
    assert db.run_sync(outbox.waiting) == 3


def test_the_highest_rank_goes_first_then_the_oldest(db: Database, number: int) -> None:
    put(db, number, say("low", "a", rank=4), say("high", "b", rank=1), say("high too", "c", rank=1))
    assert texts(claim(db, limit=2)) == ["high", "high too"]
    assert texts(claim(db, limit=2)) == ["low"]


def test_a_row_put_back_holds_its_lane_until_its_time(db: Database, number: int) -> None:
    put(db, number, say("a1", "a"), say("a2", "a"))
    (row,) = claim(db)
    assert again(db, row, after=3600)
    assert claim(db) == []
    at, now = db.run_sync(lambda s: (outbox.next_at(s, ALL), s.now()))
    assert at
    assert 3590 < (at - now).total_seconds() <= 3600


def test_what_is_claimed_says_how_often_and_since_when_it_was_tried(db: Database, number: int) -> None:
    put(db, number, say("a", args={"text": "a", "to": ["U1", "Ü😀"]}))
    (first,) = claim(db)
    time.sleep(0.002)  # SQLite's clock counts milliseconds
    assert (first.attempts, first.ambiguous, first.incident) == (1, False, number)
    assert first.message == say("a", args={"text": "a", "to": ["U1", "Ü😀"]})
    again(db, first)
    (second,) = claim(db)
    assert (second.id, second.attempts) == (first.id, 2)
    assert first.tried_for == timedelta(0) < second.tried_for < timedelta(minutes=1)


def test_waiting_for_a_turn_is_no_try(db: Database, number: int) -> None:
    put(db, number, say("a"))
    for _ in range(3):
        (row,) = claim(db)
        assert (row.attempts, row.tried_for) == (1, timedelta(0))
        assert again(db, row, tried=False)
    (row,) = claim(db)
    assert again(db, row, ambiguous=True)
    (row,) = claim(db)
    assert again(db, row, tried=False)
    time.sleep(0.002)
    (row,) = claim(db)
    assert (row.attempts, row.ambiguous) == (2, True)
    assert row.tried_for > timedelta(0), "when it may have happened is not forgotten"


def test_one_that_cannot_be_read_keeps_no_other_waiting(db: Database, number: int) -> None:
    """A later Sitrep may have written it, and beside this one reads it."""
    put(db, number, say("a", "a"), say("b", "b"))
    strange = sa.update(rows).where(rows.c.lane == "a").values(body='{"kind": "say", "from": "the future"}')
    db.run_sync(lambda s: s.conn.execute(strange))
    assert texts(claim(db)) == ["b"]


def test_only_these_ranks_are_claimed(db: Database, number: int) -> None:
    put(db, number, say("low", "a", rank=4), say("high", "b", rank=1))
    assert texts(claim(db, up_to_rank=2)) == ["high"]
    assert db.run_sync(lambda s: outbox.next_at(s, ALL, 2)) is not None, "its lease"
    assert texts(claim(db)) == ["low"]


def test_a_message_waits_for_the_slots_it_needs(db: Database, number: int) -> None:
    other = db.run_sync(declare)
    opening = Message(kind="open_channel", lane="open", seq=1, fills="channel")
    put(db, number, card(1), say("after the card", "card"), opening)
    put(db, other, say("elsewhere", "other", needs=("channel",)))
    (row,) = claim(db)
    assert row.message.kind == "open_channel"
    assert sent(db, row, slot=Slot(incident=number, name="channel", channel="C1", extra={"name": "inc-1"}))
    (row,) = claim(db)
    assert row.message.kind == "card"
    assert sent(db, row, slot=Slot(incident=number, name="card", channel="C1", ts="1.2"))
    assert texts(claim(db)) == ["after the card"]
    filled = db.run_sync(lambda s: outbox.slots(s, number))
    assert filled["card"] == Slot(incident=number, name="card", channel="C1", ts="1.2")
    assert db.run_sync(lambda s: outbox.slot(s, number, "channel")) == filled["channel"]
    assert filled["channel"].extra == {"name": "inc-1"}
    assert db.run_sync(lambda s: outbox.slot(s, other, "channel")) is None


def test_a_kind_that_only_a_newer_sitrep_knows_wakes_nobody(db: Database, number: int) -> None:
    put(db, number, Message(kind="from_the_future", lane="a", seq=1))
    assert claim(db) == []
    assert db.run_sync(lambda s: outbox.next_at(s, ALL)) is None


def test_nothing_wakes_the_courier_while_a_slot_is_missing(db: Database, number: int) -> None:
    put(db, number, card(1))
    assert db.run_sync(lambda s: outbox.next_at(s, ALL)) is None
    db.run_sync(lambda s: outbox.fill(s, Slot(incident=number, name="channel", channel="C1")))
    at, now = db.run_sync(lambda s: (outbox.next_at(s, ALL), s.now()))
    assert at
    assert at <= now


def test_only_what_belongs_to_an_incident_waits_for_something(db: Database) -> None:
    with pytest.raises(ValueError, match="belongs to its incident"):
        put(db, None, card(1))
    put(db, None, say("to everybody"))
    assert texts(claim(db)) == ["to everybody"]


def test_only_known_kinds_are_claimed(db: Database, number: int) -> None:
    put(db, number, say("of a later version", "a", kind="later"), say("behind it", "a"), say("known", "b"))
    assert texts(claim(db)) == ["known"]


class TestStanding:
    """What is always current waits as one row."""

    @pytest.fixture(autouse=True)
    def _channel(self, db: Database, number: int) -> None:
        db.run_sync(lambda s: outbox.fill(s, Slot(incident=number, name="channel", channel="C1")))

    def test_refreshes_that_wait_are_one(self, db: Database, number: int) -> None:
        put(db, number, card(1), say("between", "card"), card(2, rank=1))
        put(db, number, card(3, rank=2))
        (row,) = claim(db)
        assert (row.message.seq, row.message.rank) == (3, 2)
        assert sent(db, row)
        assert drain(db) == ["between"]

    def test_of_different_places_they_are_not(self, db: Database, number: int) -> None:
        other = db.run_sync(declare)
        db.run_sync(lambda s: outbox.fill(s, Slot(incident=other, name="channel", channel="C2")))
        topics = [Message(kind="say", lane="t", seq=1, standing=True, args={"to": who}) for who in ("U1", "U2", "U1")]
        put(db, number, card(1), *topics, say("one"), say("one"))
        put(db, other, card(1))
        assert sorted(drain(db)) == ["card", "card", "one", "one", "say", "say"]

    def test_one_that_is_being_sent_is_followed_by_another(self, db: Database, number: int) -> None:
        put(db, number, card(1))
        (row,) = claim(db)
        put(db, number, card(2))
        put(db, number, card(3))
        assert claim(db) == []
        assert sent(db, row)
        (row,) = claim(db)
        assert row.message.seq == 3

    def test_one_that_surely_failed_takes_over_what_came_since(self, db: Database, number: int) -> None:
        put(db, number, card(1))
        (first,) = claim(db)
        put(db, number, card(2))
        assert again(db, first)
        (row,) = claim(db)
        assert (row.id, row.message.seq) == (first.id, 2)
        assert sent(db, row)
        assert db.run_sync(outbox.waiting) == 0

    def test_one_that_may_have_been_sent_keeps_its_content(self, db: Database, number: int) -> None:
        """What is then found in Slack's history is the old card, so the new one must still go out."""
        put(db, number, card(1))
        (first,) = claim(db)
        put(db, number, card(2))
        assert again(db, first, ambiguous=True)
        put(db, number, card(3))
        for seq in (1, 3):
            (row,) = claim(db)
            assert row.message.seq == seq
            assert sent(db, row)
        assert db.run_sync(outbox.waiting) == 0

    def test_doubt_is_not_forgotten_by_a_later_certain_failure(self, db: Database, number: int) -> None:
        put(db, number, card(1))
        for ambiguous in (True, False):
            (row,) = claim(db)
            assert again(db, row, ambiguous=ambiguous)
        assert claim(db)[0].ambiguous


class TestLeases:
    """A claim ends with its lease, by the database's clock."""

    def test_a_row_whose_sender_died_is_given_to_the_next_as_doubtful(self, db: Database, number: int) -> None:
        put(db, number, say("a1", "a"), say("a2", "a"))
        (lost,) = claim(db, "dead", lease_seconds=0)
        time.sleep(0.002)
        (found,) = claim(db, "heir")
        assert (found.id, found.attempts, found.ambiguous) == (lost.id, 2, True)
        assert found.tried_for > lost.tried_for

    def test_a_lease_is_renewed_while_it_runs_and_never_after(self, db: Database, number: int) -> None:
        put(db, number, say("a"))
        (row,) = claim(db, "awake", lease_seconds=30)
        assert db.run_sync(lambda s: outbox.renew(s, row.id, "awake", lease_seconds=90))
        at, now = db.run_sync(lambda s: (outbox.next_at(s, ALL), s.now()))
        assert at
        assert (at - now).total_seconds() > 80
        db.run_sync(lambda s: outbox.release(s, after_seconds=0))
        assert not db.run_sync(lambda s: outbox.renew(s, row.id, "awake", lease_seconds=90)), "though nobody has it"
        claim(db, "heir")
        assert not db.run_sync(lambda s: outbox.renew(s, row.id, "awake", lease_seconds=90))

    def test_who_lost_the_lease_cannot_finish_the_row(self, db: Database, number: int) -> None:
        put(db, number, say("a"))
        (row,) = claim(db, "slow", lease_seconds=0)
        assert not db.run_sync(lambda s: outbox.still_mine(s, row.id, "slow"))
        claim(db, "heir")
        slot = Slot(incident=number, name="channel", channel="C1")
        assert not sent(db, row, "slow", slot)
        assert not again(db, row, "slow")
        assert not refuse(db, row, "slow")
        assert db.run_sync(lambda s: outbox.slots(s, number)) == {}
        assert db.run_sync(lambda s: outbox.still_mine(s, row.id, "heir"))
        assert sent(db, row, "heir", slot)
        assert not sent(db, row, "heir", slot)
        assert db.run_sync(lambda s: outbox.slot(s, number, "channel")) == slot

    @pytest.mark.parametrize(("lease", "left"), [(60, 3), (1, 1)])
    def test_what_a_dead_bot_was_sending_is_given_back_once_it_can_be_seen(
        self, db: Database, number: int, lease: float, left: float
    ) -> None:
        put(db, number, say("a"))
        claim(db, lease_seconds=lease)
        db.run_sync(lambda s: outbox.release(s, after_seconds=3))
        assert claim(db) == []
        at, now = db.run_sync(lambda s: (outbox.next_at(s, ALL), s.now()))
        assert at
        assert left - 1 < (at - now).total_seconds() <= left

    def test_a_lease_that_runs_out_wakes_the_courier(self, db: Database, number: int) -> None:
        put(db, number, say("a"))
        claim(db, lease_seconds=30)
        at, now = db.run_sync(lambda s: (outbox.next_at(s, ALL), s.now()))
        assert at
        assert 20 < (at - now).total_seconds() <= 30

    def test_two_senders_never_have_the_same_row_and_lanes_keep_their_order(self, database_url: str) -> None:
        replicas = [Database(database_url) for _ in range(3)]
        number = replicas[0].run_sync(declare)
        lanes, depth = 8, 6
        put(replicas[0], number, *(say(f"{d}", f"lane {n}") for d in range(depth) for n in range(lanes)))
        sendings: dict[str, list[str]] = defaultdict(list)
        start = threading.Barrier(len(replicas))

        def courier(which: int) -> None:
            db, owner = replicas[which], f"courier {which}"
            start.wait()
            while db.run_sync(outbox.waiting):
                for row in claim(db, owner, limit=3):
                    sendings[row.message.lane].append(row.message.args["text"])
                    assert sent(db, row, owner)

        with ThreadPoolExecutor(len(replicas)) as processes:
            list(processes.map(courier, range(len(replicas))))
        assert sendings == {f"lane {n}": [f"{d}" for d in range(depth)] for n in range(lanes)}
        for replica in replicas:
            replica.dispose()

    def test_a_claim_in_progress_is_passed_by(self, pg_url: str) -> None:
        db = Database(pg_url)
        number = db.run_sync(declare)
        put(db, number, say("a", "a"), say("b", "b"))
        engine = postgresql_engine(address(pg_url), size=2, wait_seconds=5)
        with engine.begin() as one, engine.begin() as two:
            wanted: dict[str, Any] = {"lease_seconds": 60, "kinds": ALL}
            first = outbox.claim(Session(one), "one", limit=1, **wanted)
            second = outbox.claim(Session(two), "two", limit=2, **wanted)
        assert (texts(first), texts(second)) == (["a"], ["b"])
        engine.dispose()
        db.dispose()

    def test_a_row_committed_late_does_not_join_one_under_way(self, pg_url: str) -> None:
        """Two incidents share the announcement channel's lane; positions are given before the commit."""
        db = Database(pg_url)
        first, second = db.run_sync(declare), db.run_sync(declare)
        engine = postgresql_engine(address(pg_url), size=1)
        with engine.begin() as slow:
            outbox.put(Session(slow), first, [say("earlier place", "all")])
            put(db, second, say("committed first", "all"))
            (row,) = claim(db)
        assert texts([row]) == ["committed first"]
        assert claim(db) == []
        assert sent(db, row)
        assert texts(claim(db)) == ["earlier place"]
        engine.dispose()
        db.dispose()


class TestRefused:
    """When Slack refuses for good, what depends on it is parked, and Retry brings all of it back."""

    opening = Message(kind="open_channel", lane="open", seq=1, fills="channel")
    pin = Message(kind="pin", lane="pin", seq=1, needs=("card",))

    @pytest.fixture
    def refused(self, db: Database, number: int) -> None:
        put(db, number, self.opening, card(1), self.pin, say("hello", "card", needs=("channel",)), say("dm", "dm"))
        opening, dm = claim(db)
        assert refuse(db, opening)
        assert sent(db, dm)

    def test_dependents_park_and_nobody_waits_for_them(self, db: Database, number: int, refused: None) -> None:
        assert claim(db) == []
        assert db.run_sync(outbox.waiting) == 0
        put(db, number, say("not parked", "card"))
        assert drain(db) == ["not parked"]

    def test_what_comes_later_and_needs_it_parks_too(self, db: Database, number: int, refused: None) -> None:
        put(db, number, say("later", "later", needs=("channel",)), card(2))
        assert db.run_sync(outbox.waiting) == 0

    def test_what_a_new_try_will_fill_is_waited_for(self, db: Database, number: int, refused: None) -> None:
        put(db, number, self.opening, say("later", "later", needs=("channel",)))
        assert db.run_sync(outbox.waiting) == 2

    def test_retry_sends_all_of_it_once_with_the_present_card(self, db: Database, number: int, refused: None) -> None:
        put(db, number, card(2))
        assert db.run_sync(lambda s: outbox.revive(s, number, "channel")) == 4
        (opening,) = claim(db)
        assert sent(db, opening, slot=Slot(incident=number, name="channel", channel="C1"))
        (drawn,) = claim(db)
        assert drawn.message.seq == 2
        assert sent(db, drawn, slot=Slot(incident=number, name="card", channel="C1", ts="1.2"))
        assert sorted(drain(db)) == ["hello", "pin"]
        assert db.run_sync(lambda s: outbox.revive(s, number, "channel")) == 0

    def test_refused_again_parks_again(self, db: Database, number: int, refused: None) -> None:
        db.run_sync(lambda s: outbox.revive(s, number, "channel"))
        (opening,) = claim(db)
        assert opening.attempts == 1, "it has as many tries as the first time"
        assert refuse(db, opening)
        assert db.run_sync(outbox.waiting) == 0
        assert db.run_sync(lambda s: outbox.revive(s, number, "channel")) == 4

    def test_retrying_one_slot_leaves_what_hangs_on_another(self, db: Database, number: int, refused: None) -> None:
        put(db, number, Message(kind="notice", lane="all", seq=1, fills="notice"), say("thread", needs=("notice",)))
        (notice,) = claim(db)
        assert refuse(db, notice)
        assert db.run_sync(lambda s: outbox.revive(s, number, "notice")) == 2
        assert drain(db) == ["notice"]
        assert db.run_sync(outbox.waiting) == 1

    def test_a_slot_filled_another_way_sets_them_free(self, db: Database, number: int, refused: None) -> None:
        db.run_sync(lambda s: outbox.fill(s, Slot(incident=number, name="channel", channel="C1")))
        (row,) = claim(db)
        assert row.message.kind == "card"
        assert db.run_sync(outbox.waiting) == 3

    def test_a_refused_edit_of_a_filled_slot_parks_nobody(self, db: Database, number: int) -> None:
        for name in ("channel", "card"):
            db.run_sync(partial(outbox.fill, slot=Slot(incident=number, name=name, channel="C1")))
        put(db, number, card(1), self.pin)
        for row in claim(db):
            assert refuse(db, row) if row.message.kind == "card" else again(db, row)
        assert drain(db) == ["pin"]


def test_housekeeping_forgets_what_was_sent_and_keeps_what_can_be_retried(db: Database, number: int) -> None:
    put(db, number, say("sent", "a"), say("refused", "b"), say("waiting", "c", needs=("channel",)))
    done, failed = claim(db)
    sent(db, done)
    refuse(db, failed)
    assert db.run_sync(lambda s: (outbox.forget_finished(s), outbox.forget_finished(s, days=-1))) == (0, 1)
    assert db.run_sync(outbox.waiting) == 1
