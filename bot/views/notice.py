"""What is read outside the incident's channel: by the team (the announcement), by stakeholders and by management."""

from __future__ import annotations

from bot.domain import fact as f
from bot.domain.fact import Entry
from bot.domain.incident import DataState
from bot.views import blocks, called, grading, phrases, postmortem, runbooks, state
from bot.views.ids import Action, value
from bot.views.phrases import sentence
from bot.views.scene import Post, Scene
from bot.views.words import Safe, joined, lines, say


def notice(scene: Scene) -> Post:
    """The announcement as it stands now: what, what it means, who leads, when the next news comes."""
    calls = called.standing(scene)
    top = joined([called.everyone(calls), phrases.top(scene)], "")
    told = lines(top, *how_it_stands(scene), called.called(scene, calls), runbooks.ticket(scene))
    follow = blocks.button("Follow", Action.FOLLOW, value(scene.incident.id))
    return blocks.post(told, blocks.sections(told), blocks.actions(*([follow] if scene.incident.running else [])))


def how_it_stands(scene: Scene) -> list[Safe]:
    """What it means, and since when, who leads and when the next news comes."""
    return [_meaning(scene), _standing(scene)]


def news(scene: Scene, entry: Entry) -> Post:
    """A line in the announcement's thread. Raises ValueError for a kind of fact that is no news to the team."""
    match entry.fact:
        case f.UpdatePosted():
            told = joined([say("notice.news_update", scene, entry=entry), phrases.next_update(scene)])
        case f.SeverityChanged():
            asked = _accepted(scene, entry)
            calls = called.called(scene, called.at_once(scene, entry))
            told = lines(say("notice.news_regraded", scene, entry=entry, asked=asked), _leads_and_next(scene), calls)
        case f.ImpactStated():
            told = lines(say("notice.impact", scene), sentence(phrases.data(scene)))
        case f.DataStated():
            told = sentence(phrases.data(scene))
        case f.Cancelled():
            told = say("notice.news_cancelled", scene, entry=entry)
        case f.PostmortemScheduled():
            told = postmortem.announced(scene, entry)
        case f.Closed():
            told = say("notice.news_closed", scene, entry=entry)
        case _:
            raise ValueError(f"{entry.fact.kind} is no news for the announcement's thread")
    return blocks.post(phrases.aloud(told, scene), blocks.sections(told))


def turning(scene: Scene, entry: Entry) -> Post:
    """A turning point, seen at the top of the announcement channel: raised to rank 1–2, figures unsafe or safe,
    resolved, reopened. Raises ValueError for any other kind of fact."""
    match entry.fact:
        case f.SeverityChanged(why=why):
            calls = called.at_once(scene, entry)
            return _turn(
                scene,
                joined([called.everyone(calls), say("notice.turned_raised", scene, entry=entry)], ""),
                _accepted(scene, entry) or _why(why),
                _impact(scene),
                _leads_and_next(scene),
                called.called(scene, calls),
            )
        case f.ImpactStated() | f.DataStated():
            how = "notice.turned_unsafe" if state.unsafe(scene.incident) else "notice.turned_safe"
            return _turn(scene, say(how, scene), _meaning(scene), _leads_and_next(scene))
        case f.Resolved():
            over = say("state.top", scene), say("notice.fixed", scene), _standing(scene)
            return _turn(scene, *over, phrases.parts(scene))
        case f.Undone():
            return _turn(scene, say("notice.turned_untrue", scene), _meaning(scene), _leads_and_next(scene))
        case f.Reopened(why=why):
            return _turn(scene, say("notice.turned_reopened", scene), _why(why), _leads_and_next(scene))
        case _:
            raise ValueError(f"{entry.fact.kind} is no turning point")


def stakeholders(scene: Scene, untrue: Safe | None = None) -> Post:
    """What it means for those who use the data, after what was wrong in what they read before (`untrue`). Built only
    from the impact somebody stated, the state of the data, when it is expected to be right, when the next news comes
    and who leads; never from free text, the title included."""
    told = joined([untrue or Safe(), _for_users(scene)], " ")
    return blocks.paragraph(joined([told, _signature(scene)], " — "))


def management(scene: Scene, untrue: Safe | None = None) -> Post:
    """The stakeholders' words, with what it is called and where it is followed. Of a private incident somebody outside
    it reads only that there is one."""
    if state.hidden(scene):
        told = joined([say("notice.private", scene), say("notice.who_lets_in", scene)], " ")
    else:
        told = lines(phrases.top(scene), untrue or Safe(), _for_users(scene), sentence(phrases.leads(scene)))
    clause = scene.protocol.clause(scene.incident.severity, "management_after")
    return blocks.post(told, blocks.sections(told), blocks.context(say("notice.management_why", scene, clause=clause)))


def _turn(scene: Scene, what: Safe, *told: Safe) -> Post:
    return blocks.paragraph(lines(phrases.placed(what, scene), *told))


def _why(text: str) -> Safe:
    return say("notice.why", why=text) if text else Safe()


def _accepted(scene: Scene, entry: Entry) -> Safe:
    """Who asked for the severity and who gave it; nothing where nobody had asked."""
    asker = grading.asked_by(scene, entry)
    why = entry.fact.why if isinstance(entry.fact, f.SeverityChanged) else ""
    return say("grading.accepted_outside", scene, entry=entry, asker=asker, why=why) if asker else Safe()


def _impact(scene: Scene) -> Safe:
    return say("notice.impact", scene) if scene.incident.impact else Safe()


def _meaning(scene: Scene) -> Safe:
    """The impact and the data; while nobody has said what it means, that nobody knows."""
    incident = scene.incident
    if not incident.running:
        return Safe()
    known = incident.impact and not state.data_in_doubt(incident)
    impact = _impact(scene) if known else say("notice.impact_unknown")
    return joined([impact, sentence(phrases.data(scene)) if incident.data != "not checked" else ""], " ")


def _standing(scene: Scene) -> Safe:
    incident = scene.incident
    ended = state.ended_at(incident)
    if ended is None:
        affected = phrases.affected(scene)
        affects = say("notice.affects", scene, affected=affected) if affected else Safe()
        return joined([sentence(say("notice.detected", scene), affects), _leads_and_next(scene)], " ")
    end = say(f"notice.{incident.stage}", scene, ended=ended, length=state.open_for(incident, ended))
    return sentence(end, phrases.data(scene) if incident.stage != "cancelled" else "")


def _leads_and_next(scene: Scene) -> Safe:
    return sentence(phrases.leads(scene), phrases.next_update(scene))


def _for_users(scene: Scene) -> Safe:
    incident = scene.incident
    if incident.stage == "cancelled":
        return say("notice.all_clear", scene)
    doubted = state.data_in_doubt(incident)
    figures = say("notice.figures_again" if doubted else "notice.figures", scene, since=state.wrong_since(incident))
    if incident.running and incident.impact and incident.data == DataState.NOT_CHECKED and not doubted:
        figures = Safe()  # what it means is known; that nobody has checked every figure would unsay it
    ended = state.ended_at(incident)
    if ended is not None:
        over = say("notice.over", scene, ended=incident.resolved_at or ended) if incident.impact else Safe()
        return joined([figures, over], " ")
    was = say("notice.was", scene) if state.safe(incident) and incident.impact else Safe()
    impact = Safe() if doubted else was or _impact(scene) or say("notice.impact_unknown")
    expected = say("notice.expected", scene) if incident.eta and not state.safe(incident) else Safe()
    due = phrases.due_update(scene)
    ahead = due if due and due > scene.now else None
    return joined([figures, impact, expected, say("notice.working", scene, due=ahead)], " ")


def _signature(scene: Scene) -> Safe:
    return say("notice.signature", scene)
