"""Requests about who is on call while an incident runs."""

from __future__ import annotations

from dataclasses import dataclass

from bot.domain.request.base import Request


@dataclass(frozen=True)
class OfHandover(Request):
    """For `domain/duty/handover.py`."""


@dataclass(frozen=True)
class ChangeShift(OfHandover):
    """The clock: somebody else is on call. `claimed` None: nobody had to say so."""

    rotation: str
    goes: str | None
    comes: str | None
    claimed: bool | None
    clause: str


@dataclass(frozen=True)
class TakeOver(OfHandover):
    """Whoever comes has what whoever goes had."""

    rotation: str
    goes: str
    comes: str
    clause: str
