"""The timeline: every entry in words, for one reader (`private`) and for keeping (`document`).

`line` has a sentence for every kind of fact. Slack and Markdown differ in how a time is written and in which of the
typed characters mean something, so a `Pen` holds both.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from itertools import accumulate, groupby
from zoneinfo import ZoneInfo

from bot.domain import fact as f
from bot.domain.incident import DataState
from bot.domain.message import KINDS as MESSAGES
from bot.domain.promises.clocks import TITLES
from bot.views import (
    access,
    adoption,
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
from bot.views.blocks import context, escape, post, section, sections
from bot.views.pen import Pen
from bot.views.scene import Post, Scene
from bot.views.words import Safe, escaped, joined, listed, say, time, wall
from bot.views.words import line as one_line

SHOWN = 20
"""Entries of the private answer unless all are asked for."""

MOST = 300
"""Entries that one message can carry, were they all as short as any."""

SHORT = 300
"""Characters of people's own words on one line of the private answer; the document has them whole."""

WHOLE = 1_000_000

PER_SECTION = 8
"""Entries in one paragraph."""

MESSAGE_MOST = 12_000
"""Characters of one message's blocks; Slack refuses more with msg_blocks_too_long at a number it does not publish."""

NOTED_LATER = timedelta(minutes=1)
"""An entry that was recorded this much later than it happened says when it was recorded."""

DOORS = {
    "slash": "command",
    "form": "form",
    "button": "button",
    "shortcut": "shortcut",
    "reaction": "reaction",
    "message": "message",
    "clock": "by the clock",
    "courier": "from Slack",
    "cli": "command line",
}
"""Where an entry came from, in words."""

_MARKDOWN = re.compile(r"[\\`*\[\]|~#]")


def _slack(scene: Scene) -> Pen:
    return Pen(partial(time, scene=scene), lambda text: escaped(one_line(text, SHORT)), "~")


def _markdown(scene: Scene) -> Pen:
    return Pen(lambda at: Safe(wall(at, scene)), _plain_markdown, "~~")


def _plain_markdown(text: str) -> Safe:
    """What somebody typed, showing exactly that in Markdown: no links, no emphasis, no HTML."""
    return Safe(_MARKDOWN.sub(r"\\\g<0>", escape(one_line(text, WHOLE))))


def private(scene: Scene, *, whole: bool = False) -> Post:
    """The latest 20 entries, or as many as one message carries, in the order in which things happened. The scene needs
    to hold these only, and what they speak of."""
    told, count = _in_time(scene.entries), scene.incident.seq
    lines = _latest([line(scene, entry) for entry in told[-MOST if whole else -SHOWN :]])
    head = joined([say("timeline.head", scene, count=count), phrases.forgotten(scene)], by="\n")
    left = count - len(lines)
    more = say("timeline.more_in_file" if whole else "timeline.more", count=left) if left else Safe("")
    paragraphs = (joined(lines[n : n + PER_SECTION], by="\n") for n in range(0, len(lines), PER_SECTION))
    drawn = [block for paragraph in paragraphs for block in sections(paragraph)]
    return post(joined([head, *lines, more], by="\n"), section(head), drawn, context(more))


def _latest(lines: list[Safe]) -> list[Safe]:
    """As many of the last lines as one message carries."""
    room = list(accumulate(len(each) + 1 for each in reversed(lines)))
    return lines[len(lines) - sum(taken <= MESSAGE_MOST for taken in room) :]


def _in_time(entries: Sequence[f.Entry]) -> list[f.Entry]:
    return sorted(entries, key=lambda e: (e.at, e.seq))


def line(scene: Scene, entry: f.Entry) -> Safe:
    """One entry as mrkdwn: when, who, what; a message taken off the timeline is struck out."""
    return _line(scene, entry, _slack(scene))


def told(scene: Scene, entry: f.Entry) -> Safe:
    """One entry as mrkdwn without its time: who, what."""
    pen = _slack(scene)
    return say("timeline.line", who=_who(scene, entry, pen), what=_what(scene, entry, pen))


def _line(scene: Scene, entry: f.Entry, pen: Pen) -> Safe:
    words = say("timeline.line", who=_who(scene, entry, pen), what=_what(scene, entry, pen))
    struck = Safe(f"{pen.struck}{words}{pen.struck}") if _retracted(scene, entry) else words
    later = entry.recorded_at - entry.at >= NOTED_LATER
    noted = say("timeline.noted", at=pen.when(entry.recorded_at)) if later else Safe("")
    return joined([pen.when(entry.at), struck, noted], by=" ")


def _who(scene: Scene, entry: f.Entry, pen: Pen) -> Safe:
    """Whoever did it. What the bot did because somebody pressed a button is the bot's doing all the same."""
    match entry.fact:
        case f.MessageMarked(author=author):
            return pen.said(scene.name(author or ""))
        case f.AdviceShown():
            return pen.said(scene.name(None))
        case f.OnCallNamed() | f.Asked() | f.Escalated(by_clock=True) | f.ManagementCalled() | f.RolesAsked():
            return pen.said(scene.name(None))
        case f.Joined(person=person) | f.Left(person=person):
            return pen.said(scene.name(person))
        case f.RoleAssigned(person=person, chosen=False) if person != entry.by:
            return pen.said(scene.name(None))
        case _:
            return pen.said(scene.name(entry.by))


def _door(scene: Scene, entry: f.Entry, pen: Pen) -> str:
    """Through which door it came; what the bot did by itself came through none."""
    itself = entry.by is not None and _who(scene, entry, pen) == pen.said(scene.name(None))
    return "by the protocol" if itself else DOORS[entry.via]


def _retracted(scene: Scene, entry: f.Entry) -> bool:
    fact = entry.fact
    if entry.seq in scene.incident.undone or not isinstance(fact, f.MessageMarked):
        return entry.seq in scene.incident.undone
    mark = scene.incident.mark_of(fact.channel, fact.ts)
    return mark is None or mark.seq != entry.seq


_TOPICS: dict[type[f.Fact], Callable[[Scene, f.Entry, Pen], Safe]] = {
    f.OfPeople: people.told,
    f.OfGrading: grading.told,
    f.OfProposal: proposals.told,
    f.OfWork: work.told,
    f.OfData: data.told,
    f.OfRunbook: runbooks.told,
    f.OfChange: changes.told,
    f.OfAccess: access.told,
    f.OfChecklist: checklists.told,
    f.OfProtocol: adoption.told,
    f.OfTelling: tellings.told,
    f.OfPostmortem: postmortem.told,
    f.OfHandover: handover.told,
}
"""What each topic says of its own."""


def _what(scene: Scene, entry: f.Entry, pen: Pen) -> Safe:
    told = next((told for of, told in _TOPICS.items() if isinstance(entry.fact, of)), None)
    return told(scene, entry, pen) if told else _of_no_topic(scene, entry, pen)


def _of_no_topic(scene: Scene, entry: f.Entry, pen: Pen) -> Safe:
    match entry.fact:
        case f.Declared() | f.Resolved() | f.Closed() | f.Cancelled() | f.Reopened():
            return _of_life(scene, entry.fact, pen)
        case f.RoleAssigned() | f.OnCallNamed() | f.Acknowledged() | f.AskDeclined() | f.Heard():
            return _of_people(scene, entry.fact, pen, entry.by)
        case f.Asked() | f.Escalated():
            return _of_people(scene, entry.fact, pen, entry.by)
        case f.ManagementCalled() | f.ManagementInformed():
            return _of_management(scene, entry.fact, pen)
        case f.TextsForgotten(entries=entries, texts=texts, days=days):
            return say("timeline.texts_forgotten", None, entries=entries, texts=texts, days=days)
        case f.ChannelOpened() | f.ChannelRefused() | f.ChannelRetried() | f.DeliveryRefused():
            return _of_slack(entry.fact, pen)
        case f.MessageMarked() | f.MarkRetracted() | f.MarkedMessageEdited() | f.MarkedMessageDeleted():
            return _of_marks(scene, entry, pen)
        case f.SeverityChanged(old=old, new=new, raised=raised, why=why):
            asker = grading.asked_by(scene, entry)
            asked = pen.said(scene.name(asker)) if asker else ""
            told = {"old": old, "new": new, "raised": raised, "why": pen.said(why), "asked": asked}
            return say("timeline.severity_changed", None, **told)
        case _:
            return _of_course(scene, entry.fact, pen)


def _of_life(scene: Scene, fact: f.Fact, pen: Pen) -> Safe:
    match fact:
        case f.Declared(title=title, severity=severity):
            return say("timeline.declared", title=pen.said(title), severity=severity, affected=pen.said(fact.affected))
        case f.Resolved():
            texts = {part: pen.said(getattr(fact, part)) for part in ("fix", "cause", "verified")}
            owner = pen.said(scene.name(fact.postmortem_owner)) if fact.postmortem_owner else ""
            return say("timeline.resolved", None, **texts, data=DataState(fact.data).value, owner=owner)
        case f.Closed(severity=severity, met=met, unmet=unmet, reason=reason):
            counts = {"met": len(met), "unmet": len(unmet)}
            return say("timeline.closed", None, severity=severity, reason=pen.said(reason), **counts)
        case f.Cancelled(outcome=outcome, why=why):
            return say("timeline.cancelled", outcome=outcome, why=pen.said(why))
        case f.Reopened(why=why):
            return say("timeline.reopened", why=pen.said(why))
        case _:
            raise _untold(fact)


def _of_people(scene: Scene, fact: f.Fact, pen: Pen, by: str | None) -> Safe:
    def called(person: str | None) -> Safe:
        return pen.said(scene.name(person)) if person else Safe("")

    match fact:
        case f.RoleAssigned(role=role, person=person):
            known = scene.protocol.role(role)
            title = known.title if known else role
            return say("timeline.role_assigned", role=title, person=called(person), own=person == by)
        case f.OnCallNamed(primary=primary, secondary=secondary):
            return say("timeline.on_call_named", primary=called(primary), secondary=called(secondary))
        case f.Acknowledged(implied=implied):
            return say("timeline.acknowledged", implied=implied)
        case f.Heard():
            return say("timeline.heard")
        case f.AskDeclined(covers=covers):
            return say("timeline.ask_declined", titles=_titles(covers))
        case f.Asked(people=people, covers=covers):
            again = pen.when(fact.again_at) if fact.again_at else ""
            told = {"titles": _titles(covers), "due": pen.when(fact.due), "clause": pen.said(fact.clause)}
            return say("timeline.asked", None, people=listed(map(called, people)), again=again, **told)
        case f.Escalated(level=level, people=people, by_clock=by_clock):
            whom = listed(map(called, people))
            more = {"by_clock": by_clock, "clause": pen.said(fact.clause), "help": pen.said(fact.help)}
            if fact.team:
                return say("grading.told_team", None, team=pen.said(fact.team), people=whom, **more)
            return say("timeline.escalated", None, level=level, people=whom, **more)
        case _:
            raise _untold(fact)


def _titles(covers: Sequence[f.Covered]) -> Safe:
    return listed(dict.fromkeys(escaped(TITLES.get(c.key, c.key)) for c in covers))


def _of_management(scene: Scene, fact: f.Fact, pen: Pen) -> Safe:
    match fact:
        case f.ManagementCalled(people=people, channels=channels):
            named = [pen.said(scene.name(person)) for person in people]
            places = [say("timeline.a_channel")] if channels and not scene.incident.private else []
            return say("timeline.management_called", whom=listed([*named, *places]), clause=pen.said(fact.clause))
        case f.ManagementInformed(recipient=recipient):
            known = recipient in scene.names
            return say("timeline.management_informed", whom=pen.said(scene.name(recipient)) if known else "")
        case _:
            raise _untold(fact)


def _of_slack(fact: f.Fact, pen: Pen) -> Safe:
    match fact:
        case f.ChannelOpened(name=channel):
            return say("timeline.channel_opened", channel=pen.said(channel))
        case f.ChannelRefused(error=error):
            return say("timeline.channel_refused", error=pen.said(error))
        case f.ChannelRetried():
            return say("timeline.channel_retried")
        case f.DeliveryRefused(message=message, error=error):
            return say("timeline.delivery_refused", step=MESSAGES.get(message, message), error=pen.said(error))
        case _:
            raise _untold(fact)


def _of_marks(scene: Scene, entry: f.Entry, pen: Pen) -> Safe:
    match entry.fact:
        case f.MessageMarked(text=text, marker=marker):
            by = pen.said(scene.name(entry.by))
            return say("timeline.message_marked", text=pen.said(text), marker=pen.said(marker), by=by)
        case f.MarkRetracted():
            return say("timeline.mark_retracted")
        case f.MarkedMessageEdited(text=text):
            return say("timeline.marked_message_edited", text=pen.said(text), by_bot=entry.by is None)
        case f.MarkedMessageDeleted():
            return say("timeline.marked_message_deleted", by_bot=entry.by is None)
        case _:
            raise _untold(entry.fact)


def _of_course(scene: Scene, fact: f.Fact, pen: Pen) -> Safe:
    match fact:
        case f.SeverityConfirmed(severity=severity):
            return say("timeline.severity_confirmed", severity=severity)
        case f.ImpactStated(sentence=sentence, data=data, eta=eta):
            state_of = DataState(data).value if data else ""
            right = pen.when(eta) if eta else ""
            return say("timeline.impact_stated", sentence=pen.said(sentence), data=state_of, eta=right)
        case f.UpdatePosted(text=text, no_change=no_change, author=author):
            named = scene.name(author) if author else ""
            return say("timeline.update_posted", text=pen.said(text), no_change=no_change, author=pen.said(named))
        case f.PhaseMoved(old=old, new=new):
            titles = {"old": scene.protocol.phase(old).title, "new": scene.protocol.phase(new).title}
            return say("timeline.phase_moved", None, **titles)
        case f.NoteAdded(text=text):
            return say("timeline.note_added", text=pen.said(text))
        case f.Snoozed(until=until, why=why):
            return say("timeline.snoozed", until=pen.when(until), why=pen.said(why))
        case _:
            raise _untold(fact)


def _untold(fact: f.Fact) -> TypeError:
    return TypeError(f"the timeline has no words for a fact of kind {fact.kind}")


def document(scene: Scene) -> str:
    """The whole timeline as Markdown, with times in the protocol's zone: what is attached when it is closed."""
    pen = _markdown(scene)
    incident = scene.incident
    days = groupby(_in_time(scene.entries), key=lambda e: _day(e.at, scene))
    parts: list[str] = [_heading(scene, pen)]
    for day, entries in days:
        lines = [f"- {_line(scene, entry, pen)} ({_door(scene, entry, pen)})" for entry in entries]
        parts.append("\n".join([f"## {day}", "", *lines]))
    counted = say("timeline.counted", count=len(scene.entries), number=incident.number)
    return "\n\n".join([*parts, counted]) + "\n"


def _day(at: datetime, scene: Scene) -> str:
    local = at.astimezone(ZoneInfo(scene.protocol.calendar.timezone))
    return f"{local:%A} {local.day} {local:%B %Y}"


def _heading(scene: Scene, pen: Pen) -> Safe:
    incident = scene.incident
    texts = {"title": pen.said(incident.title), "impact": pen.said(incident.impact), "cause": pen.said(incident.cause)}
    word = state.word(incident, scene.protocol)
    more = {"zone": scene.protocol.calendar.timezone, "forgotten": phrases.forgotten(scene)}
    return say("timeline.heading", scene, word=word, **more, **texts)
