"""Requests about what is ticked off, and what was found out first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.domain.request.base import Request


@dataclass(frozen=True)
class OfChecklist(Request):
    """For `domain/checklists.py`."""


@dataclass(frozen=True)
class TickItem(OfChecklist):
    """`ticked` False takes the tick away. Said twice it changes nothing."""

    sheet: str
    item: str
    ticked: bool = True


@dataclass(frozen=True)
class AnswerFirst(OfChecklist):
    """Answers to the protocol's first questions, by their ids; an empty one is none. `since` is since when it is wrong,
    where somebody chose a time."""

    answers: tuple[tuple[str, str], ...]
    since: datetime | None = None
