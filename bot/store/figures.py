"""Figures: how much there is of everything, for whoever watches Sitrep; and whether anything can be written at all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain.clocks import open_clocks
from bot.domain.incident import Incident
from bot.domain.protocol import Protocol
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
    living = [incident for incident in incidents.listing(session, open_only=True) if not incident.drill]
    protocols = {digest: pinned.get(session, digest) for digest in {one.protocol_digest for one in living}}
    fires_at = clocks.next_fire(session)
    return Figures(
        incidents=Counter((_rank(one, protocols[one.protocol_digest]), one.stage) for one in living),
        promises=_promises(living, protocols, now),
        waiting=outbox.waiting(session),
        oldest=outbox.oldest(session),
        overdue=max(timedelta(0), now - fires_at) if fires_at else timedelta(0),
    )


def _rank(incident: Incident, protocol: Protocol) -> int:
    return protocol.severity_in(incident.severity, incident.environment).rank


def _promises(
    living: Iterable[Incident], protocols: Mapping[str, Protocol], now: datetime
) -> Mapping[tuple[str, str], int]:
    """The clock table does not tell: a promise whose reminders have all gone out has no row left."""
    standing: Counter[tuple[str, str]] = Counter()
    for incident in living:
        promised = open_clocks(incident, protocols[incident.protocol_digest])
        standing.update((clock.key, clock.standing(now)) for clock in promised)
    return standing


def write(session: Session) -> None:
    """Write something that means nothing: whoever can do this can keep what people say."""
    row = {"name": "written", "value": 1}
    written = session.insert(numbers).values(row)
    session.conn.execute(written.on_conflict_do_update(index_elements=["name"], set_={"value": row["value"]}))
