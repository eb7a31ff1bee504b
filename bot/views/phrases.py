"""Phrases that several messages share: headline, data, who leads, what is due."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.domain import sheets
from bot.domain.incident import News
from bot.domain.promises.asking import AFTERWARDS
from bot.domain.promises.clocks import TITLES, Clock, next_update_due, open_clocks
from bot.domain.promises.scorecard import verdict
from bot.views import blocks, state
from bot.views.scene import Scene
from bot.views.words import Safe, Said, joined, line, lines, say

TOLD = 3000
"""Characters of a message's words that its `text` repeats; leaves room for an escaped title within Slack's 4,000."""


def headline(scene: Scene) -> Safe:
    """`*P1 · Orders mart is stale* — INC-12`: inside the incident's channel."""
    return say("state.headline", scene)


def aloud(told: Safe, scene: Scene) -> Safe:
    """A message's `text`: what it says, however long, and of which incident. A lock screen shows nothing else."""
    return lines(blocks.trim(told, TOLD), say("state.aloud", scene))


def top(scene: Scene) -> Safe:
    """`🔴 *P1 · Orders mart is stale* → #inc-12-… · Investigating`: outside it."""
    return placed(say("state.top", scene), scene)


def placed(what: Safe, scene: Scene) -> Safe:
    """A headline with the way to the incident; how it stands too, unless the headline says how it ended."""
    word = state.word(scene.incident, scene.protocol)
    return say("state.place", scene, where=what, tail=word if scene.incident.running and word not in what else "")


def data(scene: Scene) -> Safe:
    """`data suspect since 06:10`."""
    doubted = state.data_in_doubt(scene.incident)
    looks = {"unsafe": state.unsafe(scene.incident), "since": state.wrong_since(scene.incident)}
    return say("state.data", scene, doubted=doubted, **looks)


def leads(scene: Scene) -> Safe:
    return say("state.leads", scene)


def last_said(scene: Scene) -> News | None:
    """The last update that said something; after *No change* it still is what is known."""
    return next((news for news in reversed(scene.incident.updates) if news.text), None)


def due_update(scene: Scene) -> datetime | None:
    return next_update_due(scene.incident, scene.protocol)


def next_update(scene: Scene) -> Safe:
    """`next update 09:35`, or nothing where none is promised."""
    return say("state.next_update", scene, due=due_update(scene))


def affected(scene: Scene) -> Safe:
    """`orders_mart, revenue dashboard + 3`, or nothing."""
    things, more = state.affected(scene.incident)
    return say("state.affected", scene, things=line(", ".join(things), 200), more=more)


def promise(clock: Clock, scene: Scene, form: str = "promise") -> Safe:
    """`impact due 08:13, late`; as a `promise_short`, in a list of what is due, `impact 08:13`."""
    late = clock.standing(scene.now) == "late"
    return say(f"state.{form}", scene, what=promised(clock, scene), due=clock.due, late=late)


def snoozed(clock: Clock, scene: Scene) -> Safe:
    """`snoozed by Ana: waiting for the backfill`, of a promise that was not kept because of it; nothing of others."""
    if clock.snoozed is None or verdict(clock, scene.now) != "snoozed":
        return Safe()
    return say("promises.snoozed", scene, by=clock.snoozed.by, why=clock.snoozed.why)


def promised(clock: Clock, scene: Scene) -> str:
    """What is promised; of a checklist, which."""
    listed = sheets.of_occurrence(clock.occurrence, scene.protocol) if clock.key == "checklist" else None
    return f"{TITLES[clock.key]} {listed.title}" if listed else TITLES[clock.key]


def now_due(scene: Scene) -> Safe:
    """After re-grading or reopening: everything that is due now, the nearest first. What is owed after the end is no
    matter of that moment."""
    clocks = [clock for clock in open_clocks(scene.incident, scene.protocol) if clock.key not in AFTERWARDS]
    promises = joined(promise(c, scene, "promise_short") for c in clocks)
    return say("state.now_due", scene, promises=promises) if clocks else Safe()


def parts(scene: Scene) -> Safe:
    """What was split off and goes on, a line each: over is only what is left of it here."""
    return lines(*(say("state.part", part=part) for part in scene.parts))


def sentence(*parts: Said) -> Safe:
    """Phrases of ours as sentences: each begins with a capital and ends with a full stop."""
    whole = (f"{part[:1].upper()}{part[1:]}" for part in parts if part)
    return Safe(" ".join(part if part.endswith((".", "!", "?", "…")) else f"{part}." for part in whole))


def by_person(held: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """(roles, person) of (role, person): who holds several is named once."""
    roles: dict[str, list[str]] = {}
    for role, person in held:
        roles.setdefault(person, []).append(role)
    return [(", ".join(ones), person) for person, ones in roles.items()]


def forgotten(scene: Scene) -> Safe:
    """That what people wrote in it was deleted; nothing where it was not."""
    at = scene.incident.forgotten_at
    if at is None:
        return Safe()
    local = at.astimezone(ZoneInfo(scene.protocol.calendar.timezone))
    return say("state.forgotten", scene, day=f"{local:%A} {local.day} {local:%B %Y}")
