"""Doing what was asked: one transaction from an intent to the private answer, whatever the door."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import reduce
from typing import Any

from bot.domain import fact as f
from bot.domain import request as r
from bot.domain.alike import RECENT, Likeness
from bot.domain.decide import decide
from bot.domain.errors import Hidden, Newer, NoSuchIncident, NotNow, NotYours, no_such
from bot.domain.incident import Incident
from bot.inbound import declaring, hours, letters, overviews, twice
from bot.inbound.call import Call, Reply
from bot.inbound.grammar import Context
from bot.inbound.intents import Fill, Intent, Show, Unsure
from bot.inbound.rights import guard, ruled, sight
from bot.inbound.scenes import scene, scenes
from bot.inbound.understanding import Understood, nearest
from bot.inbound.verbs import FORMS, NAMED, PAGES, VERBS, checklists
from bot.inbound.verbs.verb import Opening, Reading
from bot.store import facts, incidents, outbox, people, pinned, seen
from bot.store.incidents import Wanted
from bot.store.people import Person
from bot.store.session import Session
from bot.usecases import adopting
from bot.usecases.act import act
from bot.usecases.declare import chosen, declare
from bot.usecases.record import Done
from bot.usecases.team import Team
from bot.usecases.tie import split, tie
from bot.views import answers, changes, helps, lists, refusals, timeline
from bot.views.ids import Form
from bot.views.scene import Post

__all__ = ["Call", "Reply"]


@dataclass(frozen=True)
class Look:
    """What a door must know before it can understand words: who speaks, in which incident, under which protocol; and
    when: a delivery that comes again is read as it was the first time."""

    person: Person | None
    context: Context
    names: dict[str, str]
    now: datetime


def look(session: Session, team: Team, call: Call, mentioned: Sequence[str] = ()) -> Look:
    """Look around before reading what was typed. `mentioned` are people whose names the words need. Who writes to the
    bot alone and works on one incident is in that one: `p1 it is worse` must not declare another."""
    here = _around(session, call)
    known = people.many(session, {call.person, *mentioned})
    protocol = pinned.get(session, here.protocol_digest) if here else team.choice_in(call.channel).protocol
    person = known.get(call.person)
    zone = person.tz if person else protocol.calendar.timezone
    names = {one.id: one.name for one in known.values()}
    now = _first_time(session, call)
    others = tuple(one.protocol for one in team.protocols if one.protocol is not protocol)
    return Look(person, Context(protocol, now, zone, inside=here is not None, others=others), names, now)


def _first_time(session: Session, call: Call) -> datetime:
    """When what this delivery says was recorded, if it came before: "until ten" is not tomorrow the second time."""
    before = seen.seen(session, call.key) if call.key else None
    number, seqs = before or (None, ())
    if before is not None and number is None and not seqs:
        raise NotNow(ANSWERED)
    first = facts.of_seqs(session, number, seqs[:1]) if number is not None else ()
    return first[0].recorded_at if first else call.now


ANSWERED = (
    "Slack sent me this twice. I answered it the first time, and nothing was changed. Say it again if it is to be."
)


def perform(session: Session, team: Team, call: Call, wanted: Understood) -> Reply:
    """Do it and say what came of it. Raises DomainErrors, whose text the caller reads."""
    intent = wanted.intent
    if isinstance(intent, r.Declare):
        return declared(session, team, call, intent)
    if isinstance(intent, Fill) and intent.form is Form.DECLARE:
        ruled.may_declare(session, team, call, r.Declare("", origin=call.channel))
        return Reply(view=declaring.opened(session, team, call, intent))
    if isinstance(intent, r.HandOff) and intent.everywhere:
        return Reply(post=_handed_over(session, team, call, intent))
    if isinstance(intent, r.OfShifts):
        return Reply(post=overviews.shifts_changed(session, team, call, intent))
    if isinstance(intent, r.OfCalendar):
        return Reply(post=hours.answered(session, team, call, intent))
    if isinstance(intent, Fill) and intent.form is Form.TELL_HOW:
        return Reply(view=hours.form(call, intent))
    if isinstance(intent, Show) and intent.page in ANYWHERE:
        ruled.may_read(session, team, call, wanted)
        post = _anywhere(session, team, call, intent)
        return Reply(post=letters.joined(post, refusals.unused(wanted.left)) if wanted.left else post)
    incident = find(session, call, wanted.incident, acts=isinstance(intent, r.Request))
    if incident is None:
        if isinstance(intent, r.Request):
            seen.came_to_nothing(session, call.key)
        return Reply(post=_which(session, call, wanted))
    incident = ruled.looked_in(session, team, call, incident)
    ruled.may_read(session, team, call, wanted, incident)
    if isinstance(intent, Unsure):
        drawn = scene(session, incident, call.now, reader=call.person)
        return Reply(post=refusals.unsure_inside(drawn, wanted.tail, intent.nearest, rest=intent.rest))
    return _inside(session, team, call, incident, intent, wanted.left)


def find(session: Session, call: Call, number: int | None, *, acts: bool = False) -> Incident | None:
    """The incident of this number, or of the channel the caller is in; None when they are in no incident's. `acts`:
    only to do something in it, which may be to answer what was asked of somebody outside.

    Raises NoSuchIncident for a number there is not, and in the same words for a private incident that is not the
    caller's to see; NotYours where they know of it because the bot asked them.
    """
    if number is None:
        incident = _here(session, call) or _theirs(session, call)
    else:
        incident = incidents.load(session, number)
        if incident is None or not (call.admin or guard.may_see(incident, call.person, call.channel)):
            if incident is None or not guard.may_answer(incident, call.person, call.via):
                raise Hidden(number) if incident else NoSuchIncident(no_such(number))
            if not acts:
                raise NotYours(guard.outside(incident))
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
    mine = sight.naming(session, call, Wanted(running=True))
    found = [one for one in mine if call.person in _hands(one) | _called(one)]
    if not found and any_one:
        found = sight.newest(session, call, Wanted(running=True), 2).newest
    return found[0] if len(found) == 1 else None


def _called(incident: Incident) -> set[str]:
    asked = (person for ask in incident.asks for person in ask.people)
    return {*asked, *(person for escalation in incident.escalations for person in escalation.people)}


def _around(session: Session, call: Call) -> Incident | None:
    """The incident a caller is in, to read their words by; nobody is kept from declaring by one that only a newer
    version can read."""
    try:
        here = _here(session, call) or _theirs(session, call, any_one=False)
        return here if here is None or pinned.get(session, here.protocol_digest) else None
    except Newer:
        return None


def _in_channel(session: Session, call: Call) -> Incident | None:
    """The incident whose channel it is, as far as this version can read it."""
    try:
        number = incidents.by_channel(session, call.channel) if call.channel else None
        return incidents.load(session, number) if number is not None else None
    except Newer:
        return None


def allow(call: Call, request: r.Request) -> None:
    """Raises NotYours for what needs a person whom Slack has described to us."""
    private = isinstance(request, r.Declare) and request.private
    if not call.known and (private or not isinstance(request, guard.UNCHECKED)):
        raise NotYours(guard.SLOW)


def declared(session: Session, team: Team, call: Call, request: r.Declare) -> Reply:
    """Declare it, or ask first whether it is part of the incident they are in, or one that others work on already."""
    allow(call, request)
    request = replace(request, origin=call.channel)
    if len(team.choices) > 1:
        request = replace(request, protocol=chosen(team, request).name)
    ruled.may_declare(session, team, call, request)
    like = _likest(session, call, request)
    before = seen.seen(session, call.key) if call.key else None  # asked last: the same delivery may be recorded by now
    if before is not None:
        like = _likest(session, call, request, below=before[0])
    elif (asked := _asked_first(session, call, request, like)) is not None:
        seen.came_to_nothing(session, call.key if call.via != "form" else None)
        return Reply(post=asked)
    done = declare(session, team, request, call.caller, call.now, reply_to=call.reply, key=call.key)
    post = told(session, call, done.incident, done.entries, request)
    if like is not None:
        post = letters.joined(post, changes.similar(scene(session, like[0], call.now), done.incident.id))
    return Reply(post=post)


def _likest(
    session: Session, call: Call, request: r.Declare, *, below: int | None = None
) -> tuple[Incident, Likeness] | None:
    """The open incident that is most like it, among those that were there before number `below`."""
    if request.separate:
        return None
    here = incidents.by_channel(session, call.channel) if call.channel else None
    recent = incidents.listing(session, Wanted(running=True, private=False, since=call.now - RECENT))
    others = (one for one in recent if one.id != here and (below is None or one.id < below))
    return twice.likest(request, others, call.now)


def _asked_first(
    session: Session, call: Call, request: r.Declare, like: tuple[Incident, Likeness] | None
) -> Post | None:
    """The question, where there is one, as long as buttons can carry what was typed."""
    kept = twice.carried(request)
    incident = _in_channel(session, call) if call.via != "form" else None
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
            found = find(session, call, other)
            if found is not None:
                ruled.looked_in(session, team, call, found)
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
        case Unsure() | r.OfShifts() | r.OfCalendar():
            raise TypeError("words that mean nothing are offered back before, and shifts are changed there")
        case _:
            done = done_to(session, team, call, incident, intent)
            incident = done.incident
            post = told(session, call, incident, done.entries, intent)
            inside = guard.may_see(incident, call.person, call.channel)
            if isinstance(intent, r.TickItem) and call.via == "button" and inside:
                return Reply(post=_page(session, team, call, incident, checklists.shown(intent)), quiet=True)
            if isinstance(intent, r.StartRunbook) and inside:
                post = letters.joined(post, _page(session, team, call, incident, Show("runbook", intent.runbook)))
            listed = isinstance(intent, r.EndAction) and call.via == "button" and inside
            if listed and any(one.open for one in incident.todos):
                left_to_do = _page(session, team, call, incident, Show("actions"))
                post = letters.joined(post, left_to_do)  # the answer takes the place of the list that was clicked
    if left:
        post = letters.joined(post, refusals.unsure_inside(scene(session, incident, call.now), left))
    return Reply(post=post)


def _handed_over(session: Session, team: Team, call: Call, request: r.HandOff) -> Post:
    """Everything the caller holds in every open incident goes to somebody else; each is told of."""
    allow(call, request)
    found: list[Post] = []
    for one in reversed(sight.naming(session, call, Wanted(open_only=True))):
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
    """The answer to a request that recorded these entries; who is not in a private incident learns nothing by it."""
    if not (call.admin or guard.may_see(incident, call.person, call.channel)):
        return answers.outside(scene(session, incident, call.now, reader=call.person))
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
    word = wanted.word or wanted.verb.name
    found = sight.newest(session, call, Wanted(open_only=True), refusals.OFFERED_MOST)
    drawn = scenes(session, found.newest, call.now, call.person)
    return refusals.which(drawn, word, wanted.tail, count=found.count, heard=wanted.heard, direct=call.direct)


ANYWHERE = ("list", "help", "oncall", "metrics")
"""Pages about no single incident."""


def _anywhere(session: Session, team: Team, call: Call, show: Show) -> Post:
    match show.page:
        case "help" if show.which == "protocol":
            here = find(session, call, None)
            held = pinned.get(session, here.protocol_digest) if here else team.choice_in(call.channel).protocol
            return overviews.protocol(session, team, held, call.now)
        case "help":
            verb = NAMED.get(show.which) or NAMED.get(nearest(show.which).nearest or "")
            overview = helps.overview(VERBS) if verb is None else helps.one(verb)
            return letters.joined(overview, refusals.unused(show.which)) if show.which and verb is None else overview
        case "oncall":
            return overviews.on_call(session, team, show.which, call.now, call.person)
        case "metrics":
            return overviews.metrics(session, show.which, call.now)
        case _:
            return _list(session, call, show)


def _list(session: Session, call: Call, show: Show) -> Post:
    wanted = Wanted(open_only=show.which != "all")
    if show.which == "mine":
        mine = [one for one in sight.naming(session, call, wanted) if call.person in _hands(one)]
        found = sight.Seen(mine[: lists.SHOWN], len(mine))
    else:
        found = sight.newest(session, call, wanted, lists.SHOWN)
    beyond = incidents.beyond_us(session, open_only=wanted.open_only)
    drawn = scenes(session, found.newest, call.now, call.person)
    return lists.incidents(drawn, show.which, count=found.count, beyond=beyond)


def _hands(incident: Incident) -> set[str | None]:
    """Whose incident it is: who declared, leads, responds, is on call or has done anything in it."""
    return {incident.responder, incident.primary, *incident.roles.values(), *incident.participants}


def _page(session: Session, team: Team, call: Call, incident: Incident, show: Show) -> Post:
    most = timeline.MOST if show.which == "all" else timeline.SHOWN
    entries = facts.latest(session, incident.id, most) if show.page == "timeline" else ()
    roster = team.roster(call.now)
    owners = (owner for asset in roster.assets for owner in asset.owners)
    also, ours = {*roster.known(), *owners}, team.workspace
    drawn = scene(session, incident, call.now, entries=entries, reader=call.person, also=also, workspace=ours)
    others = overviews.others(session, call.now) if show.page == "similar" else ()
    newest = adopting.newest(team, incident, show.which) if show.page == "adopt" else None
    return PAGES[show.page](Reading(drawn, show.which, roster, others, newest))


def _form(session: Session, team: Team, call: Call, incident: Incident, fill: Fill) -> dict[str, Any]:
    """The form, once what it will ask for is known to be possible."""
    door = FORMS[fill.form]
    if door.draw is None:
        raise TypeError(f"the form {fill.form} is about no incident")
    roster = team.roster(call.now)
    drawn = scene(session, incident, call.now, reader=call.person, also=roster.known())
    caller = ruled.may_fill(session, team, call, incident, drawn.protocol, door)
    if door.probe is not None:
        decide(incident, door.probe(drawn.protocol), drawn.protocol, roster, caller, call.now)
    ask = next((a for a in incident.asks if a.seq == fill.ask), None)
    return door.draw(Opening(drawn, fill, ask, letters.sealed(call.back(incident.id, fill.ask)), roster, caller))
