"""Incidents for tests, told as stories: who did what how many minutes after it was declared."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from bot.domain import fact as f
from bot.domain.calendar import Calendar
from bot.domain.evolve import fold
from bot.domain.incident import Ask, Incident
from bot.domain.promises.clocks import open_clocks
from bot.domain.protocol import Protocol
from bot.store.files import protocols
from bot.views.scene import Scene

ANA, BEA, CAR, TEC, DIR = "U0ANA", "U0BEA", "U0CAR", "U0TEC", "U0DIR"
NAMES = {ANA: "Ana", BEA: "Bea", CAR: "Car", TEC: "Tec", DIR: "Dir"}
ZONE = "Europe/Amsterdam"

DECLARED = datetime(2026, 11, 20, 6, 43, tzinfo=UTC)
"""07:43 on a Friday in Amsterdam."""

CHANNEL = "C0INC12"


@cache
def default_protocol() -> Protocol:
    return protocols.load("self-healing-pipeline", Calendar(timezone=ZONE))


def minute(count: float) -> datetime:
    """So many minutes after the incident was declared."""
    return DECLARED + timedelta(minutes=count)


@dataclass(frozen=True)
class Event:
    """One line of a story. `at`: when it happened, if that is not when it was recorded."""

    minutes: float
    fact: f.Fact
    by: str | None
    via: f.Door = "slash"
    at: datetime | None = None


def event(
    minutes: float, fact: f.Fact, by: str | None = ANA, *, via: f.Door = "slash", at: datetime | None = None
) -> Event:
    return Event(minutes, fact, by, via, at)


def declaration(**changes: Any) -> f.Declared:
    """P1, "Orders mart is stale", detected when it was declared and started at 06:10."""
    protocol = default_protocol()
    held: dict[str, Any] = {
        "title": "Orders mart is stale",
        "severity": "P1",
        "protocol": protocol.name,
        "protocol_digest": protocol.digest(),
        "phase": "detecting",
        "affected": "orders_mart, revenue dashboard",
        "detected_at": DECLARED,
        "started_at": minute(-93),
    }
    return f.Declared(**(held | changes))


OPENED = f.ChannelOpened(channel=CHANNEL, name="inc-12-orders-mart-is-stale")
LEADS = f.RoleAssigned(role="incident-manager", person=BEA)
ON_CALL = f.OnCallNamed(primary=ANA, secondary=CAR)


def update(text: str) -> f.UpdatePosted:
    return f.UpdatePosted(text=text)


def impact(
    sentence: str = "Revenue figures since 06:10 are not reliable.", data: str | None = "suspect"
) -> f.ImpactStated:
    return f.ImpactStated(sentence=sentence, data=data)


def resolved(**changes: Any) -> f.Resolved:
    held: dict[str, Any] = {
        "fix": "reverted, 06:10–08:20 backfilled",
        "data": "repaired",
        "cause": "a deploy flipped the sign in the loader",
    }
    return f.Resolved(**(held | changes))


def entries(*events: Event, incident: int = 12, **declared: Any) -> tuple[f.Entry, ...]:
    """The timeline of a story; it begins with the declaration, the channel, the lead and who is on call."""
    first = [event(0, declaration(**declared), ANA, via="form"), event(0, ON_CALL, None), event(0, LEADS, None)]
    opened = [event(0, OPENED, None, via="courier")]
    told = [*first, *([] if any(isinstance(e.fact, f.ChannelRefused) for e in events) else opened), *events]
    return tuple(
        f.Entry(
            incident=incident, seq=seq, at=e.at or minute(e.minutes), recorded_at=minute(e.minutes),
            by=e.by, via=e.via, fact=e.fact,
        )
        for seq, e in enumerate(told, start=1)
    )  # fmt: skip


def story(
    *events: Event, now: float | None = None, reader: str | None = None, incident: int = 12, **declared: Any
) -> Scene:
    """The scene after these events, seen `now` minutes after the declaration (else when the last thing happened)."""
    told = entries(*events, incident=incident, **declared)
    seen = told[-1].recorded_at if now is None else minute(now)
    return Scene(fold(told), default_protocol(), seen, NAMES, told, reader)


def as_of(scene: Scene, entry: f.Entry) -> Scene:
    """The scene as a statement about this entry sees it."""
    told = tuple(e for e in scene.entries if e.seq <= entry.seq)
    return replace(scene, incident=fold(told), entries=told, now=entry.recorded_at)


def asked(
    minutes: float, *keys: str, how: Any = "due", step: str = "due", people: tuple[str, ...] = (BEA,), **scene: Any
) -> Event:
    """An ask about the first occurrence of these promises; `due` is when it is asked unless given."""
    due = scene.get("due", minute(minutes))
    covers = tuple(f.Covered(key=k, occurrence=scene.get("occurrence", 1)) for k in keys)
    clause = scene.get("clause", "self-healing-pipeline § updates.P1")
    fact = f.Asked(covers=covers, step=step, how=how, people=people, due=due, clause=clause, again_at=None)
    return event(minutes, fact, None, via="clock")


def last_ask(incident: Incident) -> Ask:
    return incident.asks[-1]


def due(scene: Scene, key: str) -> datetime | None:
    """When the open promise of this key falls due."""
    return next((c.due for c in open_clocks(scene.incident, scene.protocol) if c.key == key), None)
