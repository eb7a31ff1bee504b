"""The form that judges the impact, and what was filled into it."""

from __future__ import annotations

from typing import Any

from slack_sdk.models.blocks import ContextBlock, InputBlock

from bot.domain.protocol import Dimension
from bot.views import forms
from bot.views.form_fields import Field, line, menu, moment, pick_one
from bot.views.ids import Form
from bot.views.read_forms import Values, moment_in, picked, typed
from bot.views.scene import Scene
from bot.views.words import say

JUDGED = "impact_"
"""What the name of a dimension's field begins with."""


def assess(scene: Scene, *, text: str = "", metadata: str = "") -> dict[str, Any]:
    """The impact: one sentence, the state of the data, when it will be right, and the protocol's sides of it."""
    incident = scene.incident
    hint = "One sentence for the people who use the data; only this reaches stakeholders."
    label = "What it means for those who use the data"
    current = f"Now: {incident.data.value}"
    fields = [
        line(Field.IMPACT, label, typed=text or incident.impact, needed=True, hint=hint, multiline=True),
        menu(Field.DATA, "State of the data", forms.data_states(), placeholder=current),
        moment(Field.ETA, "Expected to be right at"),
        *(_dimension(one, incident.assessed.get(one.name)) for one in scene.protocol.impact),
        *([forms.small(say("forms.assessed", scene))] if scene.protocol.impact else []),
        *_must_be_read(scene),
    ]
    return forms.view(Form.ASSESS, f"Impact of {incident.number}", "Save", fields, metadata)


def _must_be_read(scene: Scene) -> list[ContextBlock]:
    """What the protocol wants people outside to read on this occasion."""
    occasion = "update" if scene.incident.impacts else "initial"
    told = next((one for one in scene.protocol.messages if one.occasion == occasion), None)
    if told is None or not told.says:
        return []
    return [forms.small(say("forms.must_be_read", says=", ".join(told.says), clause=told.clause()))]


def _dimension(dimension: Dimension, chosen: str | None) -> InputBlock:
    options = [
        pick_one(level.name, level.name, f"points to {level.severity}" if level.severity else "")
        for level in dimension.levels
    ]
    hint = ", ".join(dimension.questions)
    return menu(f"{JUDGED}{dimension.name}", dimension.title, options, chosen=chosen, hint=hint)


def read_assess(values: Values) -> dict[str, Any]:
    """Fields of `request.Assess`."""
    judged = {name.removeprefix(JUDGED): picked(values, name) for name in values if name.startswith(JUDGED)}
    return {
        "levels": {name: level for name, level in judged.items() if level},
        "sentence": typed(values, Field.IMPACT),
        "data": picked(values, Field.DATA),
        "eta": moment_in(values, Field.ETA),
    }
