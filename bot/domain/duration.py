"""Lengths of time as people write and read them: `90s`, `15m`, `2h`, `1d`, `1h30m`, `none`."""

import re
from datetime import timedelta
from typing import Annotated

from pydantic import BeforeValidator, PlainSerializer

LONGEST = timedelta(days=366)
"""No promise is longer than a year; more is a slip of the pen."""

_WRITTEN = re.compile(r"(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?", re.ASCII)
_MINUTE = timedelta(minutes=1)
_DAYS_FROM = timedelta(days=3)


def parse(text: str) -> timedelta | None:
    """Read a written length of time; `none` is None, `0s` is no time at all.

    Raises ValueError with one sentence when the text is no such length, or is longer than 366 days.
    """
    written = text.strip().lower().replace(" ", "")
    if written == "none":
        return None
    found = _WRITTEN.fullmatch(written)
    if not written or found is None:
        raise ValueError(f'"{_shortened(text)}" is not a length of time; write it like 90s, 15m, 2h, 1d, 1h30m or none')
    days, hours, minutes, seconds = (int((part or "0")[:12]) for part in found.groups())
    try:
        length = timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
    except OverflowError:
        length = timedelta.max
    if length > LONGEST:
        raise ValueError(f'"{_shortened(text)}" is longer than 366 days')
    return length


def short(length: timedelta | None) -> str:
    """Write a length the way protocol files do; `parse` reads it back. Whole days only from three on: 48h, 3d."""
    if length is None:
        return "none"
    if length >= _DAYS_FROM and length % timedelta(days=1) == timedelta(0):
        return f"{length.days}d"
    minutes, seconds = divmod(int(length.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    parts = [f"{amount}{unit}" for amount, unit in ((hours, "h"), (minutes, "m"), (seconds, "s")) if amount]
    return "".join(parts) or "0s"


def spoken(length: timedelta) -> str:
    """Say a length in its two largest units: `2 h 15 min`, `3 days`; never seconds. The sign is the caller's matter."""
    length = abs(length)
    if length < _MINUTE:
        return "less than a minute"
    minutes = length // _MINUTE
    days, hours, minutes = minutes // 1440, minutes // 60 % 24, minutes % 60
    day_word = f"{days} day" if days == 1 else f"{days} days"
    largest_first = [(days, day_word), (hours, f"{hours} h"), (minutes, f"{minutes} min")]
    start = next(index for index, (amount, _) in enumerate(largest_first) if amount)
    return " ".join(words for amount, words in largest_first[start : start + 2] if amount)


def _shortened(text: str) -> str:
    return text if len(text) <= 40 else text[:39] + "…"


def _read(value: object) -> timedelta | None:
    if value is None or isinstance(value, timedelta):
        return value
    if isinstance(value, str):
        return parse(value)
    raise ValueError("a length of time is written like 90s, 15m, 2h, 1d, 1h30m or none")


def _read_some(value: object) -> timedelta:
    length = _read(value)
    if length is None:
        raise ValueError("none is not possible here; 0s is the least")
    return length


Duration = Annotated[timedelta, BeforeValidator(_read_some), PlainSerializer(short, when_used="json")]
"""A length of elapsed time, stored as text such as `30m`, so that a digest over it never depends on a library."""

OptionalDuration = Annotated[timedelta | None, BeforeValidator(_read), PlainSerializer(short, when_used="json")]
"""Like Duration; None is written `none` and means that the promise is not made."""
