"""Who was let in against a rule, and who went out."""

from __future__ import annotations

from bot.domain.fact.base import Fact


class OfAccess(Fact):
    """A fact of the topic `domain/access.py`."""


class AdminOverrode(OfAccess):
    """An admin of the workspace did what the configuration leaves to others: the verb, and those whom its rule names.
    What they did follows as entries of its own."""

    kind = "admin_overrode"
    verb: str
    rule: tuple[str, ...] = ()


class AdminLookedIn(OfAccess):
    """An admin of the workspace who is none of its people looked into a private incident."""

    kind = "admin_looked_in"


class Left(OfAccess):
    """Somebody left a private incident's channel, or was removed from it."""

    kind = "left"
    person: str
