"""High-impact changes: what is planned, who approved it, and what went ahead without."""

from __future__ import annotations

from bot.domain.fact.base import Fact, Prose


class OfProposal(Fact):
    """A fact of the topic `domain/proposals.py`."""


class ChangeProposed(OfProposal):
    """A plan that needs approval; people name it by its place among the plans, facts by the entry's seq. `replaces`:
    the plan it changes, whose approval is worth nothing any more; `step`: the step of a list that it is the plan of,
    as sheet and item (`runbook/ingestion/mitigate/override`)."""

    kind = "change_proposed"
    v: int = 2
    what: Prose
    why: Prose = ""
    risk: Prose = ""
    rollback: Prose = ""
    environment: str = "production"
    replaces: int | None = None
    people: tuple[str, ...] = ()  # who was asked to approve it
    step: str = ""


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
