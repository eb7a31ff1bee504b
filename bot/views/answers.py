"""Answers: what the caller reads, privately, after something was done. First what was done, then what is next.

They are read once, so distances are written out ("in 30 min"); nothing here stays on a screen that others read.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from slack_sdk.models.blocks import ButtonElement

from bot.domain import fact as f
from bot.domain import request as r
from bot.domain.duration import spoken
from bot.domain.incident import DataState
from bot.domain.promises.clocks import Clock, open_clocks
from bot.views import (
    adoption,
    changes,
    checklists,
    data,
    grading,
    people,
    phrases,
    postmortem,
    proposals,
    runbooks,
    state,
    tellings,
    work,
)
from bot.views.blocks import actions, button, context, paragraph, post, section
from bot.views.ids import Action, value
from bot.views.scene import Post, Scene
from bot.views.words import Safe, escaped, joined, listed, name, say

BOT_DOES = ("escalate", "management", "page")
"""Promises the bot keeps by itself, or one person alone: no one needs to be told that they are next."""

CHANNEL_ERRORS = {
    "restricted_action": ("workspace setting: only some people may create channels", "Ask an admin"),
    "restricted_action_read_only_channel": ("workspace setting: posting is restricted", "Ask an admin"),
    "user_is_restricted": ("the app is restricted in this workspace", "Ask an admin"),
    "no_permission": ("the app has no permission to", "Ask an admin to install it again"),
    "missing_scope": ("the app lacks a permission", "Ask an admin to install it again with its manifest"),
    "too_many_convos_for_team": ("the workspace has as many channels as it may", "Ask an admin to archive some"),
    "name_taken": ("the channel's name is taken", "Ask an admin to free it"),
}
"""Refusals of conversations.create in words, and whom to see. Source: Slack, conversations.create (errors)."""


def away(at: datetime, now: datetime) -> str:
    """How far away a time is: `in 30 min`, `12 min ago`, `now` within half a minute."""
    if abs((at - now).total_seconds()) <= 30:
        return "now"
    return f"in {spoken(at - now)}" if at > now else f"{spoken(now - at)} ago"


LAST: dict[type[f.Fact], int] = {f.Linked: 1, f.ImpactStated: 1, f.PhaseMoved: 2, f.Acknowledged: 3}
"""What is told after the thing itself."""


def answer(scene: Scene, entries: Sequence[f.Entry], request: r.Request | None = None) -> Post:
    """What the caller reads after the request that recorded `entries`. `scene` is the incident as it is after it;
    `request` makes two answers exact: why nothing changed, and that a snooze was cut short."""
    inorder = sorted(entries, key=lambda e: LAST.get(type(e.fact), 0))
    done = [sentence for entry in inorder if (sentence := _done(scene, entry, entries))]
    told = [sentence for entry in inorder if (sentence := tellings.answered(scene, entry))]
    if not (done or told):
        done = [_unchanged(scene, request)]
    if isinstance(request, r.SnoozeAsking) and _capped(scene, request):
        done.append(say("answers.capped", scene))
    if isinstance(request, r.Declare) and request.protocol is not None:
        done.append(say("answers.under_protocol", scene))
    offered = [*grading.offers(scene, entries), *proposals.offers(scene, entries), *changes.offers(scene, entries)]
    offered += tellings.offers(scene, entries)
    return _told(scene, joined([joined(done, by=" "), *told], by="\n"), _next(scene, entries), offered)


def outside(scene: Scene) -> Post:
    """To somebody who is not in a private incident and answered what was asked of them."""
    return paragraph(say("answers.outside", scene))


def _capped(scene: Scene, request: r.SnoozeAsking) -> bool:
    return request.length > scene.severity.snooze_up_to


def _told(scene: Scene, done: Safe, following: Sequence[Safe], offered: Sequence[ButtonElement] = ()) -> Post:
    ahead = (c.clause for c in _promised(scene) if c.due and c.due >= scene.now)
    clause = next(ahead, "") if following else ""
    lines = joined([done, *following], by="\n")
    return post(lines, section(lines), actions(*offered), context(escaped(clause)))


_TOPICS: dict[type[f.Fact], Callable[[Scene, f.Entry], Safe | None]] = {
    f.OfGrading: grading.answered,
    f.OfProposal: proposals.answered,
    f.OfWork: work.answered,
    f.OfData: data.answered,
    f.OfPostmortem: postmortem.answered,
    f.OfRunbook: runbooks.answered,
    f.OfChecklist: checklists.answered,
    f.OfChange: changes.answered,
    f.OfProtocol: adoption.answered,
}
"""What each topic answers about its own."""


def _done(scene: Scene, entry: f.Entry, entries: Sequence[f.Entry]) -> Safe | None:
    match entry.fact:
        case f.Declared():
            return _declared(scene)
        case f.Acknowledged() | f.RoleAssigned() | f.AskDeclined() | f.Asked():
            return _of_people(scene, entry, entries)
        case f.SeverityConfirmed():
            return say("answers.severity_confirmed", scene)
        case f.SeverityChanged(old=old, new=new):
            return say("answers.severity_changed", scene, old=old, new=new)
        case f.ImpactStated(data=known, eta=eta):
            return say("answers.impact_stated", scene, data=known and DataState(known).value, eta=eta)
        case f.UpdatePosted(no_change=no_change):
            return say("answers.no_change" if no_change else "answers.update_posted", scene)
        case f.PhaseMoved(new=new):
            return say("answers.phase_moved", scene, phase=scene.protocol.phase(new).title)
        case f.NoteAdded():
            return say("answers.note_added", scene, at=entry.at, earlier=entry.at != entry.recorded_at)
        case f.Snoozed(until=until):
            return say("answers.snoozed", scene, until=until, length=until - entry.at)
        case f.Resolved() | f.Closed() | f.Cancelled() | f.Reopened():
            return _of_ending(scene, entry)
        case f.MessageMarked():
            return say("answers.marked", scene)
        case f.MarkRetracted():
            return say("answers.unmarked", scene)
        case f.ChannelRetried():
            return say("answers.retried", scene)
        case f.Heard():
            return say("answers.heard", scene)
        case f.OfPeople() | f.Escalated(by_clock=False):
            return people.answered(scene, entry)
        case fact:  # what the bot or Slack does is told where it happens, not to whoever set it off
            answered = next((answered for of, answered in _TOPICS.items() if isinstance(fact, of)), None)
            return answered(scene, entry) if answered else None


def _declared(scene: Scene) -> Safe:
    incident = scene.incident
    saved = say("answers.declared", scene)
    if incident.acknowledged_at:
        return saved
    asked = say("answers.on_call_asked" if incident.primary else "answers.nobody_on_call", scene)
    return joined([saved, asked], by=" ")


def _of_people(scene: Scene, entry: f.Entry, entries: Sequence[f.Entry]) -> Safe | None:
    role = scene.protocol.responder_role
    taken = any(isinstance(e.fact, f.RoleAssigned) and _takes(e, role.name) for e in entries)
    match entry.fact:
        case f.RoleAssigned(chosen=True):
            return people.answered(scene, entry)
        case f.Acknowledged(implied=True):
            return say("answers.implied", scene)
        case f.Acknowledged() if not taken:
            return say("answers.acknowledged", scene)
        case f.RoleAssigned() if _takes(entry, role.name):
            return say("answers.taken", scene, role=role.title)
        case f.Asked() if not any(isinstance(e.fact, f.AskDeclined) for e in entries):
            return None  # asked by the clock, not passed on by the caller
        case f.Asked(people=()):
            return say("answers.passed_to_nobody", scene)
        case f.Asked(people=asked):
            named = listed(name(person, scene) for person in asked)
            return say("answers.passed_on", scene, people=named, one=len(asked) == 1)
        case _:
            return None


def _takes(entry: f.Entry, role: str) -> bool:
    fact = entry.fact
    return isinstance(fact, f.RoleAssigned) and fact.role == role and fact.person == entry.by


def _of_ending(scene: Scene, entry: f.Entry) -> Safe:
    match entry.fact:
        case f.Resolved():
            return say("answers.resolved", scene, length=state.open_for(scene.incident, entry.at))
        case f.Closed():
            return say("answers.closed", scene)
        case f.Cancelled(outcome=outcome):
            return say("answers.cancelled", scene, outcome=outcome)
        case _:
            return say("answers.reopened", scene)


def _unchanged(scene: Scene, request: r.Request | None) -> Safe:
    incident = scene.incident
    match request:
        case r.Acknowledge() if incident.acknowledged_at:
            return say("answers.acknowledged_already", scene)
        case r.Confirm() | r.ChangeSeverity():
            return say("answers.graded_already", scene)
        case r.PostUpdate():
            return say("answers.update_sent_already", scene)
        case r.OfPeople() if told := people.unchanged(scene, request):
            return told
        case r.OfChecklist() if told := checklists.unchanged(scene, request):
            return told
        case r.OfWork() if told := work.unchanged(scene, request):
            return told
        case r.OfRunbook() if told := runbooks.unchanged(scene, request):
            return told
        case r.Speak():
            return say("answers.heard", scene)
        case r.MarkMessage(channel=channel, ts=ts):
            mark = incident.mark_of(channel, ts)
            return say("answers.marked_already", scene, by=mark.by if mark else None)
        case r.RetractMark():
            return say("answers.not_marked", scene)
        case _:
            return say("answers.unchanged", scene, phase=_word(scene))


def _word(scene: Scene) -> str:
    return state.word(scene.incident, scene.protocol)


def _promised(scene: Scene) -> list[Clock]:
    return [c for c in open_clocks(scene.incident, scene.protocol) if c.key not in BOT_DOES]


NEXT_AFTER: tuple[type[f.Fact], ...] = (
    f.Acknowledged,
    f.RoleAssigned,
    f.SeverityConfirmed,
    f.SeverityChanged,
    f.ImpactStated,
    f.UpdatePosted,
    f.PhaseMoved,
    f.Snoozed,
    f.Resolved,
    f.Reopened,
    f.Undone,
)
"""After these the caller is told what is due next; after a note or a mark it would be noise."""


def _next(scene: Scene, entries: Sequence[f.Entry]) -> list[Safe]:
    kinds = {type(e.fact) for e in entries}
    if f.Declared in kinds or not kinds.intersection(NEXT_AFTER):
        return []
    return coming(scene, after_update=f.UpdatePosted in kinds)


def coming(scene: Scene, *, after_update: bool = False) -> list[Safe]:
    """What is late, and what is due next, each in a line with its distance."""
    promised = _promised(scene)
    late = [c for c in promised if c.due and c.due < scene.now]
    ahead = [c for c in promised if c.due and c.due >= scene.now][:1]
    lines = [_due(scene, "answers.late", c) for c in late]
    for clock in ahead:
        again = after_update and clock.key == "update"
        lines.append(_due(scene, "answers.next_one" if again else "answers.next", clock))
    return lines


def _due(scene: Scene, phrase: str, clock: Clock) -> Safe:
    due = clock.due or scene.now
    return say(phrase, scene, title=phrases.promised(clock, scene), due=due, away=away(due, scene.now))


def opened(scene: Scene) -> Post:
    """The channel is there: what replaces "saved" for the declarer."""
    following = [] if scene.incident.impact else [say("answers.opened_next", scene)]
    lines = joined([say("answers.opened", scene), *following, *grading.typically(scene)], by="\n")
    return post(lines, section(lines), actions(*grading.choices(scene)))


def refused(scene: Scene) -> Post:
    """Slack refused the channel: why, what to do, and *Retry*. The incident stays."""
    error = scene.incident.channel_error or "unknown_error"
    reason, remedy = CHANNEL_ERRORS.get(error, (f"Slack said {error}", "Ask an admin"))
    told = say("answers.channel_refused", scene, reason=reason, remedy=remedy)
    return post(told, section(told), actions(_button("Retry", Action.RETRY, scene, style="primary")))


def inside(scene: Scene) -> Post:
    """Bare /incident in an incident's channel: how it stands, what is due, and what can be done next."""
    head = say("answers.inside", scene, phase=_word(scene))
    lines = joined([head, *coming(scene)], by="\n")
    buttons = actions(*(_button(label, action, scene) for label, action in offers(scene)))
    verbs = say(f"answers.inside_verbs_{'running' if scene.incident.running else 'ended'}", scene)
    return post(lines, section(lines), buttons, context(verbs))


def offers(scene: Scene) -> list[tuple[str, Action]]:
    """The buttons that would do something now, the likeliest first."""
    incident = scene.incident
    if incident.stage == "resolved":
        return [("Close", Action.CLOSE), ("Reopen", Action.REOPEN), ("Catch me up", Action.CATCH_UP)]
    if not incident.running:
        return [("Reopen", Action.REOPEN), ("Catch me up", Action.CATCH_UP)]
    asked = [] if incident.acknowledged_at else [("Acknowledge", Action.ACKNOWLEDGE)]
    graded = [] if incident.triaged_at else [(f"Confirm {incident.severity}", Action.CONFIRM)]
    always = [("Post update", Action.POST_UPDATE), ("Resolve", Action.RESOLVE), ("Catch me up", Action.CATCH_UP)]
    return [*asked, *graded, *always]


def _button(label: str, action: Action, scene: Scene, *, style: str | None = None) -> ButtonElement:
    return button(label, action, value(scene.incident.id), style=style)
