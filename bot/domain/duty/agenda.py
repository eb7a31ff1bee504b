"""The agenda: what happens at an hour and belongs to no single incident.

Which hours these are follows from the protocols, the rotations and the working hours alone. Times are those of the
local wall: one that does not exist is just after the gap, one that comes twice is the first. What was missed while
nobody ran Sitrep is made up for once and says that it is late, as long as it is of use (`until`); then it is not said
at all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from bot.domain.calendar import Calendar, instant
from bot.domain.duty.oncall import SECONDARY, Handoff, Rotation, Shift
from bot.domain.protocol import HOUSE, Protocol
from bot.domain.protocol.parts import Sourced

LOOK_BACK = timedelta(days=28)
"""Nothing that was missed is of use for longer than this."""

LATE = timedelta(minutes=15)
"""What is said later than this says so."""

AFTERWARDS = timedelta(hours=1)
"""House rule: how long after a handoff whoever went is asked how it was, in working hours."""

ASKED_AGAIN = timedelta(days=7)
"""House rule: when a review that nobody has confirmed is asked for once more."""

SHOWN = 12
"""Incidents in one list of a message; the others are a command away."""

_DAY = timedelta(days=1)
_INSTANT = timedelta(microseconds=1)
_BEGINS = {"month": range(1, 13), "quarter": (1, 4, 7, 10), "year": (1,)}


@dataclass(frozen=True)
class Item:
    """One thing that happens at its hour (`at`), once: `key` and hour name it. `until`: how long it is of use."""

    key: str
    at: datetime
    clause: str
    until: datetime


@dataclass(frozen=True)
class Standup(Item):
    """The team meets: what was declared since the last time and announced nowhere else is told."""

    protocol: Protocol


@dataclass(frozen=True)
class Handover(Item):
    """Somebody else is about to be on call: they read what they will have, and whoever goes reads who comes."""

    handoff: Handoff


@dataclass(frozen=True)
class Passing(Item):
    """Somebody else is on call from now on. `quiet`: for some hours only, or back after some hours, which is between
    the two of them."""

    handoff: Handoff
    quiet: bool


@dataclass(frozen=True)
class HowItWas(Item):
    """Whoever went is asked how their turn was, which began at `since`: not who covered for the end of it."""

    handoff: Handoff
    since: datetime


@dataclass(frozen=True)
class Month(Item):
    """The schedule of the month from one instant to the other is posted."""

    begins: datetime
    ends: datetime


@dataclass(frozen=True)
class Review(Item):
    """The protocol is to be looked at again, with what happened from `since` to `begins`; `again` where nobody has
    said that they did."""

    protocol: Protocol
    since: datetime
    begins: datetime
    again: bool


def agenda(
    protocols: Sequence[Protocol],
    rotations: Mapping[str, Rotation],
    calendar: Calendar,
    since: datetime,
    until: datetime,
) -> tuple[Item, ...]:
    """What happens after `since`, up to and with `until`, in order. The first protocol is the team's: what it says of
    being on call holds for the rotations."""
    if since >= until:
        return ()
    found: list[Item] = []
    for protocol in protocols:
        found += _standups(protocol, calendar, since, until)
        found += _reviews(protocol, calendar, since, until)
    for rotation in rotations.values() if protocols else ():
        found += _passings(rotation, protocols[0], since, until)
        if rotation.name != SECONDARY:  # a backup who goes keeps what they took
            found += _handovers(rotation, protocols[0], since, until)
            found += _feedback(rotation, protocols[0], calendar, since, until)
    if protocols and rotations:
        found += _months(protocols[0], calendar, since, until)
    return tuple(sorted((item for item in found if since < item.at <= until), key=lambda item: (item.at, item.key)))


def coming(
    protocols: Sequence[Protocol], rotations: Mapping[str, Rotation], calendar: Calendar, now: datetime
) -> datetime | None:
    """When the next of these is; None where there is none within the next month."""
    for ahead in (_DAY, 7 * _DAY, 35 * _DAY):
        found = agenda(protocols, rotations, calendar, now, now + ahead)
        if found:
            return found[0].at
    return None


def handover_clause(protocol: Protocol) -> str:
    """By which clause a handover is told ahead."""
    return _clause(protocol.duty, "handover", "handover")


def _clause(part: Sourced, key: str, what: str) -> str:
    """Where it is written; a house rule where the protocol is silent."""
    found = part.clause(key)
    return found if found and found != HOUSE else f"house rule ({what})"


def digests(protocol: Protocol) -> bool:
    """Whether anything of this protocol is announced in the digest only."""
    said = [*(one.announce for one in protocol.severities), *(one.announce for one in protocol.environments)]
    return "digest" in said


def _standups(protocol: Protocol, calendar: Calendar, since: datetime, until: datetime) -> Iterator[Item]:
    """Of use until the team goes home: the next morning tells it all."""
    meets = protocol.standup
    if not digests(protocol) or not meets.days:
        return
    for day in _days(calendar, since, until):
        if day.weekday() in meets.days:
            at = instant(day, meets.at, calendar.timezone)
            closes = instant(day, calendar.closes, calendar.timezone)
            yield Standup(
                f"standup:{protocol.name}",
                at,
                _clause(meets, "at", "stand-up"),
                closes if closes > at else at + timedelta(hours=8),
                protocol,
            )


def _handovers(rotation: Rotation, protocol: Protocol, since: datetime, until: datetime) -> Iterator[Item]:
    """Of use until the handoff itself, which asks again."""
    ahead = protocol.duty.handover
    if ahead is None:
        return
    clause = handover_clause(protocol)
    for handoff in rotation.handoffs(since + ahead, until + ahead):
        if not _quiet(rotation, handoff) and handoff.comes:
            yield Handover(f"handover:{rotation.name}", handoff.at - ahead, clause, handoff.at, handoff)


def _passings(rotation: Rotation, protocol: Protocol, since: datetime, until: datetime) -> Iterator[Item]:
    """Of use until the next one."""
    found = rotation.handoffs(since, until)
    for n, handoff in enumerate(found, start=1):
        end = found[n].at if n < len(found) else until + LOOK_BACK
        quiet = _quiet(rotation, handoff)
        yield Passing(f"handoff:{rotation.name}", handoff.at, handover_clause(protocol), end, handoff, quiet)


def _feedback(
    rotation: Rotation, protocol: Protocol, calendar: Calendar, since: datetime, until: datetime
) -> Iterator[Item]:
    """Of use for three days: later nobody remembers."""
    if not protocol.duty.review:
        return
    clause = _clause(protocol.duty, "review", "feedback")
    for handoff in rotation.handoffs(since - 5 * _DAY, until):
        theirs = _before(rotation, handoff.at)[-1]
        if theirs.person and not _quiet(rotation, handoff):
            at = calendar.next_opening(handoff.at + AFTERWARDS)
            went = handoff.model_copy(update={"goes": theirs.person})
            yield HowItWas(f"feedback:{rotation.name}", at, clause, at + 3 * _DAY, went, theirs.start)


def leavers(rotation: Rotation, handoff: Handoff) -> tuple[str, ...]:
    """Who has it no more from a handoff on: first the one whose time it was, then whoever covered for the end of it."""
    went = (shift.person for shift in reversed(_before(rotation, handoff.at)))
    return tuple(dict.fromkeys(one for one in went if one and one != handoff.comes))


def _quiet(rotation: Rotation, handoff: Handoff) -> bool:
    """Whether whoever comes only covers for some hours, or comes back after somebody did: they have spoken with each
    other. Who covers until a turn ends is followed by somebody who has heard nothing; who covers until their own turn
    begins does not go again."""
    comes = rotation.shift_at(handoff.at)
    while comes.why == "cover" and comes.person == handoff.comes:
        comes = rotation.shift_at(comes.end)
    return comes.person != handoff.comes or _before(rotation, handoff.at)[-1].person == handoff.comes


def _before(rotation: Rotation, at: datetime) -> list[Shift]:
    """Back from an instant: the shifts of those who covered, and before them the one that was nobody's cover."""
    found = [rotation.shift_at(at - _INSTANT)]
    while found[-1].why == "cover":
        found.append(rotation.shift_at(found[-1].start - _INSTANT))
    return found


def _months(protocol: Protocol, calendar: Calendar, since: datetime, until: datetime) -> Iterator[Item]:
    """On the last working day of the month before, as work begins; of use for a week."""
    if protocol.duty.published != "month":
        return
    for day in _days(calendar, since, until):
        following = next(day + _DAY * n for n in range(1, 8) if (day + _DAY * n).weekday() in calendar.days)
        if day.weekday() in calendar.days and following.month != day.month:
            at = instant(day, calendar.opens, calendar.timezone)
            clause = _clause(protocol.duty, "published", "schedule")
            begins, ends = (_midnight(_months_before(day, -n), calendar) for n in (1, 2))
            yield Month("month", at, clause, at + 7 * _DAY, begins, ends)


def _reviews(protocol: Protocol, calendar: Calendar, since: datetime, until: datetime) -> Iterator[Item]:
    """On the first working day of its period, as work begins, and once more a week later."""
    months = _BEGINS.get(protocol.review.every)
    if months is None:
        return
    clause = _clause(protocol.review, "every", "review")
    for day in _days(calendar, since - ASKED_AGAIN - 7 * _DAY, until):
        if day.day == 1 and day.month in months:
            begins, length = _midnight(day, calendar), 12 // len(months)
            before = _midnight(_months_before(day, length), calendar)
            first = calendar.next_opening(begins)
            again = calendar.next_opening(first + ASKED_AGAIN)
            key = f"review:{protocol.name}"
            yield Review(key, first, clause, again - _INSTANT, protocol, before, begins, False)
            yield Review(key, again, clause, again + 14 * _DAY, protocol, before, begins, True)


def _months_before(day: date, months: int) -> date:
    count = day.year * 12 + day.month - 1 - months
    return date(count // 12, count % 12 + 1, 1)


def _midnight(day: date, calendar: Calendar) -> datetime:
    return instant(day, datetime.min.time(), calendar.timezone)


def _days(calendar: Calendar, since: datetime, until: datetime) -> Iterator[date]:
    """Every local date on which something between the two may be."""
    day, last = calendar.local(since.astimezone(UTC)).date(), calendar.local(until).date()
    while day <= last:
        yield day
        day += _DAY
