"""Who is on call, and who stands behind the names a protocol uses for someone."""

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, model_validator

from bot.domain.assets import Asset
from bot.domain.calendar import ZoneName, instant, parse_wall, weekday, zone
from bot.domain.rules import Rule

_WEEK = timedelta(weeks=1)
_HANDOFF = re.compile(r"\s*(\w+)\s+(\S+)\s*")
ON_CALL = "on-call"
"""The name by which a protocol means whoever is primary on call."""


def parse_handoff(text: str) -> tuple[int, time]:
    """Weekday number and wall time of `mon 09:00`. Raises ValueError with one sentence."""
    found = _HANDOFF.fullmatch(text)
    if found is None:
        raise ValueError(f'"{text}" is not a handoff; write a weekday and a time, like "mon 09:00"')
    return weekday(found[1]), parse_wall(found[2])


def _known_handoff(text: str) -> str:
    parse_handoff(text)
    return text


class Rotation(BaseModel):
    """A weekly rotation. The first member begins with the day `starts`; every later handoff passes it on by one."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    members: tuple[str, ...]
    """User ids or e-mail addresses, in the order in which they take turns."""
    starts: date
    """The day on which the first member begins, like `2026-11-16`."""
    handoff: Annotated[str, AfterValidator(_known_handoff)] = "mon 09:00"
    """The weekday and time at which the next member takes over, every week."""
    timezone: ZoneName = "UTC"

    @model_validator(mode="after")
    def _has_members(self) -> Self:
        if not self.members:
            raise ValueError("a rotation needs at least one member")
        return self

    def at(self, at: datetime) -> str | None:
        """The member on call at an instant; None before the rotation starts."""
        if at < self._begins():
            return None
        handoffs = (self._last_handoff_day(at) - self._first_handoff_day()) // _WEEK + 1
        return self.members[max(handoffs, 0) % len(self.members)]

    def next_handoff(self, at: datetime) -> datetime:
        """The first handoff after an instant; before the rotation starts, its start."""
        if at < self._begins():
            return self._begins()
        _, wall = parse_handoff(self.handoff)
        coming = max(self._last_handoff_day(at) + _WEEK, self._first_handoff_day())
        return instant(coming, wall, self.timezone)

    def _begins(self) -> datetime:
        return instant(self.starts, time(0), self.timezone)

    def _first_handoff_day(self) -> date:
        day, _ = parse_handoff(self.handoff)
        return self.starts + timedelta(days=(day - self.starts.weekday() - 1) % 7 + 1)

    def _last_handoff_day(self, at: datetime) -> date:
        """The local date of the last handoff that is not later than the instant, whether the rotation ran or not."""
        day, wall = parse_handoff(self.handoff)
        today = at.astimezone(zone(self.timezone)).date()
        latest = today - timedelta(days=(today.weekday() - day) % 7)
        return latest if instant(latest, wall, self.timezone) <= at else latest - _WEEK


class Roster(BaseModel):
    """Who is who at one instant: user ids behind names, channel ids apart because a channel cannot answer an ask."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    primary: str | None = None
    secondary: str | None = None
    directory: dict[str, tuple[str, ...]] = {}
    channels: dict[str, tuple[str, ...]] = {}
    assets: tuple[Asset, ...] = ()
    rules: dict[str, Rule] = {}
    """Who may say which verb, where the configuration leaves it to some."""

    def people(self, name: str) -> tuple[str, ...]:
        """The user ids behind a name; empty when nobody stands behind it. A rotation goes before the directory."""
        rotating = {ON_CALL: self.primary, "primary": self.primary, "secondary": self.secondary}.get(name)
        return (rotating,) if rotating else self.directory.get(name, ())

    def everyone(self, names: Iterable[str]) -> tuple[str, ...]:
        """The user ids behind several names, in their order, each once."""
        return tuple(dict.fromkeys(person for name in names for person in self.people(name)))

    def known(self) -> frozenset[str]:
        """Everybody on call or behind a name."""
        on_call = (p for p in (self.primary, self.secondary) if p)
        return frozenset((*on_call, *(p for people in self.directory.values() for p in people)))

    def is_on_call(self, person: str) -> bool:
        """Whether this person is primary or secondary on call, or the directory's `on-call`."""
        return person in (self.primary, self.secondary) or person in self.people(ON_CALL)


def roster_at(
    at: datetime,
    rotations: Mapping[str, Rotation],
    directory: Mapping[str, tuple[str, ...]],
    channels: Mapping[str, tuple[str, ...]] | None = None,
    assets: tuple[Asset, ...] = (),
) -> Roster:
    """The roster of an instant. The caller has resolved groups and e-mail addresses in `directory` to user ids."""
    on_call = {name: rotation.at(at) for name, rotation in rotations.items()}
    return Roster(
        primary=on_call.get("primary"),
        secondary=on_call.get("secondary"),
        directory=dict(directory),
        channels=dict(channels or {}),
        assets=assets,
    )
