"""Pages over several incidents: how it went lately, what was like this before."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from rapidfuzz import fuzz, process

from bot.domain.measures import Measures
from bot.domain.promises.clocks import TITLES
from bot.domain.promises.scorecard import Tally
from bot.views.blocks import context, paragraph, post, sections
from bot.views.scene import Post, Scene
from bot.views.words import Safe, escaped, joined, lines, say

ALIKE = 60
"""How alike (of 100) two titles must be for one to be shown. A house choice."""

CLAUSES_MOST = 8
"""Clauses whose promises were broken that are named: the worst."""

SIMILAR_MOST = 5
"""Incidents shown as similar: the most alike."""


def measures(found: Measures, length: timedelta) -> Post:
    """How it went: how many by severity, how fast in the middle, how many promises were kept."""
    if not found.count:
        return paragraph(say("overviews.none", length=length))
    counts = joined((say("overviews.count", severity=s, count=n) for s, n in sorted(found.severities.items())), ", ")
    told = lines(
        say("overviews.measures", length=length, count=found.count, counts=counts),
        say("overviews.speed", found=found),
        say("overviews.kept", found=found) if found.judged else Safe(),
        *_clauses(found),
    )
    return post(told, sections(told), context(say("overviews.left_out")))


def _clauses(found: Measures) -> list[Safe]:
    """By which clause promises are broken, the worst first; those that are always kept are only counted."""
    broken = [tally for tally in found.clauses if tally.broken]
    shown = [by_clause(tally) for tally in broken[:CLAUSES_MOST]]
    rest = len(found.clauses) - len(broken)
    more = [say("overviews.clauses_more", count=len(broken) - CLAUSES_MOST)] if len(broken) > CLAUSES_MOST else []
    return [*shown, *more, *([say("overviews.clauses_kept", count=rest)] if rest and broken else [])]


def by_clause(tally: Tally) -> Safe:
    """How often one promise was kept, where it was not always."""
    ways = ((tally.late, "late"), (tally.missed, "missed"), (tally.snoozed, "snoozed"))
    how = joined((escaped(f"{count} {word}") for count, word in ways if count), ", ")
    return say("overviews.clause", tally=tally, what=TITLES.get(tally.key, tally.key), how=how)


def similar(scene: Scene, others: Sequence[Scene]) -> Post:
    """Incidents whose title or affected things are like this one's, the most alike first. `others` are those that may
    be named to the reader."""
    wanted = _described(scene)
    known = {other.incident.id: _described(other) for other in others if other.incident.id != scene.incident.id}
    found = process.extract(wanted, known, scorer=fuzz.token_set_ratio, score_cutoff=ALIKE, limit=SIMILAR_MOST)
    by_id = {other.incident.id: other for other in others}
    items = [say("overviews.similar_item", by_id[number]) for _, _, number in found]
    if not items:
        return paragraph(say("overviews.nothing_similar", scene))
    told = lines(say("overviews.similar", scene), *items)
    return post(told, sections(told))


def _described(scene: Scene) -> str:
    return f"{scene.incident.title} {scene.incident.affected}".casefold()
