"""High-impact changes: what is planned, who approved it, and what went ahead without."""

from __future__ import annotations

from bot.domain.fact.base import Fact, Prose


class OfProposal(Fact):
    """A fact of the topic `domain/proposals.py`."""


class ChangeProposed(OfProposal):
    """A plan that needs approval; people name it by its place among the plans, facts by the entry's seq. `replaces`:
    the plan it changes, whose approval is worth nothing any more."""

    kind = "change_proposed"
    what: Prose
    why: Prose = ""
    risk: Prose = ""
    rollback: Prose = ""
    environment: str = "production"
    replaces: int | None = None
    people: tuple[str, ...] = ()  # who was asked to approve it


class ChangeApproved(OfProposal):
    kind = "change_approved"
    proposal: int


class ChangeRejected(OfProposal):
    kind = "change_rejected"
    proposal: int
    why: Prose


class ChangeWentAhead(OfProposal):
    """Carried out without approval; it stands on the scorecard."""

    kind = "change_went_ahead"
    proposal: int
    why: Prose
