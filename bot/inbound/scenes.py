"""Scenes: incidents with what a reader's page needs beside them, from the database only."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from bot.domain.fact import Entry
from bot.domain.incident import Incident
from bot.domain.protocol import Protocol
from bot.store import people, pinned
from bot.store.session import Session
from bot.views.scene import Scene

_ONE = ("person", "author", "recipient", "primary", "secondary", "postmortem_owner")


def scene(
    session: Session,
    incident: Incident,
    now: datetime,
    *,
    protocol: Protocol | None = None,
    entries: Sequence[Entry] = (),
    reader: str | None = None,
) -> Scene:
    """The incident as `reader` sees it: names as cached, times in their zone where tokens do not render."""
    protocol = protocol or pinned.get(session, incident.protocol_digest)
    known = people.many(session, {*everyone(incident, entries), *filter(None, (reader,))})
    zone = known[reader].tz if reader in known else protocol.calendar.timezone
    names = {one.id: one.name for one in known.values()}
    return Scene(incident, protocol, now, names, zone, entries, reader)


def everyone(incident: Incident, entries: Iterable[Entry] = ()) -> set[str]:
    """Ids of all people a page about this incident may name."""
    within: list[Any] = [
        incident.declared_by,
        incident.primary,
        incident.secondary,
        incident.responder,
        incident.acknowledged_by,
        incident.resolved_by,
        incident.closed_by,
        incident.impact_by,
        incident.postmortem_owner,
        *incident.roles.values(),
        *incident.participants,
        *incident.management_told,
        *(person for ask in incident.asks for person in ask.people),
    ]
    return {one for one in [*within, *(p for entry in entries for p in _in(entry))] if one}


def _in(entry: Entry) -> list[str | None]:
    return [entry.by, *(getattr(entry.fact, name, None) for name in _ONE), *getattr(entry.fact, "people", ())]
