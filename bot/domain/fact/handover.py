"""Somebody else is on call while an incident runs."""

from __future__ import annotations

from bot.domain.fact.base import Fact


class OfHandover(Fact):
    """A fact of the topic `domain/duty/handover.py`."""


class ShiftChanged(OfHandover):
    """From now on somebody else of this rotation is on call. `unclaimed`: they have not said that they have it, and
    `second` is the backup then."""

    kind = "shift_changed"
    rotation: str
    goes: str | None = None
    comes: str | None = None
    second: str | None = None
    unclaimed: bool = False
    clause: str = ""


class TakenOver(OfHandover):
    """Roles and the asks that wait for an answer (seqs) went from whoever was on call to whoever is now."""

    kind = "taken_over"
    rotation: str
    goes: str
    comes: str
    roles: tuple[str, ...] = ()
    responds: bool = False
    asks: tuple[int, ...] = ()
    clause: str = ""
