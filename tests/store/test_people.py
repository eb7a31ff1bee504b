"""People and places are caches: the newest wins, unknown is None."""

from datetime import timedelta

from bot.store import people, places
from bot.store.people import Person
from bot.store.session import Database
from tests.store.record import NOON

ANN = Person(id="U1", name="Ann 🦊", tz="Europe/Berlin", team="T1", email="ann@example.org", fetched_at=NOON)
BOB = Person(id="U2", name="Bob", guest=True, fetched_at=NOON)


def test_people_are_remembered_as_last_fetched(db: Database) -> None:
    db.run_sync(lambda s: people.put(s, ANN))
    db.run_sync(lambda s: people.put(s, BOB))
    gone = ANN.model_copy(update={"deactivated": True, "email": None, "fetched_at": NOON + timedelta(hours=1)})
    db.run_sync(lambda s: people.put(s, gone))
    assert db.run_sync(lambda s: people.many(s, ["U1", "U2", "U3"])) == {"U1": gone, "U2": BOB}
    assert db.run_sync(lambda s: (people.get(s, "U2"), people.get(s, "U3"), people.many(s, []))) == (BOB, None, {})


def test_a_channel_that_was_renamed_leads_to_the_new_one(db: Database) -> None:
    assert db.run_sync(lambda s: places.get(s, "data-incidents")) is None
    db.run_sync(lambda s: places.put(s, "data-incidents", "C1"))
    db.run_sync(lambda s: places.put(s, "data-incidents", "C2"))
    assert db.run_sync(lambda s: places.get(s, "data-incidents")) == "C2"
