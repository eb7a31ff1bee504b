"""Figures: how much there is of everything, for whoever watches Sitrep; and whether anything can be written at all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain.incident import Incident
from bot.domain.promises.clocks import open_clocks
from bot.store import clocks, incidents, outbox, pinned
from bot.store.session import Session
from bot.store.tables import numbers


@dataclass(frozen=True)
class Figures:
    """Counts only: nothing here tells a private incident from another. Drills count nowhere.

    `incidents` by severity rank and stage, those that have not ended. `promises` by key and standing (running, late).
    `waiting`: messages not sent yet, the oldest for `oldest`. `overdue`: how long the next reminder should have gone
    out already; about a second at most while all is well.
    """

    incidents: Mapping[tuple[int, str], int]
    promises: Mapping[tuple[str, str], int]
    waiting: int
    oldest: timedelta
    overdue: timedelta


def read(session: Session, now: datetime) -> Figures:
    """The figures at `now` (business time)."""
    living = [one for one in _living(session).values() if one is not None]
    fires_at = clocks.next_fire(session)
    return Figures(
        incidents=Counter((one.rank, one.stage) for one in living),
        promises=Counter((key, "late" if now > last else "running") for one in living for key, last in one.promises),
        waiting=outbox.waiting(session),
        oldest=outbox.oldest(session),
        overdue=max(timedelta(0), now - fires_at) if fires_at else timedelta(0),
    )


@dataclass(frozen=True)
class _Outline:
    """What counts of an incident: its open promises with the moment after which each is late."""

    rank: int
    stage: str
    promises: tuple[tuple[str, datetime], ...]


_known: dict[str, _Outline | None] = {}
"""By the digest of an incident's last entry, None for what does not count. Whoever watches asks every few seconds, and
most incidents are as they were then."""


def _living(session: Session) -> Mapping[str, _Outline | None]:
    """All that have not ended; only those that changed since the last time are read."""
    global _known  # noqa: PLW0603 - replaced as a whole, so that what has ended is forgotten
    heads = incidents.heads(session)
    fresh = [number for head, number in heads.items() if head not in _known]
    read = {one.id: _outline(session, one) for one in incidents.some(session, fresh)}
    _known = {head: read[number] if number in read else _known.get(head) for head, number in heads.items()}
    return _known


def _outline(session: Session, incident: Incident) -> _Outline | None:
    """The clock table does not tell: a promise whose reminders have all gone out has no row left."""
    if incident.drill:
        return None
    protocol = pinned.get(session, incident.protocol_digest)
    promised = open_clocks(incident, protocol)
    lasts = tuple((clock.key, clock.due + clock.tolerance) for clock in promised if clock.due is not None)
    return _Outline(protocol.severity_in(incident.severity, incident.environment).rank, incident.stage, lasts)


def write(session: Session) -> None:
    """Write something that means nothing: whoever can do this can keep what people say."""
    row = {"name": "written", "value": 1}
    written = session.insert(numbers).values(row)
    session.conn.execute(written.on_conflict_do_update(index_elements=["name"], set_={"value": row["value"]}))
