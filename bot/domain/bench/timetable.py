"""A timetable: what an incident would say, minute by minute, to whom, how loudly and by which clause; and the noise of
it. `simulate` writes it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from bot.domain.promises.clocks import Clock

Does = Literal["declares", "acknowledges", "resolves", "pages", "asks", "calls", "tells", "invites", "posts", "edits"]
"""What people do (the first three) and what the bot does."""

How = Literal["act", "direct", "mention", "everyone", "post", "reply", "invite", "edit"]
"""How it reaches people: `direct` message, `mention` in a channel, `everyone` in it by @channel, `post` and `reply` in
a thread that name nobody, `invite` into the incident's channel, `edit` of what stands. An `act` is a person's."""

End = Literal["resolved", "silent", "cut"]

LOUD = frozenset[How]({"direct", "mention", "everyone"})
"""What makes a device ring."""

SEEN = frozenset[How]({"mention", "everyone", "post", "reply"})
"""What is one more message in a channel."""

INCIDENT = "incident channel"
"""The place that every incident has of its own."""

HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Line:
    """One thing that is said or done. `about`: the promises it is about, by their keys; `kind` is the message's, or the
    request's for an act. `place` is a channel, `direct` messages have none. `seq` is that of the entry it follows from,
    so lines of one seq are one thing done in several places; `because` says which kind of entry."""

    at: datetime
    does: Does
    how: How
    kind: str
    people: tuple[str, ...] = ()
    place: str = ""
    about: tuple[str, ...] = ()
    step: str = ""
    clause: str = ""
    seq: int = 0
    because: str = ""

    @property
    def rings(self) -> tuple[str, ...]:
        """Whose device rings; for @channel, the place as `#place`."""
        return (f"#{self.place}",) if self.how == "everyone" else self.people if self.how in LOUD else ()


@dataclass(frozen=True)
class Timetable:
    """`ended`: `resolved`, `silent` (the bot has nothing more to say) or `cut` (there is more after `until`)."""

    protocol: str
    severity: str
    began: datetime
    lines: tuple[Line, ...]
    ended: End
    until: datetime
    """Up to when it was played."""
    promises: tuple[Clock, ...] = ()
    """How each promise stands by then, as the scorecard judges them."""


@dataclass(frozen=True)
class Share:
    """What reached one person: `rings` by mention, `direct` messages (each of which rings too), and `read`: messages in
    the incident's channel while they were in it."""

    rings: int = 0
    direct: int = 0
    read: int = 0

    @property
    def loud(self) -> int:
        """How often their device rang."""
        return self.rings + self.direct


@dataclass(frozen=True)
class Noise:
    """`shares` by person, the loudest first; what rings a whole channel stands there under the channel's name.
    `busiest` is the hour, beginning with a ring, in which most devices rang: how often (`peak`), and whom most (`hit`,
    so many times)."""

    shares: Mapping[str, Share]
    messages: int
    """New messages in channels."""
    edits: int
    busiest: datetime | None = None
    peak: int = 0
    hit: str = ""
    hits: int = 0

    @property
    def rings(self) -> int:
        """How often a device rang, all in all."""
        return sum(share.loud for share in self.shares.values())


def noise(timetable: Timetable) -> Noise:
    """What a timetable costs the people in it."""
    mentioned = Counter(p for line in timetable.lines if line.how in LOUD - {"direct"} for p in line.rings)
    direct = Counter(p for line in timetable.lines if line.how == "direct" for p in line.people)
    read = Counter(_readers(timetable))
    people = dict.fromkeys([*mentioned, *direct, *read])
    shares = {p: Share(mentioned[p], direct[p], read[p]) for p in people}
    begun, within = _busiest(timetable)
    hit, hits = within.most_common(1)[0] if within else ("", 0)
    return Noise(
        shares=dict(sorted(shares.items(), key=lambda one: (-one[1].loud, -one[1].read))),
        messages=sum(line.how in SEEN for line in timetable.lines),
        edits=sum(line.how == "edit" for line in timetable.lines),
        busiest=begun,
        peak=within.total(),
        hit=hit,
        hits=hits,
    )


def _readers(timetable: Timetable) -> Iterator[str]:
    """Once for each message in the incident's channel, everybody who is in it then."""
    inside: dict[str, None] = {}
    for line in timetable.lines:
        if line.how == "invite":
            inside |= dict.fromkeys(line.people)
        elif line.place == INCIDENT and line.how in SEEN:
            yield from inside


def _busiest(timetable: Timetable) -> tuple[datetime | None, Counter[str]]:
    """The hour with most rings, the first of several, and who was rung how often in it."""
    loud = [(line.at, line.rings) for line in timetable.lines if line.rings]
    best: tuple[datetime | None, Counter[str]] = (None, Counter())
    for begun in dict.fromkeys(at for at, _ in loud):
        within = Counter(person for at, people in loud if begun <= at < begun + HOUR for person in people)
        if within.total() > best[1].total():
            best = begun, within
    return best
