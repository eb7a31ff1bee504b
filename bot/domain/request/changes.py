"""Requests about changing one's mind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from bot.domain.request.base import Request


@dataclass(frozen=True)
class OfChange(Request):
    """For `domain/changes.py`."""


@dataclass(frozen=True)
class Undo(OfChange):
    """`seqs`: the entries of the act to be taken back."""

    seqs: tuple[int, ...]


@dataclass(frozen=True)
class EditUpdate(OfChange):
    """`update` is the fact's seq; None is the latest one."""

    text: str
    update: int | None = None


@dataclass(frozen=True)
class Rename(OfChange):
    title: str


@dataclass(frozen=True)
class Link(OfChange):
    """Recorded in both incidents; `how` is what this one is to the other."""

    other: int
    how: Literal["related", "duplicate of", "has duplicate", "split from", "split into"] = "related"


@dataclass(frozen=True)
class Unlink(OfChange):
    other: int
