"""`decide`: what follows from what somebody asks of an incident. Facts, or a sentence why not."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.domain import (
    access,
    adoption,
    advice,
    assets,
    changes,
    checklists,
    data,
    grading,
    people,
    permissions,
    postmortem,
    proposals,
    runbooks,
    tellings,
    work,
)
from bot.domain import fact as f
from bot.domain import request as r
from bot.domain.caller import Caller
from bot.domain.course import staffed, stated, under_way
from bot.domain.duty import handover
from bot.domain.duty.oncall import Roster
from bot.domain.ending import ended
from bot.domain.errors import BadInput, NotNow, NotYours
from bot.domain.grounds import blank, responsible, running, said, severity_for
from bot.domain.incident import Ask, Incident
from bot.domain.promises.asking import due_fact, passed_on, still_asked
from bot.domain.promises.clocks import open_clocks
from bot.domain.protocol import Protocol


def declared(request: r.Declare, protocol: Protocol, roster: Roster, caller: Caller, now: datetime) -> list[f.Fact]:
    """The first facts of an incident: what was said, who is on call, who holds the roles this severity requires.

    Raises BadInput for an empty title, an unknown severity or a time that has not come yet.
    """
    severity = severity_for(request.severity, protocol)
    if blank(request.title):
        raise BadInput("Say in a few words what is wrong: /incident declare P2 orders mart is stale.", "title")
    for at, field in ((request.detected_at, "detected_at"), (request.started_at, "started_at")):
        if at is not None and at > now:
            raise BadInput("That time has not come yet. Choose one up to now.", field)
    known = protocol.parse_environment(request.environment)
    where = known.name if known else request.environment
    first = f.Declared(
        title=" ".join([*(["Drill:"] if request.drill else []), *request.title.split()]),
        severity=severity.name,
        protocol=protocol.name,
        protocol_digest=protocol.digest(),
        phase=protocol.phases_of("triage")[0].name,
        private=request.private,
        affected=request.affected.strip(),
        environment=where,
        detection=request.detection,
        detected_at=request.detected_at or now,
        started_at=request.started_at,
        origin=request.origin,
        drill=request.drill,
    )
    on_call = f.OnCallNamed(primary=roster.primary, secondary=roster.secondary)
    quiet = first.private or first.drill
    touched = assets.known(assets.things(first.affected), roster.assets)
    owners = data.called(touched, quiet, first.environment, inside=(caller.person, roster.primary))
    counted = protocol.severity(protocol.counted_as(severity.name, where))
    kinds = [f.CategoriesSet(categories=grading.categories(request.categories, protocol))] if request.categories else []
    more = [*staffed(counted, {}, protocol, roster), *_own_call(protocol, roster, caller), *kinds]
    said = [first, on_call, *more, *owners]
    return [*said, *tellings.at_declare(said, protocol, roster, caller.person)]


def _own_call(protocol: Protocol, roster: Roster, caller: Caller) -> list[f.Fact]:
    """Someone on call who declares is awake: that is the acknowledgement."""
    on_call = caller.person is not None and roster.is_on_call(caller.person)
    may = caller.person is not None and permissions.says("ack", None, protocol, roster, caller.person)
    return [f.Acknowledged(implied=True)] if on_call and may else []


def may_stop_asking(person: str, incident: Incident, protocol: Protocol, roster: Roster) -> bool:
    """Whether this person's reaction answers the page: on call, on the ladder or in a role, or somebody
    has called for them by name. Where nobody is configured at all, anybody's does."""
    those = responsible(incident, protocol, roster)
    return person in those or not those or any(page.person == person for page in incident.pages)


def decide(
    incident: Incident, request: r.Request, protocol: Protocol, roster: Roster, caller: Caller, now: datetime
) -> list[f.Fact]:
    """The facts that answer a request; none when it changes nothing. Raises a DomainError the caller reads."""
    facts = _decided(incident, request, protocol, roster, caller, now)
    shown = advice.beside(incident, facts, protocol)
    return [*_implied(incident, request, protocol, roster, caller), *facts, *shown]


def _implied(
    incident: Incident, request: r.Request, protocol: Protocol, roster: Roster, caller: Caller
) -> list[f.Fact]:
    """Anything that someone responsible does acknowledges."""
    silent = isinstance(request, r.Acknowledge | r.DeclineAsk | r.NoteEdit | r.Follow | r.HearQuestion | r.OfAccess)
    if silent or caller.person is None or incident.acknowledged_at or not incident.running:
        return []
    theirs = caller.person in responsible(incident, protocol, roster)
    may = theirs and permissions.says("ack", incident, protocol, roster, caller.person)
    return [f.Acknowledged(implied=True)] if may else []


def _decided(
    incident: Incident, request: r.Request, protocol: Protocol, roster: Roster, caller: Caller, now: datetime
) -> list[f.Fact]:
    match request:
        case r.Acknowledge(take=take):
            return _acknowledge(incident, take, protocol, roster, caller)
        case r.Confirm():
            running(incident, "its severity cannot be confirmed any more")
            confirmed = [] if incident.triaged_at else [f.SeverityConfirmed(severity=incident.severity)]
            return [*under_way(incident, protocol), *confirmed]
        case r.PostUpdate():
            update = _update(incident, request, protocol)
            return [*under_way(incident, protocol), *update]
        case r.StateImpact():
            running(incident, "its impact cannot change any more")
            return [stated(request.sentence, request.data, request.eta)]
        case r.ChangeSeverity():
            return grading.graded(incident, request, protocol, roster, caller, now)
        case r.MovePhase(phase=phase):
            return _move(incident, phase, protocol)
        case r.AddNote(text=text, at=at):
            if at is not None and at > now:
                raise BadInput("That time has not come yet. Note what has already happened.")
            return [f.NoteAdded(text=said(text, "Write what you want on the record: /incident note <text>."))]
        case r.SnoozeAsking(length=length, why=why):
            return _snooze(incident, length, why, protocol, now)
        case r.DeclineAsk(ask=ask):
            return _decline(incident, ask, protocol, roster, caller, now)
        case r.Resolve() | r.Close() | r.Cancel() | r.Reopen():
            return ended(incident, request, protocol)
        case r.MarkMessage() | r.RetractMark() | r.NoteEdit():
            return _mark(incident, request)
        case r.RetryChannel():
            if incident.channel_error is None:
                raise NotNow(f"{incident.number} has its channel, so there is nothing to retry.")
            return [f.ChannelRetried()]
        case r.ChannelIs() | r.Informed() | r.Refused():
            return _from_slack(incident, request)
        case r.Tick():
            due = due_fact(incident, protocol, roster, now)
            return [due] if due else []
        case r.OfPeople():
            return people.decided(incident, request, protocol, roster, caller, now)
        case r.OfGrading():
            return grading.decided(incident, request, protocol, roster, caller, now)
        case r.OfProposal():
            return proposals.decided(incident, request, protocol, roster, caller, now)
        case r.OfWork():
            return work.decided(incident, request, protocol, roster, caller, now)
        case r.OfData():
            return data.decided(incident, request, protocol, roster, caller, now)
        case r.OfChange():
            return changes.decided(incident, request, protocol, roster, caller, now)
        case r.OfRunbook():
            return runbooks.decided(incident, request, protocol, roster, caller, now)
        case r.OfChecklist():
            return checklists.decided(incident, request, protocol, roster, caller, now)
        case r.OfAccess():
            return access.decided(incident, request, caller)
        case r.OfProtocol():
            return adoption.decided(incident, request, protocol, roster, caller, now)
        case r.OfPostmortem():
            return postmortem.decided(incident, request, protocol, roster, caller, now)
        case r.OfHandover():
            return handover.decided(incident, request, protocol, roster)
        case r.Speak():
            asked = caller.person in still_asked(incident, protocol)
            paged = any(page.person == caller.person and page.answered_at is None for page in incident.pages)
            return [f.Heard()] if paged or (asked and (incident.acknowledged_at or not incident.running)) else []
        case _:
            return []  # Declare has no incident yet


def _acknowledge(incident: Incident, take: bool, protocol: Protocol, roster: Roster, caller: Caller) -> list[f.Fact]:
    running(incident, "there is nothing to acknowledge")
    person = caller.person
    if person is None:
        return []
    if take:
        role = f.RoleAssigned(role=protocol.responder_role.name, person=person)
        return [] if incident.responder == person else [role, f.Acknowledged()]
    if incident.acknowledged_at:
        return []
    if not may_stop_asking(person, incident, protocol, roster):
        raise NotYours(
            f"You are not on call, on the ladder or in a role for {incident.number}, so the people on call are still "
            "being asked. If it is yours now, say so."
        )
    return [f.Acknowledged()]


def _update(incident: Incident, request: r.PostUpdate, protocol: Protocol) -> list[f.Fact]:
    running(incident, "it takes no updates")
    if request.ask is not None:
        _still_owed(incident, request.ask, protocol)
    text = request.text.strip()
    if not request.no_change:
        text = said(text, "Write what changed, in a sentence or two: /incident update <text>.", "text")
    if request.ts and any(news.source == (request.channel, request.ts) for news in incident.updates):
        return []
    update = f.UpdatePosted(
        text=text, no_change=request.no_change, author=request.author, channel=request.channel, ts=request.ts
    )
    if not request.impact.strip():
        return [update]
    impact = stated(request.impact, request.data, request.eta)
    if request.no_change:
        return [update, impact]
    return [update.model_copy(update={"with_impact": True}), impact.model_copy(update={"with_update": True})]


def _move(incident: Incident, text: str, protocol: Protocol) -> list[f.Fact]:
    running(incident, "it stays in its phase")
    phase = protocol.parse_phase(text)
    if phase is None:
        names = ", ".join(p.name for p in protocol.phases)
        raise BadInput(f'"{text}" is no phase of {protocol.name}. It has {names}.')
    if phase.name == incident.phase:
        raise NotNow(f"{incident.number} is in {phase.title.lower()} already.")
    if phase.stage == "triage" and incident.triaged_at:
        raise NotNow(
            f"{incident.number} is past triage. Choose {protocol.phases_of('active')[0].name} or a later phase."
        )
    return [f.PhaseMoved(old=incident.phase, new=phase.name, stage=phase.stage)]


def _snooze(incident: Incident, length: timedelta, why: str, protocol: Protocol, now: datetime) -> list[f.Fact]:
    running(incident, "nobody is being asked")
    reason = said(why, "Snoozing stands on the record, so it needs a reason: /incident snooze 15m <why>.", "why")
    if length <= timedelta(0):
        raise BadInput("Snooze for how long? For example: /incident snooze 15m <why>.", "length")
    longest = protocol.severity_in(incident.severity, incident.environment).snooze_up_to
    return [f.Snoozed(until=now + min(length, longest), why=reason)]


def _still_owed(incident: Incident, seq: int, protocol: Protocol) -> tuple[Ask, list[tuple[str, int]]]:
    """The ask of this seq, and which of its promises are open. Raises NotNow when it has been answered."""
    still = {c.name for c in open_clocks(incident, protocol)}
    ask = next((a for a in incident.asks if a.seq == seq), None)
    names = [(c.key, c.occurrence) for c in ask.covers if (c.key, c.occurrence) in still] if ask else []
    if ask is None or not names:
        raise NotNow("That reminder has been answered already; nobody is being asked.")
    return ask, names


def _decline(
    incident: Incident, seq: int, protocol: Protocol, roster: Roster, caller: Caller, now: datetime
) -> list[f.Fact]:
    ask, names = _still_owed(incident, seq, protocol)
    asked_people = {p for a in incident.asks if set(a.covers) & set(ask.covers) for p in a.people}
    if caller.person is None or caller.person not in asked_people:
        raise NotYours("You were not asked, so there is nothing for you to pass on. If it is yours, say so with ack.")
    if all((caller.person, *name) in incident.declined for name in names):
        raise NotNow("You have passed this on already;")
    declined = f.AskDeclined(covers=ask.covers)
    asked = f.Asked(
        **ask.model_dump(include=set(f.Asked.model_fields) & {"covers", "step", "how", "people", "due", "clause"})
    )
    return [declined, passed_on(asked, caller.person, incident, protocol, roster, now)]


def _mark(incident: Incident, request: r.MarkMessage | r.RetractMark | r.NoteEdit) -> list[f.Fact]:
    marked = incident.mark_of(request.channel, request.ts)
    match request:
        case r.MarkMessage() if marked is None:
            return [f.MessageMarked(**vars(request))]
        case r.RetractMark(channel=channel, ts=ts) if marked:
            return [f.MarkRetracted(channel=channel, ts=ts)]
        case r.NoteEdit(channel=channel, ts=ts, text=None) if marked:
            return [f.MarkedMessageDeleted(channel=channel, ts=ts)]
        case r.NoteEdit(channel=channel, ts=ts, text=str(text)) if marked:
            return [f.MarkedMessageEdited(channel=channel, ts=ts, text=text)]
        case _:
            return []


def _from_slack(incident: Incident, request: r.ChannelIs | r.Informed | r.Refused) -> list[f.Fact]:
    match request:
        case r.ChannelIs(channel=str(channel), name=name):
            if incident.channel != channel:
                return [f.ChannelOpened(channel=channel, name=name or "")]
            renamed = name is not None and name != incident.channel_name
            return [f.ChannelRenamed(name=str(name))] if renamed else []
        case r.ChannelIs(error=error):
            return [f.ChannelRefused(error=error or "unknown_error")]
        case r.Informed(recipient=recipient):
            news = recipient in incident.management_to and recipient not in incident.management_told
            return [f.ManagementInformed(recipient=recipient)] if news else []
        case r.Refused(message=message, error=error):
            told = (message, error) in incident.refusals
            return [] if told else [f.DeliveryRefused(message=message, error=error)]
        case _:
            return []
