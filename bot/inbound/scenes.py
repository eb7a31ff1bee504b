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
    workspace: str = "",
) -> Scene:
    """The incident as `reader` sees it: names and time zones as cached, those of others (`also`) too. Where this
    machine's clock was put back, it is not seen earlier than it was last changed. `workspace` is ours, where people
    of others are to be told apart."""
    protocol = protocol or pinned.get(session, incident.protocol_digest)
    known = people.many(session, {*everyone(incident, entries), *filter(None, (reader,)), *also})
    names = {one.id: people.shown(one, workspace) for one in known.values()}
    zones = {one.id: one.tz for one in known.values()}
    return Scene(incident, protocol, max(now, incident.recorded_at), names, entries, reader, zones)


def scenes(session: Session, found: Sequence[Incident], now: datetime, reader: str) -> list[Scene]:
    """Several incidents as `reader` sees them, with the people of all of them looked up at once."""
    known = people.many(session, {reader, *(one for incident in found for one in everyone(incident))})
    names = {one.id: people.shown(one, "") for one in known.values()}
    zones = {one.id: one.tz for one in known.values()}
    return [
        Scene(
            incident,
            pinned.get(session, incident.protocol_digest),
            max(now, incident.recorded_at),
            names,
            reader=reader,
            zones=zones,
        )
        for incident in found
    ]
