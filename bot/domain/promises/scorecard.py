"""The scorecard: how each promise was kept, in one word, and how often by each clause. The closing summary, `promises`,
`metrics` and the simulator read the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from bot.domain.incident import Incident
from bot.domain.promises.clocks import Clock, clocks
from bot.domain.protocol import Protocol

Verdict = Literal["missed", "late", "snoozed", "kept", "running", "not applicable"]

VERDICTS: tuple[Verdict, ...] = ("missed", "late", "snoozed", "kept", "running", "not applicable")
"""In the order in which people read them: what went wrong first."""

JUDGED: tuple[Verdict, ...] = ("kept", "snoozed", "late", "missed")
"""What counts of all promises; the others have not fallen due, or need not be kept."""

BROKEN = frozenset[Verdict]({"snoozed", "late", "missed"})
"""What was not kept: a snooze moves no due time."""


def verdict(clock: Clock, now: datetime) -> Verdict:
    """How a promise stands. `snoozed`: it was not kept in time, and fell due while people had snoozed the reminders."""
    standing = clock.standing(now)
    return "snoozed" if clock.snoozed and standing in ("late", "missed") else standing


def judged(incident: Incident, protocol: Protocol) -> tuple[Clock, ...]:
    """The promises of the protocol. A page is one person's word to another, and no promise of it."""
    return tuple(clock for clock in clocks(incident, protocol) if clock.key != "page")


@dataclass(frozen=True)
class Tally:
    """How often one promise (its key, and the clause it comes from) was kept."""

    key: str
    clause: str
    kept: int = 0
    snoozed: int = 0
    late: int = 0
    missed: int = 0

    @property
    def count(self) -> int:
        return self.kept + self.broken

    @property
    def broken(self) -> int:
        return self.snoozed + self.late + self.missed


def tallies(found: Iterable[tuple[Incident, Protocol]], now: datetime) -> tuple[Tally, ...]:
    """By promise and clause, the worst first: that of which the smallest share was kept, then what was broken most
    often. What has not been judged yet is left out."""
    counts: dict[tuple[str, str], Counter[str]] = {}
    for incident, protocol in found:
        for clock in judged(incident, protocol):
            counts.setdefault((clock.key, clock.clause), Counter())[verdict(clock, now)] += 1
    every = [Tally(key, clause, *(of[one] for one in JUDGED)) for (key, clause), of in counts.items()]
    return tuple(sorted((one for one in every if one.count), key=lambda one: (one.kept / one.count, -one.broken)))
