"""What a sender has in hand: one message to deliver, and what may be read while drawing it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from bot.domain import request as r
from bot.domain.evolve import fold
from bot.domain.fact import Entry
from bot.domain.incident import Ask, Incident
from bot.domain.message import OF_NO_INCIDENT, Message
from bot.domain.people import let_in
from bot.domain.protocol import Protocol
from bot.domain.scribe import overtaken, still_owed
from bot.outbound.api import Api
from bot.outbound.people import PERSON, People
from bot.store import calendar, facts, incidents, outbox, pinned
from bot.store.outbox import Row, Slot
from bot.store.session import Database, Session
from bot.usecases.team import Team
from bot.views.scene import Scene, everyone

TOLD_BY_FACTS = frozenset(
    {
        *("say", "news", "turning", "tell", "scorecard", "attach_timeline", "climb", "management"),
        *("withdraw", "correct", "shrink", "answer", "summon"),
    }
)
"""Kinds that need the timeline up to their fact."""


@dataclass(frozen=True)
class Result:
    """What came of it: the slot Slack filled, and what the incident needs to know."""

    slot: Slot | None = None
    news: r.ChannelIs | r.Informed | r.NotInvited | r.IsMuted | None = None


@dataclass(frozen=True)
class Errand:
    """One message, with the place it already has: `own`. A `Job` is one about an incident."""

    row: Row
    own: Slot | None = None
    about: Sequence[tuple[Incident, Protocol]] = ()
    """The incidents that a message of none tells of (`args["incidents"]`), as they are now; never a private one."""
    wishes: Sequence[tuple[str | None, str]] = ()
    """Who said what after a turn on call (`args["wishes"]`), as far as it is not deleted."""

    @property
    def message(self) -> Message:
        return self.row.message

    @property
    def args(self) -> dict[str, Any]:
        return self.row.message.args

    def placed(self, channel: str, ts: str | None, **extra: Any) -> Result:
        """Slack gave this place to the message."""
        if self.message.fills is None:
            return Result()
        return Result(Slot(incident=self.row.incident, name=self.message.fills, channel=channel, ts=ts, extra=extra))


@dataclass(frozen=True, kw_only=True)
class Job(Errand):
    """One message with the incident as it is now, and its timeline up to the message's fact where that is told."""

    incident: Incident
    protocol: Protocol
    slots: dict[str, Slot]
    entries: Sequence[Entry] = ()
    digest: str = ""
    """Of the last of these entries."""
    parts: Sequence[Incident] = ()
    """Incidents split off this one that are open; never a private one."""

    @property
    def channel(self) -> str:
        """The incident's channel, which the message waited for."""
        return self.slots["channel"].channel

    @property
    def entry(self) -> Entry:
        """The fact this message is about."""
        return self.entries[-1]

    @property
    def then(self) -> Incident:
        """The incident as it was when that fact was recorded."""
        return fold(self.entries)

    def ask(self, seq: int) -> Ask:
        return next(ask for ask in self.incident.asks if ask.seq == seq)

    def still_open(self, ask: Ask) -> bool:
        """Whether anything that was asked for is still owed."""
        return still_owed(ask, self.incident, self.protocol)

    def overtaken(self, ask: Ask, person: str | None = None) -> bool:
        """Whether the same was asked again before this could be said."""
        return overtaken(ask, self.incident, person)


@dataclass(frozen=True)
class Desk:
    """What every sender works with. `now` is business time."""

    db: Database
    api: Api
    people: People
    now: Callable[[], datetime]
    team: Team

    def late(self, ask: Ask) -> Ask:
        """An ask as it is said now: how late something is must be true when it is read."""
        return ask.model_copy(update={"at": max(ask.at, self.now())})

    async def scene(self, job: Job, *, then: bool = False, reader: str | None = None) -> Scene:
        """The present incident, or with `then` the incident as it was at the message's fact."""
        incident, now = (job.then, job.entry.recorded_at) if then else (job.incident, self.now())
        now = max(now, incident.recorded_at)  # this machine's clock may have been put back
        names = await self.people.names(people_in(job))
        barred = job.incident.private and reader is not None and reader not in let_in(job.incident)
        return Scene(incident, job.protocol, now, names, job.entries, reader, parts=job.parts, barred=barred)


Sender = Callable[[Desk, Job], Awaitable[Result]]


def load(session: Session, row: Row, owner: str) -> Errand | None:
    """Everything a message is drawn from, in one look; None when the lease is not ours any more."""
    if not outbox.still_mine(session, row.id, owner):
        return None
    job = present(session, (row,))[row.id]
    if row.message.kind not in TOLD_BY_FACTS or not isinstance(job, Job):
        return job
    entries = facts.entries(session, job.incident.id, upto=row.message.seq)
    return replace(job, entries=entries, digest=_digest(session, row))


def present(session: Session, rows: Iterable[Row]) -> dict[str, Errand]:
    """By row id: messages with the present incident, each incident read once. Raises LookupError for a message that
    lacks its incident."""
    jobs: dict[str, Errand] = {}
    read: dict[int, Job] = {}
    for row in rows:
        if row.message.kind in OF_NO_INCIDENT:
            jobs[row.id] = _errand(session, row)
            continue
        number = row.incident or 0
        job = read[number] = read[number] if number in read else _present(session, row, number)
        jobs[row.id] = replace(job, row=row, own=job.slots.get(row.message.fills or ""))
    return jobs


def _errand(session: Session, row: Row) -> Errand:
    found = (incidents.load(session, number) for number in row.message.args.get("incidents", ()))
    public = (one for one in found if one is not None and not one.private)
    about = [(one, pinned.get(session, one.protocol_digest)) for one in public]
    own = outbox.place(session, row.message.fills) if row.message.fills else None
    asked = ((key, datetime.fromisoformat(at)) for key, at in row.message.args.get("wishes", ()))
    kept = (calendar.of(session, key, at) for key, at in asked)
    wishes = [(one.by, one.body["text"]) for one in kept if one is not None and one.body.get("text")]
    return Errand(row, own, about, wishes)


def _present(session: Session, row: Row, number: int) -> Job:
    incident = incidents.load(session, number)
    if incident is None:
        raise LookupError(f"message {row.id} ({row.message.kind}) belongs to no incident")
    parts = (incidents.load(session, link.other) for link in incident.links if link.how == "split into")
    return Job(
        row,
        incident=incident,
        protocol=pinned.get(session, incident.protocol_digest),
        slots=outbox.slots(session, number),
        parts=[one for one in parts if one is not None and one.running and not one.private],
    )


def _digest(session: Session, row: Row) -> str:
    """Of the record's last entry, which a closing summary is about: the clocks of a closed incident stand still."""
    closes = (row.message.fills or "").startswith("summary-")
    return facts.head(session, row.incident or 0, upto=row.message.seq) if closes else ""


def people_in(job: Job) -> frozenset[str]:
    """Whom a message may name, as far as Slack could say who they are."""
    return frozenset(one for one in everyone(job.incident, job.entries) if PERSON.fullmatch(one))
