"""Requests about high-impact changes and who approves them."""

from __future__ import annotations

from dataclasses import dataclass

from bot.domain.request.base import Request


@dataclass(frozen=True)
class OfProposal(Request):
    """For `domain/proposals.py`. A `proposal` is a fact's seq, `nth` its number on screen; without either
    it is the one that waits."""


@dataclass(frozen=True)
class Propose(OfProposal):
    """`replaces`: the plan that this one changes; `step`: the step of a list that it is the plan of."""

    what: str
    why: str = ""
    risk: str = ""
    rollback: str = ""
    environment: str = ""
    replaces: int | None = None
    step: str = ""


@dataclass(frozen=True)
class Approve(OfProposal):
    proposal: int | None = None
    nth: int | None = None


@dataclass(frozen=True)
class Reject(OfProposal):
    why: str
    proposal: int | None = None
    nth: int | None = None


@dataclass(frozen=True)
class GoAhead(OfProposal):
    """Without approval."""

    why: str
    proposal: int | None = None
    nth: int | None = None
