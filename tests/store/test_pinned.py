"""An incident keeps the protocol it was declared by (architecture rule 6)."""

from functools import partial

import pytest
import sqlalchemy as sa

from bot.store import pinned
from bot.store.session import Database
from bot.store.tables import protocols
from tests.store.record import PROTOCOL


def test_a_protocol_is_kept_once_and_comes_back_as_it_was(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pinned, "_read", {})
    changed = PROTOCOL.model_copy(update={"title": "Another edition"})
    for edition in (PROTOCOL, PROTOCOL, changed):
        assert db.run_sync(partial(pinned.pin, protocol=edition)) == edition.digest()
    assert db.run_sync(lambda s: pinned.get(s, PROTOCOL.digest())) == PROTOCOL
    assert db.run_sync(lambda s: pinned.get(s, changed.digest())).title == "Another edition"
    assert db.run_sync(lambda s: s.conn.execute(sa.select(sa.func.count()).select_from(protocols)).scalar_one()) == 2


def test_a_protocol_nobody_kept_is_missed(db: Database) -> None:
    with pytest.raises(LookupError, match="not stored"):
        db.run_sync(lambda s: pinned.get(s, "0" * 64))
