"""What people answer to what happens at its hour. It concerns no incident by itself, so `decide` has no part in it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class OfCalendar:
    """An answer to something the calendar asked."""


@dataclass(frozen=True)
class HaveIt(OfCalendar):
    """Whoever comes on call in this rotation at this handoff says that they have it."""

    rotation: str
    at: datetime


@dataclass(frozen=True)
class TellHow(OfCalendar):
    """How the caller's turn on call was that ended at this handoff, and what should change; nothing where the text is
    empty."""

    at: datetime
    text: str = ""


@dataclass(frozen=True)
class Reviewed(OfCalendar):
    """The protocol was looked at again, in the period that began then."""

    protocol: str
    begins: datetime
