"""`record`: the one place where incident state is written. Facts, the incident's row, its clocks and the messages that
follow go into one transaction, together with the id of the delivery that caused them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from bot.domain import fact as f
from bot.domain import request as r
from bot.domain import undoing
from bot.domain.caller import BOT, Caller
from bot.domain.decide import decide
from bot.domain.evolve import evolve, fold
from bot.domain.incident import Incident
from bot.domain.message import Message, gathered
from bot.domain.promises.asking import NextStep, schedule
from bot.domain.protocol import Protocol
from bot.domain.react import react
from bot.domain.scribe import Scribe
from bot.store import clocks, facts, incidents, outbox, pinned, seen
from bot.store.session import Session
from bot.usecases.team import Team

MOST_AT_ONCE = 25
"""How many due steps are recorded at once for one incident; what is left is recorded at the next tick."""


@dataclass(frozen=True)
class Done:
    """What a request came to: the incident now, its protocol, and the entries the request added (none: nothing
    changed). `repeated`: the same delivery came before; these are the entries of that time."""

    incident: Incident
    protocol: Protocol
    entries: tuple[f.Entry, ...]
    repeated: bool = False


@dataclass(frozen=True)
class Case:
    """What a request is about: an incident and the protocol it is pinned to; before it is declared, only its number."""

    number: int
    protocol: Protocol
    incident: Incident | None


def case_of(done: Done) -> Case:
    return Case(done.incident.id, done.protocol, done.incident)


def record(
    session: Session,
    team: Team,
    case: Case,
    happened: Sequence[f.Fact],
    caller: Caller,
    now: datetime,
    *,
    at: datetime | None = None,
    more: Sequence[Message] = (),
) -> Done:
    """Write what happened. `at` is when a note says that it happened; `more` are messages that only the door
    that was used can know of."""
    incident, messages = case.incident, list(more)
    entries: list[f.Entry] = []
    recorded_at = max(now, incident.recorded_at) if incident else now
    for fact in happened:
        entry = f.Entry(
            incident=case.number,
            seq=incident.seq + 1 if incident else 1,
            at=_time_of(fact, at) or recorded_at,
            recorded_at=recorded_at,
            by=caller.person,
            via=caller.via,
            fact=fact,
        )
        incident, said = _after(session, team, case, incident, [*entries, entry])
        entries.append(entry)
        messages += said
    if incident is None:
        raise ValueError("nothing happened to no incident")
    if entries:
        _write(session, team, incident, case.protocol, entries, messages)
    return Done(incident, case.protocol, tuple(entries))


def _after(
    session: Session, team: Team, case: Case, incident: Incident | None, entries: Sequence[f.Entry]
) -> tuple[Incident, list[Message]]:
    """The incident after the last of these new entries, and what follows outside. What something was without what is
    taken back only the whole record tells."""
    *new, entry = entries
    readers = team.audiences_of(case.protocol)
    if isinstance(entry.fact, f.Undone):
        earlier = [*facts.entries(session, case.number), *new]
        left = fold((*earlier, entry))
        return left, undoing.withdrawals(Scribe(entry, left, case.protocol, readers), earlier)
    after = evolve(incident, entry)
    if isinstance(entry.fact, f.TextsForgotten):  # the copy still has the words
        after = fold((*facts.entries(session, case.number), *entries))
    return after, react(entry, after, case.protocol, readers)


def _time_of(fact: f.Fact, noted: datetime | None) -> datetime | None:
    """A marked message happened when it was written, not when somebody marked it; a note when its writer says."""
    match fact:
        case f.MessageMarked(ts=ts):
            return datetime.fromtimestamp(float(ts), UTC)
        case f.NoteAdded():
            return noted
        case _:
            return None


def _write(
    session: Session,
    team: Team,
    incident: Incident,
    protocol: Protocol,
    entries: Sequence[f.Entry],
    messages: Sequence[Message],
) -> None:
    copy(session, incident, protocol, facts.append(session, entries))
    outbox.put(session, incident.id, gathered(messages))
    session.after_commit(team.wake)


def copy(session: Session, incident: Incident, protocol: Protocol, head: str) -> None:
    """Write what follows from the facts alone: the incident's row and its clocks. `head` is its last fact's digest."""
    rank = protocol.severity_in(incident.severity, incident.environment).rank
    incidents.save(session, incident, rank=rank, head=head)
    clocks.replace(session, incident.id, [clock_row(incident, step) for step in schedule(incident, protocol)])


def clock_row(incident: Incident, coming: NextStep) -> clocks.Due:
    """The row of the clock table that says so."""
    clock, step = coming.clock, coming.step
    return clocks.Due(
        incident=incident.id,
        key=clock.key,
        occurrence=clock.occurrence,
        step=step.name,
        fire_at=step.at,
        due=clock.due or step.at,
        clause=clock.clause,
    )


def settle(session: Session, team: Team, done: Done, now: datetime) -> Done:
    """Go on recording what is due until nothing is."""
    for _ in range(MOST_AT_ONCE):
        due = decide(done.incident, r.Tick(), done.protocol, team.roster(now), BOT, now)
        if not due:
            break
        more = record(session, team, case_of(done), due, BOT, now)
        done = Done(more.incident, done.protocol, (*done.entries, *more.entries))
    return done


def repeated(session: Session, key: str | None) -> tuple[int, tuple[int, ...]] | None:
    """The incident and entries that this delivery already caused, if it came before."""
    found = seen.seen(session, key) if key else None
    return (found[0], found[1]) if found and found[0] is not None else None


def as_before(session: Session, number: int, seqs: tuple[int, ...]) -> Done:
    """What the same delivery came to the first time: its entries, and the incident as it was after them, so that the
    answer is the same. Where it changed nothing, the incident as it is."""
    incident = fold(facts.entries(session, number, upto=max(seqs))) if seqs else incidents.load(session, number)
    if incident is None:
        raise LookupError(f"a delivery led to INC-{number}, which has no row")
    entries = tuple(facts.of_seqs(session, number, seqs))
    return Done(incident, pinned.get(session, incident.protocol_digest), entries, repeated=True)


def remember(session: Session, key: str | None, done: Done) -> Done:
    """Keep the delivery's id with what it caused, so that the same delivery has one effect and the same answer."""
    if key:
        seen.remember(session, key, done.incident.id, tuple(e.seq for e in done.entries))
    return done
