"""A runbook where it stands in the channel, its private page with everything to tick and to copy, the list of them, and
the page of advice."""

from __future__ import annotations

from dataclasses import dataclass

from slack_sdk.models.blocks import ButtonElement

from bot.domain import runbooks, sheets
from bot.domain.incident_parts import Proposal, Tick
from bot.domain.protocol.lists import Runbook, Section, Trouble
from bot.domain.protocol.parts import Item
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

OVERHEAD = 200
"""Characters of a step besides its words and its command: its box, its note, the names of what can be clicked."""

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
        return blocks.paragraph(
            say("runbooks.finished", scene, title=book.title, at=last.at, **words.counted(scene, book))
        )
    if scene.incident.stage in ("closed", "cancelled"):
        return blocks.paragraph(say("runbooks.stopped", scene, title=book.title, **words.counted(scene, book)))
    head = say("runbooks.standing", scene, title=book.title, **words.counted(scene, book))
    said = lines(head, *_parts(scene, book, parts))
    small = say("runbooks.standing_small", scene, run=run, last=last, clause=book.clause())
    row = blocks.button("Open the steps", Action.RUNBOOK, value(scene.incident.id, text=book.name))
    return blocks.post(phrases.aloud(said, scene), blocks.sections(said), blocks.actions(row), blocks.context(small))


def _parts(scene: Scene, book: Runbook, parts: tuple[Progress, ...]) -> list[Safe]:
    """Each section in a line: done, begun or next, still ahead."""
    left = [one for one in parts if not one.done]
    present = next((one for one in left if one.section.phase == scene.incident.phase), next(iter(left), None))
    return [_part(scene, book, one, here=one is present or one.ticked > 0) for one in parts]


def _part(scene: Scene, book: Runbook, part: Progress, *, here: bool) -> Safe:
    count, title, coming = len(part.section.steps), part.section.title, part.coming
    if coming is None:
        return say("runbooks.section_done", title=title, count=count)
    if not here:
        return say("runbooks.section_ahead", title=title, count=count)
    waits = coming.approval and words.undecided(_plan(scene, book, part.section, coming))
    told = {"title": title, "ticked": part.ticked, "count": count}
    return say("runbooks.section_left", None, **told, coming=coming.text, waits=waits)


def _plan(scene: Scene, book: Runbook, section: Section, step: Item) -> Proposal | None:
    return runbooks.plan_of(scene.incident, runbooks.place(runbooks.sheet_of(book, section), step.id))


def _last(scene: Scene, book: Runbook) -> Tick | None:
    mine = [one for one in scene.incident.ticks if one.sheet.startswith(f"{runbooks.SHEET}/{book.name}/")]
    return max(mine, key=lambda one: one.seq, default=None)


# the private page


def page(scene: Scene, which: str) -> Post:
    """One runbook with its steps, the page with a step (`ingestion/mitigate/replay`) where it has several; the list
    where the words name none, or several."""
    name, _, wanted = which.partition("/")
    meant = runbooks.runbooks_meant(name, scene.protocol)
    if len(meant) != 1:
        return shelf(scene, which.strip())
    book = meant[0]
    run = runbooks.run_of(scene.incident, book.name)
    head = say("runbooks.page", scene, book=book, run=run, **words.counted(scene, book))
    pages = _pages(scene, book)
    number = next((n for n, shown in enumerate(pages) if any(one.place == wanted for one in shown)), 0)
    usual = say("runbooks.resolution", text=book.resolution) if book.resolution else Safe()
    told = lines(head, *(one.told for one in pages[number]), usual)
    drawn = [block for one in pages[number] for block in one.rows]
    row = blocks.actions(*_below(scene, book, pages, number))
    return blocks.post(told, blocks.section(head), drawn, row, blocks.context(usual, escaped(book.clause())))


@dataclass(frozen=True)
class Part:
    """One step in words, and as it is drawn; the first of a section begins with its title. `place`: section and id."""

    place: str
    told: Safe
    rows: list[Block]
    weight: int


def _pages(scene: Scene, book: Runbook) -> list[list[Part]]:
    """The steps, as many together as one message carries; a section that fits on a page is not divided."""
    pages: list[list[Part]] = [[]]
    for number, section in enumerate(book.sections):
        parts = _parts_of(scene, book, section, number)
        if pages[-1] and not _fits([*pages[-1], *parts]):
            pages.append([])
        for part in parts:
            if pages[-1] and not _fits([*pages[-1], part]):
                pages.append([])
            pages[-1].append(part)
    return pages


def _fits(parts: list[Part]) -> bool:
    return sum(len(one.rows) for one in parts) <= ROOM and sum(one.weight for one in parts) <= CHARACTERS


def _parts_of(scene: Scene, book: Runbook, section: Section, number: int) -> list[Part]:
    sheet = sheets.sheet(runbooks.sheet_of(book, section), scene.protocol)
    if sheet is None:
        raise LookupError(f"{book.name} has no section {section.name}")
    phase = scene.protocol.phase(section.phase).title if section.phase else ""
    shown = "" if phase.casefold().startswith(section.title[:5].casefold()) else phase
    head = say("runbooks.page_section", section=section, phase=shown)
    found = []
    for n, item in enumerate(section.steps):
        told, rows = _step(scene, book, sheet, item, f"{number}.{n}")
        first = n == 0
        drawn = [*([blocks.section(head)] if first else []), *rows]
        weight = len(told) + len(item.command) + OVERHEAD
        found.append(Part(f"{section.name}/{item.id}", lines(head if first else "", told), drawn, weight))
    return found


def _step(scene: Scene, book: Runbook, sheet: Sheet, item: Item, number: str) -> tuple[Safe, list[Block]]:
    """A step in words, and as it is drawn: a box where it can be ticked, its command as it is typed."""
    place = sheet.place(item)
    tick = sheets.ticks(scene.incident, sheet).get(item.id)
    plan = runbooks.plan_of(scene.incident, place)
    waits = item.approval and words.undecided(plan) and tick is None
    told = say("runbooks.step", scene, step=item, tick=tick, waits=waits)
    small = say("runbooks.step_small", step=item, approval=words.approval(scene, item, place))
    over = scene.incident.stage in ("closed", "cancelled")
    ticks = runbooks.run_of(scene.incident, book.name) and not waits and not over
    box = checklists.tickbox(scene, sheet, item) if ticks else blocks.section(told)
    buttons = _buttons(scene, item, place, number) if waits else []
    command = [blocks.copyable(item.command)] if item.command else []
    noted = blocks.context(small if waits or not ticks or item.approval else Safe())
    spelled = escaped(item.command) if item.command else Safe()
    return lines(told, small, spelled), [box, *noted, *blocks.actions(*buttons), *command]


def _buttons(scene: Scene, item: Item, place: str, number: str) -> list[ButtonElement]:
    """What can be done about a step that waits: ask for approval or ask anew, else go ahead without."""
    asks = words.approval_button(scene, item, place, number)
    plan = runbooks.plan_of(scene.incident, place)
    held = value(scene.incident.id, ask=plan.seq) if plan else ""
    ahead = [blocks.button("Go ahead without approval", f"{Action.GO_AHEAD}:{number}", held)] if plan else []
    return [*([asks] if asks else []), *(ahead if scene.incident.running else [])]


def _below(scene: Scene, book: Runbook, pages: list[list[Part]], number: int) -> list[ButtonElement]:
    """*Start* while nobody works by it, and the pages before and after."""
    begun = runbooks.run_of(scene.incident, book.name)
    begins = [] if begun or not scene.incident.running else [words.opener(scene, book, 0)]
    turns = [("Back", number - 1), ("More", number + 1)]
    there = [(label, pages[to][0].place) for label, to in turns if 0 <= to < len(pages)]
    further = [
        blocks.button(label, f"{Action.RUNBOOK}:{label}", value(scene.incident.id, text=f"{book.name}/{place}"))
        for label, place in there
    ]
    return [*begins, *further]


# the list


def shelf(scene: Scene, asked: str = "") -> Post:
    """Every runbook: those people work by, those that fit and why, then the others; `asked` is what was looked for."""
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
    head = say("runbooks.shelf", scene, asked=asked)
    drawn = [blocks.section(told, accessory=_reads(scene, book, n)) for n, (told, book) in enumerate(rows)]
    return blocks.post(lines(head, *(told for told, _ in rows)), blocks.section(head), drawn)


def _reads(scene: Scene, book: Runbook, number: int) -> ButtonElement:
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
