"""The topic of what is ticked off and found out first: what is decided, how the incident changes by it, and what
follows outside. Which lists there are, and how far they are, is `domain/sheets.py`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from bot.domain import assets, data, runbooks, sheets
from bot.domain import fact as f
from bot.domain import request as r
from bot.domain.caller import Caller
from bot.domain.course import stated
from bot.domain.duty.oncall import Roster
from bot.domain.errors import BadInput, NotNow
from bot.domain.grounds import blank, running
from bot.domain.incident import Incident, Tick
from bot.domain.message import Message
from bot.domain.protocol import Protocol
from bot.domain.scribe import Scribe, posts

GONE = "That is on no list any more. /incident checklist shows what there is."


def decided(
    incident: Incident, request: r.OfChecklist, protocol: Protocol, roster: Roster, caller: Caller, now: datetime
) -> list[f.Fact]:
    """The facts that answer a request of this topic. Raises a DomainError the caller reads."""
    match request:
        case r.TickItem():
            return _ticked(incident, request, protocol)
        case r.AnswerFirst():
            return _answered(incident, request, protocol, roster, caller, now)
        case _:
            raise TypeError(f"nothing is decided about {type(request).__name__}")


def _ticked(incident: Incident, request: r.TickItem, protocol: Protocol) -> list[f.Fact]:
    """What is ticked already is not ticked again: two people may do it at once."""
    found = sheets.sheet(request.sheet, protocol)
    item = found.item(request.item) if found else None
    if found is None or item is None:
        raise NotNow(GONE)
    _open_for(incident, found, protocol)
    there = sheets.ticks(incident, found).get(item.id)
    if (there is not None) is request.ticked:
        return []
    if there is not None and not there.seq:
        raise NotNow("That stands on the record by itself, so it is ticked as long as it holds.")
    if not request.ticked:
        return [f.ItemUnticked(sheet=found.key, item=item.id)]
    runbooks.allowed(incident, item, found.place(item))
    return [f.ItemTicked(sheet=found.key, item=item.id)]


def _open_for(incident: Incident, found: sheets.Sheet, protocol: Protocol) -> None:
    """Raises NotNow once nothing is ticked there any more: the closing summary says how far it was."""
    kind, _, name = found.key.partition("/")
    last = protocol.checklist(name) if kind == sheets.CHECKLIST else None
    if incident.stage == "cancelled":
        running(incident, "nothing is ticked there any more")
    if incident.stage == "closed" and (last is None or last.opens != "closed"):
        running(incident, "its lists stay as they are")


def _answered(
    incident: Incident, request: r.AnswerFirst, protocol: Protocol, roster: Roster, caller: Caller, now: datetime
) -> list[f.Fact]:
    running(incident, "nothing is left to find out first")
    said = {name: text.strip() for name, text in request.answers if not blank(text)}
    facts = [*_since(incident, request, now)]
    for one in protocol.questions:
        if one.id in said:
            facts += _one_answer(incident, one.id, said[one.id], protocol, roster, caller, now)
    if not facts:
        first = next((one.id for one in protocol.questions), "")
        raise BadInput("Answer at least one of them, or leave it with Cancel.", f"first_{first}")
    return facts


def _since(incident: Incident, request: r.AnswerFirst, now: datetime) -> Iterator[f.Fact]:
    since = request.since
    if since is not None and since > now:
        raise BadInput("That time has not come yet. Choose one up to now.", "first_when")
    if since is not None and since != (incident.started_at and incident.started_at.replace(microsecond=0)):
        yield f.TimesCorrected(started_at=since)


def _one_answer(
    incident: Incident, name: str, text: str, protocol: Protocol, roster: Roster, caller: Caller, now: datetime
) -> list[f.Fact]:
    """What the answer means for the incident, where the bot knows that; else the answer as it was given."""
    if name == "impact":
        return [stated(text, None, None)]
    if name == "what" and not incident.affected:
        added = r.ChangeAffected(added=tuple(assets.things(text)))
        return data.decided(incident, added, protocol, roster, caller, now)
    return [f.FirstAnswered(question=name, text=text)] if incident.first_answers.get(name) != text else []


def applied(incident: Incident, entry: f.Entry) -> Incident:
    """The incident after a fact of this topic."""
    match entry.fact:
        case f.ItemTicked(sheet=sheet, item=item):
            tick = Tick(sheet=sheet, item=item, at=entry.at, by=entry.by, seq=entry.seq)
            return incident.model_copy(update={"ticks": (*_without(incident, sheet, item), tick)})
        case f.ItemUnticked(sheet=sheet, item=item):
            return incident.model_copy(update={"ticks": _without(incident, sheet, item)})
        case f.FirstAnswered(question=question, text=text):
            return incident.model_copy(update={"first_answers": {**incident.first_answers, question: text}})
        case _:
            raise TypeError(f"the incident does not know {entry.fact.kind}")


def _without(incident: Incident, sheet: str, item: str) -> tuple[Tick, ...]:
    return tuple(one for one in incident.ticks if (one.sheet, one.item) != (sheet, item))


def reacted(s: Scribe, fact: f.OfChecklist) -> list[Message]:
    """What must be said and done outside because of a fact of this topic. Ticking rings nobody; `Next` is drawn anew by
    what stands beside every fact (`people_told`)."""
    match fact:
        case f.ItemTicked(sheet=key) | f.ItemUnticked(sheet=key):
            found = sheets.sheet(key, s.protocol)
            chosen = [s.statement()] if found and found.any_of else []  # the others act by it
            told = [*chosen, *_reminders(s, found)] if found else []
            return [*told, *runbooks.ticked(s, fact)]
        case f.FirstAnswered():
            return []
        case _:
            raise TypeError(f"no reaction is written for {fact.kind}")


def _reminders(s: Scribe, found: sheets.Sheet) -> list[Message]:
    """Reminders of a checklist that is complete shrink to a line; where it is not any more, they ask again."""
    number = sheets.occurrence(found, s.protocol)
    complete = sheets.done_at(s.incident, found) is not None
    if number is None or (isinstance(s.entry.fact, f.ItemTicked) and not complete):
        return []
    about = [ask for ask in s.incident.asks if any((c.key, c.occurrence) == ("checklist", number) for c in ask.covers)]
    shown = [message for ask in about for message in (*([s.reminder(ask)] if posts(ask) else []), *s.ask_directly(ask))]
    return [*shown, s.card()]
