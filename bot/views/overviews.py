"""Pages over several incidents, or over none: who is on call, how it went lately, what was like this before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from rapidfuzz import fuzz, process

from bot.domain.measures import Measures
from bot.views.blocks import context, paragraph, post, sections
from bot.views.scene import Post, Scene
from bot.views.words import Safe, joined, lines, moment, say

ALIKE = 60
"""How alike (of 100) two titles must be for one to be shown. A house choice."""

SIMILAR_MOST = 5
"""Incidents shown as similar: the most alike."""


@dataclass(frozen=True)
class Shift:
    """A rotation: who has it, until when, and who comes next; names, None where nobody is known."""

    name: str
    person: str | None
    until: datetime
    following: str | None


def on_call(shifts: Sequence[Shift], zone: str) -> Post:
    """Who is on call now and next. `zone` is where a time is written that no reader's clock can show."""
    if not shifts:
        return paragraph(say("overviews.no_rotation"))
    told = [say("overviews.shift", shift=shift, until=moment(shift.until, zone)) for shift in shifts]
    return paragraph(lines(say("overviews.on_call"), *told))


def measures(found: Measures, length: timedelta) -> Post:
    """How it went: how many by severity, how fast in the middle, how many promises were kept."""
    if not found.count:
        return paragraph(say("overviews.none", length=length))
    counts = joined((say("overviews.count", severity=s, count=n) for s, n in sorted(found.severities.items())), ", ")
    told = lines(
        say("overviews.measures", length=length, count=found.count, counts=counts),
        say("overviews.speed", found=found),
        say("overviews.kept", found=found) if found.judged else Safe(),
    )
    return post(told, sections(told), context(say("overviews.left_out")))


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
