"""What must be said and done outside because the protocol wants people told, or because nobody answered."""

from __future__ import annotations

from collections.abc import Iterator

from bot.domain import fact as f
from bot.domain.message import Message
from bot.domain.promises.answering import lead_of
from bot.domain.scribe import Scribe


def reacted(s: Scribe, fact: f.OfTelling) -> list[Message]:
    """What must be said and done outside because of a fact of this topic."""
    match fact:
        case f.TeamsTold():
            return [*_told(s, fact), *_unfilled(s, fact), s.card()]
        case f.NobodyAnswered():
            return _unanswered(s, fact)
        case _:
            raise TypeError(f"no reaction is written for {fact.kind}")


def _told(s: Scribe, fact: f.TeamsTold) -> Iterator[Message]:
    announced = s.announced_as(fact.severity)
    for word in fact.words:
        match word.how:
            case "invite":
                yield from s.bring(*word.people)
            case "post" | "channel" if word.channels:
                yield from (summon(s, place, word.clause, everyone=word.how == "channel") for place in _open(s, word))
            case "channel" | "mention" if announced:
                continue  # the announcement calls them
            case _:
                yield from told(s, word)


def _open(s: Scribe, word: f.Word) -> tuple[str, ...]:
    """The channels that may read of it: of a private incident none."""
    return () if s.incident.private else word.channels


def told(s: Scribe, word: f.Word) -> list[Message]:
    """A direct message to each of them, with how it stands and the way to it."""
    return [
        message.model_copy(update={"args": {**message.args, "clause": word.clause, "who": word.who}})
        for message in s.tell(*word.people, what="told", needs=s.link)
    ]


def summon(s: Scribe, place: str, clause: str, *, everyone: bool = False) -> Message:
    """A post in a channel where people already are; `everyone` there is rung."""
    slot, lane = f"summon-{s.entry.seq}:{place}", f"inc-{s.incident.id}:summon:{place}"
    args = {"channel": place, "everyone": everyone, "clause": clause}
    return s.message("summon", lane, needs=s.link, fills=slot, args=args)


def _unfilled(s: Scribe, fact: f.TeamsTold) -> list[Message]:
    """That nobody stands behind a name: whoever did it reads it in the answer; where it was a machine, who leads, and
    without one the channel. Nobody is rung for it who is rung already."""
    if not fact.nobody or s.entry.by:
        return []
    lead = lead_of(s.incident, s.protocol)
    rung = {person for word in fact.words for person in word.people}
    return s.tell(lead, what="nobody_behind") if lead and lead not in rung else [s.statement()]


def _unanswered(s: Scribe, fact: f.NobodyAnswered) -> list[Message]:
    """Said in the channel, on the card, and once where management or the team reads. Of a private incident nobody
    outside hears, and of a drill neither."""
    quiet = s.incident.private or s.incident.drill
    places = fact.channels or ((s.audiences.team,) if s.audiences.team and s.announced_as(s.incident.severity) else ())
    outside = [summon(s, place, "") for place in places if place] if not quiet else []
    whom = [s.incident.declared_by] if s.incident.declared_by else []
    return [s.statement(), s.card(), *s.tell(*whom, what="unanswered_all", needs=s.link), *outside]
