"""Promises: what runs, what was kept, what is late or missed, each with its due time and clause; and why the last
reminder came."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bot.domain.incident import Ask
from bot.domain.promises.clocks import TITLES, Clock, clocks
from bot.domain.promises.scorecard import verdict
from bot.views import phrases
from bot.views.answers import BOT_DOES, away
from bot.views.blocks import Block, context, post, sections
from bot.views.scene import Post, Scene
from bot.views.words import Safe, escaped, joined, listed, lower_first, name, say

KEPT_MOST = 10
"""Kept promises listed one by one: the latest. The summary at closing lists them all."""

STOPS = {
    "acknowledge": "Acknowledging it",
    "triage": "Confirming or changing the severity, a later phase or the first update",
    "first_notice": "The impact stated and somebody responsible",
    "impact": "Stating the impact",
    "checklist": "Ticking what is left of it",
    "update": "Any update",
    "escalate": "Resolving",
    "management": "Word reaching management",
    "phase": "Moving on to another phase, or resolving",
    "resolve": "Resolving",
    "page": "Whatever the person paged does or writes there",
    "close": "Closing",
    "postmortem": "Saying that it is done",
    "action": "Doing it, or dropping it",
}
"""What stops the reminders of each promise."""


def promises(scene: Scene) -> Post:
    """Every promise so far by how it stands, the open ones first."""
    known = clocks(scene.incident, scene.protocol)
    groups = [say("promises.head", scene)]
    groups += [_group(scene, title, some) for title, some in _standings(scene, known) if some]
    groups += [_not_applicable(scene, known)]
    why = _why(scene)
    drawn: list[list[Block]] = [sections(group) for group in groups if group]
    return post(joined([*groups, why], by="\n"), *drawn, context(why))


def _standings(scene: Scene, known: Sequence[Clock]) -> Iterator[tuple[str, list[Clock]]]:
    stands = {c.name: verdict(c, scene.now) for c in known}
    yield "Late and open", [c for c in known if c.open and stands[c.name] == "late"]
    yield "Snoozed and late", [c for c in known if stands[c.name] == "snoozed"]
    yield "Running", [c for c in known if stands[c.name] == "running"]
    yield "Missed", [c for c in known if stands[c.name] == "missed"]
    yield "Kept late", [c for c in known if not c.open and stands[c.name] == "late"]
    yield "Kept", [c for c in known if stands[c.name] == "kept"]


def _not_applicable(scene: Scene, known: Sequence[Clock]) -> Safe:
    """What is not promised at this severity, or was not due before it ended."""
    those = dict.fromkeys(escaped(TITLES[c.key]) for c in known if verdict(c, scene.now) == "not applicable")
    return say("promises.not_applicable", what=joined(those, by=", ")) if those else Safe()


def _group(scene: Scene, title: str, some: list[Clock]) -> Safe:
    shown = some[-KEPT_MOST:] if title == "Kept" else some
    more = len(some) - len(shown)
    lines = [say("promises.group", title=title, count=len(some)), *(_line(scene, c) for c in shown)]
    return joined([*lines, say("promises.more", count=more) if more else ""], by="\n")


def _line(scene: Scene, clock: Clock) -> Safe:
    due = clock.due or clock.start
    title = phrases.promised(clock, scene)
    values = {"title": title, "due": due, "away": away(due, scene.now), "late_by": clock.late_by(scene.now)}
    more = {"clause": clock.clause, "kept_at": clock.kept_at, "snoozed": _snoozed(scene, clock)}
    return say(f"promises.{clock.standing(scene.now)}", scene, **values, **more)


def _snoozed(scene: Scene, clock: Clock) -> Safe:
    """A late promise that is snoozed is late all the same, and says who and why, afterwards too."""
    if verdict(clock, scene.now) == "snoozed":
        return phrases.snoozed(clock, scene)
    snooze = scene.incident.snooze
    if snooze is None or not clock.open or clock.key in BOT_DOES or snooze.until <= scene.now:
        return Safe("")
    return say("promises.snoozed", scene, by=snooze.by, why=snooze.why)


def _why(scene: Scene) -> Safe:
    """Why the last reminder came, and what stops it."""
    asks = scene.incident.asks
    return _last_asked(scene, asks[-1]) if asks else say("promises.never_asked")


def _last_asked(scene: Scene, ask: Ask) -> Safe:
    people = listed(name(person, scene) for person in ask.people)
    titles = listed(dict.fromkeys(escaped(TITLES[c.key]) for c in ask.covers if c.key in TITLES))
    still = {c.name for c in clocks(scene.incident, scene.protocol) if c.open}
    left = [c for c in ask.covers if (c.key, c.occurrence) in still]
    over = not left
    stops = joined(dict.fromkeys(escaped(lower_first(STOPS[c.key])) for c in left if c.key in STOPS), by="; ")
    values = {"people": people, "titles": titles, "over": over, "stops": stops, "due": ask.due, "at": ask.at}
    return say("promises.last_asked", scene, clause=ask.clause, **values)
