"""Requests about changing one's mind."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.domain.fact.changes import Tie
from bot.domain.request.base import Request


@dataclass(frozen=True)
class OfChange(Request):
    """For `domain/changes.py`."""


@dataclass(frozen=True)
class Undo(OfChange):
    """`seqs`: the entries of the act to be taken back; none means the caller's last one. Decided by
    `domain/undoing.py`, from the whole record."""

    seqs: tuple[int, ...] = ()


@dataclass(frozen=True)
class EditUpdate(OfChange):
    """`update` is the fact's seq; None is the caller's latest one, else the latest."""

    text: str
    update: int | None = None


@dataclass(frozen=True)
class Rename(OfChange):
    title: str


@dataclass(frozen=True)
class OfTwo(OfChange):
    """Recorded in both incidents by `usecases/tie.py`; `other` is the second one's number."""

    other: int


@dataclass(frozen=True)
class Link(OfTwo):
    """`how` is what this one is to the other."""

    how: Tie = "related"


@dataclass(frozen=True)
class Unlink(OfTwo):
    pass


@dataclass(frozen=True)
class Duplicate(OfTwo):
    """This incident is the other one told twice: it is cancelled, and its people go over."""


@dataclass(frozen=True)
class Split(OfChange):
    """Part of this is an incident of its own, declared with `usecases/tie.py`."""

    title: str
    severity: str | None = None
    affected: str = ""
    people: tuple[str, ...] = ()


@dataclass(frozen=True)
class Correct(OfChange):
    """What the edit form holds; None stays as it is. `update` is the fact's seq of the update whose text it is."""

    title: str | None = None
    text: str | None = None
    update: int | None = None
    affected: str | None = None
    environment: str | None = None
    categories: tuple[str, ...] | None = None
    started_at: datetime | None = None
    detected_at: datetime | None = None


@dataclass(frozen=True)
class JoinIn(OfChange):
    """The caller wants to be in it, in place of declaring it again."""
