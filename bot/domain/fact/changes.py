"""Changing one's mind: taken back, corrected, renamed, tied to other incidents."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from bot.domain.fact.base import Fact, Prose

Tie = Literal["related", "duplicate of", "has duplicate", "split from", "split into"]
"""What an incident is to another one."""


class OfChange(Fact):
    """A fact of the topic `domain/changes.py`."""


class Undone(OfChange):
    """These entries do not count any more: the incident is the fold of the others. They stay on the record."""

    kind = "undone"
    seqs: tuple[int, ...]


class UpdateEdited(OfChange):
    """The update of this seq reads differently now."""

    kind = "update_edited"
    update: int
    text: Prose


class Renamed(OfChange):
    kind = "renamed"
    title: Prose


class TimesCorrected(OfChange):
    """It began, or was detected, at another time than was said; promises count from when it was detected."""

    kind = "times_corrected"
    started_at: datetime | None = None
    detected_at: datetime | None = None


class ChannelRenamed(OfChange):
    """Slack has renamed the channel; `name` is as Slack keeps it."""

    kind = "channel_renamed"
    name: Prose


class JoinAsked(OfChange):
    """The author wants to be in it: they were about to declare the same."""

    kind = "join_asked"


class Linked(OfChange):
    """`how`: what this incident is to the other one. `channel` is the other's, where it had one; `people` come over
    from it."""

    kind = "linked"
    other: int
    how: Tie
    channel: str | None = None
    people: tuple[str, ...] = ()


class Unlinked(OfChange):
    kind = "unlinked"
    other: int
