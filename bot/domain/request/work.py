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
    """`cause` None: the only theory there is."""

    verdict: Literal["confirmed", "rejected"]
    cause: int | None = None
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


@dataclass(frozen=True)
class ChangeAction(OfWork):
    action: int
    owner: str | None = None
    due: date | None = None


@dataclass(frozen=True)
class EndAction(OfWork):
    action: int
    done: bool = True
    why: str = ""


@dataclass(frozen=True)
class LinkCall(OfWork):
    url: str
