"""The form that answers the first questions."""

from __future__ import annotations

from typing import Any

from slack_sdk.models.blocks import InputBlock

from bot.domain import sheets
from bot.domain.protocol.parts import Item
from bot.views import forms, read_forms
from bot.views.form_fields import Field, line, moment
from bot.views.ids import Form
from bot.views.read_forms import Values
from bot.views.scene import Scene

WHEN = f"{Field.FIRST}_when"
"""The one question that is answered by a time."""


def find_out(scene: Scene, *, text: str = "", metadata: str = "") -> dict[str, Any]:
    """The first questions that are open; once all are answered, all of them, to be answered anew. `text`: the id of a
    question and what was written to answer it."""
    asked = sheets.unanswered(scene.incident, scene.protocol) or scene.protocol.questions
    meant, _, written = text.partition("\n")
    fields = [_field(scene, one, written if one.id == meant else "") for one in asked]
    return forms.view(Form.FIND_OUT, "What is known so far", "Save", fields, metadata)


def _field(scene: Scene, one: Item, written: str) -> InputBlock:
    if one.id == "when":
        return moment(WHEN, one.text, chosen=scene.incident.started_at, hint=one.note)
    known = scene.incident.impact if one.id == "impact" else scene.incident.first_answers.get(one.id, "")
    return line(f"{Field.FIRST}_{one.id}", one.text, typed=written or known, hint=_hint(one), multiline=True)


def _hint(one: Item) -> str:
    return one.note or ("Only this reaches stakeholders." if one.id == "impact" else "")


def read_find_out(values: Values) -> dict[str, Any]:
    """Fields of `request.AnswerFirst`."""
    names = [name for name in values if name.startswith(f"{Field.FIRST}_") and name != WHEN]
    answers = tuple((name.removeprefix(f"{Field.FIRST}_"), read_forms.typed(values, name)) for name in names)
    return {"answers": answers, "since": read_forms.moment_in(values, WHEN)}
