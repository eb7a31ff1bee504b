"""Measures: how incidents went over a stretch of time. Drills and private incidents are the caller's to leave out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from bot.domain.incident import Incident
from bot.domain.promises.scorecard import Tally, tallies
from bot.domain.protocol import Protocol


@dataclass(frozen=True)
class Measures:
    """`severities`: how many incidents by the severity they ended with. The two lengths are medians, None where nothing
    was acknowledged or resolved; `kept` of `judged` promises, and the same by clause, the worst first."""

    severities: Mapping[str, int]
    acknowledged_after: timedelta | None
    resolved_after: timedelta | None
    kept: int
    judged: int
    clauses: tuple[Tally, ...] = ()

    @property
    def count(self) -> int:
        return sum(self.severities.values())


def measured(found: Iterable[tuple[Incident, Protocol]], now: datetime) -> Measures:
    """What these incidents, each with its protocol, come to. Cancelled ones were none."""
    real = [(incident, protocol) for incident, protocol in found if incident.stage != "cancelled"]
    by_clause = tallies(real, now)
    acknowledged = [i.acknowledged_at - i.detected_at for i, _ in real if i.acknowledged_at]
    resolved = [i.resolved_at - i.detected_at for i, _ in real if i.resolved_at]
    return Measures(
        severities=Counter(incident.severity for incident, _ in real),
        acknowledged_after=_middle(acknowledged),
        resolved_after=_middle(resolved),
        kept=sum(tally.kept for tally in by_clause),
        judged=sum(tally.count for tally in by_clause),
        clauses=by_clause,
    )


def _middle(lengths: list[timedelta]) -> timedelta | None:
    return timedelta(seconds=median(one.total_seconds() for one in lengths)) if lengths else None
