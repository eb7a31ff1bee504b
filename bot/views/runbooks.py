"""How the topic of runbooks, ways to find a cause and advice reads: on the timeline, in private answers, in the
incident's channel, on the card. The pages of a runbook are in `runbook_pages`."""

from __future__ import annotations

from collections.abc import Sequence

from slack_sdk.models.blocks import ButtonElement

from bot.domain import fact as f
from bot.domain import request as r
from bot.domain import runbooks
from bot.domain.fact import Entry
from bot.domain.incident import Incident, Proposal
from bot.domain.protocol.lists import Runbook, Trouble
from bot.domain.protocol.parts import Item
from bot.views import blocks, grading, phrases
from bot.views.ids import Action, value
from bot.views.pen import Pen
from bot.views.scene import Post, Scene
from bot.views.words import Safe, escaped, joined, lines, listed, lower_first, say

OFFERED = 2
"""Runbooks in the list of what is to be found out next: more would hide what else is asked there."""

REASONS = 2
"""Reasons why a runbook fits that are named."""


def told(scene: Scene, entry: Entry, pen: Pen) -> Safe:
    """What the timeline says of it."""
    match entry.fact:
        case f.RunbookStarted(runbook=name):
            return say("runbooks.told_started", title=pen.said(title(scene, name)))
        case f.CauseExplored(technique=name, answers=answers):
            said = joined((pen.said(line.replace("\t", " ")) for line in answers.split("\n")), by=" → ")
            return say("runbooks.told_explored", title=pen.said(_technique(scene, name)), answers=said)
        case f.AdviceShown(advice=name, why=why, like=like):
            trouble = advice_named(scene, name)
            shown = pen.said(trouble.title if trouble else name)
            return say("runbooks.told_advised", title=shown, why=why, like=like)
        case f.TicketLinked(ticket=ticket):
            return say("runbooks.told_ticket", ticket=pen.said(ticket))
        case _:
            raise TypeError(f"the timeline has no words for a fact of kind {entry.fact.kind}")


def title(scene: Scene, name: str) -> str:
    """A runbook in words, also one that the protocol does not have any more."""
    book = scene.protocol.runbook(name)
    return book.title if book else name


def _technique(scene: Scene, name: str) -> str:
    technique = runbooks.technique_of(name, scene.protocol)
    return technique.title if technique else name


def advice_named(scene: Scene, name: str) -> Trouble | None:
    return next((one for one in scene.protocol.troubleshooting if one.name == name), None)


# private answers


def answered(scene: Scene, entry: Entry) -> Safe | None:
    """What whoever did it reads, privately; None where the bot did it."""
    match entry.fact:
        case f.RunbookStarted(runbook=name):
            return say("runbooks.started", scene, title=title(scene, name))
        case f.CauseExplored(technique=name):
            technique = runbooks.technique_of(name, scene.protocol)
            new = [n for n, one in enumerate(scene.incident.theories, start=1) if one.seq > entry.seq]
            if new and not (technique and technique.sides):
                return None  # the theory that came of it is answered
            return say("runbooks.explored", scene, first=new[0] if new else 0, last=new[-1] if new else 0)
        case f.TicketLinked():
            where = scene.protocol.ticket.where if scene.protocol.ticket else ""
            return say("runbooks.ticket_linked", scene, where=where)
        case _:
            return None


def unchanged(scene: Scene, request: r.OfRunbook) -> Safe | None:
    """Why a request of this topic changed nothing."""
    match request:
        case r.StartRunbook(runbook=text):
            run = runbooks.run_of(scene.incident, runbooks.runbook_named(text, scene.protocol).name)
            return say("runbooks.started_already", scene, at=run.at) if run else None
        case r.LinkTicket():
            return say("runbooks.ticket_already", scene)
        case _:
            return None


# in the incident's channel


def statement(scene: Scene, entry: Entry) -> Post:
    """What is said about it in the incident's channel; `scene` is folded up to it."""
    match entry.fact:
        case f.AdviceShown() as shown:
            return _advice(scene, shown)
        case f.CauseExplored(technique=name):
            return _explored(scene, entry, name)
        case _:
            raise ValueError(f"nothing is said in the channel about {entry.fact.kind}")


def _advice(scene: Scene, shown: f.AdviceShown) -> Post:
    trouble = advice_named(scene, shown.advice)  # a protocol that was adopted since may not have it
    head = say("runbooks.advice", title=trouble.title if trouble else shown.advice)
    said = lines(head, say("runbooks.advice_because", scene, shown=shown), *(advised(trouble) if trouble else ()))
    small = say("runbooks.advice_small", clause=trouble.clause() if trouble else "")
    row = blocks.actions(explore(scene, trouble))
    return blocks.post(phrases.aloud(said, scene), blocks.sections(said), row, blocks.context(small))


def advised(trouble: Trouble) -> list[Safe]:
    """The advice, each in a line."""
    return [say("runbooks.advice_item", text=text) for text in trouble.advice]


def explore(scene: Scene, trouble: Trouble | None = None, number: int = 0) -> ButtonElement:
    """The technique that the advice recommends, else the five whys."""
    recommended = trouble.technique if trouble else None
    technique = runbooks.technique_named(recommended or "5 whys", scene.protocol)
    held = value(scene.incident.id, text=technique.name)
    return blocks.button(technique.title, f"{Action.EXPLORE}:{number}", held)


def _explored(scene: Scene, entry: Entry, name: str) -> Post:
    found = next(one for one in scene.incident.explored if one.seq == entry.seq)
    told = [say("runbooks.explored_line", prompt=prompt, answer=answer) for prompt, answer in found.answers]
    said = lines(say("runbooks.explored_here", scene, title=_technique(scene, name), by=entry.by), *told)
    first = len(scene.incident.theories) + 1
    small = say("runbooks.explored_small", first=first)
    return blocks.post(phrases.aloud(said, scene), blocks.sections(said), blocks.context(small))


def chain(incident: Incident, theory: int) -> Safe:
    """How somebody came to a theory (its seq) by asking why; nothing where they did not."""
    text = next((one.text for one in incident.theories if one.seq == theory), None)
    found = (one for one in incident.explored if one.seq < theory and one.answers and one.answers[-1][1] == text)
    last = max(found, key=lambda one: one.seq, default=None)
    if last is None or len(last.answers) == 1:
        return Safe()
    return joined((say("runbooks.chain", prompt=prompt, answer=answer) for prompt, answer in last.answers), by=" → ")


# steps that need approval


def approval_button(scene: Scene, item: Item, step: str, number: int | str = 0) -> ButtonElement | None:
    """*Ask for approval* beside a step (its place) that needs it, unless a plan waits or stands; after a rejection the
    plan can be changed."""
    if not item.approval or not scene.incident.running:
        return None
    plan = runbooks.plan_of(scene.incident, step)
    if plan is None:
        held = value(scene.incident.id, text=step)
        return blocks.button("Ask for approval", f"{Action.STEP_PLAN}:{number}", held)
    if plan.state != "rejected":
        return None
    return blocks.button("Change plan", f"{Action.CHANGE_PLAN}:{number}", value(scene.incident.id, ask=plan.seq))


def approval(scene: Scene, item: Item, step: str) -> Safe:
    """How a step stands that needs approval; nothing for one that needs none."""
    if not item.approval:
        return Safe()
    plan = runbooks.plan_of(scene.incident, step)
    if plan is None:
        return say("runbooks.needs_approval", scene, clause=item.clause("approval") or item.clause())
    return say(f"runbooks.approval_{_STANDS[plan.state]}", scene, plan=plan)


_STANDS = {"waiting": "waiting", "approved": "approved", "rejected": "rejected", "went ahead": "ahead"}


def undecided(plan: Proposal | None) -> bool:
    return plan is None or plan.state in ("waiting", "rejected")


# among what is to be found out next


def next_rows(scene: Scene) -> list[tuple[Safe, ButtonElement]]:
    """A line and a button for each runbook that is worked on and not finished, then for those that fit."""
    incident, protocol = scene.incident, scene.protocol
    if not incident.running:
        return []
    going = _going(scene)
    fits = [book for book in runbooks.fitting(incident, protocol) if runbooks.run_of(incident, book.name) is None]
    shown = [*going, *(() if going else fits)][:OFFERED]
    return [(_row(scene, book), opener(scene, book, number)) for number, book in enumerate(shown)]


def _going(scene: Scene) -> list[Runbook]:
    """Those people work by and have not finished."""
    known = (book for run in scene.incident.runbooks if (book := scene.protocol.runbook(run.runbook)))
    return [book for book in known if not all(one.done for one in runbooks.progress(book, scene.incident))]


def going(scene: Scene) -> list[Safe]:
    """For the brief: how far they are."""
    return [running(scene, book) for book in _going(scene)] if scene.incident.running else []


def _row(scene: Scene, book: Runbook) -> Safe:
    if runbooks.run_of(scene.incident, book.name):
        return running(scene, book)
    return say("runbooks.book_fits", book=book, why=fits(scene, book))


def running(scene: Scene, book: Runbook) -> Safe:
    return say("runbooks.book_running", None, book=book, **counted(scene, book))


def fits(scene: Scene, book: Runbook) -> Safe:
    """Why a runbook is offered: by its alarms, the kind of incident, its symptoms."""
    fit = runbooks.fit_of(book, scene.incident)
    kinds: Sequence[str] = [grading.title(scene, name) for name in fit.categories]
    return listed(escaped(one) for one in [*fit.alarms, *kinds, *map(lower_first, fit.symptoms)][:REASONS])


def opener(scene: Scene, book: Runbook, number: int) -> ButtonElement:
    """*Open* for a runbook somebody works by, *Start* for another one."""
    held = value(scene.incident.id, text=book.name)
    if runbooks.run_of(scene.incident, book.name):
        return blocks.button("Open", f"{Action.RUNBOOK}:{number}", held)
    return blocks.button("Start", f"{Action.RUNBOOK_START}:{number}", held)


# elsewhere


def worked(scene: Scene) -> Safe:
    """For the closing summary: the runbooks people worked by, and how far."""
    books = (book for run in scene.incident.runbooks if (book := scene.protocol.runbook(run.runbook)))
    told = joined(say("runbooks.worked", None, book=book, **counted(scene, book)) for book in books)
    return say("runbooks.runbooks_worked", worked=told) if told else Safe()


def counted(scene: Scene, book: Runbook) -> dict[str, int]:
    parts = runbooks.progress(book, scene.incident)
    return {"ticked": sum(one.ticked for one in parts), "count": sum(len(one.section.steps) for one in parts)}


def ticket(scene: Scene) -> Safe:
    """For the card, the announcement and the closing summary: the ticket, where there is one."""
    return say("runbooks.ticket", scene) if scene.incident.ticket else Safe()
