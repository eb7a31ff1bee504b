"""Requests about the postmortem."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.domain.request.base import Request


@dataclass(frozen=True)
class OfPostmortem(Request):
    """For `domain/postmortem.py`."""


@dataclass(frozen=True)
class SchedulePostmortem(OfPostmortem):
    """People meet for it at that time. `owner` None: whoever has it keeps it."""

    at: datetime | None
    where: str = ""
    owner: str | None = None

    @property
    def engages(self) -> dict[str, str]:
        return {self.owner: "owner"} if self.owner else {}


@dataclass(frozen=True)
class OwnPostmortem(OfPostmortem):
    """None: the caller."""

    person: str | None = None

    @property
    def engages(self) -> dict[str, str]:
        return {self.person: "person"} if self.person else {}


@dataclass(frozen=True)
class EndPostmortem(OfPostmortem):
    """It is done."""
