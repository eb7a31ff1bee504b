"""Stories: people, channels and what they do when, as a YAML file; and the player that lets them happen.

A story has a ``title``, the time it ``starts`` (with its zone), the ``zone`` its times are written in, ``people`` and
``channels`` by key, the ``config`` of the app (text that only the app reads) and the ``script``. A line of the script
is a ``note`` for the reader or one action of one person; ``at`` (``+4m`` from the start, or ``03:15``, the next time a
clock on the wall says so) or ``wait`` (``35m``) says when. Without either it happens at once.
"""

from __future__ import annotations

import datetime as dt
import re
import zoneinfo
from pathlib import Path
from typing import Annotated, Any, Self

import yaml
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, ValidationError, model_validator

LENGTH = re.compile(r"(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?", re.ASCII)
WALL = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)", re.ASCII)
ACTIONS = ("command", "submit", "dismiss", "click", "react", "unreact", "say", "reply", "shortcut", "home")
"""What a person can do in one line."""


class StoryError(Exception):
    """A story that cannot be read, or does not go as written; ``str(error)`` is one sentence."""


def length(text: str) -> dt.timedelta:
    """``1h30m``, ``35m``, ``90s``. Raises ValueError."""
    found = LENGTH.fullmatch(text.strip())
    if not text.strip() or found is None:
        raise ValueError(f'"{text}" is no length of time; write it like 90s, 35m, 2h or 1h30m')
    days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return dt.timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)


def moment(text: str, start: dt.datetime, now: dt.datetime, zone: str) -> dt.datetime:
    """``+4m`` counts from the start; ``03:15`` is the next time, from ``now`` on, that a clock in the zone shows it."""
    if text.startswith("+"):
        return start + length(text[1:])
    day, wall = now.astimezone(zoneinfo.ZoneInfo(zone)), on_the_wall(text)
    today = dt.datetime.combine(day.date(), wall, day.tzinfo)
    later = today if today >= now else dt.datetime.combine(day.date() + dt.timedelta(days=1), wall, day.tzinfo)
    return later.astimezone(dt.UTC)


def on_the_wall(text: str) -> dt.time:
    """``03:15``. Raises ValueError."""
    found = WALL.fullmatch(text.strip())
    if found is None:
        raise ValueError(f'"{text}" is no time; write +4m or 03:15')
    return dt.time(int(found[1]), int(found[2]))


def _is_moment(text: str | None) -> str | None:
    if text is not None:
        length(text[1:]) if text.startswith("+") else on_the_wall(text)
    return text


def _is_length(text: str | None) -> str | None:
    if text is not None:
        length(text)
    return text


def _is_zone(name: str) -> str:
    try:
        zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        raise ValueError(f'"{name}" is no time zone') from None
    return name


Zone = Annotated[str, AfterValidator(_is_zone)]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Part(_Strict):
    """One of the people. ``about`` is for the reader; ``id`` is for the app's configuration."""

    name: str
    id: str | None = None
    tz: Zone | None = None
    about: str = ""
    guest: bool = False
    stranger: bool = False
    deleted: bool = False


class Room(_Strict):
    """A channel that is there before the story begins; ``bot``: the app is in it."""

    members: tuple[str, ...] = ()
    private: bool = False
    bot: bool = False


class Line(_Strict):
    """One line of the script. ``place`` (written ``in``) names a channel by its beginning, or ``dm``; ``on`` is a piece
    of the text of the message that is meant, the newest if there are several."""

    at: Annotated[str | None, AfterValidator(_is_moment)] = None
    wait: Annotated[str | None, AfterValidator(_is_length)] = None
    note: str | None = None
    who: str | None = None
    place: str | None = Field(default=None, alias="in")
    on: str | None = None
    command: str | None = None
    submit: dict[str, Any] | None = None
    dismiss: bool | None = None
    click: str | None = None
    react: str | None = None
    unreact: str | None = None
    say: str | None = None
    reply: str | None = None
    shortcut: str | None = None
    home: bool | None = None

    @property
    def action(self) -> str | None:
        return next((name for name in ACTIONS if getattr(self, name) is not None), None)

    @model_validator(mode="after")
    def _does_one_thing(self) -> Self:
        done = [name for name in ACTIONS if getattr(self, name) is not None]
        if len(done) > 1:
            raise ValueError(f"a line does one thing, this one does {' and '.join(done)}")
        if bool(done) != (self.who is not None):
            raise ValueError(f"who does {done[0]}?" if done else f"what does {self.who} do?")
        if self.at and self.wait:
            raise ValueError("a line has at or wait, not both")
        return self


class Story(_Strict):
    """A story as it stands in its file; see the module."""

    title: str
    starts: AwareDatetime
    zone: Zone
    people: dict[str, Part]
    channels: dict[str, Room] = {}
    config: str = ""
    script: tuple[Line, ...]

    @model_validator(mode="after")
    def _everybody_is_known(self) -> Self:
        named = [line.who for line in self.script if line.who]
        named += [member for room in self.channels.values() for member in room.members]
        if unknown := [name for name in named if name not in self.people]:
            raise ValueError(f"{unknown[0]} is not among the people: {', '.join(self.people)}")
        return self


def load(file: Path) -> Story:
    """The story in a YAML file. Raises StoryError with one sentence that names the file and the place."""
    try:
        # Everything stays text: 10:15 would be a number to YAML, and a date no longer what was written.
        tree = yaml.load(file.read_text("utf-8"), Loader=yaml.BaseLoader)  # noqa: S506  the safest loader there is
        return Story.model_validate(tree)
    except (OSError, UnicodeDecodeError) as error:
        raise StoryError(f"{file} cannot be read: {error}") from error
    except yaml.YAMLError as error:
        raise StoryError(f"{file} is not YAML: {' '.join(str(error).split())}") from error
    except ValidationError as error:
        fault = error.errors()[0]
        place = ".".join(str(step) for step in fault["loc"])
        raise StoryError(f"{file}: {place}: {fault['msg'].removeprefix('Value error, ')}") from error
