"""Times as a story writes them: ``+4m`` from the start, ``03:15``, ``tomorrow 09:00``, ``wed 09:00``,
``2026-11-18 09:00``; and lengths of time, ``1h30m``."""

from __future__ import annotations

import datetime as dt
import re
import zoneinfo

LENGTH = re.compile(r"(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?", re.ASCII)
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MOMENT = re.compile(
    rf"(?:(?P<day>tomorrow|{'|'.join(WEEKDAYS)}|\d{{4}}-\d{{2}}-\d{{2}}) )?(?P<wall>([01]?\d|2[0-3]):[0-5]\d)", re.ASCII
)
WEEK = 7
DAY = dt.timedelta(days=1)


class StoryClock:
    """Business time of the workspace: stands still until the player moves it."""

    def __init__(self, start: dt.datetime) -> None:
        self.now = start

    def __call__(self) -> float:
        return self.now.timestamp()


def length(text: str) -> dt.timedelta:
    """``1h30m``, ``35m``, ``90s``. Raises ValueError."""
    found = LENGTH.fullmatch(text.strip())
    if not text.strip() or found is None:
        raise ValueError(f'"{text}" is no length of time; write it like 90s, 35m, 2h or 1h30m')
    days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return dt.timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)


def check(text: str) -> str:
    """The text, if it is a time. Raises ValueError."""
    if text.startswith("+"):
        length(text[1:])
    else:
        _parts(text)
    return text


def moment(text: str, start: dt.datetime, now: dt.datetime, zone: str) -> dt.datetime:
    """``+4m`` counts from ``start``; a date is that day; everything else is the next time, from ``now`` on, that the
    calendar and the clock on a wall in ``zone`` say so. Raises ValueError."""
    if text.startswith("+"):
        return start + length(text[1:])
    day, wall = _parts(text)
    there = zoneinfo.ZoneInfo(zone)
    today = now.astimezone(there).date()
    at = dt.datetime.combine(_date(day, today), wall, there)
    if at < now and (day is None or day in WEEKDAYS):
        at = dt.datetime.combine(at.date() + (DAY if day is None else DAY * WEEK), wall, there)
    return at.astimezone(dt.UTC)


def entered(text: str, start: dt.datetime, now: dt.datetime, zone: str) -> dt.datetime:
    """A time that a person types into a form: a bare ``02:30`` is the last one, ``next 02:30`` the one to come."""
    if text.startswith("next "):
        return moment(text.removeprefix("next "), start, now, zone)
    at = moment(text, start, now, zone)
    bare = not text.startswith("+") and _parts(text)[0] is None
    return moment(text, start, now - DAY, zone) if bare and at > now else at


def _parts(text: str) -> tuple[str | None, dt.time]:
    found = MOMENT.fullmatch(text.strip())
    if found is None:
        raise ValueError(f'"{text}" is no time; write +4m, 03:15, tomorrow 09:00, wed 09:00 or 2026-11-18 09:00')
    hour, _, minute = found["wall"].partition(":")
    return found["day"], dt.time(int(hour), int(minute))


def _date(day: str | None, today: dt.date) -> dt.date:
    if day is None:
        return today
    if day == "tomorrow":
        return today + DAY
    if day in WEEKDAYS:
        return today + DAY * ((WEEKDAYS.index(day) - today.weekday()) % WEEK)
    return dt.date.fromisoformat(day)
