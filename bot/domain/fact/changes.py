"""Changing one's mind: taken back, corrected, renamed, tied to other incidents (product §7)."""

from __future__ import annotations

from typing import Literal

from bot.domain.fact.base import Fact, Prose


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


class Linked(OfChange):
    """`how`: what this incident is to the other one."""

    kind = "linked"
    other: int
    how: Literal["related", "duplicate of", "has duplicate", "split from", "split into"]


class Unlinked(OfChange):
    kind = "unlinked"
    other: int
