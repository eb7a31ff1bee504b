"""How the topic of the postmortem reads: on the timeline, in private answers, where its meeting is announced, and by
direct message."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.domain import fact as f
from bot.domain.fact import Entry
from bot.domain.postmortem import AGENDA
from bot.domain.promises.clocks import Clock, clocks
from bot.views import blocks, phrases, state
from bot.views.blocks import Block
from bot.views.ids import Action, value
from bot.views.pen import Pen
from bot.views.scene import Post, Scene
from bot.views.words import Safe, escaped, joined, lines, listed, name, say


def told(scene: Scene, entry: Entry, pen: Pen) -> Safe:
    """What the timeline says of it."""
    match entry.fact:
        case f.PostmortemOwned(person=person):
            return say("postmortem.told_owned", person=pen.said(scene.name(person)))
        case f.PostmortemScheduled(at=at, where=where, attendees=people, again=again):
            named = listed(pen.said(scene.name(person)) for person in people)
            return say("postmortem.told_scheduled", at=pen.when(at), where=pen.said(where), people=named, again=again)
        case f.PostmortemDone():
            return say("postmortem.told_done")
        case _:
            raise TypeError(f"the timeline has no words for a fact of kind {entry.fact.kind}")


def promised(scene: Scene) -> Clock | None:
    """The promise of it, once the incident is resolved."""
    return next((clock for clock in clocks(scene.incident, scene.protocol) if clock.key == "postmortem"), None)


def _due(scene: Scene) -> datetime | None:
    clock = promised(scene)
    return clock.due if clock and clock.open else None


def answered(scene: Scene, entry: Entry) -> Safe | None:
    """What whoever did it reads, privately."""
    match entry.fact:
        case f.PostmortemOwned(person=person):
            return say("postmortem.owned", scene, person=person, due=_due(scene))
        case f.PostmortemScheduled(at=at, where=where, attendees=people, again=again, nobody=nobody):
            others = listed(name(person, scene) for person in people if person != entry.by)
            said = say("postmortem.scheduled", scene, at=at, where=where, people=others, again=again)
            names = listed(escaped(one) for one in nobody)
            return joined([said, say("postmortem.nobody_behind", names=names) if names else ""], by=" ")
        case f.PostmortemDone():
            return say("postmortem.done", scene)
        case _:
            return None


def statement(scene: Scene, entry: Entry) -> Post:
    """What is said about it in the incident's channel; `scene` is folded up to it."""
    match entry.fact:
        case f.PostmortemScheduled() as fact:
            said, small = _meeting(scene, fact), _promise(scene)
        case f.PostmortemDone():
            said, small = say("postmortem.done_here", by=entry.by, scene=scene), Safe()
        case _:
            raise ValueError(f"nothing is said in the channel about {entry.fact.kind}")
    return blocks.post(phrases.aloud(said, scene), blocks.sections(said), blocks.context(small))


def announced(scene: Scene, entry: Entry) -> Safe:
    """The same for the team, in the announcement's thread."""
    if not isinstance(entry.fact, f.PostmortemScheduled):
        raise TypeError(f"{entry.fact.kind} announces no meeting")
    return _meeting(scene, entry.fact)


def _meeting(scene: Scene, fact: f.PostmortemScheduled) -> Safe:
    """When, where, who takes part, and what is talked about."""
    head = say("postmortem.announced", scene, at=fact.at, where=fact.where, again=fact.again)
    who = listed(name(person, scene) for person in fact.attendees)
    return lines(head, say("postmortem.attends", people=who) if who else "", _agenda(scene))


def _agenda(scene: Scene) -> Safe:
    points = scene.protocol.postmortem.agenda or AGENDA
    return say("postmortem.agenda", points=joined((escaped(point) for point in points), by=" · "))


def _promise(scene: Scene) -> Safe:
    clock = promised(scene)
    return say("postmortem.due", scene, due=clock.due, clause=clock.clause) if clock and clock.due else Safe()


def direct(scene: Scene, entry: Entry) -> Post:
    """The direct message: to whoever takes part, and to whoever has it from now on. Who is not in a private incident
    reads no title."""
    hidden = state.hidden(scene)
    where = say("postmortem.where_unnamed" if hidden else "postmortem.where_named", scene)
    match entry.fact:
        case f.PostmortemScheduled() as fact:
            more = {"at": fact.at, "place": "" if hidden else fact.where, "again": fact.again}
            told = lines(say("postmortem.direct_scheduled", scene, where=where, **more), _agenda(scene))
            return blocks.post(told, blocks.sections(told), blocks.context(_promise(scene)))
        case f.PostmortemOwned():
            told = say("postmortem.direct_owned", scene, where=where, by=entry.by, due=_due(scene))
            how = say("postmortem.how", scene)
            return blocks.post(lines(told, how), blocks.sections(told), row(scene), blocks.context(how))
        case _:
            raise TypeError(f"nobody is told of {entry.fact.kind} by direct message")


def row(scene: Scene) -> list[Block]:
    """What its owner can do."""
    held = value(scene.incident.id)
    return blocks.actions(
        blocks.button("Postmortem", Action.POSTMORTEM, held, style="primary"),
        blocks.button("Postmortem done", Action.POSTMORTEM_DONE, held),
    )


def unchanged(scene: Scene) -> Safe:
    """Why nothing changed."""
    return say("postmortem.done", scene)


def takes_part(scene: Scene, people: Sequence[str]) -> Safe:
    """For the form: when it is due, and who takes part."""
    clock = promised(scene)
    due, clause = (clock.due, clock.clause) if clock and clock.open else (None, "")
    who = listed(name(person, scene) for person in people)
    return say("postmortem.form", scene, due=due, clause=clause, people=who)
