"""Doing what was asked: one transaction from an intent to the private answer, whatever the door."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import reduce
from typing import Any

from bot.domain import fact as f
from bot.domain import request as r
from bot.domain.alike import Likeness
from bot.domain.caller import Caller
from bot.domain.decide import decide
from bot.domain.errors import NoSuchIncident, NotNow, NotYours
from bot.domain.incident import Incident
from bot.inbound import guard, letters, overviews, twice
from bot.inbound.grammar import Context
from bot.inbound.intents import Fill, Intent, Show, Unsure
from bot.inbound.scenes import scene
from bot.inbound.understanding import Understood, nearest
from bot.inbound.verbs import FORMS, NAMED, PAGES, VERBS
from bot.inbound.verbs.verb import Opening, Reading
from bot.store import facts, incidents, outbox, people, pinned, seen
from bot.store.people import Person
from bot.store.session import Session
from bot.usecases.act import act
from bot.usecases.declare import ReplyTo, declare
from bot.usecases.record import Done
from bot.usecases.team import Team
from bot.usecases.tie import split, tie
from bot.views import answers, changes, forms, helps, lists, refusals
from bot.views.ids import Form
from bot.views.scene import Post, Scene


@dataclass(frozen=True)
class Call:
    """Who asks, when (business time), where (channel, and thread in it) and through which door. `key` is the delivery's
    id, by which a second one is known; `known` is False while Slack has not told us who the person is; `reply` is
    where an answer can go."""

    person: str
    via: f.Door
    now: datetime
    channel: str | None = None
    key: str | None = None
    known: bool = True
    reply: ReplyTo = field(default_factory=ReplyTo)
    thread: str | None = None

    @property
    def direct(self) -> bool:
        """Whether it was said in the conversation with the bot."""
        return self.channel is not None and self.channel.startswith("D")

    @property
    def caller(self) -> Caller:
        return Caller(self.person, self.via)

    def back(self, incident: int | None = None, ask: int | None = None) -> letters.Return:
        """Where an answer goes that comes later, and what it will be about."""
        return letters.Return(self.reply.url, self.reply.at, self.channel, incident, ask, self.thread)


@dataclass(frozen=True)
class Reply:
    """What the caller gets: a private message, or a form to fill in. `refused`: nothing was done, so what was offered
    before stays offered."""

    post: Post | None = None
    view: dict[str, Any] | None = None
    refused: bool = False


@dataclass(frozen=True)
class Look:
    """What a door must know before it can understand words: who speaks, in which incident, under which protocol."""

    person: Person | None
    context: Context
    names: dict[str, str]


def look(session: Session, team: Team, call: Call, mentioned: Sequence[str] = ()) -> Look:
    """Look around before reading what was typed. `mentioned` are people whose names the words need. Who writes to the
    bot alone and works on one incident is in that one: `p1 it is worse` must not declare another."""
    here = _here(session, call) or _theirs(session, call, any_one=False)
    known = people.many(session, {call.person, *mentioned})
    protocol = pinned.get(session, here.protocol_digest) if here else team.protocol
    person = known.get(call.person)
    zone = person.tz if person else protocol.calendar.timezone
    names = {one.id: one.name for one in known.values()}
    return Look(person, Context(protocol, call.now, zone, inside=here is not None), names)


def perform(session: Session, team: Team, call: Call, wanted: Understood) -> Reply:
    """Do it and say what came of it. Raises DomainErrors, whose text the caller reads."""
    intent = wanted.intent
    if isinstance(intent, r.Declare):
        return declared(session, team, call, intent)
    if isinstance(intent, Fill) and intent.form is Form.DECLARE:
        return Reply(view=_declare_form(session, team, call, intent))
    if isinstance(intent, r.HandOff) and intent.everywhere:
        return Reply(post=_handed_over(session, team, call, intent))
    if isinstance(intent, Show) and intent.page in ANYWHERE:
        post = _anywhere(session, team, call, intent)
        return Reply(post=letters.joined(post, refusals.unused(wanted.left)) if wanted.left else post)
    incident = find(session, call, wanted.incident)
    if incident is None:
        return Reply(post=_which(session, call, wanted))
    if isinstance(intent, Unsure):
        drawn = scene(session, incident, call.now, reader=call.person)
        return Reply(post=refusals.unsure_inside(drawn, wanted.tail, intent.nearest, rest=intent.rest))
    return _inside(session, team, call, incident, intent, wanted.left)


def find(session: Session, call: Call, number: int | None) -> Incident | None:
    """The incident of this number, or of the channel the caller is in; None when they are in no incident's.

    Raises NoSuchIncident for a number there is not, and for a private incident that is not the caller's to see.
    """
    if number is None:
        incident = _here(session, call) or _theirs(session, call)
    else:
        incident = incidents.load(session, number)
        if incident is None or not guard.may_see(incident, call.person, call.channel):
            raise NoSuchIncident(f"There is no INC-{number}. /incident list shows the open ones.")
    if incident is not None and incident.private and not call.known:
        raise NotYours(guard.SLOW)
    return incident


def _here(session: Session, call: Call) -> Incident | None:
    """The incident whose channel it is, or about which the thread is (its announcement's, a direct message's)."""
    number = incidents.by_channel(session, call.channel) if call.channel else None
    if number is None and call.channel and call.thread:
        standing = outbox.standing_at(session, call.channel, call.thread)
        number = standing.incident if standing else None
    incident = incidents.load(session, number) if number is not None else None
    return incident if incident is not None and guard.may_see(incident, call.person, call.channel) else None


def _theirs(session: Session, call: Call, *, any_one: bool = True) -> Incident | None:
    """In the conversation with the bot: the one running incident the caller works on or was called to, else the only
    one there is (`any_one`)."""
    if not call.direct:
        return None
    running = [one for one in _visible(session, call, open_only=True) if one.running]
    found = [one for one in running if call.person in _hands(one) | _called(one)] or (running if any_one else [])
    return found[0] if len(found) == 1 else None


def _called(incident: Incident) -> set[str]:
    asked = (person for ask in incident.asks for person in ask.people)
    return {*asked, *(person for escalation in incident.escalations for person in escalation.people)}


def allow(call: Call, request: r.Request) -> None:
    """Raises NotYours for what needs a person whom Slack has described to us."""
    private = isinstance(request, r.Declare) and request.private
    if not call.known and (private or not isinstance(request, guard.UNCHECKED)):
        raise NotYours(guard.SLOW)


def declared(session: Session, team: Team, call: Call, request: r.Declare) -> Reply:
    """Declare it, or ask first whether it is part of the incident they are in, or one that others work on already."""
    allow(call, request)
    request = replace(request, origin=call.channel)
    new = call.key is None or seen.seen(session, call.key) is None
    like = _likest(session, call, request) if new else None
    asked = _asked_first(session, call, request, like) if new else None
    if asked is not None:
        return Reply(post=asked)
    done = declare(session, team, request, call.caller, call.now, reply_to=call.reply, key=call.key)
    post = told(session, call, done.incident, done.entries, request)
    if like is not None:
        post = letters.joined(post, changes.similar(scene(session, like[0], call.now), done.incident.id))
    return Reply(post=post)


def _likest(session: Session, call: Call, request: r.Declare) -> tuple[Incident, Likeness] | None:
    if request.separate:
        return None
    here = incidents.by_channel(session, call.channel) if call.channel else None
    others = (one for one in _visible(session, call, open_only=True) if one.running and one.id != here)
    return twice.likest(request, others, call.now)


def _asked_first(
    session: Session, call: Call, request: r.Declare, like: tuple[Incident, Likeness] | None
) -> Post | None:
    """The question, where there is one, as long as buttons can carry what was typed."""
    kept = twice.carried(request)
    here = incidents.by_channel(session, call.channel) if call.channel else None
    incident = incidents.load(session, here) if here is not None and call.via != "form" else None
    part = incident is not None and incident.running and not (request.another or request.drill)
    if incident is not None and part and changes.fits(kept, request.title):
        return changes.part_or_another(scene(session, incident, call.now, reader=call.person), request.title, kept)
    if like is not None and like[1] == "same" and changes.fits(kept):
        return changes.looks_alike(scene(session, like[0], call.now, reader=call.person), kept)
    return None


def done_to(session: Session, team: Team, call: Call, incident: Incident, request: r.Request) -> Done:
    """Do what is asked of an incident, in the other one too where it concerns two. Raises DomainErrors."""
    allow(call, request)
    match request:
        case r.OfTwo(other=other):
            find(session, call, other)
            return tie(session, team, incident.id, request, call.caller, call.now, key=call.key)
        case r.Split():
            to = call.reply
            return split(session, team, incident.id, request, call.caller, call.now, reply_to=to, key=call.key)
        case _:
            return act(session, team, incident.id, request, call.caller, call.now, key=call.key)


def _inside(session: Session, team: Team, call: Call, incident: Incident, intent: Intent, left: str) -> Reply:
    match intent:
        case Fill():
            return Reply(view=_form(session, team, call, incident, intent))
        case Show():
            post = _page(session, team, call, incident, intent)
        case Unsure():
            raise TypeError("words that mean nothing are offered back before")
        case _:
            done = done_to(session, team, call, incident, intent)
            incident = done.incident
            post = told(session, call, incident, done.entries, intent)
            if isinstance(intent, r.EndAction) and call.via == "button" and any(one.open for one in incident.todos):
                left_to_do = _page(session, team, call, incident, Show("actions"))
                post = letters.joined(post, left_to_do)  # the answer takes the place of the list that was clicked
    if left:
        post = letters.joined(post, refusals.unsure_inside(scene(session, incident, call.now), left))
    return Reply(post=post)


def _handed_over(session: Session, team: Team, call: Call, request: r.HandOff) -> Post:
    """Everything the caller holds in every open incident goes to somebody else; each is told of."""
    allow(call, request)
    found: list[Post] = []
    for one in sorted(_visible(session, call, open_only=True), key=lambda incident: incident.id):
        key = f"{call.key}:{one.id}" if call.key else None
        try:
            done = act(session, team, one.id, request, call.caller, call.now, key=key)
        except NotNow:
            continue  # the caller holds nothing there
        found.append(letters.numbered(told(session, call, done.incident, done.entries, request), one.id))
    if not found:
        raise NotNow("You hold no role in any open incident and nothing is asked of you, so nothing was handed over.")
    return reduce(letters.joined, found)


def told(
    session: Session, call: Call, incident: Incident, entries: Sequence[f.Entry], request: r.Request | None = None
) -> Post:
    """The answer to a request that recorded these entries."""
    back = any(isinstance(entry.fact, f.Undone) for entry in entries)
    named = facts.entries(session, incident.id) if back else entries  # what was taken back is told by its name
    drawn = scene(session, incident, call.now, entries=named, reader=call.person)
    return answers.answer(drawn, entries, request)


def offer(session: Session, call: Call, number: int | None, sentence: str) -> Reply:
    """*I take it*, for somebody who is not the one being asked."""
    incident = find(session, call, number)
    if incident is None:
        return Reply(post=refusals.refusal(sentence))
    return Reply(post=refusals.take_it(scene(session, incident, call.now, reader=call.person), sentence))


def _which(session: Session, call: Call, wanted: Understood) -> Post:
    """A verb that needs an incident, typed where there is none; or words that are no verb."""
    if isinstance(wanted.intent, Unsure):
        return refusals.unsure(wanted.tail, wanted.intent.nearest, rest=wanted.intent.rest)
    if wanted.verb is None:
        raise TypeError("what needs an incident was asked for with a verb")
    word, running = wanted.word or wanted.verb.name, _running(session, call)
    return refusals.which(running, word, wanted.tail, heard=wanted.heard, direct=call.direct)


def _running(session: Session, call: Call) -> list[Scene]:
    return [scene(session, one, call.now, reader=call.person) for one in _visible(session, call, open_only=True)]


def _visible(session: Session, call: Call, *, open_only: bool) -> list[Incident]:
    found = incidents.listing(session, open_only=open_only)
    return [one for one in found if guard.may_see(one, call.person, call.channel) and (call.known or not one.private)]


ANYWHERE = ("list", "help", "oncall", "metrics")
"""Pages about no single incident."""


def _anywhere(session: Session, team: Team, call: Call, show: Show) -> Post:
    match show.page:
        case "help":
            verb = NAMED.get(show.which) or NAMED.get(nearest(show.which).nearest or "")
            overview = helps.overview(VERBS) if verb is None else helps.one(verb)
            return letters.joined(overview, refusals.unused(show.which)) if show.which and verb is None else overview
        case "oncall":
            return overviews.on_call(session, team, call.now)
        case "metrics":
            return overviews.metrics(session, _visible(session, call, open_only=False), show.which, call.now)
        case _:
            return _list(session, call, show)


def _list(session: Session, call: Call, show: Show) -> Post:
    found = _visible(session, call, open_only=show.which != "all")
    mine = [one for one in found if show.which != "mine" or call.person in _hands(one)]
    return lists.incidents([scene(session, one, call.now, reader=call.person) for one in mine], show.which)


def _hands(incident: Incident) -> set[str | None]:
    """Whose incident it is: who declared, leads, responds, is on call or has done anything in it."""
    return {incident.responder, incident.primary, *incident.roles.values(), *incident.participants}


def _page(session: Session, team: Team, call: Call, incident: Incident, show: Show) -> Post:
    entries = facts.entries(session, incident.id) if show.page == "timeline" else ()
    roster = team.roster(call.now)
    owners = (owner for asset in roster.assets for owner in asset.owners)
    drawn = scene(session, incident, call.now, entries=entries, reader=call.person, also={*roster.known(), *owners})
    found = _visible(session, call, open_only=False) if show.page == "similar" else ()
    others = overviews.others(session, found, call.now)
    return PAGES[show.page](Reading(drawn, show.which, roster, others))


def _declare_form(session: Session, team: Team, call: Call, fill: Fill) -> dict[str, Any]:
    on_call = team.roster(call.now).primary
    known = people.many(session, [on_call] if on_call else [])
    severity = team.protocol.parse_severity(fill.severity) if fill.severity else None
    return forms.declare(
        team.protocol,
        title=fill.text,
        severity=severity.name if severity else None,
        on_call=known[on_call].name if on_call in known else None,
        metadata=letters.sealed(call.back()),
    )


def _form(session: Session, team: Team, call: Call, incident: Incident, fill: Fill) -> dict[str, Any]:
    """The form, once what it will ask for is known to be possible."""
    door = FORMS[fill.form]
    if door.draw is None:
        raise TypeError(f"the form {fill.form} is about no incident")
    roster = team.roster(call.now)
    drawn = scene(session, incident, call.now, reader=call.person, also=roster.known())
    if door.probe is not None:
        decide(incident, door.probe(drawn.protocol), drawn.protocol, roster, call.caller, call.now)
    ask = next((a for a in incident.asks if a.seq == fill.ask), None)
    return door.draw(Opening(drawn, fill, ask, letters.sealed(call.back(incident.id, fill.ask)), roster))
