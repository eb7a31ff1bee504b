"""Rotations: who has it when. Turns by the calendar, what the file or people changed of them, and whoever left."""

import re
from bisect import bisect_right
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, model_validator

from bot.domain.calendar import ZoneName, instant, parse_wall, weekday, zone

_DAY = timedelta(days=1)
_INSTANT = timedelta(microseconds=1)
_HANDOFF = re.compile(r"\s*(?:(\w+)\s+)?(\S+)\s*")
_EVERY = re.compile(r"\s*([1-9]\d?)\s*([dw])\s*", re.ASCII)

Why = Literal["turn", "override", "swap", "cover", "passed over", "calendar", "nobody"]
"""Why somebody has it: their turn; the file says so; exchanged; taken over; they come after somebody who left; the
calendar's event says so; nobody has it (before it starts, or between two events)."""


@lru_cache(maxsize=256)
def parse_handoff(text: str) -> tuple[int | None, time]:
    """Weekday number (None: every day) and wall time of `mon 09:00` or `09:00`. Raises ValueError with one sentence."""
    found = _HANDOFF.fullmatch(text)
    if found is None or not (found[1] or ":" in found[2]):
        raise ValueError(f'"{text}" is not a handoff; write a weekday and a time, like "mon 09:00"')
    return weekday(found[1]) if found[1] else None, parse_wall(found[2])


@lru_cache(maxsize=256)
def parse_every(text: str) -> tuple[int, bool]:
    """Days from one handoff to the next, and whether they are written in weeks. Raises ValueError with one sentence."""
    found = _EVERY.fullmatch(text)
    if found is None:
        raise ValueError(f'"{text}" is not how long a turn lasts; write days or weeks, like 1d, 1w or 2w')
    weeks = found[2] == "w"
    return int(found[1]) * (7 if weeks else 1), weeks


def parse_local(text: str, timezone: str) -> datetime:
    """The instant of `2026-12-24 09:00`, or of `2026-12-24` as it begins, on the wall of a zone; one that does not
    exist is just after the gap, one that comes twice is the first. Raises ValueError with one sentence."""
    day, _, wall = text.strip().replace("T", " ").partition(" ")
    try:
        return instant(date.fromisoformat(day), parse_wall(wall.strip() or "00:00"), timezone)
    except (ValueError, OverflowError) as error:
        raise ValueError(f'"{text}" is no day and time; write it like "2026-12-24 09:00"') from error


def _known_handoff(text: str) -> str:
    parse_handoff(text)
    return text


def _known_every(text: str) -> str:
    parse_every(text)
    return text


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Override(_Value):
    """Hours that somebody has instead of whose turn it is. Of two for the same hours the later one holds."""

    person: str
    start: datetime
    end: datetime
    why: Why = "override"

    @model_validator(mode="after")
    def _lasts(self) -> Self:
        if self.end <= self.start:
            raise ValueError("it must end after it begins")
        return self


class Turn(_Value):
    """One event of a calendar that was read in."""

    person: str
    start: datetime
    end: datetime


_Named = TypeVar("_Named", Override, Turn)


class Shift(_Value):
    """Time in which one person has it without a break; None where nobody does."""

    start: datetime
    end: datetime
    person: str | None
    rotation: str
    why: Why = "turn"


class Handoff(_Value):
    """The instant at which one person has it no more and another does."""

    at: datetime
    rotation: str
    goes: str | None
    comes: str | None
    why: Why
    """Why whoever comes has it."""


class Rotation(_Value):
    """Who takes turns. The first member begins with the day `starts`; every later handoff passes it on by one."""

    name: str
    members: tuple[str, ...] = ()
    """User ids or e-mail addresses, in the order in which they take turns."""
    starts: date | None = None
    """The day on which the first member begins, like `2026-11-16`; needed with members."""
    handoff: Annotated[str, AfterValidator(_known_handoff)] = "mon 09:00"
    """When the next member takes over: a weekday and a time; only a time where a turn is written in days."""
    every: Annotated[str, AfterValidator(_known_every)] = "1w"
    """How long a turn lasts: `1w`, `2w`, or `1d`."""
    timezone: ZoneName = "UTC"
    """In which zone the handoff and the overrides are written; without one, the team's."""
    covers: tuple[str, ...] = ()
    """Of a specialists' rotation: categories of the protocol, or patterns of assets, that they know about."""
    overrides: tuple[Override, ...] = ()
    """Hours that somebody else has, as `{person, from, until}`; of several for the same hours the last counts."""
    group: str | None = None
    """The id of the Slack user group that is to hold whoever has it."""
    turns: tuple[Turn, ...] | None = None
    """Instead of members, a calendar file (.ics) beside this one: each event is the time of one person, who is invited
    to it or named in its title by address or id."""
    file: str = ""
    """Where that calendar is."""
    gone: frozenset[str] = frozenset()
    """Those whose account is deactivated: their turn goes to whoever is next."""

    @model_validator(mode="before")
    @classmethod
    def _by_the_day(cls, given: Any) -> Any:
        daily = isinstance(given, dict) and str(given.get("every", "")).strip().endswith("d")
        return {"handoff": "09:00", **given} if daily else given

    @model_validator(mode="after")
    def _can_be(self) -> Self:
        if self.turns is not None:
            if self.members:
                raise ValueError("a rotation has members or a calendar, not both")
            if any(later.start < turn.end for turn, later in pairwise(self.turns)):
                raise ValueError("the events of a calendar are in order, one at a time")
            return self
        if not self.members:
            raise ValueError("a rotation needs at least one member")
        if self.starts is None:
            raise ValueError("a rotation needs the day on which its first member begins, like starts: 2026-11-16")
        (_, weeks), (day, _) = parse_every(self.every), parse_handoff(self.handoff)
        if weeks and day is None:
            raise ValueError(f'"{self.handoff}" is not a handoff; write a weekday and a time, like "mon 09:00"')
        if not weeks and day is not None:
            raise ValueError(f'with every: {self.every} the handoff is a time only, like "{self.handoff.split()[-1]}"')
        return self

    @property
    def everyone(self) -> tuple[str, ...]:
        """All who may have it, each once: the members or the calendar's people, and those of the overrides."""
        theirs = self.members if self.turns is None else tuple(turn.person for turn in self.turns)
        return tuple(dict.fromkeys((*theirs, *(one.person for one in self.overrides))))

    def meaning(self, people: Mapping[str, str]) -> Self:
        """The same rotation with each of its people under another name: ids instead of addresses."""

        def meant(one: _Named) -> _Named:
            return one.model_copy(update={"person": people.get(one.person, one.person)})

        turns = None if self.turns is None else tuple(map(meant, self.turns))
        members = tuple(people.get(one, one) for one in self.members)
        overrides = tuple(map(meant, self.overrides))
        return self.model_copy(update={"members": members, "overrides": overrides, "turns": turns})

    def at(self, at: datetime) -> str | None:
        """The person who has it at an instant; None where nobody does."""
        for one in reversed(self.overrides):
            if one.start <= at < one.end and one.person not in self.gone:
                return one.person
        return self._turn_at(at).person

    def shift_at(self, at: datetime) -> Shift:
        """The shift around an instant, whole: from when its person has it until when, or the turn ends."""
        turn = self._turn_at(at)
        return next(one for one in self.shifts(turn.start, turn.end) if one.start <= at < one.end)

    def shifts(self, since: datetime, until: datetime) -> tuple[Shift, ...]:
        """Who has it from `since` to `until`, without gaps; the first and the last are cut there."""
        return shifts(self, self.overrides, since, until)

    def handoffs(self, since: datetime, until: datetime) -> tuple[Handoff, ...]:
        """Every time after `since`, up to and with `until`, at which somebody else has it."""
        told = self.shifts(since, until + _INSTANT)
        return tuple(
            Handoff(at=now.start, rotation=self.name, goes=before.person, comes=now.person, why=now.why)
            for before, now in pairwise(told)
            if before.person != now.person
        )

    def next_handoff(self, at: datetime) -> datetime | None:
        """When somebody else has it next; where it stays with one person, when their turn ends. None when no calendar
        says any more."""
        ends = self._turn_at(at).end
        ahead = ends
        for _ in range(len(self.everyone) + 2):
            found = self.handoffs(at, ahead) if ahead < _NEVER else ()
            if found or ahead >= _NEVER:
                return found[0].at if found else None
            ahead = self._turn_at(ahead).end
        found = self.handoffs(at, max((one.end for one in self.overrides), default=at))
        return found[0].at if found else ends

    # by the calendar, before anything is changed

    def _turn_at(self, at: datetime) -> Shift:
        if self.turns is not None:
            return self._read_at(self.turns, at)
        begins = self._handoff(0)
        if at < begins:
            return Shift(start=_EVER, end=begins, person=None, rotation=self.name, why="nobody")
        return self._nth(self._count(at))

    def _count(self, at: datetime) -> int:
        """How many handoffs there were."""
        local = at.astimezone(zone(self.timezone)).date()
        near = max((local - self._first_day()).days // parse_every(self.every)[0] + 1, 0)
        return near if self._handoff(near) <= at else near - 1

    def _nth(self, nth: int) -> Shift:
        person, passed = self._after(self.members, nth % len(self.members))
        why: Why = "nobody" if person is None else "passed over" if passed else "turn"
        start, end = self._handoff(nth), self._handoff(nth + 1)
        return Shift(start=start, end=end, person=person, rotation=self.name, why=why)

    def _after(self, people: Sequence[str], first: int) -> tuple[str | None, bool]:
        """Whose turn it is in place of somebody who left, and whether it is another's."""
        around = (*people[first:], *people[:first])
        person = next((one for one in around if one not in self.gone), None)
        return person, person != people[first]

    def _handoff(self, nth: int) -> datetime:
        """When the turn after so many handoffs begins."""
        if self.starts is None:
            raise ValueError("a rotation without members has no handoffs")
        if nth <= 0:
            return instant(self.starts, time(0), self.timezone)
        _, wall = parse_handoff(self.handoff)
        length = timedelta(days=parse_every(self.every)[0])
        return instant(self._first_day() + (nth - 1) * length, wall, self.timezone)

    def _first_day(self) -> date:
        """The day of the first handoff: the first turn lasts no longer than any other, and at least to the next day."""
        (length, weeks), (day, _) = parse_every(self.every), parse_handoff(self.handoff)
        starts = self.starts or date.min
        if not weeks or day is None:
            return starts + timedelta(days=length)
        return starts + timedelta(days=(day - starts.weekday() - 1) % 7 + 1 + length - 7)

    def _read_at(self, turns: tuple[Turn, ...], at: datetime) -> Shift:
        """What the calendar says of an instant: an event, or the time between two."""
        nth = bisect_right(turns, at, key=lambda turn: turn.start)
        start = turns[nth - 1].end if nth else _EVER
        if start <= at:
            end = turns[nth].start if nth < len(turns) else _NEVER
            return Shift(start=start, end=end, person=None, rotation=self.name, why="nobody")
        turn = turns[nth - 1]
        person = next((one.person for one in turns[nth - 1 :] if one.person not in self.gone), None)
        why: Why = "nobody" if person is None else "calendar" if person == turn.person else "passed over"
        return Shift(start=turn.start, end=turn.end, person=person, rotation=self.name, why=why)

    def by_the_calendar(self, since: datetime, until: datetime) -> Iterator[Shift]:
        """Turns from `since` to `until`, cut there, as if nobody had changed any."""
        at = since
        while at < until:
            turn = self._turn_at(at)
            yield turn.model_copy(update={"start": at, "end": min(turn.end, until)})
            at = turn.end


def disjoint(turns: Iterable[Turn]) -> tuple[Turn, ...]:
    """The same time, one turn at a time and in order: where several are at once, the later begun holds, of those begun
    together the later named."""
    begun = sorted(enumerate(turns), key=lambda pair: (pair[1].start, pair[0]))
    edges = sorted({at for _, turn in begun for at in (turn.start, turn.end)})
    kept: list[Turn] = []
    on: list[Turn] = []
    upcoming = deque(turn for _, turn in begun)
    for start, end in pairwise(edges):
        while upcoming and upcoming[0].start <= start:
            on.append(upcoming.popleft())
        while on and on[-1].end <= start:
            on.pop()
        if on and kept and kept[-1].end == start and (kept[-1].person == on[-1].person):
            kept[-1] = kept[-1].model_copy(update={"end": end})
        elif on:
            kept.append(on[-1].model_copy(update={"start": start, "end": end}))
    return tuple(kept)


_EVER = datetime.fromisoformat("0001-01-02T00:00:00+00:00")
_NEVER = datetime.fromisoformat("9999-12-30T00:00:00+00:00")


def shifts(rotation: Rotation, overrides: Iterable[Override], since: datetime, until: datetime) -> tuple[Shift, ...]:
    """Who has it from `since` to `until`, without gaps, with these overrides laid over the turns, the later ones on
    top."""
    told: Iterable[Shift] = rotation.by_the_calendar(since, until)
    for one in overrides:
        start, end = max(one.start, since), min(one.end, until)
        if start < end and one.person not in rotation.gone:
            new = Shift(start=start, end=end, person=one.person, rotation=rotation.name, why=one.why)
            told = _laid(told, new)
    return tuple(told)


def _laid(told: Iterable[Shift], new: Shift) -> list[Shift]:
    """The shifts with another laid over them."""
    kept: list[Shift] = []
    for one in told:
        if one.start < min(one.end, new.start):
            kept.append(one.model_copy(update={"end": min(one.end, new.start)}))
        if one.start <= new.start < one.end:
            kept.append(new)
        if max(one.start, new.end) < one.end:
            kept.append(one.model_copy(update={"start": max(one.start, new.end)}))
    return kept


def month_of(
    rotations: Mapping[str, Rotation], which: str, timezone: str, now: datetime
) -> tuple[datetime, dict[str, tuple[Shift, ...]]]:
    """When a month begins (`2026-12`; without one, the month it is), and each rotation's shifts in it."""
    today = now.astimezone(zone(timezone)).date()
    first = date.fromisoformat(f"{which}-01") if which else today.replace(day=1)
    last = date(first.year + first.month // 12, first.month % 12 + 1, 1)
    start, end = instant(first, time(0), timezone), instant(last, time(0), timezone)
    return start, {name: _joined(one.shifts(start, end)) for name, one in rotations.items()}


def _joined(told: Iterable[Shift]) -> tuple[Shift, ...]:
    """Shifts of one person that follow each other for the same reason, as one."""
    kept: list[Shift] = []
    for one in told:
        if kept and (kept[-1].person, kept[-1].why) == (one.person, one.why):
            kept[-1] = kept[-1].model_copy(update={"end": one.end})
        else:
            kept.append(one)
    return tuple(kept)
