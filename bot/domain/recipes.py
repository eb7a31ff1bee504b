"""Backfill recipes: a command with what is known filled in, so that nobody adapts it by heart at night."""

from __future__ import annotations

import re
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.domain import assets
from bot.domain.incident import Incident

_BLANK = re.compile(r"\{(tables?|from|to|from_time|to_time)\}")
_PLAIN = re.compile(r"[A-Za-z0-9_][\w.\-]*", re.ASCII)
"""What may stand in a command as it was typed: a name, and nothing that means something to a shell or to SQL."""


def filled(text: str, incident: Incident, zone: str) -> str:
    """The command with the things affected (`{table}`, `{tables}`) and the window in which the data is wrong
    (`{from}`, `{to}`: days in `zone`; `{from_time}`, `{to_time}`: UTC) filled in. What is not known, or would be more
    than a name, stays as it is written."""
    return _BLANK.sub(lambda blank: _known(blank[1], incident, zone) or blank[0], text)


def blanks(text: str) -> tuple[str, ...]:
    """What is left to be filled in, each once."""
    return tuple(dict.fromkeys(found[0] for found in _BLANK.finditer(text)))


def _known(blank: str, incident: Incident, zone: str) -> str | None:
    named = [one for one in assets.things(incident.affected) if _PLAIN.fullmatch(one)]
    since = incident.data_since or incident.started_at
    match blank:
        case "table":
            return next(iter(named), None)
        case "tables":
            return " ".join(named) or None
        case "from" | "from_time":
            return _time(since, blank, zone)
        case _:
            return _time(incident.data_until, blank, zone)


def _time(at: datetime | None, blank: str, zone: str) -> str | None:
    if at is None:
        return None
    local = at.astimezone(ZoneInfo(zone))
    return f"{local:%Y-%m-%d}" if not blank.endswith("_time") else f"{at.astimezone(ZoneInfo('UTC')):%Y-%m-%dT%H:%MZ}"
