"""What people ask about shifts. It concerns no incident, so `domain/duty/swaps` answers it, not `decide`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta


@dataclass(frozen=True)
class OfShifts:
    """Something asked about who is on call."""

    @property
    def engages(self) -> tuple[str, ...]:
        """The people this puts to work: full members only."""
        return ()


@dataclass(frozen=True)
class Swap(OfShifts):
    """Exchange the caller's on-call day (`whole`: all of the shift that it is in) for one of somebody else's. The day
    is the rotation's own."""

    other: str
    day: date
    whole: bool = False

    @property
    def engages(self) -> tuple[str, ...]:
        return (self.other,)


@dataclass(frozen=True)
class CoverShift(OfShifts):
    """Somebody has the caller's shift from now on for so long."""

    stand_in: str
    length: timedelta

    @property
    def engages(self) -> tuple[str, ...]:
        return (self.stand_in,)


@dataclass(frozen=True)
class TakeShift(OfShifts):
    """The caller has it from now on for so long, whoever's shift it is. `rotation` is a name as it was typed."""

    length: timedelta
    rotation: str = ""


@dataclass(frozen=True)
class SendShifts(OfShifts):
    """The coming shifts as a calendar file, to whoever asks."""


@dataclass(frozen=True)
class AnswerSwap(OfShifts):
    """Whoever was asked agrees, or does not."""

    change: int
    agrees: bool


@dataclass(frozen=True)
class TakeBack(OfShifts):
    """What was asked, agreed or taken over is not to be."""

    change: int
