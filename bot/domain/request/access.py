"""Requests about who is let in, and who goes out."""

from __future__ import annotations

from dataclasses import dataclass

from bot.domain.request.base import Request


@dataclass(frozen=True)
class OfAccess(Request):
    """For `domain/access.py`."""


@dataclass(frozen=True)
class LookIn(OfAccess):
    """An admin looks into a private incident that is not theirs to see."""


@dataclass(frozen=True)
class Leave(OfAccess):
    person: str
