"""Requests about runbooks, ways to find a cause, and the ticket."""

from __future__ import annotations

from dataclasses import dataclass

from bot.domain.request.base import Request


@dataclass(frozen=True)
class OfRunbook(Request):
    """For `domain/runbooks.py`."""


@dataclass(frozen=True)
class StartRunbook(OfRunbook):
    """`runbook`: its name, its title, or the beginning of one of them."""

    runbook: str


@dataclass(frozen=True)
class Explore(OfRunbook):
    """A technique's prompts that were answered, by their place among its prompts, from 0."""

    technique: str
    answers: tuple[tuple[int, str], ...]


@dataclass(frozen=True)
class LinkTicket(OfRunbook):
    """By the key of the tracker that the protocol names."""

    ticket: str
