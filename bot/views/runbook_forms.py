"""The form in which somebody looks for a cause by a technique, prompt by prompt."""

from __future__ import annotations

import re
from typing import Any

from bot.domain.protocol.lists import Technique
from bot.domain.runbooks import ANSWER
from bot.views import forms
from bot.views.form_fields import line
from bot.views.ids import Form
from bot.views.read_forms import Values, typed
from bot.views.scene import Scene

_BETWEEN = re.compile(r"\s*(?:\n|;|→|->|=>)\s*")


def explore(scene: Scene, technique: Technique, *, text: str = "", metadata: str = "") -> dict[str, Any]:
    """The technique's prompts, each with a field, whose names say which technique it is; `text` was typed already, its
    parts divided by `;` or arrows."""
    said = [part for part in _BETWEEN.split(text) if part] if text.strip() else []
    kept = said if len(said) <= len(technique.prompts) else [text]
    hint = "Each answer becomes a theory." if technique.sides else "The last answer becomes a theory of the cause."
    fields = [
        line(
            f"{ANSWER}/{technique.name}/{number}",
            prompt,
            typed=kept[number] if number < len(kept) else "",
            needed=number == 0 and not technique.sides,
            hint=hint if number == 0 else "",
        )
        for number, prompt in enumerate(technique.prompts)
    ]
    return forms.view(Form.EXPLORE, f"{technique.title} · {scene.incident.number}", "Save", fields, metadata)


def read_explore(values: Values) -> dict[str, Any]:
    """Fields of `request.Explore`."""
    named = (name.removeprefix(f"{ANSWER}/").rpartition("/") for name in values if name.startswith(f"{ANSWER}/"))
    fields = sorted((int(number), of) for of, _, number in named if number.isdecimal())
    answers = ((number, typed(values, f"{ANSWER}/{of}/{number}")) for number, of in fields)
    return {"technique": fields[0][1] if fields else "", "answers": tuple(pair for pair in answers if pair[1].strip())}
