"""Scenes: incidents with what a reader's page needs beside them, from the database only."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from bot.domain.fact import Entry
from bot.domain.incident import Incident
from bot.domain.protocol import Protocol
from bot.store import people, pinned
from bot.store.session import Session
from bot.views.scene import Scene, everyone


def scene(
    session: Session,
    incident: Incident,
    now: datetime,
    *,
    protocol: Protocol | None = None,
    entries: Sequence[Entry] = (),
    reader: str | None = None,
    also: Iterable[str] = (),
) -> Scene:
    """The incident as `reader` sees it: names and time zones as cached, those of others (`also`) too."""
    protocol = protocol or pinned.get(session, incident.protocol_digest)
    known = people.many(session, {*everyone(incident, entries), *filter(None, (reader,)), *also})
    names = {one.id: one.name for one in known.values()}
    zones = {one.id: one.tz for one in known.values()}
    return Scene(incident, protocol, now, names, entries, reader, zones)
