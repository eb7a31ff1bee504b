"""An incident is the fold of its facts: `evolve` applies one, `fold` applies them all."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TypeVar

from bot.domain import (
    access,
    adoption,
    changes,
    checklists,
    data,
    grading,
    people,
    postmortem,
    proposals,
    runbooks,
    tellings,
    work,
)
from bot.domain import fact as f
from bot.domain.duty import handover
from bot.domain.incident import (
    Ask,
    DataState,
    Escalation,
    Graded,
    Incident,
    Mark,
    News,
    Pause,
    Snooze,
    Step,
    data_became,
)

_T = TypeVar("_T")


def _set(incident: Incident, **changes: object) -> Incident:
    return incident.model_copy(update=changes)


def _added(items: tuple[_T, ...], item: _T | None) -> tuple[_T, ...]:
    return items if item is None or item in items else (*items, item)


def _started(entry: f.Entry, fact: f.Declared) -> Incident:
    return Incident(
        id=entry.incident,
        seq=entry.seq,
        declared_by=entry.by,
        declared_at=entry.at,
        recorded_at=entry.recorded_at,
        severities=(Graded(at=entry.at, severity=fact.severity, environment=fact.environment),),
        phases=(Step(at=entry.at, phase=fact.phase, stage="triage"),),
        participants=(entry.by,) if entry.by else (),
        **fact.model_dump(exclude={"v"}),
    )


def _noticed(incident: Incident, at: datetime) -> Incident:
    """A first notice needs an impact said by a person and an owner; the next update follows from the protocol."""
    if incident.first_notice_at or not incident.impact or not (incident.responder or incident.roles):
        return incident
    return _set(incident, first_notice_at=at)


def _triaged(incident: Incident, at: datetime) -> Incident:
    if incident.triaged_at:
        return incident
    stage = "active" if incident.stage == "triage" else incident.stage
    return _set(incident, triaged_at=at, stage=stage)


def _ended(incident: Incident, at: datetime, **changes: object) -> Incident:
    pause = Pause(start=at, resolved=changes.get("stage") == "resolved")
    pauses = (*incident.pauses, pause) if incident.running else incident.pauses
    return _set(incident, pauses=pauses, snooze=None, **changes)


def _reopened(incident: Incident, at: datetime) -> Incident:
    *before, last = incident.pauses
    return _set(
        incident,
        stage="active",
        data=DataState.NOT_CHECKED,
        trusted_from=None,
        pauses=(*before, last.model_copy(update={"end": at})),
        resolved_at=None,
        resolved_by=None,
        closed_at=None,
        closed_by=None,
        outcome=None,
    )


def _asked(incident: Incident, entry: f.Entry, fact: f.Asked) -> Incident:
    ask = Ask(seq=entry.seq, at=entry.at, **fact.model_dump(include=set(Ask.model_fields) & set(f.Asked.model_fields)))
    return _set(incident, asks=(*incident.asks, ask))


def evolve(incident: Incident | None, entry: f.Entry) -> Incident:
    """The incident after one more entry. The first entry must be `Declared`. After `Undone` it only knows that those
    entries do not count any more: what it is without them, `fold` tells from the whole record."""
    if incident is None:
        if not isinstance(entry.fact, f.Declared):
            raise ValueError(f"the first fact of an incident must be declared, not {entry.fact.kind}")
        return _started(entry, entry.fact)
    return _passed(_slept(incident, _applied(incident, entry), entry.at), entry)


def _slept(before: Incident, after: Incident, at: datetime) -> Incident:
    """A snooze that begins is remembered, and so is when one ended early."""
    if after.snooze == before.snooze:
        return after
    past = before.snoozes
    if past and before.snooze:
        past = (*past[:-1], past[-1].model_copy(update={"until": min(past[-1].until, at)}))
    return _set(after, snoozes=(*past, after.snooze) if after.snooze else past)


def _passed(after: Incident, entry: f.Entry) -> Incident:
    """What every entry leaves behind, one that was taken back too: it was recorded, and somebody did it."""
    after = access.returned(after, entry)
    if isinstance(entry.fact, (*people.BESIDE, *access.BESIDE)):
        return _set(after, seq=entry.seq, recorded_at=entry.recorded_at)
    after = people.heard_from(after, entry)
    acts = {**after.last_acts, entry.by: entry.recorded_at} if entry.by and entry.via != "reaction" else after.last_acts
    participants = _added(after.participants, entry.by)
    return _set(after, seq=entry.seq, recorded_at=entry.recorded_at, last_acts=acts, participants=participants)


def _applied(incident: Incident, entry: f.Entry) -> Incident:
    match entry.fact:
        case f.RoleAssigned() | f.OnCallNamed() | f.Acknowledged():
            return _of_people(incident, entry)
        case f.OfPeople():
            return people.applied(incident, entry)
        case f.OfGrading():
            return grading.applied(incident, entry)
        case f.OfProposal():
            return proposals.applied(incident, entry)
        case f.OfWork():
            return work.applied(incident, entry)
        case f.OfData():
            return data.applied(incident, entry)
        case f.OfChange():
            return changes.applied(incident, entry)
        case f.OfRunbook():
            return runbooks.applied(incident, entry)
        case f.OfAccess():
            return access.applied(incident, entry)
        case f.OfChecklist():
            return checklists.applied(incident, entry)
        case f.OfProtocol():
            return adoption.applied(incident, entry)
        case f.OfTelling():
            return tellings.applied(incident, entry)
        case f.OfPostmortem():
            return postmortem.applied(incident, entry)
        case f.OfHandover():
            return handover.applied(incident, entry)
        case f.TextsForgotten(entries=(), days=days):
            return _set(incident, forgotten_at=entry.recorded_at, forgotten_after=days)
        case f.ChannelOpened() | f.ChannelRefused() | f.ChannelRetried():
            return _of_channel(incident, entry.fact)
        case f.Resolved() | f.Closed() | f.Cancelled() | f.Reopened():
            return _of_ending(incident, entry)
        case f.MessageMarked() | f.MarkRetracted():
            return _of_marks(incident, entry)
        case f.Asked() | f.AskDeclined() | f.Escalated() | f.ManagementCalled() | f.ManagementInformed():
            return _of_asking(incident, entry)
        case _:
            return _of_course(incident, entry)


def _of_people(incident: Incident, entry: f.Entry) -> Incident:
    match entry.fact:
        case f.RoleAssigned(role=role, person=person, responds=responds):
            responder = person if responds else incident.responder
            return _noticed(_set(incident, roles={**incident.roles, role: person}, responder=responder), entry.at)
        case f.OnCallNamed(primary=primary, secondary=secondary):
            return _set(incident, primary=primary, secondary=secondary)
        case f.Acknowledged(implied=False) if incident.acknowledged_at:
            return _set(incident, responder=entry.by)  # somebody else takes it
        case f.Acknowledged() if incident.acknowledged_at is None:
            taken = _set(incident, acknowledged_at=entry.at, acknowledged_by=entry.by, responder=entry.by)
            return _noticed(taken, entry.at)
        case _:
            return incident


def _of_channel(incident: Incident, fact: f.Fact) -> Incident:
    match fact:
        case f.ChannelOpened(channel=channel, name=name):
            return _set(incident, channel=channel, channel_name=name, channel_error=None)
        case f.ChannelRefused(error=error):
            return _set(incident, channel_error=error)
        case _:
            return _set(incident, channel_error=None)


def _of_course(incident: Incident, entry: f.Entry) -> Incident:
    match entry.fact:
        case f.SeverityConfirmed():
            return _triaged(incident, entry.at)
        case f.SeverityChanged(new=new, raised=raised):
            graded = Graded(at=entry.at, severity=new, raised=raised, environment=incident.environment)
            snooze = None if raised else incident.snooze
            changed = _set(incident, severity=new, severities=(*incident.severities, graded), snooze=snooze)
            return _triaged(grading.requests_met(changed, entry), entry.at)
        case f.ImpactStated(sentence=sentence, data=data, eta=eta):
            known = _set(incident, impact=sentence, impact_by=entry.by, impacts=(*incident.impacts, entry.at))
            stated = _set(known, eta=eta or known.eta)
            return _noticed(data_became(stated, DataState(data) if data else known.data, entry.seq), entry.at)
        case f.UpdatePosted(text=text, no_change=no_change, with_impact=with_impact):
            told_at = entry.seq + 1 if with_impact else entry.seq
            source = (entry.fact.channel, entry.fact.ts) if entry.fact.channel and entry.fact.ts else None
            news = News(
                at=entry.at,
                by=entry.by,
                text=text,
                seq=entry.seq,
                no_change=no_change,
                told_at=told_at,
                source=source,
            )
            return _triaged(_set(incident, updates=(*incident.updates, news), snooze=None), entry.at)
        case f.PhaseMoved(new=new, stage=stage):
            step = Step(at=entry.at, phase=new, stage=stage)
            moved = _set(incident, phase=new, stage=stage, phases=(*incident.phases, step), snooze=None)
            return moved if stage == "triage" else _triaged(moved, entry.at)
        case f.Snoozed(until=until, why=why):
            return _set(incident, snooze=Snooze(at=entry.at, until=until, by=entry.by, why=why))
        case f.DeliveryRefused(message=message, error=error):
            return _set(incident, refusals=_added(incident.refusals, (message, error)))
        case _:
            return incident  # notes, being heard and edits of marked messages are read from the timeline


def _of_asking(incident: Incident, entry: f.Entry) -> Incident:
    match entry.fact:
        case f.Asked() as fact:
            return _asked(incident, entry, fact)
        case f.AskDeclined(covers=covers) if entry.by:
            more = tuple((entry.by, c.key, c.occurrence) for c in covers)
            return _set(incident, declined=(*incident.declined, *more))
        case f.Escalated(level=level, people=people, team=team):
            up = Escalation(at=entry.at, level=level, people=people, team=team)
            return _set(incident, escalations=(*incident.escalations, up))
        case f.ManagementCalled(people=people, channels=channels):
            to = people if incident.private else (*people, *channels)
            return _set(incident, management_called_at=entry.at, management_to=to)
        case f.ManagementInformed(recipient=recipient):
            told = _added(incident.management_told, recipient)
            return _set(
                incident, management_told=told, management_informed_at=incident.management_informed_at or entry.at
            )
        case _:
            return incident


def _of_ending(incident: Incident, entry: f.Entry) -> Incident:
    match entry.fact:
        case f.Resolved() as fact:
            said = fact.model_dump(include={"fix", "cause", "verified", "postmortem_owner"})
            said["postmortem_owner"] = fact.postmortem_owner or incident.postmortem_owner
            changes = {**said, "data": DataState(fact.data), "resolved_at": entry.at, "resolved_by": entry.by}
            return _ended(incident, entry.at, stage="resolved", **changes)
        case f.Closed(severity=final, met=met, unmet=unmet, reason=reason, automatable=automatable):
            ticks = {"criteria_met": met, "criteria_unmet": unmet, "closing_reason": reason, "automatable": automatable}
            closed = {"severity": final, "closed_at": entry.at, "closed_by": entry.by}
            return _ended(incident, entry.at, stage="closed", **closed, **ticks)
        case f.Cancelled(outcome=outcome):
            return _ended(incident, entry.at, stage="cancelled", outcome=outcome)
        case _:
            return _reopened(incident, entry.at)


def _of_marks(incident: Incident, entry: f.Entry) -> Incident:
    match entry.fact:
        case f.MessageMarked(channel=channel, ts=ts, author=author):
            mark = Mark(channel=channel, ts=ts, seq=entry.seq, by=entry.by)
            return _set(incident, marks=(*incident.marks, mark), participants=_added(incident.participants, author))
        case f.MarkRetracted(channel=channel, ts=ts):
            kept = tuple(m for m in incident.marks if (m.channel, m.ts) != (channel, ts))
            return _set(incident, marks=kept)
        case _:
            return incident


def fold(entries: Iterable[f.Entry]) -> Incident:
    """The incident that these entries, in order of seq, tell; those that a later one among them took back do not
    count. Raises ValueError when there are none."""
    told = tuple(entries)
    undone = {seq for entry in told if isinstance(entry.fact, f.Undone) for seq in entry.fact.seqs}
    incident: Incident | None = None
    for entry in told:
        back = incident is not None and entry.seq in undone
        incident = _passed(incident, entry) if incident and back else evolve(incident, entry)
    if incident is None:
        raise ValueError("an incident has at least one fact")
    return incident
