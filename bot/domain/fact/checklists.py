"""What people tick off, and what they found out first."""

from __future__ import annotations

from bot.domain.fact.base import Fact, Prose


class OfChecklist(Fact):
    """A fact of the topic `domain/checklists.py`. A `sheet` is a list's key (`domain/sheets.py`), an `item` the id of
    one thing on it."""


class ItemTicked(OfChecklist):
    """Somebody says that it is done; of a choice, that it is what they do."""

    kind = "item_ticked"
    sheet: str
    item: str


class ItemUnticked(OfChecklist):
    """It is not done after all."""

    kind = "item_unticked"
    sheet: str
    item: str


class FirstAnswered(OfChecklist):
    """One of the protocol's first questions has an answer. What it means for the incident besides is said by facts of
    its own."""

    kind = "first_answered"
    question: str
    text: Prose
