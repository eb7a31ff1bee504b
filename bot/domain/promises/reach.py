"""Who can be reached: whose phone does not ring, who was called and did not answer, and when nobody does."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from bot.domain import fact as f
from bot.domain.duty.oncall import Roster
from bot.domain.incident import Ask, Incident
from bot.domain.promises.clocks import PAGE_WITHIN, open_clocks
from bot.domain.protocol import Protocol

PASSED_AFTER = timedelta(minutes=5)
"""House rule: whoever was called this long ago and has not done anything is passed over by the next asks. It is when
the secondary is called too."""

QUIET = ("early", "direct")
"""Ways of asking that call nobody."""


def silenced(incident: Incident, at: datetime) -> frozenset[str]:
    """Those whose notifications Slack was found to hold back at this time (Do Not Disturb)."""
    return frozenset(person for person, until in incident.muted.items() if until is None or until > at)


def passed_over(incident: Incident, now: datetime) -> frozenset[str]:
    """Those who were called to this incident and did not answer, until they do anything: they are not asked first. Who
    was called and is not needed any more, because another answered in time, did nothing wrong."""
    answered = incident.acknowledged_at
    first: dict[str, datetime] = {}
    for at, person in _calls(incident):
        if not _heard(incident, person, at):
            first.setdefault(person, at)
    over = {p for p, at in first.items() if _until(answered, at, now) - at >= PASSED_AFTER}
    pages = (page for page in incident.pages if page.answered_at is None and now - page.at >= PAGE_WITHIN)
    return frozenset({*over, *(page.person for page in pages if not _heard(incident, page.person, page.at))})


def _calls(incident: Incident) -> Iterator[tuple[datetime, str]]:
    return ((ask.handed_at or ask.at, person) for ask in incident.asks if ask.how == "page" for person in ask.people)


def _until(answered: datetime | None, called: datetime, now: datetime) -> datetime:
    return answered if answered is not None and called <= answered <= now else now


def _heard(incident: Incident, person: str, since: datetime) -> bool:
    at = incident.last_acts.get(person)
    return at is not None and at >= since


def unreached(incident: Incident, now: datetime) -> frozenset[str]:
    """Those who are not asked first: their phone is silent, or they did not answer before."""
    return silenced(incident, now) | passed_over(incident, now)


def picked(people: Iterable[str], taken: frozenset[str], asleep: frozenset[str] = frozenset()) -> tuple[str, ...]:
    """The first who was not asked yet and can be reached; where nobody can, the first all the same."""
    left = [person for person in people if person not in taken]
    return next(((person,) for person in left if person not in asleep), tuple(left[:1]))


# nobody


def nobody_answered(incident: Incident, protocol: Protocol, roster: Roster) -> f.NobodyAnswered | None:
    """That everybody who could be called was, and nobody has answered: said once of an incident of the two highest
    ranks, and again after it was reopened. None where it is not so, was said, or somebody was called just before."""
    began = max((pause.end for pause in incident.pauses if pause.end), default=incident.declared_at)
    said = incident.unanswered_at is not None and incident.unanswered_at >= began
    rank = protocol.severity_in(incident.severity, incident.environment).rank
    if said or rank > 2 or not incident.running:
        return None
    owed = {clock.name for clock in open_clocks(incident, protocol)}
    last = next((ask for ask in reversed(incident.asks) if ask.at >= began and _in_vain(ask, owed, incident)), None)
    if last is None or any(at >= last.at for at in incident.last_acts.values()):
        return None
    called: dict[str, datetime] = {}
    for at, person in _called(incident, last):
        if at >= began:
            called[person] = max(at, called.get(person, at))
    tried = tuple(person for person, at in called.items() if not _heard(incident, person, at))
    if called and (not tried or last.at - max(called.values()) < PASSED_AFTER):
        return None
    places = dict.fromkeys(one for name in protocol.management for one in roster.channels.get(name, ()))
    return f.NobodyAnswered(people=tried, channels=tuple(places))


def _called(incident: Incident, last: Ask) -> Iterator[tuple[datetime, str]]:
    """Everybody who was called, by whatever way, but for the last ask itself: it is what was in vain."""
    for ask in incident.asks:
        if ask.how not in QUIET and (ask.seq != last.seq or ask.at != last.at):
            yield from ((ask.handed_at or ask.at, person) for person in ask.people)
    yield from ((one.at, person) for one in incident.escalations for person in one.people)
    yield from ((page.at, page.person) for page in incident.pages)


def _in_vain(ask: Ask, owed: set[tuple[str, int]], incident: Incident) -> bool:
    """Whether nobody was left to ask by then, everybody was asked for the second time, or an incident was to be
    acknowledged and all were called up to level 2."""
    if ask.how in QUIET or not owed & {(covered.key, covered.occurrence) for covered in ask.covers}:
        return False
    if ask.step.startswith("round "):
        return True
    if any(covered.key == "acknowledge" for covered in ask.covers):
        higher = any(a.step == "level 2" and a.seq < ask.seq for a in incident.asks)
        return higher if ask.step == "due" else not ask.people and ask.step in ("climb", "ladder")
    return not ask.people
