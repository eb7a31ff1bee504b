"""Calendar files (.ics) that say who is on call: each event is the time of one person, named by an invitation or in its
title. Events that recur are spread out; what cannot be read for certain is refused with its name.

The file's syntax is a library's (docs/decisions/0015-icalendar.md). Source: RFC 5545.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice, takewhile
from pathlib import Path
from typing import Any

from dateutil.rrule import rruleset, rrulestr
from icalendar import Calendar, Event

from bot.domain.calendar import instant
from bot.domain.duty.rotation import Turn, disjoint

AHEAD = timedelta(days=731)
"""How far ahead an event without an end is spread out; the file is read at every start."""

MOST = 5000
"""Times one event may take place."""

_EMAIL = re.compile(r"[^\s@<>():,;]+@[^\s@<>():,;]+\.[^\s@<>():,;]+")
_USER = re.compile(r"\b[UW][A-Z0-9]{4,20}\b")
_SPREAD = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")


class CalendarError(Exception):
    """The file cannot be used; the text is one sentence that names the event."""


def read(file: Path, timezone: str, now: datetime) -> tuple[Turn, ...]:
    """Who has it when, from its first event on, without two at once: of those the later begun holds. `timezone` is
    where times without a zone and whole days are. Raises CalendarError."""
    try:
        calendar = Calendar.from_ical(file.read_bytes())
    except OSError as error:
        raise CalendarError(f"it cannot be read ({error.strerror})") from error
    except ValueError as error:
        raise CalendarError(f"it is no calendar file ({str(error).splitlines()[0][:120]})") from error
    events = [one for one in calendar.walk("VEVENT") if isinstance(one, Event)]
    moved = {(str(one.uid), _utc(one.decoded("RECURRENCE-ID"), timezone)) for one in events if "RECURRENCE-ID" in one}
    turns = [turn for one in events for turn in _turns(one, timezone, now + AHEAD, moved)]
    if not turns:
        raise CalendarError("it has no event, so nobody would be on call")
    return disjoint(turns)


def _turns(event: Event, timezone: str, until: datetime, moved: set[tuple[str, datetime]]) -> Iterator[Turn]:
    """The times of one event; those that another event of the same name moves are left to that one."""
    if str(event.get("STATUS", "")).upper() == "CANCELLED":
        return
    named = _called(event)
    try:
        start, length = event.start, event.end - event.start
    except (ValueError, TypeError, AttributeError) as error:
        raise CalendarError(f"{named} has no beginning or no end") from error
    where = getattr(event["DTSTART"], "params", {}).get("TZID")
    if where and getattr(start, "tzinfo", None) is None:
        raise CalendarError(f'{named} is in a time zone nobody knows ("{where}"); name one such as Europe/Amsterdam')
    if length <= timedelta(0):
        raise CalendarError(f"{named} ends before it begins")
    person = _person(event, named)
    if "RECURRENCE-ID" in event:
        if "RANGE" in getattr(event["RECURRENCE-ID"], "params", ()):
            raise CalendarError(f"{named} changes all later ones of a series; end the series there and begin another")
        yield _turn(person, start, length, timezone)
        return
    for at in _spread(event, start, until, named):
        if (str(event.uid), _utc(at, timezone)) not in moved:
            yield _turn(person, at, length, timezone)


def _spread(event: Event, start: Any, until: datetime, named: str) -> Iterable[Any]:
    """When the event takes place, by its own clock: 09:00 stays 09:00 when the clocks change."""
    if not event.rrules and not event.rdates:
        return [start]
    zoned = getattr(start, "tzinfo", None)
    rules = rruleset()
    try:
        for rule in event.rrules:
            rules.rrule(rrulestr(_rule(rule, zoned, named), dtstart=_naive(start, zoned)))
        rules.rdate(_naive(start, zoned))
        for one in event.rdates:
            rules.rdate(_naive(one[0] if isinstance(one, tuple) else one, zoned))
        for one in event.exdates:
            rules.exdate(_naive(one, zoned))
        times = list(islice(takewhile(lambda at: at < until.replace(tzinfo=None), rules), MOST + 1))
    except (ValueError, TypeError) as error:
        raise CalendarError(f"{named} recurs in a way that cannot be read ({error})") from error
    if len(times) > MOST:
        raise CalendarError(f"{named} takes place more than {MOST} times")
    whole_days = not isinstance(start, datetime)
    return [at.date() if whole_days else at.replace(tzinfo=zoned) for at in times]


def _rule(rule: Any, zoned: Any, named: str) -> str:
    """The rule as dateutil takes it, its end by the event's own clock."""
    if str(rule.get("FREQ", [""])[0]).upper() not in _SPREAD:
        raise CalendarError(f"{named} recurs more often than daily")
    ends = [f"{_naive(one, zoned):%Y%m%dT%H%M%S}" for one in rule.get("UNTIL", ())]
    parts = [part for part in rule.to_ical().decode().split(";") if not part.upper().startswith("UNTIL=")]
    return ";".join([*parts, *(f"UNTIL={end}" for end in ends)])


def _naive(at: Any, zoned: Any) -> datetime:
    if not isinstance(at, datetime):
        return datetime.combine(at, time(0))
    return (at.astimezone(zoned) if at.tzinfo and zoned else at).replace(tzinfo=None)


def _turn(person: str, start: Any, length: timedelta, timezone: str) -> Turn:
    """A turn lasts by the wall as the event does, so that a week is a week when the clocks change."""
    if isinstance(start, datetime) and start.tzinfo is not None:
        name = getattr(start.tzinfo, "key", None)
        if name is None:
            return Turn(person=person, start=start.astimezone(UTC), end=start.astimezone(UTC) + length)
        timezone = name
    end = _naive(start, None) + length
    return Turn(person=person, start=_utc(start, timezone), end=instant(end.date(), end.time(), timezone))


def _utc(at: date | datetime, timezone: str) -> datetime:
    if isinstance(at, datetime) and at.tzinfo is not None:
        name = getattr(at.tzinfo, "key", None)
        return instant(at.date(), at.time(), name) if name else at.astimezone(UTC)
    local = _naive(at, None)
    return instant(local.date(), local.time(), timezone)


def _person(event: Event, named: str) -> str:
    """Whoever is invited, or else named in the title, by address or id."""
    invited = dict.fromkeys(str(one).lower().removeprefix("mailto:") for one in event.attendees)
    title = str(event.summary or "")
    found = list(invited) or [*dict.fromkeys((*_EMAIL.findall(title), *_USER.findall(title)))]
    if not found:
        raise CalendarError(f"{named} names nobody; invite the person, or write their address or id in its title")
    if len(found) > 1:
        raise CalendarError(f"{named} names {len(found)} people ({', '.join(found[:3])}); one has it at a time")
    return found[0]


def _called(event: Event) -> str:
    """The event as its reader finds it."""
    day = f" of {event.decoded('DTSTART'):%Y-%m-%d}" if "DTSTART" in event else ""
    return f'the event "{str(event.summary or "without a title")[:60]}"{day}'
