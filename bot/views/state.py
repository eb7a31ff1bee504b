"""What can be said of an incident in one word or one number; every view says it the same way."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.domain import assets
from bot.domain.incident import UNSAFE_DATA, DataState, Incident
from bot.domain.people import let_in
from bot.domain.promises import answering
from bot.domain.protocol import Protocol
from bot.views.scene import Scene

_EMOJI = {"triage": "🔴", "active": "🔴", "monitoring": "🟡", "resolved": "🟢", "closed": "✅", "cancelled": "⚪"}


def emoji(incident: Incident) -> str:
    """Never alone: the word stands beside it."""
    return _EMOJI[incident.stage]


def word(incident: Incident, protocol: Protocol) -> str:
    """The phase while it runs, else how it ended. Between two phases: open again, or triaged and not moved on yet."""
    if incident.stage == "cancelled":
        return f"Cancelled ({incident.outcome})"
    if not incident.running:
        return incident.stage.title()
    phase = protocol.phase(incident.phase)
    if phase.stage == incident.stage:
        return phase.title
    return "Open again" if incident.pauses else "Triaged"


def ended_at(incident: Incident) -> datetime | None:
    """Since when it has been resolved, closed or cancelled; None while it runs."""
    return None if incident.running else incident.closed_at or incident.pauses[-1].start


def open_for(incident: Incident, until: datetime) -> timedelta:
    """How long it has run up to `until`; time between an ending and a reopening does not count."""
    paused = (min(p.end or until, until) - p.start for p in incident.pauses if p.start < until)
    return until - incident.declared_at - sum(paused, timedelta(0))


def lead(incident: Incident, protocol: Protocol) -> str | None:
    """Who leads: the role the protocol marks as leading; without one, nobody."""
    return answering.lead_of(incident, protocol)


def unsafe(incident: Incident) -> bool:
    return incident.data in UNSAFE_DATA


SAFE_DATA = (DataState.UNAFFECTED, DataState.REPAIRED)


def safe(incident: Incident) -> bool:
    return incident.data in SAFE_DATA


def wrong_since(incident: Incident) -> datetime | None:
    """Since when the data is wrong, or up to when late data is right, as far as somebody said."""
    return incident.data_since or incident.started_at


def data_in_doubt(incident: Incident) -> bool:
    """Reopened, and nobody has said since how the data is: what was true when it ended may not be true any more."""
    reopened = incident.pauses[-1].end if incident.pauses else None
    unknown = incident.data == DataState.NOT_CHECKED
    return reopened is not None and unknown and not any(at >= reopened for at in incident.impacts)


def affected(incident: Incident, shown: int = 3) -> tuple[list[str], int]:
    """The first few affected things and how many more there are."""
    things = [*assets.things(incident.affected)]
    return things[:shown], len(things[shown:])


def is_member(person: str | None, incident: Incident, before: int | None = None) -> bool:
    """Whether somebody is in the incident's channel for sure (before the entry `before`). Of a private incident nobody
    else reads the title."""
    return person in let_in(incident, before)


def hidden(scene: Scene, before: int | None = None) -> bool:
    """Whether what it is about must be kept from the reader."""
    return scene.incident.private and (scene.barred or not is_member(scene.reader, scene.incident, before))
