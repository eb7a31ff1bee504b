"""What an incident could adopt: what its protocol is now, or another one that somebody names."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from bot.domain import adoption, choosing
from bot.domain import fact as f
from bot.domain import request as r
from bot.domain.errors import BadInput, Newer
from bot.domain.incident import Incident
from bot.domain.protocol import Protocol
from bot.store import incidents, pinned
from bot.store.incidents import Wanted
from bot.store.session import Session
from bot.usecases.team import Team


def newest(team: Team, incident: Incident, named: str = "") -> Protocol | None:
    """The protocol of that name as it is now; of no name: the incident's, or where that is configured no more, the one
    of the channel it was declared in. Raises BadInput for a name there is not."""
    if named.strip():
        found = choosing.meant(team.choices, named)
        if found is None:
            names = ", ".join(one.name for one in team.choices)
            raise BadInput(f'"{named.strip()[:60]}" is no protocol here. There is {names}.')
        return found.protocol
    same = choosing.of_name(team.choices, incident.protocol)
    return (same or team.choice_in(incident.origin)).protocol


def concerned(session: Session, team: Team, edited: frozenset[str] = frozenset()) -> list[int]:
    """Running incidents whose people should be told that there is a newer protocol; `edited` as in OfferProtocol. Two
    protocols are compared once, however many incidents run on them."""
    found = []
    compared: dict[tuple[str, str], adoption.News] = {}
    for one in incidents.listing(session, Wanted(running=True)):
        newer = newest(team, one)
        if newer is None:
            continue
        try:
            protocol = pinned.get(session, one.protocol_digest)
        except Newer:
            continue  # the version that wrote it tells of it
        pair = one.protocol_digest, newer.name
        if pair not in compared:
            compared[pair] = adoption.news(protocol, newer)
        if adoption.offered(one, protocol, compared[pair], edited):
            found.append(one.id)
    return found


def with_newest(team: Team, incident: Incident, request: r.Request) -> r.Request:
    """A request of this topic with what it is about."""
    if isinstance(request, r.Adopt):
        return replace(request, to=newest(team, incident, request.named))
    if isinstance(request, r.OfferProtocol):
        return replace(request, to=newest(team, incident))
    return request


def pinned_to(
    session: Session, protocol: Protocol, request: r.Request, decided: list[f.Fact], moment: datetime
) -> Protocol:
    """What the incident runs on after these facts, kept where it is found again."""
    adopts = any(isinstance(fact, f.ProtocolAdopted) for fact in decided)
    if not adopts or not isinstance(request, r.Adopt) or request.to is None:
        return protocol
    following = protocol.followed_by(request.to, moment)
    pinned.pin(session, following)
    return following
