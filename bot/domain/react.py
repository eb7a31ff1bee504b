"""`react`: what must be said and done outside because of a fact. Everything the bot ever does to Slack starts here."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.domain import (
    access,
    adoption,
    changes,
    checklists,
    data,
    grading,
    people,
    people_told,
    postmortem,
    proposals,
    runbooks,
    tellings,
    work,
)
from bot.domain import fact as f
from bot.domain.duty import handover
from bot.domain.incident import Incident
from bot.domain.message import CARD, CHANNEL, Message, cause_of
from bot.domain.promises.answering import lead_of
from bot.domain.protocol import Protocol
from bot.domain.scribe import Audiences, Scribe, posts, slot_of

SOON = timedelta(minutes=5)
"""House rule: that nobody is left to ask is said only where the next try is further away."""


def thread_of(covers: tuple[f.Covered, ...], incident: Incident, before: int) -> int | None:
    """The seq of the last posted reminder about the same promise, whose thread an ask climbs in."""
    mine = set(covers)
    posted = (a.seq for a in reversed(incident.asks) if a.seq < before and posts(a) and mine & set(a.covers))
    return next(posted, None)


def react(entry: f.Entry, incident: Incident, protocol: Protocol, audiences: Audiences) -> list[Message]:
    """The messages that a fact calls for; `incident` is the incident after it."""
    beside = people_told.beside(Scribe(entry, incident, protocol, audiences))
    return [*_reacted(entry, incident, protocol, audiences), *beside]


def _reacted(entry: f.Entry, incident: Incident, protocol: Protocol, audiences: Audiences) -> list[Message]:
    """What follows from what, on one screen."""
    match (s := Scribe(entry, incident, protocol, audiences)).entry.fact:
        case f.Declared():
            return _opening(s)
        case f.OnCallNamed(primary=primary, secondary=secondary):
            rank = protocol.severity_in(incident.severity, incident.environment).rank
            return s.bring(primary, secondary if rank <= 2 else None)
        case f.RoleAssigned(person=person) as fact:
            return [*s.bring(person), s.card(), *s.team("notice"), *people_told.assigned(s, fact)]
        case f.ChannelOpened():
            asked = [message for ask in incident.asks for message in s.ask_directly(ask)]
            return [*asked, *s.management(), *s.team("notice")]  # what did not wait for it now leads to it
        case f.ChannelRefused():
            return [*_to_declarer(s, "channel_refused"), *s.team("notice")]
        case f.ChannelRetried():
            return []  # the use case revives what was parked
        case f.Acknowledged():
            return [*s.invite(entry.by), s.card(), *s.team("notice"), *s.reminders()]
        case f.SeverityConfirmed():
            return [s.card(), *s.reminders()]
        case f.SeverityChanged(raised=raised):
            high = raised and protocol.severity_in(incident.severity, incident.environment).rank <= 2
            known = any(s.announces(grade) for grade in incident.severities[:-1])
            said = [s.statement(), s.card(), s.topic(), *s.reminders()]
            outside = s.team("notice", *(["turning" if high else "news"] if known else []))
            return [*said, *outside, *s.stakeholders(), *s.management(), *grading.answers(s)]
        case f.ImpactStated(with_update=with_update):
            turned = ["turning"] if incident.data_turned == entry.seq else []
            outside = s.team("notice", *(turned or ([] if with_update else ["news"])))
            told = [*s.stakeholders(anew=True), *s.management()]
            return [s.statement(), s.card(), *outside, *told, *s.reminders()]
        case f.UpdatePosted(no_change=True):
            return [s.card(), *s.team("notice"), *s.reminders()]
        case f.UpdatePosted(with_impact=with_impact):
            said = [] if with_impact else [s.statement()]
            outside = [*s.team("notice", "news"), *s.stakeholders()]
            return [*said, s.card(), *outside, *s.reminders()]
        case f.PhaseMoved():
            return [s.card(), s.topic(), *s.team("notice"), *s.reminders(), *runbooks.left_open(s)]
        case f.NoteAdded() | f.Heard() | f.ManagementInformed() | f.MarkedMessageEdited() | f.MarkedMessageDeleted():
            return []
        case f.Snoozed():
            return [s.card()]
        case f.Asked() as asked:
            return _asking(s, asked)
        case f.AskDeclined():
            return []  # the ask that follows it speaks
        case f.Escalated(people=called):
            return [*s.invite(*called), s.statement(), s.card(), *s.tell(*called, what="escalated")]
        case f.ManagementCalled():
            return s.management() or [s.statement()]
        case f.Resolved() | f.Reopened() | f.Cancelled():
            return [*_turned(s), *s.management(anew=True)]
        case f.Closed():
            return _closing(s)
        case f.MessageMarked(channel=channel, ts=ts):
            return [s.message("confirm_mark", f"react:{channel}", args={"channel": channel, "ts": ts})]
        case f.MarkRetracted(channel=channel, ts=ts):
            return [s.message("unconfirm_mark", f"react:{channel}", args={"channel": channel, "ts": ts})]
        case f.TextsForgotten():
            return _redrawn(s) if incident.running else []
        case f.DeliveryRefused():
            return _refused(s)
        case f.OfPeople() as fact:
            return people.reacted(s, fact)
        case f.OfGrading() as fact:
            return grading.reacted(s, fact)
        case f.OfProposal() as fact:
            return proposals.reacted(s, fact)
        case f.OfWork() as fact:
            return work.reacted(s, fact)
        case f.OfData() as fact:
            return data.reacted(s, fact)
        case f.OfChange() as fact:
            return changes.reacted(s, fact)
        case f.OfRunbook() as fact:
            return runbooks.reacted(s, fact)
        case f.OfAccess() as fact:
            return access.reacted(s, fact)
        case f.OfChecklist() as fact:
            return checklists.reacted(s, fact)
        case f.OfProtocol() as fact:
            return adoption.reacted(s, fact)
        case f.OfTelling() as fact:
            return tellings.reacted(s, fact)
        case f.OfPostmortem() as fact:
            return postmortem.reacted(s, fact)
        case f.OfHandover() as fact:
            return handover.reacted(s, fact)
        case _:
            raise TypeError(f"no reaction is written for a fact of kind {entry.fact.kind}")


def _opening(s: Scribe) -> list[Message]:
    """Create, then invite ∥ card: the declarer has both after two calls in a row. The rest goes out beside them."""
    number = s.incident.id
    return [
        s.message("open_channel", f"inc-{number}:create", fills=CHANNEL),
        *([s.inside("invite", "declarer", args={"people": [s.entry.by]})] if s.entry.by else []),
        s.card(),
        s.inside("pin", "pin", needs=(CARD,)),
        s.inside("bookmark", "bookmark", needs=(CARD,)),
        s.topic(),
        *s.team("notice"),
    ]


def _redrawn(s: Scribe) -> list[Message]:
    """What stands shows words that were deleted; what was said once stays as it is."""
    return [s.card(), s.topic(), *s.team("notice"), *s.stakeholders(), *s.management(), *s.reminders()]


def _to_declarer(s: Scribe, what: str) -> list[Message]:
    """What somebody must know: the declarer, or who leads or is on call where nobody declared it."""
    return s.tell(*_who_must_know(s.incident, s.protocol)[:1], what=what)


def _who_must_know(incident: Incident, protocol: Protocol) -> list[str]:
    those = (incident.declared_by, lead_of(incident, protocol), incident.primary)
    return [person for person in dict.fromkeys(those) if person]


def _refused(s: Scribe) -> list[Message]:
    """Told once for each cause: an archived channel refuses a dozen messages."""
    causes = [cause_of(*refusal) for refusal in s.incident.refusals]
    return [] if causes[-1] in causes[:-1] else _to_declarer(s, "delivery_refused")


def told_instead(message: Message, incident: Incident, protocol: Protocol) -> list[Message]:
    """That something was refused, for the next who must know it, where this direct message does not arrive either."""
    those, person = _who_must_know(incident, protocol), message.args["person"]
    following = those[those.index(person) + 1 :] if person in those else []
    return [message.model_copy(update=_readdressed(message, person, other)) for other in following[:1]]


def _readdressed(message: Message, person: str, other: str) -> dict[str, object]:
    lane, fills = message.lane.replace(person, other), (message.fills or "").replace(person, other)
    return {"lane": lane, "fills": fills, "args": {**message.args, "person": other}}


def _asking(s: Scribe, asked: f.Asked) -> list[Message]:
    ask = next(a for a in s.incident.asks if a.seq == s.entry.seq)
    if any(covered.key == "page" for covered in asked.covers):
        return people_told.called_again(s, asked, ask)
    told = s.ask_directly(ask)
    if asked.how in ("early", "direct"):
        return told
    if posts(asked):
        return [*s.invite(*asked.people), s.reminder(ask), s.card(), *told]
    if not asked.people and (_said_nobody(s, asked) or _soon(asked, s.entry.at)):
        return []
    parent = thread_of(asked.covers, s.incident, s.entry.seq)
    needs = (slot_of(parent),) if parent else ()
    climb = s.inside("climb", needs=needs, args={"ask": s.entry.seq, "parent": parent})
    return [*s.invite(*asked.people), *told, climb]


def _soon(asked: f.Asked, at: datetime) -> bool:
    """Whether somebody is asked again so soon that nothing needs to be said meanwhile."""
    return asked.again_at is not None and asked.again_at - at <= SOON


def _said_nobody(s: Scribe, asked: f.Asked) -> bool:
    """That nobody else can be asked about a promise is said once; then the bot is silent."""
    earlier = (a for a in s.incident.asks if a.seq < s.entry.seq and not a.people and a.how not in ("early", "direct"))
    return any(set(a.covers) & set(asked.covers) for a in earlier)


def _turned(s: Scribe) -> list[Message]:
    """Resolved, reopened, cancelled: everybody who was told hears it."""
    kinds = ("notice", "news") if isinstance(s.entry.fact, f.Cancelled) else ("notice", "turning")
    outside = [*s.team(*kinds), *s.stakeholders(anew=True)]
    undecided = [*grading.left_open(s), *proposals.left_open(s), *adoption.left_open(s), *runbooks.left_open(s)]
    return [s.statement(), s.card(), s.topic(), *outside, *s.reminders(), *undecided, *changes.roles_told(s)]


def _closing(s: Scribe) -> list[Message]:
    slot = f"summary-{s.entry.seq}"
    return [
        s.inside("say", fills=slot),
        s.inside("scorecard", needs=(slot,), args={"thread": slot}, fills=f"scorecard-{s.entry.seq}"),
        s.inside("attach_timeline", "files", needs=(slot,), args={"thread": slot}),
        s.card(),
        s.topic(),
        *s.team("notice", "news"),
        *s.reminders(),
        *runbooks.left_open(s),
    ]
