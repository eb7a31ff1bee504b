"""Runbooks worked on, causes looked for by a technique, advice that was shown, and the ticket."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from bot.domain.fact.base import Fact, Prose

Trouble = Literal["reopened", "recurrence", "cause-unknown", "fix-fails"]


class OfRunbook(Fact):
    """A fact of the topic `domain/runbooks.py`."""


class RunbookStarted(OfRunbook):
    """Somebody works by it; its steps are ticked as items of its sheets. The entry's seq is its place in the channel's
    posts."""

    kind = "runbook_started"
    runbook: str


class CauseExplored(OfRunbook):
    """A cause looked for by a technique of the protocol. `answers`: a line for each prompt that was answered, the
    prompt, a tab and the answer. What follows in the same breath are the theories that came of it."""

    kind = "cause_explored"
    technique: str
    answers: Prose


class AdviceShown(OfRunbook):
    """Advice of the protocol for when it goes wrong, shown once in the channel. `like` is the earlier incident that
    this one is like, with its channel, and when that was resolved."""

    kind = "advice_shown"
    advice: str
    why: Trouble
    like: int | None = None
    channel: str | None = None
    resolved_at: datetime | None = None


class TicketLinked(OfRunbook):
    """The incident's ticket in the tracker that the protocol names."""

    kind = "ticket_linked"
    ticket: str
