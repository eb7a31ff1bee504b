"""``<!date^…>`` tokens as a reader's device shows them (messaging/formatting-message-text#date-formatting)."""

from __future__ import annotations

import datetime as dt
import re
import zoneinfo

TOKEN = re.compile(r"\{(\w+)\}")


def show(body: str, fallback: str, tz: str, now: float) -> str:
    """``body`` is ``date^UNIX^format`` (a link may follow); an unknown token or broken number shows the fallback."""
    _, _, rest = body.partition("^")
    stamp, _, pattern = rest.partition("^")
    pattern = pattern.partition("^")[0]
    try:
        zone = zoneinfo.ZoneInfo(tz)
        moment, today = dt.datetime.fromtimestamp(int(stamp), zone), dt.datetime.fromtimestamp(now, zone)
        return TOKEN.sub(lambda token: _part(token[1], moment, today), pattern)
    except (ValueError, KeyError):
        return fallback


def _part(token: str, moment: dt.datetime, today: dt.datetime) -> str:
    match token:
        case "date_num":
            return f"{moment:%Y-%m-%d}"
        case "date":
            return f"{moment:%B} {_ordinal(moment.day)}, {moment:%Y}"
        case "date_short":
            return f"{moment:%b} {moment.day}, {moment:%Y}"
        case "date_long":
            return f"{moment:%A, %B} {_ordinal(moment.day)}, {moment:%Y}"
        case "date_pretty" | "date_short_pretty" | "date_long_pretty":
            return _near(moment, today) or _part(token.removesuffix("_pretty"), moment, today)
        case "time":
            return f"{moment:%H:%M}"
        case "time_secs":
            return f"{moment:%H:%M:%S}"
        case "ago":
            return _ago((today - moment).total_seconds())
        case _:
            raise KeyError(token)


def _ordinal(day: int) -> str:
    if 11 <= day <= 13:
        return f"{day}th"
    return str(day) + {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")


def _near(moment: dt.datetime, today: dt.datetime) -> str | None:
    days = (moment.date() - today.date()).days
    return {-1: "yesterday", 0: "today", 1: "tomorrow"}.get(days)


def _ago(seconds: float) -> str:
    for size, unit in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        count = int(abs(seconds) // size)
        if count:
            plural = "s" if count > 1 else ""
            return f"{count} {unit}{plural} ago" if seconds > 0 else f"in {count} {unit}{plural}"
    return "just now"
