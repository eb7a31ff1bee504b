"""Reminders: what is asked, of whom, why, and what stops it; and the line that is left when it is answered."""

from __future__ import annotations

from datetime import timedelta

from slack_sdk.models.blocks import ButtonElement

from bot.domain import sheets
from bot.domain.incident import Ask
from bot.domain.promises import asking
from bot.domain.promises.clocks import Clock, clocks
from bot.domain.protocol import Phase
from bot.views import answered, blocks, grading, people, people_direct, phrases, state
from bot.views.ids import Action, value
from bot.views.scene import Post, Scene
from bot.views.words import Safe, escaped, joined, lines, listed, say

SINGLY = 2
"""Promises of one ask that say each for itself why it is asked."""

MINUTE = timedelta(minutes=1)
"""Less than this is on time: nobody reads seconds."""

PAGES = ("page", "again", "once more", "secondary", "level 2")
"""The steps that call people to an incident nobody has acknowledged."""


def reminder(scene: Scene, ask: Ask) -> Post:
    """The reminder in the channel as it stands now; when every promise it is about is kept or over, one line."""
    still = [c for c in covered(scene, ask) if c.open]
    if not still:
        return blocks.paragraph(answered.answered(scene, covered(scene, ask)))
    asks = _page(scene, ask) if _calls(ask) else _question(scene, ask, still)
    alone = _nobody(scene, ask, still) if not ask.people else Safe()
    return _drawn(scene, ask, still, lines(asks, _held_up(scene, ask), alone))


def _calls(ask: Ask) -> bool:
    """Whether it calls people to an incident nobody has acknowledged, be it in place of somebody who cannot hear it."""
    instead = ask.step == "muted" and any(covered.key == "acknowledge" for covered in ask.covers)
    return ask.step in PAGES or instead


def _held_up(scene: Scene, ask: Ask) -> Safe:
    """Why it is asked so late, if it is: people had snoozed it, or the bot was down."""
    if ask.at - ask.due <= MINUTE or ask.how != "due":
        return Safe()
    snooze = scene.incident.snooze
    snoozed = snooze is not None and abs(ask.at - snooze.until) <= MINUTE
    return say("reminder.asked_after_snooze" if snoozed else "reminder.asked_late", scene, at=ask.at)


def climb(scene: Scene, ask: Ask) -> Post:
    """A reply in the reminder's thread that mentions the next who is asked; an edit would notify nobody."""
    still = [c for c in covered(scene, ask) if c.open] or covered(scene, ask)
    if (page := people.page_of(scene, ask)) is not None:
        return people.called_again(scene, page)
    if not ask.people:
        return nobody(scene, ask)
    told = _passed_on(scene, ask, still) if ask.step == "passed on" else _climbed(scene, ask, still)
    return blocks.post(phrases.aloud(told, scene), blocks.sections(told), blocks.context(*_reasons(scene, still)))


def nobody(scene: Scene, ask: Ask) -> Post:
    """Said once when there is nobody left to ask, with the next time the bot tries."""
    still = covered(scene, ask)
    told = _nobody(scene, ask, still)
    return blocks.post(phrases.aloud(told, scene), blocks.sections(told), blocks.context(*_reasons(scene, still)))


def direct(scene: Scene, ask: Ask) -> Post:
    """The same by direct message, with the way to the channel; answered, it shrinks to one line. Who is not in a
    private incident reads no title."""
    still = [c for c in covered(scene, ask) if c.open]
    if not still:
        return blocks.paragraph(joined([answered.answered(scene, covered(scene, ask)), escaped(scene.incident.number)]))
    if (page := people.page_of(scene, ask)) is not None:
        return people_direct.called_again(scene, page)
    if ask.handed_at and scene.reader not in ask.people:
        return blocks.paragraph(say("reminder.handed", scene, at=ask.handed_at, to=ask.people[0]))
    hidden = state.hidden(scene, before=ask.seq)
    where = say("reminder.direct_unnamed" if hidden else "reminder.direct_named", scene)
    impact = say("statements.means", scene) if scene.incident.impact and not hidden else Safe()
    items = [] if hidden else _items(scene, still)
    told = lines(where, _privately(scene, ask, still), *items, impact, _role(scene, ask))
    return blocks.post(
        told,
        blocks.sections(told),
        blocks.actions(*_buttons(scene, ask, still)),
        blocks.context(*_reasons(scene, still), _send_that(scene, still)),
    )


def _items(scene: Scene, still: list[Clock]) -> list[Safe]:
    """What somebody took on, each in a line."""
    todos = [scene.incident.todo(clock.occurrence) for clock in still if clock.key == "action"]
    return [say("reminder.item", text=todo.text) for todo in todos if todo]


def covered(scene: Scene, ask: Ask) -> list[Clock]:
    """The promises an ask is about, as they stand now."""
    names = {(c.key, c.occurrence) for c in ask.covers}
    return [c for c in clocks(scene.incident, scene.protocol) if c.name in names]


def _drawn(scene: Scene, ask: Ask, still: list[Clock], told: Safe) -> Post:
    row = blocks.actions(*_buttons(scene, ask, still))
    text = phrases.aloud(told, scene)
    small = (*_reasons(scene, still), _send_that(scene, still))
    return blocks.post(text, blocks.sections(told), row, blocks.context(*small))


def _question(scene: Scene, ask: Ask, still: list[Clock]) -> Safe:
    questions = [question(scene, clock) for clock in still]
    if len(questions) == 1:
        return say("reminder.asks", people=ask.people, question=questions[0])
    first = say("reminder.several", people=ask.people, count=len(questions))
    serves = say("reminder.one_serves_all") if _by_update(still) else Safe()
    return lines(first, *(say("reminder.bullet", question=q) for q in questions), serves)


def question(scene: Scene, clock: Clock) -> Safe:
    """What is asked about one promise."""
    if clock.key == "update":
        return _update_question(scene, clock)
    before = grading.judged(scene) if clock.key == "impact" and clock.occurrence > 1 else ""
    about = {"needs": _needs(scene), "judged": before, "about": answered.about(scene, clock)}
    return say(f"reminder.question_{clock.key}", scene, due=clock.due, **about)


def _update_question(scene: Scene, clock: Clock) -> Safe:
    latest = scene.incident.last_update
    if latest is None:
        return say("reminder.question_first_update", scene, due=clock.due)
    last = phrases.last_said(scene)
    form = "reminder.question_update" if last else "reminder.question_update_same"
    return say(form, scene, due=clock.due, last=last.text if last else "", since=latest.at)


def _needs(scene: Scene) -> Safe:
    """What a first announcement still lacks."""
    incident = scene.incident
    owned = incident.responder or incident.roles
    return listed([*([] if incident.impact else [Safe("the impact")]), *([] if owned else [Safe("an owner")])])


def _page(scene: Scene, ask: Ask) -> Safe:
    on_call = scene.incident.primary in ask.people
    return say("reminder.page", scene, people=ask.people, on_call=on_call)


def _buttons(scene: Scene, ask: Ask, still: list[Clock]) -> list[ButtonElement]:
    """Only what answers a promise that is still open; the first one is what is wanted most."""
    keys = {c.key for c in still}
    says = keys & {"update", "impact", "first_notice"}
    onward = _onward(scene)
    wanted = [
        ("Acknowledge", Action.ACKNOWLEDGE, "acknowledge" in keys),
        (f"Confirm {scene.incident.severity}", Action.CONFIRM, "triage" in keys),
        ("Open the checklist", Action.CHECKLIST, "checklist" in keys),
        ("Post update", Action.POST_UPDATE, bool(says)),
        ("No change", Action.NO_CHANGE, keys == {"update"}),
        (
            f"Move to {onward.title.lower()}" if onward else "",
            f"{Action.PICK}:1",
            "phase" in keys and onward is not None,
        ),
        ("Resolve", Action.RESOLVE, "resolve" in keys),
        ("Close", Action.CLOSE, "close" in keys),
        ("Postmortem", Action.POSTMORTEM, "postmortem" in keys),
        ("Postmortem done", Action.POSTMORTEM_DONE, "postmortem" in keys),
        ("Action items", f"{Action.PICK}:0", "action" in keys),
        ("Snooze", Action.SNOOZE, bool(keys - {"acknowledge", "close", *asking.AFTERWARDS})),
        ("Not me", Action.NOT_ME, bool(ask.people)),
        ("Send that", Action.SEND_THAT, bool(_send_that(scene, still))),
    ]
    listed = next((sheets.of_occurrence(c.occurrence, scene.protocol) for c in still if c.key == "checklist"), None)
    held = value(scene.incident.id, ask=ask.seq, text=listed.key if listed else "")
    shown = [(label, action) for label, action, makes_sense in wanted if makes_sense]
    meant = {
        f"{Action.PICK}:0": value(scene.incident.id, verb="actions"),
        f"{Action.PICK}:1": value(scene.incident.id, verb="phase", text=onward.name if onward else ""),
    }
    return [
        blocks.button(label, action, meant.get(action, held), style=None if n else "primary")
        for n, (label, action) in enumerate(shown)
    ]


def _onward(scene: Scene) -> Phase | None:
    """The phase that comes after the present one by the protocol."""
    names = [phase.name for phase in scene.protocol.phases]
    here = names.index(scene.incident.phase) if scene.incident.phase in names else len(names)
    return next(iter(scene.protocol.phases[here + 1 :]), None)


def _send_that(scene: Scene, still: list[Clock]) -> Safe:
    """What *Send that* sends, where an update is wanted and there is a channel to have written it in."""
    wanted = scene.incident.channel is not None and any(clock.key == "update" for clock in still)
    return say("reminder.send_that") if wanted else Safe()


def _by_update(still: list[Clock]) -> bool:
    return {c.key for c in still} <= {"update", "impact", "first_notice", "triage"}


def _reasons(scene: Scene, still: list[Clock]) -> list[Safe]:
    """Why it is asked and what stops it, with its clause; more than two promises share one line."""
    if len(still) > SINGLY:
        clauses = dict.fromkeys(c.clause.partition(" § ")[0] for c in still)
        told = {"things": _things(scene, still), "source": ", ".join(clauses), "by_update": _by_update(still)}
        return [say("reminder.why_several", scene, **told)]
    reasons = (
        say(
            f"reminder.why_{c.key}",
            scene,
            grade=c.severity,
            interval=c.interval or timedelta(0),
            clause=c.clause,
            about=answered.about(scene, c),
        )
        for c in still
    )
    return [*dict.fromkeys(reasons)]


def _passed_on(scene: Scene, ask: Ask, still: list[Clock]) -> Safe:
    names = {c.name for c in still}
    asker = next((p for p, key, n in reversed(scene.incident.declined) if (key, n) in names), None)
    asked = joined((question(scene, clock) for clock in still), " ")
    return say("reminder.passed_on", scene, people=ask.people, asker=asker, question=asked, role=_role(scene, ask))


def _climbed(scene: Scene, ask: Ask, still: list[Clock]) -> Safe:
    role, people = _role(scene, ask), ask.people
    if _calls(ask):
        length = ask.at - scene.incident.declared_at
        return say("reminder.climb_unacknowledged", scene, people=people, length=length, role=role)
    what = listed(_how_late(scene, clock, ask) for clock in still)
    return say("reminder.climb", scene, people=people, what=what, role=role)


def _how_late(scene: Scene, clock: Clock, ask: Ask) -> Safe:
    due = clock.due or ask.due
    form = "reminder.late" if ask.at - due >= MINUTE else "reminder.is_due"
    return say(form, scene, thing=phrases.promised(clock, scene), length=ask.at - due, due=due)


def _things(scene: Scene, still: list[Clock]) -> Safe:
    """What is asked for, each kind once."""
    items = sum(clock.key == "action" for clock in still)
    several = {"action": "s"} if items > 1 else {}
    named = (phrases.promised(clock, scene) + several.get(clock.key, "") for clock in still)
    return listed(escaped(one) for one in dict.fromkeys(named))


def _role(scene: Scene, ask: Ask) -> Safe:
    """Why this person."""
    incident, first = scene.incident, ask.people[0] if ask.people else None
    if ask.step == "level 2":
        return say("reminder.you_are_level", level=2)
    if first and first == incident.primary and _calls(ask):
        return say("reminder.you_are_on_call")
    if first and first == incident.secondary and _calls(ask):
        return say("reminder.you_are_second")
    if first and first == state.lead(incident, scene.protocol):
        return say("reminder.you_lead")
    return say("reminder.you_are_next") if ask.step in ("climb", "ladder", "passed on", "muted") else Safe()


def _nobody(scene: Scene, ask: Ask, still: list[Clock]) -> Safe:
    steps = (asking.next_step(c, scene.incident, scene.protocol) for c in still if c.open)
    again = min((s.step.at for s in steps if s and s.step.at > ask.at), default=None)
    return say("reminder.nobody", scene, thing=_things(scene, still), again=again)


def _privately(scene: Scene, ask: Ask, still: list[Clock]) -> Safe:
    """When it is due, in words: a direct message is read once."""
    if _calls(ask):
        since = ask.at - scene.incident.declared_at
        return say("reminder.direct_page" if since >= MINUTE else "reminder.direct_page_now", scene, length=since)
    if ask.step == "message":
        return say("reminder.direct_message", scene, due=ask.due)
    ahead = ask.due - ask.at
    form = "early" if ahead >= MINUTE else "late" if -ahead >= MINUTE else "due"
    several = len({c.key for c in still}) > 1 or sum(c.key == "action" for c in still) > 1
    told = {"thing": _things(scene, still), "due": ask.due, "length": abs(ahead), "several": several}
    return say(f"reminder.direct_{form}", scene, **told)
