"""How what is ticked off reads: on the timeline, in private answers, in the incident's channel and in the summary; and
the page on which one ticks.

Every item is a group of checkboxes of its own, with one box in it: a click tells which one was ticked or unticked, so
two people who tick at once never take each other's ticks away, however old what they look at is.
"""

from __future__ import annotations

from collections.abc import Sequence

from slack_sdk.models.blocks import ActionsBlock, ButtonElement, CheckboxesElement

from bot.domain import fact as f
from bot.domain import request as r
from bot.domain import sheets
from bot.domain.fact import Entry
from bot.domain.promises.clocks import Clock, clocks
from bot.domain.protocol.parts import ITEM_MOST, Item
from bot.domain.sheets import Sheet
from bot.views import blocks, phrases, runbooks
from bot.views.blocks import Block
from bot.views.form_fields import pick_one
from bot.views.ids import Action, value
from bot.views.pen import Pen
from bot.views.refusals import VALUE_MOST
from bot.views.scene import Post, Scene
from bot.views.words import Safe, escaped, joined, lines, say
from bot.views.words import line as one_line

PAGE_MOST = 10
"""Items on one page: more would not be read on a phone, and Slack takes 50 blocks."""

DONE = "done"


# on the record


def told(scene: Scene, entry: Entry, pen: Pen) -> Safe:
    """What the timeline says of it."""
    match entry.fact:
        case f.ItemTicked(sheet=key, item=item) | f.ItemUnticked(sheet=key, item=item) as fact:
            found = sheets.sheet(key, scene.protocol)
            text, title = pen.said(_text(found, item)), pen.said(found.title if found else key)
            chosen = found is not None and found.any_of
            return say("checklists.told", text=text, title=title, chosen=chosen, ticked=fact.kind == "item_ticked")
        case f.FirstAnswered(question=question, text=text):
            return say("checklists.told_first", question=pen.said(_question(scene, question)), text=pen.said(text))
        case _:
            raise TypeError(f"the timeline has no words for a fact of kind {entry.fact.kind}")


def _text(found: Sheet | None, item: str) -> str:
    known = found.item(item) if found else None
    return known.text if known else item


def _question(scene: Scene, question: str) -> str:
    return next((one.text for one in scene.protocol.questions if one.id == question), question)


def answered(scene: Scene, entry: Entry) -> Safe | None:
    """What whoever did it reads, privately."""
    match entry.fact:
        case f.ItemTicked(sheet=key, item=item) | f.ItemUnticked(sheet=key, item=item) as fact:
            text = _text(sheets.sheet(key, scene.protocol), item)
            return say("checklists.answered", scene, text=text, ticked=fact.kind == "item_ticked")
        case f.FirstAnswered(question=question):
            return say("checklists.answered_first", scene, question=_question(scene, question))
        case _:
            return None


def unchanged(scene: Scene, request: r.OfChecklist) -> Safe | None:
    """Why a request of this topic changed nothing."""
    match request:
        case r.TickItem(ticked=ticked):
            return say("checklists.unchanged", scene, ticked=ticked)
        case _:
            return say("checklists.unchanged_first", scene)


def statement(scene: Scene, entry: Entry) -> Post:
    """That one of several was chosen, or is not any more, for everybody in the channel."""
    if not isinstance(entry.fact, f.ItemTicked | f.ItemUnticked):
        raise TypeError(f"nothing is said in the channel about {entry.fact.kind}")
    found = sheets.sheet(entry.fact.sheet, scene.protocol)
    item = found.item(entry.fact.item) if found else None
    text, ticked = item.text if item else entry.fact.item, isinstance(entry.fact, f.ItemTicked)
    told = say("checklists.chosen", scene, title=found.title if found else "", text=text, by=entry.by, ticked=ticked)
    command = [blocks.copyable(item.command)] if item and item.command and ticked else []
    small = blocks.context(escaped(_clause(found, item)))
    return blocks.post(phrases.aloud(told, scene), blocks.sections(told), command, small)


def _clause(found: Sheet | None, item: Item | None) -> str:
    return (item.clause() if item else "") or (found.clause if found else "")


# what is ticked


def tickbox(scene: Scene, of: Sheet, item: Item) -> Block:
    """One thing to tick. Its block has another id each time it is drawn, so that Slack shows what is on the record and
    not what the reader ticked before."""
    tick = sheets.ticks(scene.incident, of).get(item.id)
    by = "" if tick is None else f"✓ {scene.name(tick.by)}" if tick.seq else "✓ on the record"
    option = pick_one(item.text, DONE, " · ".join(one for one in (item.note, by) if one))
    held = value(scene.incident.id, text=f"{of.key}\n{item.id}")
    box = CheckboxesElement(
        action_id=f"{Action.TICK}:{held}", options=[option], initial_options=[option] if tick else None
    )
    drawn: Block = ActionsBlock(block_id=f"{of.place(item)} {scene.incident.seq}", elements=[box]).to_dict()
    return drawn


def line(scene: Scene, of: Sheet, item: Item) -> Safe:
    """The same in words: `☑ Pause the jobs · Ana`."""
    tick = sheets.ticks(scene.incident, of).get(item.id)
    return say("checklists.item", scene, text=blocks.cut(item.text, ITEM_MOST), tick=tick)


def progress(scene: Scene, of: Sheet, *, once: bool = False) -> Safe:
    """`*Impact* · 2 of 8 ticked · by 08:13`; `once`: it is read once, so it may say how far away that is."""
    clock = promise(scene, of)
    due = clock.due if clock and clock.open else None
    left = due - scene.now if due and once else None
    chosen = [item.text for item in of.items if item.id in sheets.ticks(scene.incident, of)]
    counted = {"ticked": len(chosen), "count": len(of.items), "any_of": of.any_of, "chosen": chosen}
    return say("checklists.progress", scene, title=of.title, due=due, left=left, **counted)


def promise(scene: Scene, of: Sheet) -> Clock | None:
    """The promise that is about this list, if there is one."""
    number = sheets.occurrence(of, scene.protocol)
    found = (c for c in clocks(scene.incident, scene.protocol, updated=False) if c.key == "checklist")
    return next((c for c in found if c.occurrence == number), None)


def opens(scene: Scene, of: Sheet, number: int, label: str = "Open") -> ButtonElement:
    """A button that shows the list privately. Ids are numbered because Slack wants each only once in a message."""
    return blocks.button(label, f"{Action.CHECKLIST}:{number}", value(scene.incident.id, text=of.key))


# the private pages


def page(scene: Scene, which: str) -> Post:
    """The list that somebody named, with its boxes; without a name, or with one that is none, what there is."""
    key, _, place = which.partition("\n")
    found = _meant(key.strip(), scene) if key.strip() else _open_now(scene)
    if len(found) == 1:
        return _sheet_page(scene, found[0], _beyond(found[0], place))
    if not key.strip():
        return _overview(scene, found)
    return _overview(scene, found, say("checklists.which", which=one_line(key, 60), several=bool(found)))


def _open_now(scene: Scene) -> list[Sheet]:
    return [one.sheet for one in sheets.opened(scene.incident, scene.protocol)]


def _beyond(of: Sheet, place: str) -> int:
    """Where a page begins: at an item (`@id`) the one that holds it, else as its button says."""
    if place.startswith("@"):
        number = next((n for n, item in enumerate(of.items) if item.id == place[1:]), 0)
        return number - number % PAGE_MOST
    return int(place) if place.isdecimal() else 0


def _meant(which: str, scene: Scene) -> list[Sheet]:
    """The list of this key, or those somebody may have meant by a name, a title or the beginning of one."""
    exact, wanted = sheets.sheet(which, scene.protocol), _plain(which)
    if exact is not None or not wanted:
        return [exact] if exact else []
    names = [(one, (_plain(_name(one)), _plain(one.title))) for one in sheets.named(scene.protocol)]
    found = [one for one, called in names if wanted in called]
    return found or [one for one, called in names if any(word.startswith(wanted) for word in called)]


def _name(of: Sheet) -> str:
    """What somebody types for a list."""
    return of.key.partition("/")[2] or of.key


def _plain(text: str) -> str:
    return "".join(filter(str.isalnum, text.casefold()))


def _sheet_page(scene: Scene, of: Sheet, beyond: int) -> Post:
    shown = of.items[beyond : beyond + PAGE_MOST]
    head = progress(scene, of, once=True)
    asks = say("checklists.choose") if of.any_of else Safe()
    rows = [block for n, item in enumerate(shown) for block in row(scene, of, item, n)]
    text = lines(head, asks, *(line(scene, of, item) for item in shown))
    turns = blocks.actions(*_turns(scene, of, beyond))
    small = blocks.context(say("checklists.shared"), escaped(of.clause))
    return blocks.post(text, blocks.section(lines(head, asks)), rows, turns, small)


def row(scene: Scene, of: Sheet, item: Item, number: int, *, commands: bool = True) -> list[Block]:
    """One thing to tick, what to type for it, and the way to an approval where it needs one first."""
    command = [blocks.copyable(item.command)] if item.command and commands else []
    place = of.place(item)
    asks, stands = runbooks.approval_button(scene, item, place, number), runbooks.approval(scene, item, place)
    return [tickbox(scene, of, item), *command, *blocks.context(stands), *(blocks.actions(asks) if asks else [])]


def _turns(scene: Scene, of: Sheet, beyond: int) -> list[ButtonElement]:
    """To the pages before and after, where the list is longer than one."""
    places = [("Back", beyond - PAGE_MOST), ("More", beyond + PAGE_MOST)]
    return [
        blocks.button(label, f"{Action.CHECKLIST}:{label}", value(scene.incident.id, text=f"{of.key}\n{place}"))
        for label, place in places
        if 0 <= place < len(of.items)
    ]


def _overview(scene: Scene, found: Sequence[Sheet], why: Safe | None = None) -> Post:
    """The lists among which one chooses; `why` there is more than one."""
    others = [_name(one) for one in sheets.named(scene.protocol) if one not in found]
    head = why or say("checklists.overview", scene, count=len(found))
    rows = [progress(scene, one, once=True) for one in found]
    more = say("checklists.others", names=one_line(", ".join(others), 500)) if others else Safe()
    paired = enumerate(zip(rows, found, strict=True))
    drawn = [blocks.section(row, accessory=opens(scene, one, n)) for n, (row, one) in paired]
    return blocks.post(lines(head, *rows, more), blocks.section(head), drawn, blocks.context(more))


def which_question(scene: Scene, text: str) -> Post | None:
    """To somebody who wrote under the first questions: a button for each that is open, which opens the form with what
    they wrote. None where none is open that words can answer."""
    asked = [one for one in sheets.unanswered(scene.incident, scene.protocol) if one.id != "when"]
    if not asked:
        return None
    held = [(one, value(scene.incident.id, text=f"{one.id}\n{text}")) for one in asked]
    row = [
        blocks.button(one.text, f"{Action.FIND_OUT}:{n}", kept if len(kept) <= VALUE_MOST else value(scene.incident.id))
        for n, (one, kept) in enumerate(held)
    ]
    told = say("checklists.which_question")
    return blocks.post(told, blocks.section(told), blocks.actions(*row[:5]), blocks.context(say("checklists.not_kept")))


# in the summary


def choices(scene: Scene) -> list[Safe]:
    """For whoever is called and whoever comes late: what was chosen where a list is a choice, as containment is."""
    lists = [sheets.of_checklist(one) for one in scene.protocol.checklists if one.any_of]
    made = [(of.title, item.text, sheets.ticks(scene.incident, of).get(item.id)) for of in lists for item in of.items]
    return [say("checklists.choice", scene, title=title, text=text, at=tick.at) for title, text, tick in made if tick]


def left_unticked(scene: Scene) -> Safe:
    """Checklists that were open and are not finished: `Best practice: 6 of 8 ticked`."""
    began = [
        sheets.of_checklist(one)
        for one in scene.protocol.checklists
        if sheets.began(scene.incident, scene.protocol, one) and one.opens != "closed"
    ]
    left = [one for one in began if sheets.done_at(scene.incident, one) is None]
    counted = (
        say("checklists.left", title=one.title, ticked=len(sheets.ticks(scene.incident, one)), count=len(one.items))
        for one in left
    )
    return joined(counted)
