"""An incident keeps the protocol it was declared by."""

import json
from functools import partial

import pytest
import sqlalchemy as sa

from bot.domain.protocol import Protocol
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


NEWER = ("categories", "environments", "impact", "approvals", "validation", "messages")
"""Sections that protocols did not have at first."""


def test_a_protocol_that_an_older_version_stored_still_rules_its_incident() -> None:
    """What is added to the model needs a default: a running incident keeps the protocol it was declared with."""
    stored = json.loads(PROTOCOL.canonical_json())
    for section in NEWER:
        del stored[section]
    for severity in stored["severities"]:
        del severity["resolve_within"]
    for section in ("phases", "roles", "ladder", "closure"):
        for part in stored[section]:
            part.pop("clauses")
            part.pop("within", None)
    old = Protocol.model_validate_json(json.dumps(stored))
    assert old.severity_in("P1", "staging") == old.severity("P1") == PROTOCOL.severity("P1")
    assert [role.name for role in old.approving_roles] == [old.lead_role.name]
    assert (old.phases[2].clause(), old.approvals.clause()) == ("", "")
