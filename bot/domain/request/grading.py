"""Requests about how bad it is and of what kind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.domain.request.base import Request


@dataclass(frozen=True)
class OfGrading(Request):
    """For `domain/grading.py`."""


@dataclass(frozen=True)
class SetCategories(OfGrading):
    categories: tuple[str, ...]


@dataclass(frozen=True)
class SetEnvironment(OfGrading):
    environment: str


@dataclass(frozen=True)
class Assess(OfGrading):
    """Impact dimension → level, by the protocol's names, and what it means in a sentence."""

    levels: Mapping[str, str]
    note: str = ""
    sentence: str = ""
    data: str | None = None
    eta: datetime | None = None


@dataclass(frozen=True)
class KeepSeverity(OfGrading):
    """As it is, although the protocol says another one is typical."""


@dataclass(frozen=True)
class AcceptSeverity(OfGrading):
    """`request` is the asking fact's seq."""

    request: int


@dataclass(frozen=True)
class DeclineSeverity(OfGrading):
    request: int
    why: str = ""
