"""Working hours and wall clocks. Every instant that enters or leaves is an aware UTC datetime."""

import re
from bisect import bisect_left
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import count, takewhile
from typing import Annotated, Self
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, PlainSerializer, model_validator

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY = timedelta(days=1)
_MIDNIGHT = time(0)
_WALL = re.compile(r"([01]\d|2[0-4]):([0-5]\d)", re.ASCII)


def weekday(word: str) -> int:
    """The number of a weekday (0 is Monday) from `mon` or `Monday`. Raises ValueError with one sentence."""
    short = word.strip().lower()[:3]
    if short not in WEEKDAYS or not word.strip().isalpha():
        raise ValueError(f'"{word}" is not a weekday; write mon, tue, wed, thu, fri, sat or sun')
    return WEEKDAYS.index(short)


def parse_days(value: object) -> tuple[int, ...]:
    """Weekday numbers from `mon-fri`, `mon,wed`, a list of either, or numbers. Raises ValueError with one sentence."""
    parts = value.split(",") if isinstance(value, str) else value
    if not isinstance(parts, (list, tuple, set, frozenset)) or not parts:
        raise ValueError("working days are written like mon-fri or [mon, wed, fri]")
    return tuple(sorted({day for part in parts for day in _span(part)}))


def _span(part: object) -> tuple[int, ...]:
    if isinstance(part, int) and 0 <= part <= 6:
        return (part,)
    first, _, last = str(part).partition("-")
    start, end = weekday(first), weekday(last or first)
    return tuple((start + step) % 7 for step in range((end - start) % 7 + 1))


def parse_wall(value: object) -> time:
    """A time on the wall clock from `09:00`; `24:00` is midnight. Raises ValueError with one sentence."""
    if isinstance(value, time):
        return value
    found = _WALL.fullmatch(value.strip()) if isinstance(value, str) else None
    if found is None or (found[1] == "24" and found[2] != "00"):
        raise ValueError(f'{value!s:.40} is not a time of day; write it like "09:00"')
    return time(int(found[1]) % 24, int(found[2]))


@lru_cache(maxsize=64)
def zone(name: str) -> ZoneInfo:
    """The time zone of an IANA name. Raises ValueError with one sentence when there is none."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise ValueError(f'"{name}" is not a time zone; write an IANA name such as Europe/Amsterdam') from error


def _known_zone(name: str) -> str:
    zone(name)
    return name


def instant(day: date, wall: time, timezone: str) -> datetime:
    """The UTC instant of a local wall time: one that does not exist is just after the gap, one that comes twice is
    the first."""
    local = datetime.combine(day, wall, zone(timezone))
    first, second = (local.replace(fold=fold).astimezone(UTC) for fold in (0, 1))
    return first if first <= second else _end_of_gap(second, first, zone(timezone))


def _end_of_gap(earlier: datetime, later: datetime, where: ZoneInfo) -> datetime:
    """The first second after the clocks jumped forward between the two instants."""

    def offset(second: int) -> timedelta:
        return datetime.fromtimestamp(second, where).utcoffset() or timedelta(0)

    seconds = range(int(earlier.timestamp()), int(later.timestamp()) + 1)
    return datetime.fromtimestamp(seconds[bisect_left(seconds, offset(seconds[-1]), key=offset)], UTC)


ZoneName = Annotated[str, AfterValidator(_known_zone)]
WallTime = Annotated[time, BeforeValidator(parse_wall), PlainSerializer(lambda wall: f"{wall:%H:%M}", when_used="json")]


class Calendar(BaseModel):
    """When a team works: the same hours on some days of every week, in one time zone. `closes` 00:00 is midnight."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    timezone: ZoneName = "UTC"
    """The IANA name of the time zone of working hours, handoffs and whatever has a time of day."""
    days: Annotated[tuple[int, ...], BeforeValidator(parse_days)] = (0, 1, 2, 3, 4)
    """Working days: `mon-fri`, `mon,wed` or `[mon, wed, fri]`."""
    opens: WallTime = time(9)
    """When work begins, like `"09:00"`, in quotes."""
    closes: WallTime = time(18)
    """When work ends, like `"18:00"`, in quotes; `"24:00"` is midnight."""

    @model_validator(mode="after")
    def _opens_before_it_closes(self) -> Self:
        if self.closes != _MIDNIGHT and self.opens >= self.closes:
            raise ValueError("working hours must end after they begin, on the same day")
        return self

    def local(self, at: datetime) -> datetime:
        """The instant on the team's own clock."""
        return _aware(at).astimezone(zone(self.timezone))

    def next_opening(self, at: datetime) -> datetime:
        """The instant itself while the team works, else the next instant at which it starts; the closing instant is
        outside."""
        yesterday = self.local(at).date() - _DAY
        return next(max(opening, at.astimezone(UTC)) for opening, closing in self._hours(yesterday) if at < closing)

    def next_working_day(self, at: datetime, wall: time) -> datetime:
        """This wall time on the first working day after the instant's local date."""
        return instant(self._working_day(self.local(at).date(), _DAY), wall, self.timezone)

    def morning_before(self, at: datetime) -> datetime:
        """The opening on the last working day before the instant's local date: "the working morning before"."""
        return instant(self._working_day(self.local(at).date(), -_DAY), self.opens, self.timezone)

    def end_of(self, day: date) -> datetime:
        """When work ends on a day, a working day or not."""
        return instant(day + _DAY if self.closes == _MIDNIGHT else day, self.closes, self.timezone)

    def beginning_of(self, day: date) -> datetime:
        """When work begins on a day, a working day or not."""
        return instant(day, self.opens, self.timezone)

    def closing_before(self, at: datetime) -> datetime:
        """When work last ended before the instant, or at it."""
        hours = takewhile(lambda pair: pair[0] < at, self._hours(self.local(at).date() - 9 * _DAY))
        return max(closing for _, closing in hours if closing <= at)

    def _working_day(self, day: date, step: timedelta) -> date:
        return next(day + step * steps for steps in count(1) if (day + step * steps).weekday() in self.days)

    def _hours(self, first: date) -> Iterator[tuple[datetime, datetime]]:
        """Working hours as pairs of instants, from a local date on."""
        for day in (first + _DAY * days for days in count()):
            closing_day = day + _DAY if self.closes == _MIDNIGHT else day
            opening, closing = instant(day, self.opens, self.timezone), instant(closing_day, self.closes, self.timezone)
            # Hours that fall into a gap of the clock have no length; the team does not work then.
            if day.weekday() in self.days and opening < closing:
                yield opening, closing


def _aware(at: datetime) -> datetime:
    if at.tzinfo is None:
        raise ValueError("an instant needs its time zone")
    return at
