"""Whether something that is about to be declared is being worked on already."""

from __future__ import annotations

import unicodedata
from datetime import timedelta
from typing import Literal

from rapidfuzz import fuzz

from bot.domain import assets
from bot.domain.incident import Incident

RECENT = timedelta(hours=1)
"""How long after its declaration an incident is compared with a new one."""

NEARLY = 92
"""How alike (of 100) two titles are that say the same in the same words. A house choice."""

SIMILAR = 75
"""How alike two titles are that may mean the same. A house choice."""

Likeness = Literal["same", "similar"]


def alike(title: str, affected: str, incident: Incident) -> Likeness | None:
    """The `same`: nearly the same title, or something affected in common. `similar`: a title that is somewhat alike."""
    score = fuzz.token_sort_ratio(_words(title), _words(incident.title))
    here = {one.casefold() for one in assets.things(incident.affected)}
    shared = here & {one.casefold() for one in assets.things(affected)}
    if shared or score >= NEARLY:
        return "same"
    return "similar" if score >= SIMILAR else None


def _words(title: str) -> str:
    """A title as it is compared: one case, letters and digits only; whole where it has neither."""
    folded = unicodedata.normalize("NFKC", title).casefold()
    return " ".join("".join(c if c.isalnum() else " " for c in folded).split()) or folded
