"""`Next`: the one message that stands under the card and says what is to be found out and done now: the first
questions, the steps of the phase with their boxes, the lists that are open, the runbooks that fit, and the roles nobody
holds."""

from __future__ import annotations

from dataclasses import dataclass

from slack_sdk.models.blocks import ButtonElement

from bot.domain import sheets
from bot.domain.promises.clocks import open_clocks
from bot.domain.protocol import Role
from bot.domain.roles import vacant
from bot.domain.sheets import Sheet
from bot.views import blocks, checklists, grading, people, phrases, runbooks
from bot.views.blocks import Block
from bot.views.ids import Action, value
from bot.views.scene import Post, Scene
from bot.views.words import Safe, lines, say

STEPS_MOST = 5
"""Steps with their boxes, those that are left: with more nobody would find the rest of the message on a phone."""

LISTS_MOST = 8
"""Open lists that are named, each with its button."""

RANK_MOST = 2
"""The first questions are asked where people are paged for it; below that nobody is in the channel to answer."""


@dataclass(frozen=True)
class _Left:
    """What is left of each kind."""

    questions: list[Safe]
    open_questions: bool
    steps: Sheet | None
    lists: list[Sheet]
    books: list[tuple[Safe, ButtonElement]]
    roles: list[Role]

    def __bool__(self) -> bool:
        return bool(self.questions or self.steps or self.lists or self.books or self.roles)


def next_steps(scene: Scene) -> Post:
    """What is to be found out and done next; one line when nothing is left."""
    left = _left(scene)
    if not left:
        return blocks.paragraph(say("people.next_done" if scene.incident.running else "people.next_over", scene))
    first = lines(_head(scene, left), *left.questions)
    asked = blocks.actions(_answer(scene)) if left.open_questions else []
    stepped, steps = _steps(scene, left.steps) if left.steps else ([], [])
    listed = [checklists.progress(scene, one) for one in left.lists]
    opens = [
        blocks.section(row, accessory=checklists.opens(scene, one, n + 1))
        for n, (row, one) in enumerate(zip(listed, left.lists, strict=True))
    ]
    books = [blocks.section(row, accessory=button) for row, button in left.books]
    roles = [block for n, role in enumerate(left.roles) for block in people.role_row(scene, role, n)]
    empty = (people.empty_line(role) for role in left.roles)
    text = lines(first, *stepped, *listed, *(row for row, _ in left.books), *empty)
    return blocks.post(phrases.aloud(text, scene), blocks.sections(first), asked, steps, opens, books, roles)


def anything_next(scene: Scene) -> bool:
    """Whether there is anything to be found out or done, or a role to fill."""
    return bool(_left(scene))


def _left(scene: Scene) -> _Left:
    incident, protocol = scene.incident, scene.protocol
    open_now = [one.sheet for one in sheets.unfinished(incident, protocol)]
    steps = next((one for one in open_now if one.key.startswith(f"{sheets.PHASE}/")), None)
    done = incident.running and steps is None and bool(protocol.phase(incident.phase).steps)
    lists = [one for one in open_now if one is not steps][:LISTS_MOST]
    if not incident.running:
        return _Left([], False, None, lists, [], [])
    asked, unknown = _asked(scene), _unknown(scene)
    counted = protocol.counted_as(incident.severity, incident.environment)
    stepped = [say("checklists.next_stepped", phase=protocol.phase(incident.phase).title)] if done else []
    books, roles = runbooks.next_rows(scene), vacant(counted, incident.roles, protocol)
    left = _Left([*unknown, *asked], bool(asked), steps, lists, books, roles)
    return _Left([*left.questions, *stepped], left.open_questions, steps, lists, books, roles)


def _head(scene: Scene, left: _Left) -> Safe:
    """The phase and its time-box, where the protocol gives it either."""
    incident = scene.incident
    here = ("phase", len(incident.phases))
    box = next((c.due for c in open_clocks(incident, scene.protocol) if c.name == here), None)
    named = incident.running and (box is not None or left.steps is not None)
    title = scene.protocol.phase(incident.phase).title if named else ""
    return say("checklists.next", scene, phase=title, due=box)


def _unknown(scene: Scene) -> list[Safe]:
    """What must be known of every incident that pages people, unless the protocol asks it in its own words."""
    incident, asks = scene.incident, {one.id for one in scene.protocol.questions}
    if not _pages(scene):
        return []
    since = incident.started_at or incident.data_since or incident.data != "not checked" or "when" in asks
    return [
        *([] if incident.acknowledged_at else [say("people.next_who")]),
        *([] if incident.triaged_at else [say("people.next_severity", scene)]),
        *grading.hints(scene),
        *([] if incident.impact or "impact" in asks else [say("people.next_impact")]),
        *([] if since else [say("people.next_data")]),
    ]


def _asked(scene: Scene) -> list[Safe]:
    """The protocol's own first questions that nobody has answered."""
    left = sheets.unanswered(scene.incident, scene.protocol) if _pages(scene) else ()
    return [say("checklists.next_first", text=one.text) for one in left]


def _pages(scene: Scene) -> bool:
    grades = (scene.protocol.severity_in(g.severity, g.environment).rank for g in scene.incident.severities)
    return min(grades) <= RANK_MOST


def _answer(scene: Scene) -> ButtonElement:
    return blocks.button("Answer", Action.FIND_OUT, value(scene.incident.id))


def _steps(scene: Scene, of: Sheet) -> tuple[list[Safe], list[Block]]:
    """The steps with their boxes; of many, the next that are left, and the way to the whole list."""
    ticked = sheets.ticks(scene.incident, of)
    left = [item for item in of.items if item.id not in ticked]
    shown = of.items if len(of.items) <= STEPS_MOST else tuple(left[:STEPS_MOST])
    told = [checklists.line(scene, of, item) for item in shown]
    rows = [block for n, item in enumerate(shown) for block in checklists.row(scene, of, item, n, commands=False)]
    if len(shown) == len(of.items) and not any(item.command for item in shown):
        return told, rows
    more, typed = len(left) > len(shown), any(item.command for item in shown)
    whole = say("checklists.next_whole", ticked=len(ticked), count=len(of.items), more=more, commands=typed)
    return [*told, whole], [*rows, blocks.section(whole, accessory=checklists.opens(scene, of, 0))]
