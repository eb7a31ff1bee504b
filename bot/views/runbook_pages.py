"""A runbook where it stands in the channel, its private page with everything to tick and to copy, the list of them, and
the page of advice."""

from __future__ import annotations

from bot.domain import runbooks, sheets
from bot.domain.incident_parts import Proposal, Tick
from bot.domain.protocol_lists import Runbook, Section, Trouble
from bot.domain.protocol_parts import Item
from bot.domain.runbooks import Progress
from bot.domain.sheets import Sheet
from bot.views import blocks, checklists, phrases
from bot.views import runbooks as words
from bot.views.blocks import Block
from bot.views.ids import Action, value
from bot.views.scene import Post, Scene
from bot.views.words import Safe, escaped, joined, lines, say

ROOM = 44
"""Blocks of steps on one page; the head, the buttons and the small print need the rest of Slack's 50."""

CHARACTERS = 11_000
"""Characters of steps and commands on one page: Slack takes about 13,000 in a message's blocks."""

LISTED = 15
"""Runbooks in the list, those that fit first."""


# where it stands in the channel


def standing(scene: Scene, seq: int) -> Post | None:
    """How far the runbook is that this entry started; one line once all is ticked or the incident is over. None when
    the entry does not count any more."""
    run = next((one for one in scene.incident.runbooks if one.seq == seq), None)
    book = scene.protocol.runbook(run.runbook) if run else None
    if run is None or book is None:
        return None
    parts = runbooks.progress(book, scene.incident)
    last = _last(scene, book)
    if last is not None and all(one.done for one in parts):
        return blocks.paragraph(say("runbooks.finished", scene, title=book.title, at=last.at, **_counted(parts)))
    if scene.incident.stage in ("closed", "cancelled"):
        return blocks.paragraph(say("runbooks.stopped", scene, title=book.title, **_counted(parts)))
    head = say("runbooks.standing", scene, title=book.title, **_counted(parts))
    said = lines(head, *_parts(scene, book, parts))
    small = say("runbooks.standing_small", scene, run=run, last=last, clause=book.clause())
    row = blocks.button("Open the steps", Action.RUNBOOK, value(scene.incident.id, text=book.name))
    return blocks.post(phrases.aloud(said, scene), blocks.sections(said), blocks.actions(row), blocks.context(small))


def _counted(parts: tuple[Progress, ...]) -> dict[str, int]:
    return {"ticked": sum(one.ticked for one in parts), "count": sum(len(one.section.steps) for one in parts)}


def _parts(scene: Scene, book: Runbook, parts: tuple[Progress, ...]) -> list[Safe]:
    """Each section in a line: done, begun or next, still ahead."""
    present = next((one for one in parts if not one.done), None)
    return [_part(scene, book, one, here=one is present or one.ticked > 0) for one in parts]


def _part(scene: Scene, book: Runbook, part: Progress, *, here: bool) -> Safe:
    count, named = len(part.section.steps), {"title": part.section.title, "ticked": part.ticked}
    if part.coming is None:
        return say("runbooks.section_done", **named, count=count)
    if not here:
        return say("runbooks.section_ahead", **named, count=count)
    waits = part.coming.approval and words.undecided(_plan(scene, book, part.section, part.coming))
    return say("runbooks.section_left", **named, count=count, coming=part.coming.text, waits=waits)


def _plan(scene: Scene, book: Runbook, section: Section, step: Item) -> Proposal | None:
    return runbooks.plan_of(scene.incident, runbooks.place(runbooks.sheet_of(book, section), step.id))


def _last(scene: Scene, book: Runbook) -> Tick | None:
    mine = [one for one in scene.incident.ticks if one.sheet.startswith(f"{runbooks.SHEET}/{book.name}/")]
    return max(mine, key=lambda one: one.seq, default=None)


# the private page


def page(scene: Scene, which: str) -> Post:
    """One runbook with its steps, from a section on (`ingestion/mitigate`) where it is longer than one page; without a
    name the list. Raises BadInput or NotNow for a name that no runbook has."""
    name, _, start = which.partition("/")
    if not name.strip():
        return shelf(scene)
    book = runbooks.runbook_named(name, scene.protocol)
    run = runbooks.run_of(scene.incident, book.name)
    parts = runbooks.progress(book, scene.incident)
    head = say("runbooks.page", scene, book=book, run=run, **_counted(parts))
    shown, left = _fitting(scene, book, start)
    drawn = [block for _, rows in shown for block in rows]
    usual = say("runbooks.resolution", text=book.resolution) if book.resolution else Safe()
    more = say("runbooks.page_more", titles=", ".join(one.title for one in left)) if left else Safe()
    told = lines(head, *(text for text, _ in shown), usual, more)
    row = blocks.actions(*_below(scene, book, left, start))
    small = blocks.context(usual, more, escaped(book.clause()))
    return blocks.post(told, blocks.section(head), drawn, row, small)


def _fitting(scene: Scene, book: Runbook, start: str) -> tuple[list[tuple[Safe, list[Block]]], list[Section]]:
    """As many sections as one page holds, at least one, and those that are left."""
    names = [one.name for one in book.sections]
    sections = book.sections[names.index(start) if start in names else 0 :]
    shown: list[tuple[Safe, list[Block]]] = []
    room, characters = ROOM, CHARACTERS
    for number, section in enumerate(sections):
        told, rows = _section(scene, book, section, number)
        weight = len(told) + sum(len(step.command) + 100 for step in section.steps)
        if shown and (len(rows) > room or weight > characters):
            return shown, list(sections[number:])
        shown.append((told, rows[:room]))
        room, characters = room - len(rows), characters - weight
    return shown, []


def _section(scene: Scene, book: Runbook, section: Section, number: int) -> tuple[Safe, list[Block]]:
    sheet = sheets.sheet(runbooks.sheet_of(book, section), scene.protocol)
    if sheet is None:
        raise LookupError(f"{book.name} has no section {section.name}")
    phase = scene.protocol.phase(section.phase).title if section.phase else ""
    shown = phase if phase.casefold() != section.title.casefold() else ""
    head = say("runbooks.page_section", section=section, phase=shown)
    steps = [_step(scene, book, sheet, item, f"{number}.{n}") for n, item in enumerate(section.steps)]
    rows = [blocks.section(head), *(block for _, drawn in steps for block in drawn)]
    return lines(head, *(told for told, _ in steps)), rows


def _step(scene: Scene, book: Runbook, sheet: Sheet, item: Item, number: str) -> tuple[Safe, list[Block]]:
    """A step in words, and as it is drawn: a box where it can be ticked, its command as it is typed."""
    place = sheet.place(item)
    tick = sheets.ticks(scene.incident, sheet).get(item.id)
    plan = runbooks.plan_of(scene.incident, place)
    waits = item.approval and words.undecided(plan) and tick is None
    told = say("runbooks.step", scene, step=item, tick=tick, waits=waits)
    small = say("runbooks.step_small", step=item, approval=words.approval(scene, item, place))
    ticks = runbooks.run_of(scene.incident, book.name) and not waits
    box = checklists.tickbox(scene, sheet, item) if ticks else blocks.section(told)
    buttons = _buttons(scene, item, place, number) if waits else []
    command = [blocks.copyable(item.command)] if item.command else []
    noted = blocks.context(small if waits or not ticks or item.approval else Safe())
    spelled = escaped(item.command) if item.command else Safe()
    return lines(told, small, spelled), [box, *noted, *blocks.actions(*buttons), *command]


def _buttons(scene: Scene, item: Item, place: str, number: str) -> list[blocks.ButtonElement]:
    """What can be done about a step that waits: ask for approval or ask anew, else go ahead without."""
    asks = words.approval_button(scene, item, place, number)
    plan = runbooks.plan_of(scene.incident, place)
    held = value(scene.incident.id, ask=plan.seq) if plan else ""
    ahead = [blocks.button("Go ahead without approval", f"{Action.GO_AHEAD}:{number}", held)] if plan else []
    return [*([asks] if asks else []), *(ahead if scene.incident.running else [])]


def _below(scene: Scene, book: Runbook, left: list[Section], start: str) -> list[blocks.ButtonElement]:
    number = scene.incident.id
    begun = runbooks.run_of(scene.incident, book.name)
    begins = [] if begun or not scene.incident.running else [words.opener(scene, book, 0)]
    first = [blocks.button("From the beginning", f"{Action.RUNBOOK}:first", value(number, text=book.name))]
    further = [
        blocks.button(one.title, f"{Action.RUNBOOK}:{one.name}", value(number, text=f"{book.name}/{one.name}"))
        for one in left[:1]
    ]
    return [*begins, *(first if start else []), *further]


# the list


def shelf(scene: Scene) -> Post:
    """Every runbook: those people work by, those that fit and why, then the others."""
    protocol, incident = scene.protocol, scene.incident
    if not protocol.runbooks:
        return blocks.paragraph(say("runbooks.no_runbooks", scene))
    going = [book for run in incident.runbooks if (book := protocol.runbook(run.runbook))]
    fits = [book for book in runbooks.fitting(incident, protocol) if book not in going]
    others = [book for book in protocol.runbooks if book not in going and book not in fits]
    rows = [
        *((words.running(scene, book), book) for book in going),
        *((say("runbooks.book_fits", book=book, why=words.fits(scene, book)), book) for book in fits),
        *((say("runbooks.book", book=book), book) for book in others),
    ][:LISTED]
    head = say("runbooks.shelf", scene)
    drawn = [blocks.section(told, accessory=_reads(scene, book, n)) for n, (told, book) in enumerate(rows)]
    return blocks.post(lines(head, *(told for told, _ in rows)), blocks.section(head), drawn)


def _reads(scene: Scene, book: Runbook, number: int) -> blocks.ButtonElement:
    """A runbook is read before it is started: from the list its page opens."""
    return blocks.button("Open", f"{Action.RUNBOOK}:{number}", value(scene.incident.id, text=book.name))


# advice


def troubleshooting(scene: Scene) -> Post:
    """All advice of the protocol for when it goes wrong, each with the way to find a cause that it recommends."""
    known = scene.protocol.troubleshooting
    if not known:
        told = say("runbooks.no_troubleshooting", scene)
        return blocks.post(told, blocks.section(told), blocks.actions(words.explore(scene)))
    head = say("runbooks.troubleshooting")
    cards = [_card(one) for one in known]
    drawn = [
        block
        for number, (one, told) in enumerate(zip(known, cards, strict=True))
        for block in _drawn_card(scene, one, told, number)
    ]
    return blocks.post(lines(head, *cards), blocks.section(head), drawn)


def _card(trouble: Trouble) -> Safe:
    return lines(say("runbooks.advice", title=trouble.title), *words.advised(trouble))


def _drawn_card(scene: Scene, trouble: Trouble, told: Safe, number: int) -> list[Block]:
    row = blocks.actions(words.explore(scene, trouble, number)) if trouble.technique else []
    return [*blocks.sections(told), *row, *blocks.context(joined([escaped(trouble.clause())]))]
