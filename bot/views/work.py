"""How the topic of causes, tasks and action items, and where people talk reads: on the timeline, in private answers, in
the incident's channel, in the brief and in the closing summary."""

from __future__ import annotations

from datetime import date

from slack_sdk.models.blocks import ButtonElement

from bot.domain import fact as f
from bot.domain import request as r
from bot.domain.fact import Entry
from bot.domain.incident import Theory, Todo
from bot.views import blocks, phrases, runbooks, state
from bot.views.blocks import Block, actions, button, context, post, section
from bot.views.ids import Action, value
from bot.views.pen import Pen
from bot.views.scene import Post, Scene
from bot.views.words import Safe, joined, lines, say

OPEN_MOST = 12
"""Things to do that are shown with buttons: more would not be read on a phone."""

ENDED_MOST = 8
"""Things done or dropped that are shown: the latest."""


def told(scene: Scene, entry: Entry, pen: Pen) -> Safe:
    """What the timeline says of it."""
    match entry.fact:
        case f.CauseProposed(text=text):
            return say("work.told_proposed", text=pen.said(text))
        case f.CauseJudged(cause=seq, verdict=verdict, part=part, why=why):
            text = pen.said(_theory_text(scene, seq))
            confirmed = verdict == "confirmed"
            return say("work.told_judged", text=text, confirmed=confirmed, part=part, why=pen.said(why))
        case f.ActionAdded(text=text, owner=owner, due=due, task=task):
            named = pen.said(scene.name(owner)) if owner else ""
            return say("work.told_added", text=pen.said(text), task=task, owner=named, due=day(due))
        case f.ActionChanged(action=seq, owner=owner, due=due):
            named = pen.said(scene.name(owner)) if owner else ""
            return say("work.told_changed", text=pen.said(_todo_text(scene, seq)), owner=named, due=day(due))
        case f.ActionEnded(action=seq, done=done, why=why):
            return say("work.told_ended", text=pen.said(_todo_text(scene, seq)), done=done, why=pen.said(why))
        case f.CallLinked(url=url):
            return say("work.told_call", url=pen.said(url))
        case _:
            raise TypeError(f"the timeline has no words for a fact of kind {entry.fact.kind}")


def day(due: date | None) -> str:
    """`Fri 27 Nov`: a day is the same wherever it is read."""
    return f"{due:%a} {due.day} {due:%b}" if due else ""


def _theory(scene: Scene, seq: int) -> tuple[int, Theory] | None:
    """A theory with its number on screen."""
    found = enumerate(scene.incident.theories, start=1)
    return next(((n, one) for n, one in found if one.seq == seq), None)


def _theory_text(scene: Scene, seq: int) -> str:
    found = _theory(scene, seq)
    return found[1].text if found else f"theory {seq}"


def _todo_text(scene: Scene, seq: int) -> str:
    found = scene.incident.todo(seq)
    return found.text if found else f"item {seq}"


def answered(scene: Scene, entry: Entry) -> Safe | None:
    """What whoever did it reads, privately."""
    match entry.fact:
        case f.CauseProposed(aside=True):
            return None
        case f.CauseProposed():
            return say("work.answered_proposed", scene, nth=len(scene.incident.theories))
        case f.CauseJudged(cause=seq) if found := _theory(scene, seq):
            return say("work.answered_judged", scene, theory=found[1])
        case f.ActionAdded():
            return _of_todo(scene, entry.seq, "added")
        case f.ActionChanged(action=seq):
            return _of_todo(scene, seq, "changed")
        case f.ActionEnded(action=seq):
            return _of_todo(scene, seq, "ended")
        case f.CallLinked():
            return say("work.answered_call", scene)
        case _:
            return None


def unchanged(scene: Scene, request: r.OfWork) -> Safe | None:
    """Why a request of this topic changed nothing."""
    match request:
        case r.AddAction(channel=channel, ts=ts) if todo := scene.incident.todo(source=(channel, ts)):
            return say("work.unchanged_todo", scene, todo=todo)
        case r.JudgeCause(verdict=verdict):
            return say("work.unchanged_cause", scene, verdict=verdict)
        case r.LinkCall():
            return say("work.unchanged_call", scene)
        case r.EndAction():
            return say("work.unchanged_ended", scene)
        case _:
            return None


def _of_todo(scene: Scene, seq: int, what: str) -> Safe | None:
    todo = scene.incident.todo(seq)
    return say(f"work.answered_{what}", scene, todo=todo, due=day(todo.due)) if todo else None


# in the incident's channel and by direct message


def statement(scene: Scene, entry: Entry) -> Post:
    """What is said about it in the incident's channel; `scene` is folded up to it."""
    match entry.fact:
        case f.ActionAdded() if todo := scene.incident.todo(entry.seq):
            return _aloud(scene, say("work.added", scene, todo=todo, due=day(todo.due)))
        case f.CallLinked(url=url):
            return _aloud(scene, say("work.call", scene, url=url))
        case _:
            raise ValueError(f"nothing is said in the channel about {entry.fact.kind}")


def _aloud(scene: Scene, said: Safe) -> Post:
    return post(phrases.aloud(said, scene), blocks.sections(said))


def theory(scene: Scene, seq: int) -> Post | None:
    """A theory as it stands: with its buttons, or in one line what became of it; None when it was taken back."""
    found = _theory(scene, seq)
    if found is None:
        return None
    nth, one = found
    if one.verdict != "proposed":
        return blocks.paragraph(say(f"work.{one.verdict}", scene, theory=one))
    said = lines(say("work.theory", scene, theory=one, nth=nth), runbooks.chain(scene.incident, seq))
    small = say("work.theory_by", scene, theory=one)
    held = value(scene.incident.id, ask=seq)
    row = actions(button("Confirmed", Action.CAUSE_CONFIRMED, held), button("Ruled out", Action.CAUSE_REJECTED, held))
    return post(phrases.aloud(said, scene), blocks.sections(said), row, context(small))


def direct(scene: Scene, entry: Entry) -> Post:
    """The direct message to whoever was given something to do. Who is not in a private incident does not read what."""
    seq = entry.fact.action if isinstance(entry.fact, f.ActionChanged) else entry.seq
    todo = scene.incident.todo(seq)
    if todo is None:
        raise TypeError(f"entry {entry.seq} gave nobody anything to do")
    hidden = state.hidden(scene, before=entry.seq)
    said = say("work.duty_unnamed" if hidden else "work.duty", scene, by=entry.by, todo=todo, due=day(todo.due))
    return post(said, blocks.sections(said), actions(*_todo_buttons(scene, todo, 0)))


# private pages


def theories(scene: Scene) -> Post:
    """Every theory with its number, and what became of it."""
    known = scene.incident.theories
    if not known:
        said = say("work.no_theory")
        return post(said, blocks.sections(said), actions(runbooks.explore(scene)))
    items = [say("work.theory_item", theory=one, nth=n) for n, one in enumerate(known, start=1)]
    said = lines(say("work.theories", scene), *items)
    return post(said, blocks.sections(said), actions(runbooks.explore(scene)))


def todos(scene: Scene) -> Post:
    """What is to be done, with buttons, and what is done already. Tasks of the moment come first."""
    known = scene.incident.todos
    if not known:
        return blocks.paragraph(say("work.no_todo", scene))
    left = sorted((one for one in known if one.open), key=lambda one: (not one.task, one.due or date.max, one.seq))
    ended = [one for one in known if not one.open]
    head = say("work.todos", scene, left=len(left), ended=len(ended))
    shown = [(one, say("work.todo_item", scene, todo=one, due=day(one.due))) for one in left[:OPEN_MOST]]
    rows: list[Block] = []
    for n, (one, said) in enumerate(shown):
        rows += [section(said), *actions(*_todo_buttons(scene, one, n))]
    over = [say("work.todo_ended", scene, todo=one) for one in ended[-ENDED_MOST:]]
    more = say("work.more_todos", count=len(left) - len(shown)) if len(left) > len(shown) else Safe()
    text = lines(head, *(said for _, said in shown), more, *over)
    return post(text, section(head), rows, context(more), blocks.sections(lines(*over)))


def _todo_buttons(scene: Scene, todo: Todo, nth: int) -> list[ButtonElement]:
    """Ids are numbered because Slack wants each only once in a message; the door knows them by their beginning."""
    held = value(scene.incident.id, ask=todo.seq)
    named = (("Done", Action.ACTION_DONE), ("Drop", Action.ACTION_DROP), ("Assign", Action.ACTION_ASSIGN))
    return [button(label, f"{action}:{nth}", held) for label, action in named]


def call(scene: Scene) -> Post:
    """Where people talk."""
    return blocks.paragraph(say("work.call_is" if scene.incident.call else "work.no_call", scene))


# elsewhere


def cause(scene: Scene) -> Safe:
    """For the brief: the cause as far as it is known, what it may be, and what it was not."""
    known = scene.incident.theories
    confirmed = say("work.brief_confirmed", scene) if scene.incident.cause else Safe()
    maybe = [say("work.brief_theory", theory=one) for one in known if one.verdict == "proposed"][-2:]
    ruled_out = [say("work.brief_rejected", theory=one) for one in known if one.verdict == "rejected"][-3:]
    return joined([confirmed, *maybe, *ruled_out])


def still_to_do(scene: Scene) -> Safe:
    """For the closing summary: what is left, with owner and day."""
    left = [one for one in scene.incident.todos if one.open]
    items = [say("work.todo_item", scene, todo=one, due=day(one.due)) for one in left]
    return lines(say("work.summary_todos"), *(Safe(f"• {item}") for item in items)) if items else Safe()
