"""Shifts that people exchange, or take over for a while: what is possible, and what of it holds.

An on-call day begins at the handoff's time of day and lasts until that time on the next, so that a night belongs to the
evening before it. A day is exchanged for the other's next day of the same weekday, or for their next one where they
have none; a whole shift for their next whole shift.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Literal

from pydantic import BaseModel, ConfigDict

from bot.domain import request as r
from bot.domain.calendar import instant, zone
from bot.domain.duration import spoken
from bot.domain.duty.oncall import PRIMARY
from bot.domain.duty.rotation import Override, Rotation, parse_handoff
from bot.domain.errors import BadInput, NotNow, NotYours
from bot.domain.people import COVER_LEAST, COVER_MOST

AHEAD = timedelta(days=182)
"""House rule: nobody plans a swap more than half a year ahead."""

_DAY = timedelta(days=1)
_Rotations = Mapping[str, Rotation]


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Given(_Value):
    """Hours that pass from one person to another."""

    start: datetime
    end: datetime
    giver: str | None
    taker: str


class Reply(_Value):
    """What became of a change, and who said so."""

    answer: Literal["accepted", "declined", "withdrawn"]
    by: str
    at: datetime


class Change(_Value):
    """Hours that somebody asked to exchange (`swap`) or took over (`cover`). `by` asked, `other` is asked or told."""

    id: int = 0
    kind: Literal["swap", "cover"]
    rotation: str
    by: str
    other: str | None
    hours: tuple[Given, ...]
    at: datetime
    replies: tuple[Reply, ...] = ()

    def reply(self, answer: str) -> Reply | None:
        return next((one for one in self.replies if one.answer == answer), None)

    @property
    def begins(self) -> datetime:
        return min(one.start for one in self.hours)

    @property
    def ends(self) -> datetime:
        return max(one.end for one in self.hours)

    @property
    def holds(self) -> bool:
        """Whether it changes who has it: agreed or taken over, and not taken back."""
        return (self.kind == "cover" or self.reply("accepted") is not None) and self.reply("withdrawn") is None

    def waits(self, now: datetime) -> bool:
        """Whether it can still be agreed to."""
        return self.kind == "swap" and not self.replies and now < self.begins

    def touches(self, start: datetime, end: datetime) -> bool:
        return any(one.start < end and start < one.end for one in self.hours)

    @property
    def people(self) -> tuple[str, ...]:
        """Everybody whom it concerns, each once."""
        named = (self.by, self.other, *(p for one in self.hours for p in (one.giver, one.taker)))
        return tuple(dict.fromkeys(person for person in named if person))


def in_force(rotations: _Rotations, changes: Sequence[Change], gone: frozenset[str]) -> dict[str, Rotation]:
    """The rotations as they stand: with what people changed of them, and without those who left."""
    return {
        name: one.model_copy(update={"overrides": (*one.overrides, *overrides(changes, name)), "gone": one.gone | gone})
        for name, one in rotations.items()
    }


def overrides(changes: Iterable[Change], rotation: str) -> tuple[Override, ...]:
    """What these changes come to in a rotation, in the order in which they came to hold. A cover that was taken back
    held until then."""
    found: list[tuple[datetime, int, Override]] = []
    for change in changes:
        accepted, back = change.reply("accepted"), change.reply("withdrawn")
        since = change.at if change.kind == "cover" else accepted.at if accepted else None
        if change.rotation != rotation or since is None or (change.kind == "swap" and back):
            continue
        for one in change.hours:
            end = min(one.end, back.at) if back else one.end
            if one.start < end:
                found.append((since, change.id, Override(person=one.taker, start=one.start, end=end, why=change.kind)))
    return tuple(one for _, _, one in sorted(found, key=lambda each: each[:2]))


# exchanging


def swapped(asked: r.Swap, rotations: _Rotations, changes: Sequence[Change], caller: str, now: datetime) -> Change:
    """The exchange that is asked for. Raises a DomainError the caller reads."""
    if asked.other == caller:
        raise BadInput("That is you. Swap with somebody else: /incident oncall swap @bea fri.")
    shared = _shared(asked.other, rotations, caller)
    found = [(one, theirs) for one in shared if (theirs := _mine(asked, one, caller, now))]
    if not found:
        raise NotNow(_not_mine(asked, shared, now))
    rotation, (start, end) = found[0]
    if start <= now:
        raise NotNow(
            "That shift has begun, so it is not exchanged any more. "
            "Somebody can have what is left of it: /incident oncall cover @bea 2h."
        )
    changes = [change for change in changes if change.rotation == rotation.name]
    if any(change.waits(now) and change.touches(start, end) for change in changes):
        raise NotNow(
            "That day is asked about already, and there is no answer yet. Take it back first, under /incident oncall."
        )
    back = _return(asked, rotation, changes, (start, end), now)
    if back is None:
        raise NotNow(
            f"They have nothing in the next {AHEAD.days // 7} weeks to give you for it, so there is nothing to swap. "
            "/incident oncall month shows who has it when."
        )
    hours = (
        Given(start=start, end=end, giver=caller, taker=asked.other),
        Given(start=back[0], end=back[1], giver=asked.other, taker=caller),
    )
    return Change(kind="swap", rotation=rotation.name, by=caller, other=asked.other, hours=hours, at=now)


def _shared(other: str, rotations: _Rotations, caller: str) -> list[Rotation]:
    """The rotations that both are in. Raises NotNow where there is none."""
    mine = [one for one in rotations.values() if caller in one.everyone]
    if not mine:
        raise NotNow("You are in no rotation, so you have no day to swap. /incident oncall tells who is.")
    shared = [one for one in mine if other in one.everyone and other not in one.gone]
    if not shared:
        names = " or ".join(one.name for one in mine)
        raise NotNow(f"They are not in your rotation ({names}), so they cannot take your day. Ask somebody who is.")
    return shared


def on_call_day(rotation: Rotation, day: date) -> tuple[datetime, datetime]:
    """When an on-call day begins and ends."""
    _, wall = parse_handoff(rotation.handoff)
    return instant(day, wall, rotation.timezone), instant(day + _DAY, wall, rotation.timezone)


def _hours(rotation: Rotation, day: date, whole: bool) -> tuple[datetime, datetime]:
    start, end = on_call_day(rotation, day)
    if not whole:
        return start, end
    shift = rotation.shift_at(start)
    return shift.start, shift.end


def _mine(asked: r.Swap, rotation: Rotation, caller: str, now: datetime) -> tuple[datetime, datetime] | None:
    """The hours the caller would give, if all of them are theirs and they are not over."""
    start, end = _hours(rotation, asked.day, asked.whole)
    return (start, end) if end > now and _has(rotation, caller, start, end) else None


def _has(rotation: Rotation, person: str | None, start: datetime, end: datetime) -> bool:
    return all(one.person == person for one in rotation.shifts(start, end))


def _not_mine(asked: r.Swap, shared: Sequence[Rotation], now: datetime) -> str:
    names = " or ".join(one.name for one in shared)
    if all(on_call_day(one, asked.day)[1] <= now for one in shared):
        return f"{asked.day:%a %d %b} is over, so it cannot be swapped. Name a day to come."
    return f"{asked.day:%a %d %b} is not yours in {names}. /incident oncall month shows which days are."


def _return(
    asked: r.Swap, rotation: Rotation, changes: Sequence[Change], given: tuple[datetime, datetime], now: datetime
) -> tuple[datetime, datetime] | None:
    """What the other gives for it: the first that nobody has asked about."""

    def free(hours: tuple[datetime, datetime]) -> bool:
        start, end = hours
        asked_for = any(change.waits(now) and change.touches(start, end) for change in changes)
        apart = end <= given[0] or given[1] <= start
        return start > now and apart and not asked_for and _has(rotation, asked.other, start, end)

    if asked.whole:
        whole = ((one.start, one.end) for one in rotation.shifts(now, now + AHEAD) if one.person == asked.other)
        return next(filter(free, whole), None)
    days = list(_days_ahead(rotation, now))
    same = (day for day in days if day.weekday() == asked.day.weekday())
    return next(filter(free, (on_call_day(rotation, day) for day in (*same, *days))), None)


def _days_ahead(rotation: Rotation, now: datetime) -> Iterator[date]:
    today = now.astimezone(zone(rotation.timezone)).date()
    return (today + _DAY * count for count in range(AHEAD.days))


def answered(
    change: Change, agrees: bool, rotations: _Rotations, caller: str, now: datetime
) -> Literal["accepted", "declined"]:
    """What whoever was asked says. Raises a DomainError the caller reads."""
    if caller == change.by:
        raise NotYours("You asked for this swap, so it is the other's to accept. You can take it back.")
    if caller != change.other:
        raise NotYours("This swap was asked of somebody else, so it is theirs to answer.")
    if change.replies:
        done = {"accepted": "You accepted it already", "declined": "You declined it already"}
        raise NotNow(f"{done.get(change.replies[-1].answer, 'It was taken back')}, so nothing is left to answer.")
    if not agrees:
        return "declined"
    rotation = rotations.get(change.rotation)
    if now >= change.begins:
        raise NotNow("The first of these hours have begun, so they are not exchanged any more. Nothing was changed.")
    if rotation is None or not all(_has(rotation, one.giver, one.start, one.end) for one in change.hours):
        raise NotNow(
            "These shifts have changed since you were asked, so this swap is not possible any more. "
            "Nothing was changed; ask anew: /incident oncall swap @bea fri."
        )
    return "accepted"


def taken_back(change: Change, changes: Iterable[Change], caller: str, now: datetime) -> None:
    """Whether somebody may take this back now. Raises a DomainError they read."""
    if caller not in change.people:
        raise NotYours("This concerns others, so it is theirs to take back.")
    last = change.replies[-1].answer if change.replies else ""
    if last in ("declined", "withdrawn"):
        raise NotNow("It was taken back already." if last == "withdrawn" else "It was declined, so nothing is left.")
    if change.kind == "swap" and not change.replies and caller != change.by:
        raise NotYours("It is not agreed yet. If you do not want it, press Decline.")
    over = now >= (change.begins if change.kind == "swap" else change.ends)
    if over and change.kind == "swap":
        raise NotNow(
            "The first of these hours have begun, so the swap stays. "
            "Somebody can take over what is left: /incident oncall take 2h."
        )
    if over:
        raise NotNow("These hours are over, so there is nothing to take back.")
    if any(one.holds and _after(one, change) and _touching(one, change) for one in changes):
        raise NotNow("Some of these hours were passed on since. Take that back first, under /incident oncall.")


def _after(one: Change, other: Change) -> bool:
    return _since(one) > _since(other)


def _since(change: Change) -> tuple[datetime, int]:
    accepted = change.reply("accepted")
    return (accepted.at if accepted else change.at), change.id


def _touching(one: Change, other: Change) -> bool:
    return one.rotation == other.rotation and any(one.touches(given.start, given.end) for given in other.hours)


# taking over


def covered(asked: r.CoverShift, rotations: _Rotations, caller: str, now: datetime) -> Change:
    """Somebody has the caller's shift from now on. Raises a DomainError the caller reads."""
    if asked.stand_in == caller:
        raise BadInput("Nobody covers for themselves. Name somebody else: /incident oncall cover @bea 2h.")
    until = now + _within(asked.length, "/incident oncall cover @bea 2h")
    rotation = next((one for one in rotations.values() if one.at(now) == caller), None)
    if rotation is None:
        raise NotNow(
            "You are not on call now, so nobody can cover for you. "
            "A day to come is swapped: /incident oncall swap @bea fri."
        )
    return _over(rotation, asked.stand_in, now, until, by=caller, of=caller)


def taken(asked: r.TakeShift, rotations: _Rotations, caller: str, now: datetime) -> Change:
    """The caller has it from now on. Raises a DomainError the caller reads."""
    until = now + _within(asked.length, "/incident oncall take 2h")
    if not any(caller in one.everyone for one in rotations.values()):
        raise NotYours("Only people of a rotation take over. Ask whoever is on call to let you cover.")
    rotation = rotations.get(asked.rotation or (PRIMARY if PRIMARY in rotations else next(iter(rotations))))
    if rotation is None:
        raise BadInput(f'There is no rotation "{asked.rotation}"; there is {", ".join(rotations)}.')
    if _has(rotation, caller, now, until):
        raise NotNow(f"You have it already ({rotation.name}), so there is nothing to take over.")
    return _over(rotation, caller, now, until, by=caller, of=None)


def _within(length: timedelta, example: str) -> timedelta:
    if length > COVER_MOST:
        raise BadInput(f"That lasts {spoken(COVER_MOST)} at most. Longer is a matter of the rotation, or of a swap.")
    if length < COVER_LEAST:
        raise BadInput(f"That lasts {spoken(COVER_LEAST)} at least: {example}.")
    return length


def _over(rotation: Rotation, taker: str, now: datetime, until: datetime, *, by: str, of: str | None) -> Change:
    """What passes to `taker`: all of it, or `of` somebody what is theirs."""
    hours = tuple(
        Given(start=one.start, end=one.end, giver=one.person, taker=taker)
        for one in rotation.shifts(now, until)
        if one.person != taker and of in (None, one.person)
    )
    other = taker if by != taker else hours[0].giver
    return Change(kind="cover", rotation=rotation.name, by=by, other=other, hours=hours, at=now)
