"""The closing summary, and the scorecard in its thread: what happened, and how well the protocol was kept."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from bot.domain import fact as f
from bot.domain.fact import Entry
from bot.domain.promises.clocks import Clock
from bot.domain.promises.scorecard import BROKEN, JUDGED, VERDICTS, judged, verdict
from bot.views import blocks, changes, checklists, phrases, proposals, runbooks, state, work
from bot.views.scene import Post, Scene
from bot.views.words import Safe, joined, lines, listed, lower_first, name, say

MOMENTS = 5
"""Marked moments in the summary; the attached timeline has all of them."""

NAMED = 2
"""Promises that were not kept and are named in the summary; its thread has all of them."""


def summary(scene: Scene, head: str) -> Post:
    """Outcome, durations, promises kept, marked moments, thanks. `head` is the digest of the record's last entry: it is
    printed so that the record can be verified against something outside the database."""
    kept = (_promises(scene), checklists.left_unticked(scene), _unmet(scene), _changes(scene), _automatable(scene))
    told = lines(*_outcome(scene), _durations(scene), *kept)
    moments = lines(_moments(scene), work.still_to_do(scene))
    tied = joined([runbooks.ticket(scene), changes.links(scene)])
    thanks = lines(runbooks.worked(scene), tied, _roles(scene), _thanks(scene))
    small = say("summary.record", scene, count=len(scene.entries), head=head)
    text = lines(told, moments, thanks, small)
    return blocks.post(
        text, blocks.sections(told), blocks.sections(moments), blocks.sections(thanks), blocks.context(small)
    )


def scorecard(scene: Scene) -> Post:
    """Each promise: missed, late by how much, snoozed by whom, kept, not applicable; with its clause. What was not kept
    comes first."""
    rows = sorted(_judged(scene), key=lambda c: VERDICTS.index(verdict(c, scene.now)))
    told = lines(say("summary.scorecard", scene), *proposals.unapproved(scene), *(_row(clock, scene) for clock in rows))
    return blocks.paragraph(told)


def _judged(scene: Scene) -> list[Clock]:
    return list(judged(scene.incident, scene.protocol))


def _row(clock: Clock, scene: Scene) -> Safe:
    standing = clock.standing(scene.now)
    form = {"not applicable": "row_none", "running": "row_running", "missed": "row_missed", "late": "row_late"}.get(
        standing, "row_kept"
    )
    late, snoozed = clock.late_by(scene.now), phrases.snoozed(clock, scene)
    return say(f"summary.{form}", scene, clock=clock, what=phrases.promised(clock, scene), late=late, snoozed=snoozed)


def _outcome(scene: Scene) -> list[Safe]:
    incident = scene.incident
    resolved = incident.resolved_at or scene.now
    return [
        say("summary.closed", scene),
        say("summary.resolved", scene, length=state.open_for(incident, resolved), data=phrases.data(scene)),
        say("summary.cause", scene),
        say("summary.fix", scene) if incident.fix else Safe(),
    ]


def _durations(scene: Scene) -> Safe:
    incident = scene.incident
    detected, resolved = incident.detected_at, incident.resolved_at
    lengths: list[tuple[str, timedelta | None]] = [
        ("Detect", detected - incident.started_at if incident.started_at else None),
        ("Acknowledge", incident.acknowledged_at - detected if incident.acknowledged_at else None),
        ("Triage", incident.triaged_at - detected if incident.triaged_at else None),
        ("Resolve", state.open_for(incident, resolved) if resolved else None),
        ("Figures wrong", _downtime(scene)),
    ]
    return joined(say("summary.duration", what=what, length=length) for what, length in lengths if length is not None)


def _downtime(scene: Scene) -> timedelta | None:
    """How long the figures were wrong or late: from when it began, as far as anybody knows, until they were right."""
    incident = scene.incident
    right = incident.trusted_from or incident.resolved_at
    if incident.data_turned == 0 or right is None:
        return None
    return max(right - (state.wrong_since(incident) or incident.detected_at), timedelta(0))


def _roles(scene: Scene) -> Safe:
    """Who held which role, the responder among them."""
    incident, protocol = scene.incident, scene.protocol
    held = {protocol.responder_role.name: incident.responder, **incident.roles}
    people = [(role.title, person) for role in protocol.roles if (person := held.get(role.name))]
    return joined(say("summary.role", scene, role=title, person=one) for title, one in phrases.by_person(people))


def _promises(scene: Scene) -> Safe:
    """`11 of 12 promises kept; the 08:30 update came 9 min late`."""
    counted = [c for c in _judged(scene) if verdict(c, scene.now) in JUDGED]
    broken = sorted((c for c in counted if verdict(c, scene.now) in BROKEN), key=lambda c: c.due or c.start)
    named = [_broken(clock, scene) for clock in broken[:NAMED]]
    more = [say("summary.more_broken", count=len(broken) - NAMED)] if len(broken) > NAMED else []
    kept = len(counted) - len(broken)
    return say("summary.promises", kept=kept, count=len(counted), broken=listed([*named, *more]))


def _broken(clock: Clock, scene: Scene) -> Safe:
    form = "late" if clock.standing(scene.now) == "late" else "missed"
    late, snoozed = clock.late_by(scene.now), phrases.snoozed(clock, scene)
    what = phrases.promised(clock, scene)
    return say(f"summary.broken_{form}", scene, due=clock.due, what=what, late=late, snoozed=snoozed)


def _unmet(scene: Scene) -> Safe:
    unmet = [lower_first(c.text.rstrip(".")) for c in scene.protocol.closure if c.id in scene.incident.criteria_unmet]
    return say("summary.unmet", scene, unmet="; ".join(unmet)) if unmet else Safe()


def _changes(scene: Scene) -> Safe:
    """The changes that needed approval, and who gave it or went ahead without."""
    told = proposals.changes(scene)
    return say("summary.changes", changes=told) if told else Safe()


def _automatable(scene: Scene) -> Safe:
    answer = scene.incident.automatable
    return Safe() if answer is None else say("summary.automatable", answer="yes" if answer else "no")


def _moments(scene: Scene) -> Safe:
    kept = {mark.seq for mark in scene.incident.marks}
    marked = sorted((e for e in scene.entries if e.seq in kept), key=lambda e: e.at)
    shown = [_moment(e, scene) for e in _spread(marked, MOMENTS)]
    return lines(say("summary.moments"), *shown) if shown else Safe()


def _spread(marked: Sequence[Entry], count: int) -> list[Entry]:
    """The first, the last and some evenly between: the beginning and the end of a story both matter."""
    if len(marked) <= count:
        return list(marked)
    return [marked[round(n * (len(marked) - 1) / (count - 1))] for n in range(count)]


def _moment(entry: Entry, scene: Scene) -> Safe:
    if not isinstance(entry.fact, f.MessageMarked):
        raise TypeError(f"a mark is a marked message, not {entry.fact.kind}")
    return say("summary.moment", scene, entry=entry, author=entry.fact.author)


def _thanks(scene: Scene) -> Safe:
    names = [name(p, scene) for p in scene.incident.participants if p in scene.names]
    return say("summary.thanks", people=listed(names)) if names else Safe()
