"""Requests about the data axis."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.domain.request.base import Request


@dataclass(frozen=True)
class OfData(Request):
    """For `domain/data.py`. A `backfill` is its line in the ledger, from 1."""


@dataclass(frozen=True)
class ChangeAffected(OfData):
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()


@dataclass(frozen=True)
class StateData(OfData):
    """The fields are those of `fact.DataStated`."""

    state: str
    since: datetime | None = None
    until: datetime | None = None
    partitions: str = ""
    trusted_from: datetime | None = None
    accepted_by: str | None = None
    eta: datetime | None = None
    why: str = ""


@dataclass(frozen=True)
class Monitor(OfData):
    """In place of resolving while the data is not right: the fix is an update, and it is watched until `eta`."""

    fix: str
    data: str
    eta: datetime | None = None


@dataclass(frozen=True)
class PlanBackfill(OfData):
    """`recipe`: the protocol's by which it is done, if by one."""

    what: str
    since: datetime | None = None
    until: datetime | None = None
    owner: str | None = None
    recipe: str = ""

    @property
    def engages(self) -> dict[str, str]:
        return {self.owner: "owner"} if self.owner else {}


@dataclass(frozen=True)
class EndBackfill(OfData):
    """`backfill` None: the only one that is open. `planned`: the seq of its entry, by which a button knows it: lines
    move up when one is taken back."""

    backfill: int | None = None
    done: bool = True
    why: str = ""
    planned: int | None = None
