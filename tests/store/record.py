"""A small incident for the store's tests, recorded as use cases record it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.domain import fact as f
from bot.domain.evolve import evolve, fold
from bot.domain.incident import Incident
from bot.domain.message import Message
from bot.domain.protocol import Phase, Protocol, Role, Severity, house_defaults
from bot.store import facts, incidents, pinned
from bot.store.session import Session

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)

PROTOCOL = Protocol(
    name="small",
    title="A small protocol",
    severities=(Severity.model_validate({"name": "P1", "rank": 1, **house_defaults(1)}),),
    phases=tuple(Phase(name=stage, title=stage, stage=stage) for stage in ("triage", "active", "monitoring")),
    roles=(Role(name="all", title="Everything", leads=True, communicates=True, responds=True),),
    ladder=(),
    closure=(),
)


def entry(incident: int, seq: int, fact: f.Fact, **changes: Any) -> f.Entry:
    """One entry, a second after the one before it."""
    at = NOON + timedelta(seconds=seq)
    told: dict[str, Any] = {"at": at, "recorded_at": at, "by": "U1", "via": "slash", **changes}
    return f.Entry(incident=incident, seq=seq, fact=fact, **told)


def declared(title: str = "Orders are late", **changes: Any) -> f.Declared:
    """The first fact of an incident of the small protocol."""
    told: dict[str, Any] = {"severity": "P1", "phase": "triage", "detected_at": NOON, **changes}
    return f.Declared(title=title, protocol="small", protocol_digest=PROTOCOL.digest(), **told)


def declare(session: Session, title: str = "Orders are late", **changes: Any) -> int:
    """Declare an incident and return its number."""
    number = incidents.next_id(session)
    pinned.pin(session, PROTOCOL)
    first = entry(number, 1, declared(title, **changes))
    incidents.save(session, fold([first]), rank=1, head=facts.append(session, [first]))
    return number


def add(session: Session, number: int, *new: f.Fact) -> Incident:
    """Lock the incident, add facts and save the row."""
    incident = incidents.lock(session, number)
    assert incident
    told = [entry(number, seq, fact) for seq, fact in enumerate(new, incident.seq + 1)]
    for each in told:
        incident = evolve(incident, each)
    incidents.save(session, incident, rank=1, head=facts.append(session, told))
    return incident


def adding(number: int, *new: f.Fact) -> Callable[[Session], Incident]:
    """`add` as a piece of work."""
    return lambda session: add(session, number, *new)


def say(text: str, lane: str = "channel", **changes: Any) -> Message:
    """A statement, recognised by its text."""
    return Message(**{"kind": "say", "lane": lane, "seq": 1, "args": {"text": text}, **changes})


def card(seq: int, **changes: Any) -> Message:
    """A refresh of the card as of entry `seq`."""
    told = {"kind": "card", "lane": "card", "seq": seq, "standing": True, "fills": "card", "needs": ("channel",)}
    return Message(**{**told, **changes})
