"""What is ticked off and found out first: the topic's verb, boxes, form and page."""

from __future__ import annotations

from bot.domain import request as r
from bot.domain import sheets
from bot.domain.errors import BadInput, NotNow
from bot.inbound.grammar import Context, Said
from bot.inbound.intents import Intent, Show
from bot.inbound.verbs.verb import OLD, Click, FormDoor, Meaning, Opening, Page, Verb, opens
from bot.views import checklists, checklists_forms
from bot.views.ids import Action, Form


def checklist(said: Said, _: Context) -> Intent:
    return Show("checklist", said.words)


VERBS: tuple[Verb, ...] = (
    Verb(
        "checklist",
        ("checklists", "steps"),
        "checklist [name]",
        "opens a list to tick: the steps of the phase, impact, best practice",
        parse=checklist,
        alone=("steps",),
    ),
)


def _tick(click: Click) -> Intent:
    sheet, _, item = click.text.partition("\n")
    if not item:
        raise BadInput(OLD)
    return r.TickItem(sheet, item, click.verb == "ticked")


def shown(request: r.TickItem) -> Show:
    """The private page with the box that was clicked, to be drawn anew."""
    kind, _, rest = request.sheet.partition("/")
    if kind == sheets.RUNBOOK:
        return Show("runbook", f"{rest}/{request.item}")
    return Show("checklist", f"{request.sheet}\n@{request.item}")


BUTTONS: dict[Action, Meaning] = {
    Action.TICK: _tick,
    Action.CHECKLIST: lambda click: Show("checklist", click.text),
    Action.FIND_OUT: opens(Form.FIND_OUT),
}


def _find_out(o: Opening) -> dict[str, object]:
    if not o.scene.protocol.questions:
        raise NotNow(f"{o.scene.protocol.name} has no first questions. Say what you know with /incident update <text>.")
    return checklists_forms.find_out(o.scene, text=o.fill.text, metadata=o.metadata)


FORMS: dict[Form, FormDoor] = {
    Form.FIND_OUT: FormDoor(
        lambda values, _: r.AnswerFirst(**checklists_forms.read_find_out(values)),
        _find_out,
        like=r.AnswerFirst(()),
    ),
}

PAGES: dict[str, Page] = {"checklist": lambda reading: checklists.page(reading.scene, reading.which)}
