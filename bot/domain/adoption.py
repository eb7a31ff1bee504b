"""The topic of what an incident runs on: the protocol it was declared with, until somebody adopts a newer one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from bot.domain import fact as f
from bot.domain import request as r
from bot.domain.bench.difference import Difference, concerning, differences
from bot.domain.caller import Caller
from bot.domain.duty.oncall import Roster
from bot.domain.errors import NotNow, NotYours
from bot.domain.grounds import responsible, running
from bot.domain.incident import Incident
from bot.domain.incident_parts import Offer
from bot.domain.message import Message
from bot.domain.protocol import Protocol
from bot.domain.scribe import Scribe


def decided(
    incident: Incident, request: r.OfProtocol, protocol: Protocol, roster: Roster, caller: Caller, moment: datetime
) -> list[f.Fact]:
    """The facts that answer a request of this topic. Raises NotNow and NotYours."""
    match request:
        case r.Adopt():
            return [_adopted(incident, request, protocol, roster, caller, moment)]
        case r.OfferProtocol(to=newer, edited=edited) if newer is not None:
            return offered(incident, protocol, news(protocol, newer), edited)
        case _:
            return []


def changes(incident: Incident, protocol: Protocol, newer: Protocol | None) -> tuple[Difference, ...]:
    """What adopting would change for an incident. Raises NotNow where it cannot be adopted: the incident is over,
    nothing differs, or what is in use is not there."""
    running(incident, f"it stays on {protocol.title}")
    if newer is None:
        raise NotNow(
            f"{incident.number} runs on {protocol.title}, which is not configured here any more. "
            "Name one that is: /incident adopt <protocol>."
        )
    gone = next(_gone(incident, protocol, newer), None)
    if gone is not None:
        raise NotNow(f"{newer.title} has no {gone}, which {incident.number} uses, so it cannot be adopted here.")
    found = differences(protocol.bare, newer)
    if not found:
        raise NotNow(f"{incident.number} runs on {newer.title} as it is now: nothing is different.")
    return found


def _gone(incident: Incident, protocol: Protocol, newer: Protocol) -> Iterator[str]:
    """What the incident uses, or used, and the newer protocol does not have. A place that softens nothing is as good as
    none where the newer protocol knows no places."""
    known = {phase.name for phase in newer.phases}
    for graded in incident.severities:
        if graded.severity not in newer.severity_names:
            yield f"severity {graded.severity}"
    steps = (step.phase for step in incident.phases)
    yield from (f"phase {phase}" for phase in (incident.phase, *steps) if phase not in known)
    for role, person in incident.roles.items():
        if person and newer.role(role) is None:
            yield f"role {role}"
    yield from (f"category {one}" for one in incident.categories if newer.category(one) is None)
    for graded in incident.severities:
        place = protocol.environment(graded.environment)
        if place and newer.environment(place.name) is None and (place.softens or newer.environments):
            yield f"environment {place.name}"


def _adopted(
    incident: Incident, request: r.Adopt, protocol: Protocol, roster: Roster, caller: Caller, moment: datetime
) -> f.ProtocolAdopted:
    found, newer = changes(incident, protocol, request.to), request.to
    if newer is None:
        raise TypeError("what is not there is refused before")
    those = responsible(incident, protocol, roster)
    if not caller.may and those and caller.person not in those:
        raise NotYours(
            f"What {incident.number} promises is for its people to change: whoever is on call, on the ladder or in a "
            "role. Ask one of them to type /incident adopt."
        )
    if request.shown and not newer.digest().startswith(request.shown):
        raise NotNow(f"{newer.title} was changed once more since I showed you. Look again: /incident adopt.")
    return f.ProtocolAdopted(
        old=protocol.digest(),
        protocol=newer.name,
        offered=newer.digest(),
        digest=protocol.followed_by(newer, moment).digest(),
        changes=len(found),
    )


@dataclass(frozen=True)
class News:
    """What a protocol has otherwise than the one that incidents run on: the same for all that run on it. `left` are the
    digests of what they ran on before."""

    newer: Protocol
    digest: str
    found: tuple[Difference, ...]
    left: frozenset[str]


def news(protocol: Protocol, newer: Protocol) -> News:
    """`newer` beside what incidents run on. It takes some milliseconds."""
    left = frozenset(one.protocol.digest() for one in protocol.earlier)
    return News(newer, newer.digest(), differences(protocol.bare, newer), left)


def offered(incident: Incident, protocol: Protocol, those: News, edited: frozenset[str]) -> list[f.Fact]:
    """Only where it can be adopted and would change something for this incident, and once. What the incident ran on
    before is newer only where the file was seen to become that (`edited`, by name): else we are a process that still
    has the older file."""
    newer, known = those.newer, {one.digest for one in incident.offers}
    if newer.name not in edited:
        known |= those.left
    if not incident.running or those.digest in known or next(_gone(incident, protocol, newer), ""):
        return []
    felt = concerning(those.found, incident, protocol)
    return [f.ProtocolOffered(protocol=newer.name, digest=those.digest)] if felt else []


def applied(incident: Incident, entry: f.Entry) -> Incident:
    """The incident after a fact of this topic."""
    match entry.fact:
        case f.ProtocolOffered(protocol=protocol, digest=digest):
            offer = Offer(seq=entry.seq, at=entry.at, protocol=protocol, digest=digest)
            return incident.model_copy(update={"offers": (*incident.offers, offer)})
        case f.ProtocolAdopted(protocol=protocol, digest=digest):
            answered = tuple(_answered(one, entry) for one in incident.offers)
            return incident.model_copy(update={"protocol": protocol, "protocol_digest": digest, "offers": answered})
        case _:
            raise TypeError(f"nothing is known of a fact of kind {entry.fact.kind}")


def _answered(offer: Offer, entry: f.Entry) -> Offer:
    """Every offer is answered by what is adopted: an older one is no news any more."""
    return offer if offer.adopted_at else offer.model_copy(update={"adopted_at": entry.at, "adopted_by": entry.by})


def reacted(s: Scribe, fact: f.OfProtocol) -> list[Message]:
    """What follows outside."""
    match fact:
        case f.ProtocolOffered():
            earlier = [s.matter(one.seq) for one in s.incident.offers[:-1] if one.adopted_at is None]
            return [s.matter(s.entry.seq), *earlier]
        case f.ProtocolAdopted():
            offers = [s.matter(one.seq) for one in s.incident.offers if one.adopted_at == s.entry.at]
            return [s.statement(), s.card(), s.topic(), *s.team("notice"), *s.reminders(), *offers]
        case _:
            raise TypeError(f"no reaction is written for {fact.kind}")


def left_open(s: Scribe) -> list[Message]:
    """What was offered and is of no use any more once it is over."""
    return [s.matter(one.seq) for one in s.incident.offers[-1:] if one.adopted_at is None]
