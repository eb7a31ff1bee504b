"""What `act` does more when something is taken back: it needs the whole record, and a link has two sides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.domain import fact as f
from bot.domain import request as r
from bot.domain import undoing
from bot.domain.caller import Caller
from bot.store import facts, incidents, pinned, seen
from bot.store.session import Session
from bot.usecases.record import Case, Done, record
from bot.usecases.team import Team


@dataclass(frozen=True)
class Mirror:
    """The other incidents that entries of this one tie it to: locked, in the order of their numbers."""

    number: int
    others: tuple[int, ...] = ()

    def record(self, session: Session, team: Team, entries: Sequence[f.Entry], caller: Caller, now: datetime) -> None:
        """Take back on the other side what was taken back here."""
        seqs = {seq for e in entries if isinstance(e.fact, f.Undone) for seq in e.fact.seqs}
        if not (self.others and seqs):
            return
        undone = (e for e in facts.entries(session, self.number) if e.seq in seqs)
        for other in {e.fact.other for e in undone if isinstance(e.fact, f.Linked | f.Unlinked)}:
            self._other(session, team, other, caller, now)

    def _other(self, session: Session, team: Team, number: int, caller: Caller, now: datetime) -> None:
        incident = incidents.load(session, number)
        told = facts.entries(session, number)
        mine = [e.seq for e in told if isinstance(e.fact, f.Linked | f.Unlinked) and e.fact.other == self.number]
        if incident is None or not mine or mine[-1] in incident.undone:
            return
        case = Case(number, pinned.get(session, incident.protocol_digest), incident)
        record(session, team, case, [f.Undone(seqs=(mine[-1],))], caller, now)


def mirror(session: Session, number: int, requests: Sequence[r.Request]) -> Mirror:
    """Lock the incidents that taking something back may concern, lower numbers first; nothing for other requests."""
    if not any(isinstance(request, r.Undo) for request in requests):
        return Mirror(number)
    incident = incidents.load(session, number)
    told = facts.entries(session, number) if incident else ()
    others = tuple(sorted({e.fact.other for e in told if isinstance(e.fact, f.Linked | f.Unlinked)}))
    for each in sorted({number, *others}) if others else ():
        incidents.lock(session, each)
    return Mirror(number, others)


def decided(session: Session, done: Done, request: r.Undo, caller: Caller, now: datetime) -> f.Undone:
    """What is taken back. Raises a DomainError the caller reads."""
    past = undoing.Past(facts.entries(session, done.incident.id), seen.acts(session, done.incident.id))
    return undoing.decided(past, request.seqs, done.protocol, caller.person, now)
