"""Shifts as a calendar file (.ics), for whatever calendar people look at. Source: RFC 5545."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from icalendar import Calendar, Event, vCalAddress

from bot.domain.duty.rotation import Shift
from bot.views.rota import WHY, Company


def calendar(shifts: Mapping[str, Sequence[Shift]], company: Company, now: datetime) -> str:
    """An event for each shift of each rotation. The same shift keeps its name from one file to the next, so that a
    calendar that reads it again changes events instead of doubling them."""
    made = Calendar()
    made.add("prodid", "-//Sitrep//on call//EN")
    made.add("version", "2.0")
    made.add("x-wr-calname", "On call")
    for own in shifts.values():
        for shift in own:
            if shift.person is not None:
                made.add_component(_event(shift, company, now))
    return str(made.to_ical().decode())


def _event(shift: Shift, company: Company, now: datetime) -> Event:
    event = Event()
    start = shift.start.astimezone(UTC)
    event.add("uid", f"{shift.rotation}-{start:%Y%m%dT%H%M%SZ}@sitrep")
    event.add("dtstamp", now.astimezone(UTC).replace(microsecond=0))
    event.add("dtstart", start)
    event.add("dtend", shift.end.astimezone(UTC))
    event.add("summary", f"On call ({shift.rotation}): {company.name(shift.person)}")
    if WHY[shift.why]:
        event.add("description", WHY[shift.why].capitalize())
    known = company.people.get(shift.person or "")
    if known is not None and known.email:
        event.add("attendee", vCalAddress(f"mailto:{known.email}"))
    event.add("transp", "TRANSPARENT")
    return event
