"""What is left of a reminder that is over: `✓ 09:37 Ana posted an update`."""

from __future__ import annotations

from datetime import datetime

from bot.domain import sheets
from bot.domain.promises.clocks import Clock
from bot.views.scene import Scene
from bot.views.words import Safe, say


def answered(scene: Scene, over: list[Clock]) -> Safe:
    """The line for promises of which none is open any more: what kept the last of them, or stopped it later."""
    kept = max((c for c in over if c.kept_at), key=lambda c: c.kept_at or c.start, default=None)
    stopped = max((c.stopped_at for c in over if c.stopped_at), default=None)
    if kept is not None and kept.kept_at is not None and (stopped is None or stopped <= kept.kept_at):
        return say("reminder.answered", scene, at=kept.kept_at, what=_kept(scene, kept, kept.kept_at))
    if stopped is None:
        return say("reminder.not_promised", scene)
    return say("reminder.answered", scene, at=stopped, what=_stopped(scene, stopped))


def _kept(scene: Scene, clock: Clock, at: datetime) -> Safe:
    incident = scene.incident
    news = next((n for n in incident.updates if n.at == at), None)
    if clock.key == "update" and news is not None:
        return say("reminder.did_no_change" if news.no_change else "reminder.did_update", scene, who=news.by)
    if clock.key == "update":
        return _stopped(scene, at)
    who = {
        "acknowledge": incident.acknowledged_by,
        "impact": _stater(scene, at),
        "checklist": next((tick.by for tick in reversed(incident.ticks) if tick.at == at), None),
        "close": incident.closed_by,
        "postmortem": incident.postmortem_done_by,
    }
    if clock.key == "resolve" or (clock.key == "phase" and at == incident.resolved_at):
        return say("reminder.did_resolve", scene, who=incident.resolved_by)
    return say(f"reminder.did_{clock.key}", scene, who=who.get(clock.key), about=about(scene, clock))


def about(scene: Scene, clock: Clock) -> str:
    """The phase or the checklist that a promise is about, where it is about one."""
    if clock.key == "checklist":
        found = sheets.of_occurrence(clock.occurrence, scene.protocol)
        return found.title if found else ""
    steps = scene.incident.phases
    there = clock.key == "phase" and clock.occurrence <= len(steps)
    return scene.protocol.phase(steps[clock.occurrence - 1].phase).title if there else ""


def _stater(scene: Scene, at: datetime) -> str | None:
    """Who stated the impact then: the incident remembers the last one, the timeline all of them."""
    told = (e.by for e in scene.entries if e.fact.kind == "impact_stated" and e.at == at)
    return next(told, scene.incident.impact_by)


def _stopped(scene: Scene, at: datetime) -> Safe:
    incident = scene.incident
    if at == incident.resolved_at:
        return say("reminder.did_resolve", scene, who=incident.resolved_by)
    return say("reminder.did_end", scene)
