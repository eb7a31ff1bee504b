"""Requests about causes, tasks and action items, and where people talk."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from bot.domain.request.base import Request


@dataclass(frozen=True)
class OfWork(Request):
    """For `domain/work.py`. A `cause` or `action` is a fact's seq."""


@dataclass(frozen=True)
class ProposeCause(OfWork):
    text: str


@dataclass(frozen=True)
class JudgeCause(OfWork):
    """`cause` None: the `nth` theory, as they are counted on screen; both None: the only one nobody judged yet."""

    verdict: Literal["confirmed", "rejected"]
    cause: int | None = None
    nth: int | None = None
    part: Literal["primary", "contributing"] | None = None
    why: str = ""


@dataclass(frozen=True)
class AddAction(OfWork):
    """`task`: to be done now, while the incident lasts."""

    text: str
    owner: str | None = None
    due: date | None = None
    task: bool = False
    channel: str | None = None
    ts: str | None = None

    @property
    def engages(self) -> dict[str, str]:
        return {self.owner: "owner"} if self.owner else {}


@dataclass(frozen=True)
class ChangeAction(OfWork):
    action: int
    owner: str | None = None
    due: date | None = None

    @property
    def engages(self) -> dict[str, str]:
        return {self.owner: "owner"} if self.owner else {}


@dataclass(frozen=True)
class EndAction(OfWork):
    """By its number, or by the message it was made from (`channel` and `ts`)."""

    action: int | None = None
    done: bool = True
    why: str = ""
    channel: str | None = None
    ts: str | None = None


@dataclass(frozen=True)
class LinkCall(OfWork):
    url: str
