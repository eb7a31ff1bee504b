"""Statements: what is posted once in the incident's channel, as the incident was at that moment."""

from __future__ import annotations

from datetime import datetime

from bot.domain import fact as f
from bot.domain.fact import Entry
from bot.domain.grounds import merged_into
from bot.views import (
    access,
    adoption,
    blocks,
    changes,
    checklists,
    data,
    grading,
    handover,
    people,
    phrases,
    postmortem,
    proposals,
    runbooks,
    state,
    tellings,
    work,
)
from bot.views.scene import Post, Scene
from bot.views.summary import summary
from bot.views.words import Safe, escaped, joined, lines, listed, say

ADVICE = {
    "not_in_channel": "join",
    "channel_not_found": "join",
    "missing_scope": "scope",
    "no_permission": "scope",
    "is_archived": "archived",
    "is_inactive": "archived",
}
"""What helps against which of Slack's errors (reference/methods/chat.postMessage); an admin knows about the others."""


def statement(scene: Scene, entry: Entry, *, head: str = "") -> Post:
    """What is said about this entry; `scene` is folded up to it. `head` is the record's digest, for the summary.

    Raises ValueError for a kind of fact about which nothing is said in the channel.
    """
    match entry.fact:
        case f.UpdatePosted() | f.ImpactStated():
            return _said(scene, entry)
        case f.SeverityChanged(why=why):
            return _regraded(scene, entry, why)
        case f.Reopened(why=why):
            return _reopened(scene, entry, why)
        case f.Escalated():
            return _escalated(scene, entry, entry.fact)
        case f.ManagementCalled():
            return _unheard(scene, entry.fact)
        case f.Resolved():
            return _resolved(scene, entry, entry.fact)
        case f.Cancelled():
            return _cancelled(scene, entry, entry.fact)
        case f.Closed():
            return summary(scene, head)
        case f.OfPeople():
            return people.statement(scene, entry)
        case f.OfGrading():
            return grading.statement(scene, entry)
        case f.OfProposal():
            return proposals.statement(scene, entry)
        case f.OfWork():
            return work.statement(scene, entry)
        case f.OfData():
            return data.statement(scene, entry)
        case f.OfRunbook():
            return runbooks.statement(scene, entry)
        case f.OfChange():
            return changes.statement(scene, entry)
        case f.OfAccess():
            return access.statement(scene, entry)
        case f.OfChecklist():
            return checklists.statement(scene, entry)
        case f.OfProtocol():
            return adoption.statement(scene, entry)
        case f.OfTelling():
            return tellings.statement(scene, entry)
        case f.OfPostmortem():
            return postmortem.statement(scene, entry)
        case f.OfHandover():
            return handover.statement(scene, entry)
        case _:
            raise ValueError(f"nothing is said in the channel about {entry.fact.kind}")


def escalated_direct(scene: Scene, entry: Entry) -> Post:
    """The direct message to somebody the ladder calls. Who is not in a private incident reads no title."""
    hidden = state.hidden(scene)
    told = say("statements.escalated_direct_private" if hidden else "statements.escalated_direct", scene, entry=entry)
    if isinstance(entry.fact, f.Escalated) and entry.fact.team and not hidden:
        told = say("grading.team_direct", scene, entry=entry)
    means = say("statements.means", scene) if scene.incident.impact and not hidden else Safe()
    needed = entry.fact.help if isinstance(entry.fact, f.Escalated) and not hidden else ""
    tried = Safe() if hidden else so_far(scene)
    wanted = say("people.needed", help=needed) if needed else Safe() if hidden else _wanted(scene, entry)
    told = lines(told, tried, means, wanted, say("statements.come_here", scene))
    return blocks.post(told, blocks.sections(told), blocks.context(_by_clock(scene, entry)))


def delivery_refused(scene: Scene, entry: Entry) -> Post:
    """The direct message to the declarer when Slack refused something for good: what, and what to do."""
    if not isinstance(entry.fact, f.DeliveryRefused):
        raise TypeError(f"{entry.fact.kind} is no refused delivery")
    advice = say(f"statements.advice_{ADVICE.get(entry.fact.error, 'admin')}")
    return blocks.paragraph(say("statements.delivery_refused", scene, entry=entry, advice=advice))


def _drawn(scene: Scene, told: Safe, *small: Safe) -> Post:
    """In the channel the incident is known; read aloud or on a lock screen it is not."""
    text = phrases.aloud(lines(told, *small), scene)
    return blocks.post(text, blocks.sections(told), blocks.context(joined(small)))


def _said(scene: Scene, entry: Entry) -> Post:
    """An update, an impact, or both where they were said in one breath."""
    match entry.fact:
        case f.UpdatePosted(text=text):
            told = say("statements.update", scene, who=entry.by, text=text, author=entry.fact.author)
            return _drawn(scene, told, say("state.now", scene), phrases.next_update(scene))
        case f.ImpactStated(with_update=True) if scene.incident.last_update:
            news = scene.incident.last_update
            said = say("statements.update", scene, who=news.by, text=news.text, author=None)
            told = lines(said, say("statements.means", scene))
            small = (phrases.data(scene), say("state.now", scene), phrases.next_update(scene))
            return _drawn(scene, told, *small)
        case _:
            expected = say("statements.expected", scene) if scene.incident.eta else Safe()
            return _drawn(scene, say("statements.impact", scene, entry=entry), phrases.data(scene), expected)


def _regraded(scene: Scene, entry: Entry, why: str) -> Post:
    asker = grading.asked_by(scene, entry)
    by = say("grading.accepted", scene, entry=entry, asker=asker, why=why) if asker else _by_whom(entry, why, scene)
    told = lines(say("statements.regraded", scene, entry=entry), by, phrases.now_due(scene))
    return _drawn(scene, told, say("state.by_protocol", scene))


def _reopened(scene: Scene, entry: Entry, why: str) -> Post:
    told = lines(say("statements.reopened", scene), _by_whom(entry, why, scene), phrases.now_due(scene))
    return _drawn(scene, told, say("state.by_protocol", scene))


def _by_whom(entry: Entry, why: str, scene: Scene) -> Safe:
    return say("statements.by_whom", scene, entry=entry, why=why)


def _escalated(scene: Scene, entry: Entry, escalated: f.Escalated) -> Post:
    rung = scene.protocol.level(escalated.level)
    if escalated.team:
        told = say("grading.team_called", scene, entry=entry)
    elif escalated.people:
        told = say("statements.escalated", scene, entry=entry)
    else:
        told = say("statements.escalated_to_nobody", scene, entry=entry, names=", ".join(rung.names) if rung else "")
    means = say("statements.means", scene) if scene.incident.impact else Safe()
    needed = say("people.needed", help=escalated.help) if escalated.help else _wanted(scene, entry)
    return _drawn(scene, lines(told, so_far(scene), means, needed), _by_clock(scene, entry))


def _wanted(scene: Scene, entry: Entry) -> Safe:
    """What is needed of those who are called, where nobody has said it: they are never called without."""
    team = entry.fact.team if isinstance(entry.fact, f.Escalated) else None
    kinds = [one for one in scene.incident.categories if team and scene.protocol.team_for(one) == team]
    known = listed(escaped(grading.title(scene, one)) for one in kinds)
    return say("grading.team_wanted", kinds=known) if known else say("statements.wanted")


def so_far(scene: Scene) -> Safe:
    """Acknowledged or not, the last three updates that said something, what was chosen, how far the runbooks are."""
    incident = scene.incident
    first = [say("statements.acknowledged", scene)] if incident.acknowledged_at else []
    told = [news for news in incident.updates if news.text][-3:]
    news_of = (say("statements.step", scene, news=news) for news in told)
    steps = joined([*first, *news_of, *checklists.choices(scene), *runbooks.going(scene)])
    return say("statements.so_far", scene, steps=steps) if steps else Safe()


def _by_clock(scene: Scene, entry: Entry) -> Safe:
    clause = entry.fact.clause if isinstance(entry.fact, f.Escalated) else ""
    return say("statements.by_clock", scene, entry=entry, clause=clause)


def _unheard(scene: Scene, called: f.ManagementCalled) -> Post:
    """Nobody in management could be told: of a private incident no channel is told."""
    names = ", ".join(scene.protocol.management)
    nobody = "management_channel_only" if called.channels else "management_nobody" if names else "no_management"
    return _drawn(scene, say(f"statements.{nobody}", scene, names=names), say("state.clause", clause=called.clause))


def _resolved(scene: Scene, entry: Entry, resolved: f.Resolved) -> Post:
    length = state.open_for(scene.incident, entry.at)
    told = lines(
        say("statements.resolved", scene, length=length),
        say("statements.cause", scene, entry=entry),
        say("statements.fix", scene, entry=entry),
        say("statements.data_right", scene, entry=entry),
        say("statements.checked", scene, entry=entry) if resolved.verified else "",
        phrases.parts(scene),
        _postmortem(scene, resolved, entry.at),
        phrases.now_due(scene),
    )
    return _drawn(scene, told, say("statements.resolved_by", scene, entry=entry))


def _postmortem(scene: Scene, resolved: f.Resolved, at: datetime) -> Safe:
    within = scene.severity.postmortem_within
    if within is None and resolved.postmortem_owner is None:
        return Safe()
    owner = resolved.postmortem_owner or state.lead(scene.incident, scene.protocol)
    return say("statements.postmortem", scene, by=at + within if within is not None else None, owner=owner)


def _cancelled(scene: Scene, entry: Entry, cancelled: f.Cancelled) -> Post:
    """Of a duplicate nothing but where it goes on."""
    first = merged_into(scene.incident)
    if first is not None:
        return _drawn(scene, say("statements.merged", scene, entry=entry, link=first))
    told = lines(say("statements.cancelled", scene, entry=entry), _by_whom(entry, cancelled.why, scene))
    return _drawn(scene, told, say("statements.asking_ends", scene))
