"""The topic of changing one's mind: updates corrected, a new name, and what ties an incident to others.

Taking something back needs the whole record and is decided in `undoing`; what is tied to another incident is recorded
in both by `usecases/tie.py`, from what is decided here about each.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from bot.domain import assets, data, grading
from bot.domain import fact as f
from bot.domain import request as r
from bot.domain.caller import Caller
from bot.domain.duty.oncall import Roster
from bot.domain.errors import BadInput, NotNow
from bot.domain.grounds import running, said
from bot.domain.incident import Incident, Link, News
from bot.domain.message import NOTICE, Message
from bot.domain.people import inside, let_in
from bot.domain.protocol import Protocol
from bot.domain.scribe import Scribe

INVERSE: dict[f.Tie, f.Tie] = {
    "related": "related",
    "duplicate of": "has duplicate",
    "has duplicate": "duplicate of",
    "split from": "split into",
    "split into": "split from",
}
"""What the other incident is to this one."""


def decided(
    incident: Incident,
    request: r.OfChange,
    protocol: Protocol,
    roster: Roster,
    caller: Caller,
    now: datetime,
) -> list[f.Fact]:
    """The facts that answer a request of this topic. Raises a DomainError the caller reads."""
    match request:
        case r.EditUpdate(text=text, update=update):
            return [_edited(incident, text, update, caller)]
        case r.Rename(title=title):
            return [_renamed(incident, title)]
        case r.Correct():
            return _corrected(incident, request, protocol, roster, caller, now)
        case r.JoinIn():
            kept_up(incident, "nobody needs to join it")
            return [f.JoinAsked()]
        case _:
            raise TypeError(f"nothing is decided about {type(request).__name__} from one incident alone")


def kept_up(incident: Incident, so: str) -> None:
    """Raises NotNow, saying what does not go, when the incident is closed or cancelled: what was said then stands."""
    if incident.stage in ("closed", "cancelled"):
        running(incident, so)


def _edited(incident: Incident, text: str, update: int | None, caller: Caller) -> f.Fact:
    kept_up(incident, "its updates stand")
    news = last_said(incident, caller.person, update)
    if news is None:
        raise NotNow(f"{incident.number} has no update to correct. Post one with /incident update <text>.")
    new = said(text, "Write how the update should read: /incident edit <text>.", "text")
    if new == news.text:
        raise NotNow("The update reads exactly so already.")
    return f.UpdateEdited(update=news.seq, text=new)


def last_said(incident: Incident, person: str | None, update: int | None = None) -> News | None:
    """The update of this seq; for None the person's latest that says something, else the latest of anybody."""
    told = [n for n in incident.updates if n.text and update in (None, n.seq)]
    own = [n for n in told if n.by == person]
    return next(iter([*own[-1:], *told[-1:]]), None)


def _renamed(incident: Incident, title: str) -> f.Fact:
    kept_up(incident, "it keeps its name")
    new = " ".join(said(title, "Say what it is called now: /incident rename <title>.", "title").split())
    if new == incident.title:
        raise NotNow(f"{incident.number} is called that already.")
    return f.Renamed(title=new)


def _corrected(
    incident: Incident, request: r.Correct, protocol: Protocol, roster: Roster, caller: Caller, now: datetime
) -> list[f.Fact]:
    """What differs in the form from how it stands, each as its own request would say it."""
    kept_up(incident, "what is said of it stands")
    news = last_said(incident, caller.person, request.update)
    facts: list[f.Fact] = []
    if request.title is not None and " ".join(request.title.split()) != incident.title:
        facts.append(_renamed(incident, request.title))
    if request.text is not None and news is not None and request.text.strip() != news.text:
        facts.append(_edited(incident, request.text, news.seq, caller))
    facts += _times(incident, request, now)
    for one in _elsewhere(incident, request):
        if isinstance(one, r.OfData):
            facts += data.decided(incident, one, protocol, roster, caller, now)
        else:
            facts += grading.decided(incident, one, protocol, roster, caller, now)
    if not facts:
        raise BadInput("That is how it stands already. Change something, or leave it with Cancel.", "title")
    return facts


def _times(incident: Incident, request: r.Correct, now: datetime) -> list[f.Fact]:
    """Times as a form shows them, which knows no fractions of a second."""
    said_before = {"started_at": incident.started_at, "detected_at": incident.detected_at}
    other: dict[str, datetime] = {}
    for field, before in said_before.items():
        at: datetime | None = getattr(request, field)
        if at is None or at == (before and before.replace(microsecond=0)):
            continue
        if at > now:
            raise BadInput("That time has not come yet. Choose one up to now.", field)
        other[field] = at
    return [f.TimesCorrected.model_validate(other)] if other else []


def _elsewhere(incident: Incident, request: r.Correct) -> Iterator[r.OfData | r.OfGrading]:
    """What other topics decide about."""
    if request.affected is not None:
        here = {one.casefold(): one for one in assets.things(incident.affected)}
        wanted = {one.casefold(): one for one in assets.things(request.affected)}
        added = tuple(one for key, one in wanted.items() if key not in here)
        removed = tuple(one for key, one in here.items() if key not in wanted)
        if added or removed:
            yield r.ChangeAffected(added=added, removed=removed)
    if request.environment is not None and request.environment != incident.environment:
        yield r.SetEnvironment(request.environment)
    if request.categories and request.categories != incident.categories:
        yield r.SetCategories(request.categories)


# ------------------------------------------------------------------------------------------------ two incidents


def tied(incident: Incident, other: Incident, request: r.OfTwo) -> tuple[list[f.Fact], list[f.Fact]]:
    """The facts of this incident and of the other one. Raises BadInput or NotNow."""
    if incident.id == other.id:
        raise BadInput(f"{incident.number} is this incident. Name another one: /incident list shows the open ones.")
    if incident.private != other.private:
        secret = incident if incident.private else other
        raise NotNow(
            f"{secret.number} is private and the other is not, so nothing may tie them: it would tell who is not in it."
        )
    match request:
        case r.Link(how=how):
            return _linked(incident, other, how)
        case r.Unlink():
            return _unlinked(incident, other)
        case r.Duplicate():
            return _merged(incident, other)
        case _:
            raise TypeError(f"nothing is decided about {type(request).__name__}")


def link_of(incident: Incident, other: int) -> Link | None:
    return next((link for link in incident.links if link.other == other), None)


def both(incident: Incident, other: Incident, how: f.Tie, people: tuple[str, ...] = ()) -> tuple[f.Linked, f.Linked]:
    """The link as each of the two keeps it; `people` come over to the other one."""
    here = f.Linked(other=other.id, how=how, channel=other.channel)
    return here, f.Linked(other=incident.id, how=INVERSE[how], channel=incident.channel, people=people)


def _linked(incident: Incident, other: Incident, how: f.Tie) -> tuple[list[f.Fact], list[f.Fact]]:
    if link_of(incident, other.id):
        raise NotNow(f"{incident.number} and {other.number} are linked already.")
    here, there = both(incident, other, how)
    return [here], [there]


def _unlinked(incident: Incident, other: Incident) -> tuple[list[f.Fact], list[f.Fact]]:
    link = link_of(incident, other.id)
    if link is None:
        raise NotNow(f"{incident.number} and {other.number} are not linked. Link them with /incident link INC-n.")
    if link.how != "related":
        raise NotNow(f"{incident.number} is {link.how} {other.number}; that stays on the record. Add a note about it.")
    return [f.Unlinked(other=other.id)], [f.Unlinked(other=incident.id)]


def _merged(incident: Incident, other: Incident) -> tuple[list[f.Fact], list[f.Fact]]:
    running(incident, "it cannot be merged")
    first = next((link for link in other.links if link.how == "duplicate of"), None)
    if first is not None and other.stage == "cancelled":
        raise NotNow(
            f"{other.number} is itself a duplicate of INC-{first.other}. Merge into that one: "
            f"/incident duplicate INC-{first.other}."
        )
    if other.stage in ("closed", "cancelled"):
        raise NotNow(
            f"{other.number} is {other.stage}, so nothing can go on in it. Reopen it with /incident {other.number} "
            f"reopen <why>, or only link it: /incident link {other.number}."
        )
    come = let_in(incident) if incident.private else inside(incident)  # nobody gets into both who was in neither
    here, there = both(incident, other, "duplicate of", tuple(sorted(p for p in come if p)))
    return [here, f.Cancelled(outcome="duplicate", why=f"the same as {other.number}")], [there]


# ------------------------------------------------------------------------------------------------ what follows


def applied(incident: Incident, entry: f.Entry) -> Incident:
    """The incident after a fact of this topic."""
    match entry.fact:
        case f.Undone(seqs=seqs):
            return incident.model_copy(update={"undone": (*incident.undone, *seqs)})
        case f.UpdateEdited(update=update, text=text):
            updates = (n.model_copy(update={"text": text}) if n.seq == update else n for n in incident.updates)
            return incident.model_copy(update={"updates": tuple(updates)})
        case f.Renamed(title=title):
            return incident.model_copy(update={"title": title})
        case f.TimesCorrected(started_at=started_at, detected_at=detected_at):
            times = {"started_at": started_at, "detected_at": detected_at}
            return incident.model_copy(update={name: at for name, at in times.items() if at})
        case f.ChannelRenamed(name=name):
            return incident.model_copy(update={"channel_name": name})
        case f.JoinAsked():
            return incident  # whoever comes in is greeted when they are there
        case f.Linked(other=other, how=how, channel=channel):
            left = (link for link in incident.links if link.other != other)
            return incident.model_copy(update={"links": (*left, Link(other=other, how=how, channel=channel))})
        case f.Unlinked(other=other):
            links = (link for link in incident.links if link.other != other)
            return incident.model_copy(update={"links": tuple(links)})
        case _:
            raise TypeError(f"the incident does not know {entry.fact.kind}")


def reacted(s: Scribe, fact: f.OfChange) -> list[Message]:
    """What must be said and done outside because of a fact of this topic."""
    match fact:
        case f.Undone():
            return []  # `undoing.withdrawals` knows the record, by which it answers what was said
        case f.UpdateEdited(update=update):
            return [*_corrections(s, update), s.card()]
        case f.Renamed():
            rename = s.inside("rename_channel", "rename", standing=True)
            return [rename, s.card(), s.topic(), *s.team("notice"), *s.management()]
        case f.TimesCorrected():
            return [s.card(), *s.team("notice"), *s.stakeholders(), *s.reminders()]
        case f.ChannelRenamed():
            return []
        case f.JoinAsked():
            return s.bring(s.entry.by)
        case f.Linked(how="related" | "split from" | "duplicate of"):  # of a duplicate its end says where it goes on
            return [*s.bring(*_brought(fact)), s.card()]
        case f.Linked(how="has duplicate", channel=str(channel), people=people) if not s.incident.private:
            args = {"people": list(people), "by": s.entry.by, "members_of": channel}
            return [s.inside("invite", "invite", args=args), s.statement(), s.card()]
        case f.Linked():
            return [*s.bring(*_brought(fact)), s.statement(), s.card()]
        case f.Unlinked():
            return [s.card()]
        case _:
            raise TypeError(f"no reaction is written for {fact.kind}")


def _brought(fact: f.OfChange) -> tuple[str, ...]:
    return fact.people if isinstance(fact, f.Linked) else ()


def roles_told(s: Scribe) -> list[Message]:
    """Who got a role in what turns out to be a duplicate reads that it is over, and the other way round."""
    if not any(link.how == "duplicate of" for link in s.incident.links):
        return []
    return [s.message("shrink", f"inc-{s.incident.id}:roles", standing=True)]


def part_opened(s: Scribe) -> list[Message]:
    """What was split off has a channel now: what told of it (`s` is the scribe of that entry) leads there."""
    slot = f"say-{s.entry.seq}"
    own = f"inc-{s.incident.id}:{slot}"
    led = s.message("correct", own, needs=(slot,), standing=True, args={"slot": slot, "of": s.entry.seq})
    return [led, s.card()]


def _corrections(s: Scribe, update: int) -> list[Message]:
    """Every post that repeats the update's words is drawn anew where it stands."""
    news = next((n for n in s.incident.updates if n.seq == update), None)
    if news is None:
        return []
    told = [(f"say-{news.told_at}", news.told_at), *((f"news-{update}", update) for _ in s.team("news"))]
    number = s.incident.id
    return [
        s.message(
            "correct",
            f"inc-{number}:{slot}",
            needs=(slot,) if slot.startswith("say") else (slot, NOTICE),
            standing=True,
            args={"slot": slot, "of": seq, "update": update},
        )
        for slot, seq in told
    ]
