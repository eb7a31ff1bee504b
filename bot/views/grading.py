"""How the topic of how bad it is and of what kind reads: on the timeline, in private answers, in the incident's
channel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from slack_sdk.models.blocks import ButtonElement

from bot.domain import fact as f
from bot.domain.fact import Entry
from bot.domain.grading import typical
from bot.domain.incident import SeverityRequest
from bot.domain.promises.answering import lead_of
from bot.views import blocks, phrases, tellings
from bot.views.ids import Action, value
from bot.views.pen import Pen
from bot.views.scene import Post, Scene
from bot.views.words import Safe, escaped, joined, lines, listed, lower_first, say


def told(scene: Scene, entry: Entry, pen: Pen) -> Safe:
    """What the timeline says of it."""
    match entry.fact:
        case f.CategoriesSet(categories=names):
            return say("grading.told_categories", categories=listed(pen.said(title(scene, name)) for name in names))
        case f.TypicalKept(severity=severity):
            return say("grading.told_kept", severity=severity)
        case f.EnvironmentSet(old=old, new=new):
            return say("grading.told_environment", old=pen.said(old), new=pen.said(new))
        case f.ImpactAssessed(levels=levels, proposed=proposed, note=note):
            judged = listed(pen.said(text) for text in _judged(scene, levels))
            return say("grading.told_assessed", judged=judged, proposed=proposed, note=pen.said(note))
        case f.SeverityRequested(severity=severity, why=why):
            return say("grading.told_requested", severity=severity, why=pen.said(why))
        case f.SeverityRequestDeclined(request=seq, why=why):
            asked = _request(scene, seq)
            by = pen.said(scene.name(asked.by)) if asked else ""
            severity = asked.severity if asked else ""
            return say("grading.told_declined", severity=severity, by=by, why=pen.said(why))
        case _:
            raise TypeError(f"the timeline has no words for a fact of kind {entry.fact.kind}")


def title(scene: Scene, category: str) -> str:
    """A category in words, for the middle of a sentence."""
    found = scene.protocol.category(category)
    return lower_first(found.title) if found else category


def kinds(scene: Scene) -> Safe:
    """The incident's categories, the primary one first; nothing where nobody said."""
    names = [escaped(title(scene, name)) for name in scene.incident.categories]
    return say("grading.kinds", kinds=joined(names, by=", ")) if names else Safe()


def judged(scene: Scene) -> Safe:
    """How the impact was judged last, side by side; nothing where nobody judged it."""
    return joined((escaped(text) for text in _judged(scene, scene.incident.assessed)), by=", ")


def _judged(scene: Scene, levels: Mapping[str, str]) -> list[str]:
    known = [one for one in scene.protocol.impact if one.name in levels]
    return [f"{lower_first(one.title)} {levels[one.name]}" for one in known]


def _request(scene: Scene, seq: int) -> SeverityRequest | None:
    return next((one for one in scene.incident.severity_requests if one.seq == seq), None)


def asked_by(scene: Scene, entry: Entry) -> str | None:
    """Who had asked for the severity that this entry brought, in the words it was given; None when it was given by
    itself, or by whoever asked."""
    why = entry.fact.why if isinstance(entry.fact, f.SeverityChanged) else None
    met = (one.by for one in scene.incident.severity_requests if one.answered == entry.seq and one.why == why)
    return next((by for by in met if by != entry.by), None)


# private answers


def answered(scene: Scene, entry: Entry) -> Safe | None:
    """What whoever did it reads, privately; None where the bot or Slack did it."""
    match entry.fact:
        case f.CategoriesSet(categories=names):
            chosen = listed(escaped(title(scene, name)) for name in names)
            said = [] if _told_later(scene) else typically(scene)
            return joined([say("grading.categories", scene, chosen=chosen), *said, *_teams(scene)], by="\n")
        case f.TypicalKept():
            return say("grading.kept", scene)
        case f.EnvironmentSet(new=new):
            return say("grading.environment", scene, environment=new, clause=scene.severity.clause("update_every"))
        case f.ImpactAssessed(proposed=proposed):
            return _points(scene, proposed)
        case f.SeverityRequested(severity=severity):
            return say("grading.requested", scene, wanted=severity, lead=lead_of(scene.incident, scene.protocol))
        case f.SeverityRequestDeclined(request=seq):
            asked = _request(scene, seq)
            return say(
                "grading.declined", scene, wanted=asked.severity if asked else "", by=asked.by if asked else None
            )
        case _:
            return None


def _told_later(scene: Scene) -> bool:
    """Whether the declarer is still to read where the incident is: what is typical is asked there."""
    return scene.incident.channel is None and scene.incident.channel_error is None


def typically(scene: Scene) -> list[Safe]:
    """What the protocol says is typical for such an incident, where this one is graded otherwise. Of a range the higher
    severity is proposed, and both are told."""
    found = typical(scene.incident, scene.protocol)
    if found is None:
        return []
    clause = found.clause("severity")
    return [say("grading.typical", scene, kind=title(scene, found.name), category=found, clause=clause)]


def _teams(scene: Scene) -> list[Safe]:
    """Who is called for such an incident and was not yet: offered beside it."""
    found = [scene.protocol.category(one) for one in scene.incident.categories]
    left = tellings.uncalled(scene) if scene.incident.running else []
    teams = {one.team: one.clause("team") for one in found if one and one.team in left}
    return [say("grading.team", scene, team=team, clause=clause) for team, clause in teams.items()]


def _points(scene: Scene, proposed: str | None) -> Safe:
    other = proposed is not None and proposed != scene.incident.severity
    return say("grading.assessed", scene, judged=judged(scene), proposed=proposed, other=other)


def offers(scene: Scene, entries: Sequence[Entry]) -> list[ButtonElement]:
    """*Make it P1* in the private answer, where the judged impact or the category points to another severity, and
    *Keep P2* where the category does."""
    if not scene.incident.running:
        return []
    judged_now = (entry.fact.proposed for entry in entries if isinstance(entry.fact, f.ImpactAssessed))
    points = next((one for one in judged_now if one and one != scene.incident.severity), None)
    if points is not None:
        return [_make(scene, points, "the judged impact")]
    filed = any(isinstance(entry.fact, f.CategoriesSet) for entry in entries)
    return choices(scene) if filed and not _told_later(scene) else []


def choices(scene: Scene) -> list[ButtonElement]:
    """The severity that is typical, or the one it has; nothing where they are the same, or somebody has chosen."""
    found = typical(scene.incident, scene.protocol)
    if found is None or found.severity is None:
        return []
    keep = blocks.button(f"Keep {scene.incident.severity}", Action.KEEP_SEVERITY, value(scene.incident.id))
    return [_make(scene, found.severity, "typical for its category"), keep]


def _make(scene: Scene, severity: str, why: str) -> ButtonElement:
    held = value(scene.incident.id, verb="severity", text=f"{severity} {why}")
    return blocks.button(f"Make it {severity}", f"{Action.PICK}:0", held)


def hints(scene: Scene) -> list[Safe]:
    """For what is to be found out next: that the kind or the judged impact points to another severity."""
    found = typical(scene.incident, scene.protocol)
    pointed = scene.protocol.proposed(scene.incident.assessed)
    if pointed is not None and pointed.name != scene.incident.severity:
        return [say("grading.hint_judged", scene, wanted=pointed.name, judged=judged(scene))]
    return [say("grading.hint_typical", scene, category=found, kind=title(scene, found.name))] if found else []


# in the channel


def statement(scene: Scene, entry: Entry) -> Post:
    """What is said about it in the incident's channel; `scene` is folded up to it."""
    match entry.fact:
        case f.EnvironmentSet(old=old, new=new):
            head = say("grading.environment_said", scene, old=old, new=new)
            by = say("statements.by_whom", scene, entry=entry, why="")
            said, small = lines(head, by, phrases.now_due(scene)), _counted(scene, new)
            return blocks.post(phrases.aloud(lines(said, small), scene), blocks.sections(said), blocks.context(small))
        case _:
            raise ValueError(f"nothing is said in the channel about {entry.fact.kind}")


def _counted(scene: Scene, environment: str) -> Safe:
    """Whose promises hold there, and by which clause."""
    place = scene.protocol.environment(environment)
    counted = scene.protocol.counted_as(scene.incident.severity, environment)
    if place is None or counted == scene.incident.severity:
        return say("state.by_protocol", scene)
    return say("grading.counted", scene, environment=environment, counted=counted, clause=place.clause("lowers_by"))


def request(scene: Scene, asked: SeverityRequest) -> Post:
    """A severity somebody asks for: put to whoever leads, with *Accept* and *Decline*; answered, one line."""
    if asked.state != "waiting" or not scene.incident.running:
        return blocks.paragraph(say("grading.request_over", scene, asked=asked))
    lead = lead_of(scene.incident, scene.protocol)
    whom = lead or scene.incident.responder or scene.incident.primary
    higher = scene.protocol.severity(asked.severity).rank < scene.protocol.severity(scene.incident.severity).rank
    head = say("grading.request", scene, asked=asked, whom=whom if whom != asked.by else None, higher=higher)
    small = say("grading.request_small", scene, asked=asked)
    held = value(scene.incident.id, ask=asked.seq)
    row = blocks.actions(
        blocks.button("Accept", Action.ACCEPT, held, style="primary"),
        blocks.button("Decline", Action.DECLINE, held),
    )
    return blocks.post(phrases.aloud(head, scene), blocks.sections(head), row, blocks.context(small))


def direct(scene: Scene, entry: Entry) -> Post:
    """The direct message to whoever asked for a severity."""
    met = (one for one in scene.incident.severity_requests if one.answered == entry.seq and one.by == scene.reader)
    asked = next(met, None)
    if asked is None:
        raise TypeError(f"nobody was answered by entry {entry.seq}")
    return blocks.paragraph(say("grading.request_answered", scene, asked=asked))
