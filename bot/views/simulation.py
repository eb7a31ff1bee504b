"""A simulated incident as a page for a terminal: what happens minute by minute, and the noise it makes."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from html import unescape
from typing import Any
from zoneinfo import ZoneInfo

from bot.domain.bench.simulate import Plot
from bot.domain.bench.timetable import INCIDENT, Line, Noise, Timetable, noise
from bot.domain.message import KINDS
from bot.domain.promises.clocks import TITLES
from bot.domain.promises.scorecard import BROKEN, JUDGED, verdict
from bot.domain.protocol import Protocol
from bot.views.words import escaped, listed, say

WIDTH = 100
"""Columns of a terminal that are used."""

_WORDED = (
    *("card", "next", "say", "matter", "notice", "news", "turning"),
    *("stakeholders", "management", "tell", "summon"),
)
_NAMED = (
    "nobody_answered",
    "advice_shown",
    "resolved",
    "standup",
    "handover",
    "feedback",
    "shift_changed",
    "owners_called",
)
"""Kinds of entry that are told in the same words wherever they are."""

_INDENT = " " * 32
_KEPT = "\N{NO-BREAK SPACE}"
_HOUSE = re.compile(r"^house (?:default for [^,]+|rule(?: \([^)]*\)|:[^,]*)?)")
"""How the clauses of Sitrep's own rules begin."""

_MINUTE = timedelta(minutes=1)

Names = Callable[[str], str]
"""What a person is called."""


def page(timetable: Timetable, plot: Plot, protocol: Protocol, names: Names, unmanned: Sequence[str] = ()) -> str:
    """The whole of it. `unmanned`: names of the protocol that nobody answers to."""
    return "\n".join(_lines(timetable, plot, protocol, names, unmanned))


def _lines(
    timetable: Timetable, plot: Plot, protocol: Protocol, names: Names, unmanned: Sequence[str]
) -> Iterator[str]:
    severity = protocol.severity_in(timetable.severity, plot.environment)
    done = _said("plot", acknowledged=plot.acknowledged_after, resolved=plot.resolved_after)
    began = timetable.began.astimezone(ZoneInfo(protocol.calendar.timezone))
    when = f"{began:%a %-d %b %Y %H:%M} {began.tzname()}"
    yield from _wrapped(_said("head", protocol=protocol, severity=severity, when=when, plot=done), "")
    yield from _wrapped(_said("clauses", protocol=protocol), "")
    yield ""
    for same in _rows(timetable):
        yield from _row(same, timetable, protocol, names)
    yield ""
    yield _said(f"end_{timetable.ended}")
    yield from _wrapped(_kept(timetable), "")
    yield from _noise(timetable, protocol, names)
    if unmanned:
        yield from _wrapped(_said("unmanned", names=listed(map(escaped, unmanned))), "")


def _rows(timetable: Timetable) -> Iterable[list[Line]]:
    """What follows from one entry and is the same thing in several places is one row; an edit is none."""
    rows: dict[tuple[object, ...], list[Line]] = {}
    for line in timetable.lines:
        many = line.does not in ("pages", "asks", "calls", "invites")
        what = (line.kind, line.how, line.place) if many else ()
        if line.how != "edit":
            rows.setdefault((line.at, line.seq, line.does, *what), []).append(line)
    return rows.values()


def _row(same: Sequence[Line], timetable: Timetable, protocol: Protocol, names: Names) -> Iterator[str]:
    first = same[0]
    people = dict.fromkeys(person for line in same for person in line.people)
    values = {
        "who": listed(escaped(names(person)) for person in people),
        "where": _where(same),
        "about": listed(escaped(TITLES.get(key, key)) for key in dict.fromkeys(first.about)),
        "step": first.step,
        "what": _what(first),
    }
    form = "nobody" if first.does in ("asks", "pages") and not people else first.does
    clause = _clause(first.clause, protocol)
    told = _said(form, **values) + (f" ({clause})" if clause else "")
    after = (first.at - timetable.began) // _MINUTE
    head = f"+{after // 60}:{after % 60:02}"
    at = _wall(first.at, timetable.began, protocol)
    yield from _wrapped(told, f"{head:<8}{at:<11}{first.does:<13}")


def _what(line: Line) -> str:
    if line.because in _NAMED:
        return _said(f"because_{line.because}")
    return _said(f"what_{line.kind}") if line.kind in _WORDED else KINDS.get(line.kind, line.kind)


def _where(same: Sequence[Line]) -> str:
    hows = {line.how for line in same}
    place = next((line.place for line in same if line.place), INCIDENT)
    named = f"the {place}" if place == INCIDENT else f"#{place}"
    if "everyone" in hows:
        return _said("where_everyone", place=named)
    if hows == {"direct"}:
        return _said("where_direct")
    if place != INCIDENT:
        return _said("where_thread" if "reply" in hows else "where_outside", place=named)
    return _said("where_inside_both" if "direct" in hows else "where_inside")


def _clause(clause: str, protocol: Protocol) -> str:
    """The clause, without the name that stands above."""
    clause = _HOUSE.sub("house", clause)
    return clause.removeprefix(f"{protocol.name} ").replace("§ ", f"§{_KEPT}")


def _wall(at: datetime, began: datetime, protocol: Protocol) -> str:
    """The time on the team's own clock, with its day where that is another."""
    zone = ZoneInfo(protocol.calendar.timezone)
    local = at.astimezone(zone)
    return f"{local:%H:%M}" if local.date() == began.astimezone(zone).date() else f"{local:%a %H:%M}"


def _kept(timetable: Timetable) -> str:
    """How the promises stand in the end."""
    stands = [(TITLES[clock.key], verdict(clock, timetable.until)) for clock in timetable.promises]
    counted = [what for what, how in stands if how in JUDGED]
    broken = dict.fromkeys(escaped(what) for what, how in stands if how in BROKEN)
    kept = len(counted) - sum(how in BROKEN for _, how in stands)
    return _said("kept", kept=kept, count=len(counted), broken=listed(broken)) if counted else ""


def _noise(timetable: Timetable, protocol: Protocol, names: Names) -> Iterator[str]:
    found = noise(timetable)
    last = max(line.at for line in timetable.lines)
    counts = {
        "rings": sum(share.rings for share in found.shares.values()),
        "direct": sum(share.direct for share in found.shares.values()),
        "messages": found.messages,
        "edits": found.edits,
    }
    yield from _wrapped(_said("noise", length=last - timetable.began, many=_many, **counts), "")
    if not found.rings or found.busiest is None:
        yield _said("noise_nobody")
        return
    yield from _shares(found, names)
    begins = _wall(found.busiest, timetable.began, protocol)
    told = _said("busiest", begins=begins, peak=found.peak, who=names(found.hit), hits=found.hits, many=_many)
    yield from _wrapped(told, "")


def _shares(found: Noise, names: Names) -> Iterator[str]:
    """Whom it rings, and how much they find in the incident's channel; others only read."""
    wide = max(len(names(person)) for person in found.shares)
    yield f"{'':<{wide}}  rings  direct  in the channel"
    for person, share in found.shares.items():
        yield f"{names(person):<{wide}}  {share.rings:>5}  {share.direct:>6}  {share.read:>14}"


def _many(count: int, one: str, more: str) -> str:
    return f"{count} {one if count == 1 else more}"


def _wrapped(text: str, head: str) -> list[str]:
    indent = _INDENT if head else ""
    found = textwrap.wrap(
        text, WIDTH, initial_indent=head, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )
    return [one.replace(_KEPT, " ") for one in found]


def _said(phrase: str, **values: Any) -> str:
    """The words for a terminal, which shows every character as it is."""
    return unescape(say(f"simulation.{phrase}", **values))
