"""Everything there is to look at once all is well again: the database, the workspace, the logs."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import sqlalchemy as sa

from bot.domain import fact as f
from bot.domain.incident import Incident
from bot.domain.protocol import Protocol
from bot.store import facts, incidents, pinned
from bot.store.session import Session
from bot.store.tables import clocks as clock_rows
from bot.store.tables import incidents as incident_rows
from bot.store.tables import outbox as outbox_rows
from bot.store.tables import seen as seen_rows
from bot.store.tables import slots as slot_rows
from tests.chaos.town import Town


@dataclass(frozen=True)
class Record:
    """One incident as the database has it."""

    incident: Incident
    protocol: Protocol
    entries: list[f.Entry]
    problems: list[str]
    clocks: set[tuple[Any, ...]]
    outbox: list[Any]
    slots: dict[str, Any]


@dataclass
class World:
    """Everything there is to look at."""

    town: Town
    records: dict[int, Record]
    seen: dict[str, tuple[int | None, tuple[int, ...]]]
    loose: list[Any]
    """Outbox rows of no incident."""

    @cached_property
    def rows(self) -> dict[str, Any]:
        """Every outbox row by its id."""
        mine = {row.id: row for record in self.records.values() for row in record.outbox}
        return mine | {row.id: row for row in self.loose}

    @cached_property
    def logs(self) -> list[str]:
        found: list[str] = []
        for replica in self.town.replicas:
            if replica.log.exists():
                found += replica.log.read_text("utf-8", errors="replace").splitlines()
        return found


def look(session: Session) -> tuple[dict[int, Record], dict[str, Any], list[Any]]:
    numbers = list(session.conn.execute(sa.select(incident_rows.c.id).order_by(incident_rows.c.id)).scalars())
    seen = {row.key: (row.incident, tuple(json.loads(row.seqs))) for row in session.conn.execute(sa.select(seen_rows))}
    loose = list(session.conn.execute(sa.select(outbox_rows).where(outbox_rows.c.incident.is_(None))))
    return {number: _record(session, number) for number in numbers}, seen, loose


def _record(session: Session, number: int) -> Record:
    incident = incidents.load(session, number)
    assert incident is not None
    mine = sa.select(outbox_rows).where(outbox_rows.c.incident == number).order_by(outbox_rows.c.position)
    running = session.conn.execute(sa.select(clock_rows).where(clock_rows.c.incident == number))
    slots = session.conn.execute(sa.select(slot_rows).where(slot_rows.c.incident == number))
    return Record(
        incident,
        pinned.get(session, incident.protocol_digest),
        facts.entries(session, number),
        facts.verify(session, number),
        {(c.key, c.occurrence, c.step, c.fire_at, c.due) for c in running},
        list(session.conn.execute(mine)),
        {slot.name: slot for slot in slots},
    )
