"""What was deleted: the record tells that it was, never what."""

from __future__ import annotations

from bot.domain.fact.base import Fact


class TextsForgotten(Fact):
    """People's own words were deleted: those of these entries, or all there were. `texts` is how many; `days`: so many
    after it was over, as the team's rule says; None where somebody who runs Sitrep did it."""

    kind = "texts_forgotten"
    entries: tuple[int, ...] = ()
    texts: int
    days: int | None = None
