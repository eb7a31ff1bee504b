"""`delivered`: what Slack answered, when the incident needs to know. The outbox row and the facts change together."""

from __future__ import annotations

from datetime import datetime

from bot.domain import changes
from bot.domain import fact as f
from bot.domain import request as r
from bot.domain.caller import Caller
from bot.domain.decide import decide
from bot.domain.incident import Incident
from bot.domain.react import told_instead
from bot.domain.scribe import Scribe
from bot.store import facts as timelines
from bot.store import incidents, outbox, pinned
from bot.store.session import Session
from bot.usecases import calendar_said
from bot.usecases.record import Case, record
from bot.usecases.team import Team

COURIER = Caller(None, "courier")


def delivered(
    session: Session,
    team: Team,
    row: outbox.Row,
    owner: str,
    now: datetime,
    *,
    slot: outbox.Slot | None = None,
    news: r.ChannelIs | r.Informed | r.NotInvited | r.IsMuted | None = None,
) -> bool:
    """A message has arrived. False when its lease was lost meanwhile: then another worker answers for it."""
    incident = incidents.lock(session, row.incident) if news and row.incident else None
    if slot is not None and slot.incident is not None:
        incidents.hold(session, slot.incident)
    if not outbox.sent(session, row.id, owner, slot):
        return False
    if row.incident is None:
        calendar_said.delivered(session, row.message)
    if incident is not None and news is not None:
        protocol = pinned.get(session, incident.protocol_digest)
        facts = decide(incident, news, protocol, team.roster(now), COURIER, now)
        done = record(session, team, Case(incident.id, protocol, incident), facts, COURIER, now)
        if any(isinstance(entry.fact, f.ChannelOpened) for entry in done.entries):
            _lead_there(session, team, done.incident)
    session.after_commit(team.wake)
    return True


def _lead_there(session: Session, team: Team, opened: Incident) -> None:
    """What this was split off told of it before it had a channel."""
    for number in (link.other for link in opened.links if link.how == "split from"):
        whole, told = incidents.load(session, number), timelines.entries(session, number)
        parted = [e for e in told if isinstance(e.fact, f.Linked) and e.fact.other == opened.id]
        if whole is not None and parted:
            protocol = pinned.get(session, whole.protocol_digest)
            scribe = Scribe(parted[-1], whole, protocol, team.audiences_of(protocol))
            outbox.put(session, number, changes.part_opened(scribe))


def refused(session: Session, team: Team, row: outbox.Row, owner: str, error: str, now: datetime) -> bool:
    """Slack refuses a message for good: what depends on it is parked, and of each cause a person is told once."""
    incident = incidents.lock(session, row.incident) if row.incident else None
    if not outbox.refuse(session, row.id, owner, error):
        return False
    if row.incident is None:
        calendar_said.refused(session, team, row.message, error, now)
    if incident is not None:
        protocol = pinned.get(session, incident.protocol_digest)
        kind = row.message.kind
        news = r.ChannelIs(error=error) if kind == "open_channel" else r.Refused(message=kind, error=error)
        if kind == "tell" and row.message.args.get("what") == "delivery_refused":
            outbox.put(session, incident.id, told_instead(row.message, incident, protocol))
        else:
            facts = decide(incident, news, protocol, team.roster(now), COURIER, now)
            record(session, team, Case(incident.id, protocol, incident), facts, COURIER, now)
    session.after_commit(team.wake)
    return True
