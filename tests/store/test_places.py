"""Names of channels: remembered until Slack does not know the channel any more."""

from bot.store import places
from bot.store.session import Database, Session


def test_only_what_a_name_meant_is_forgotten(db: Database) -> None:
    def story(session: Session) -> list[object]:
        places.put(session, "incidents", "C0NEW")
        kept = places.forget(session, "incidents", "C0OLD"), places.get(session, "incidents")
        gone = places.forget(session, "incidents", "C0NEW"), places.get(session, "incidents")
        return [kept, gone, places.forget(session, "incidents", "C0NEW")]

    assert db.run_sync(story) == [(False, "C0NEW"), (True, None), False]
