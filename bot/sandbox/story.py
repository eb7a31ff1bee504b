"""Stories: people, channels and what they do when, as a YAML file; and the player that lets them happen.

A story has a ``title``, the time it ``starts`` (with its zone), the ``zone`` its times are written in, ``people``,
``channels`` and ``groups`` by key, the ``config`` of the app (text that only the app reads) and the ``script``. A line
of the script is a ``note`` for the reader, one action of one person, or ``trouble`` that Slack makes from then on.
``at`` (see ``moments``: ``+4m``, ``03:15``, ``wed 09:00``, ``2026-11-18 09:00``) or ``wait`` (``35m``) says when.
Without either it happens at once.
"""

from __future__ import annotations

import zoneinfo
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Self

import yaml
from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    PrivateAttr,
    ValidationError,
    model_validator,
)

from bot.sandbox import moments

IN, ON, PART = "place", "on", ("beside", "choose")
ACTIONS: dict[str, tuple[str, ...]] = {
    "command": (IN,),
    "submit": (),
    "dismiss": (),
    "click": (IN, ON, *PART),
    "react": (IN, ON),
    "unreact": (IN, ON),
    "pin": (IN, ON),
    "say": (IN,),
    "reply": (IN, ON),
    "mention": (IN, ON),
    "edit": (IN, ON),
    "delete": (IN, ON),
    "shortcut": (IN, ON),
    "home": (),
    "join": (IN,),
    "leave": (IN,),
    "invite": (IN,),
    "remove": (IN,),
    "rename": (IN,),
    "archive": (IN,),
    "unarchive": (IN,),
    "mute": (),
    "unmute": (),
}
"""What a person can do in one line, and what else the line may say about it.

``command`` (``/name text``, ``in`` a channel, else in the direct messages with the app) · ``say`` · ``mention``
(begins with the app's name; with ``on`` in the thread of a message) · ``reply`` (in the thread of the message ``on``) ·
``edit`` and ``delete`` (an own message) · ``react``, ``unreact``, ``pin`` · ``click`` (the label of a button, a box to
tick, an option of a menu; a menu by its placeholder, with ``choose``; in the open form, else in the newest message that
shows it, or ``in: home``) · ``submit`` (fields by their labels: text, an option's label or a list of them, a person's
key, a channel, a time), ``dismiss`` · ``shortcut`` (by name; with ``on`` that of a message) · ``home`` · ``join``,
``leave``, ``invite`` and ``remove`` (lists of people), ``rename``, ``archive``, ``unarchive`` a channel · ``mute`` (Do
Not Disturb until then), ``unmute``.
"""

WRITTEN = {"place": "in"}
"""Fields whose name in the file is a word of Python."""


class StoryError(Exception):
    """A story that cannot be read, or does not go as written: a sentence that says where, then what was to be seen."""


def _is_moment(text: str) -> str:
    return moments.check(text)


def _is_length(text: str) -> str:
    moments.length(text)
    return text


def _is_zone(name: str) -> str:
    try:
        zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        raise ValueError(f'"{name}" is no time zone') from None
    return name


Zone = Annotated[str, AfterValidator(_is_zone)]
Moment = Annotated[str, AfterValidator(_is_moment)]
Length = Annotated[str, AfterValidator(_is_length)]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Part(_Strict):
    """One of the people. ``about`` is for the reader; ``id`` is for the app's configuration."""

    name: str
    id: str | None = None
    tz: Zone | None = None
    about: str = ""
    guest: bool = False
    single_channel_guest: bool = False
    stranger: bool = False
    deleted: bool = False
    uninvitable: str | None = None
    """The error code with which Slack refuses to let the app invite this person."""


class Room(_Strict):
    """A channel that is there before the story begins; ``bot``: the app is in it."""

    members: tuple[str, ...] = ()
    id: str | None = None
    private: bool = False
    bot: bool = False
    shared: bool = False


class Group(_Strict):
    """A user group; its key is its handle."""

    members: tuple[str, ...]
    id: str | None = None


class Trouble(_Strict):
    """What goes wrong from here on; see ``Faults.add``. ``uninvitable`` instead of ``method``: inviting this person."""

    method: str | None = None
    uninvitable: str | None = None
    kind: str = "cant_invite"
    times: int | None = 1
    after: int = 0


class Line(_Strict):
    """One line of the script. ``place`` (written ``in``) names a channel by its beginning, or ``dm``, for a press also
    ``home``; ``on`` is a piece of the text of the message that is meant, the newest if there are several. ``beside`` is
    a piece of the text next to what is pressed, ``choose`` what is picked in the menu that is named.
    """

    at: Moment | None = None
    wait: Length | None = None
    note: str | None = None
    trouble: Trouble | None = None
    who: str | None = None
    place: str | None = Field(default=None, alias="in")
    on: str | None = None
    beside: str | None = None
    choose: str | None = None
    command: str | None = None
    submit: dict[str, Any] | None = None
    dismiss: bool | None = None
    click: str | None = None
    react: str | None = None
    unreact: str | None = None
    pin: bool | None = None
    say: str | None = None
    reply: str | None = None
    mention: str | None = None
    edit: str | None = None
    delete: bool | None = None
    shortcut: str | None = None
    home: bool | None = None
    join: bool | None = None
    leave: bool | None = None
    invite: tuple[str, ...] | None = None
    remove: tuple[str, ...] | None = None
    rename: str | None = None
    archive: bool | None = None
    unarchive: bool | None = None
    mute: Moment | None = None
    unmute: bool | None = None
    _number: int = PrivateAttr(default=0)

    @property
    def number(self) -> int:
        """Where it stands in its file, from 1."""
        return self._number

    def stands_at(self, number: int) -> None:
        self._number = number

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
        takes = ACTIONS[done[0]] if done else ()
        for extra in (IN, ON, *PART):
            if getattr(self, extra) is not None and extra not in takes:
                raise ValueError(f"{done[0] if done else 'a line without action'} takes no {WRITTEN.get(extra, extra)}")
        return self

    @property
    def named(self) -> Iterator[str]:
        """The keys of the people it is about."""
        yield from (self.who,) if self.who else ()
        yield from (*(self.invite or ()), *(self.remove or ()))
        if self.trouble and self.trouble.uninvitable:
            yield self.trouble.uninvitable


class Story(_Strict):
    """A story as it stands in its file; see the module."""

    title: str
    starts: AwareDatetime
    zone: Zone
    people: dict[str, Part]
    channels: dict[str, Room] = {}
    groups: dict[str, Group] = {}
    config: str = ""
    script: tuple[Line, ...]
    _file: str = PrivateAttr(default="")

    @property
    def file(self) -> str:
        """The name of its file."""
        return self._file

    def stands_in(self, file: str, numbers: list[int]) -> None:
        """Remember where it and its lines were read, for sentences about them."""
        self._file = file
        for line, number in zip(self.script, numbers, strict=True):
            line.stands_at(number)

    @model_validator(mode="after")
    def _everybody_is_known(self) -> Self:
        named = [name for line in self.script for name in line.named]
        named += [member for room in self.channels.values() for member in room.members]
        named += [member for group in self.groups.values() for member in group.members]
        if unknown := [name for name in named if name not in self.people]:
            raise ValueError(f"{unknown[0]} is not among the people: {', '.join(self.people)}")
        return self


def load(file: Path) -> Story:
    """The story in a YAML file. Raises StoryError with one sentence that names the file and the place."""
    numbers: list[int] = []
    try:
        text = file.read_text("utf-8")
        # Everything stays text: 10:15 would be a number to YAML, and a date no longer what was written.
        numbers = _numbers(yaml.compose(text, Loader=yaml.BaseLoader))
        tree = yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506  # nosec B506  # the safest loader there is
        story = Story.model_validate(tree)
    except (OSError, UnicodeDecodeError) as error:
        raise StoryError(f"{file} cannot be read: {error}") from error
    except yaml.YAMLError as error:
        raise StoryError(f"{file} is not YAML: {' '.join(str(error).split())}") from error
    except ValidationError as error:
        fault = error.errors()[0]
        place = _place(fault["loc"], numbers)
        raise StoryError(f"{file}: {place}: {fault['msg'].removeprefix('Value error, ')}") from error
    story.stands_in(file.name, numbers)
    return story


def _numbers(root: yaml.Node | None) -> list[int]:
    """Where each line of the script stands in the file, from 1."""
    pairs = root.value if isinstance(root, yaml.MappingNode) else []
    scripts = [value for key, value in pairs if key.value == "script" and isinstance(value, yaml.SequenceNode)]
    return [item.start_mark.line + 1 for script in scripts for item in script.value]


def _place(steps: tuple[int | str, ...], numbers: list[int]) -> str:
    """``line 45: click`` for what is wrong in the script, else the keys that lead there."""
    if len(steps) > 1 and steps[0] == "script" and isinstance(steps[1], int) and steps[1] < len(numbers):
        return ": ".join([f"line {numbers[steps[1]]}", *map(str, steps[2:])])
    return ".".join(map(str, steps))
